#include "host/binance/market_streams.hpp"

#include <algorithm>
#include <map>

#include "core/check.hpp"
#include "host/binance/http_transport.hpp"
#include "host/binance/stream_messages.hpp"

namespace stratdock::binance {
namespace {

constexpr int64_t confirm_timeout_ms = 10'000;
constexpr int64_t question_pause_ms = 2'000, longest_question_pause_ms = 30'000;
constexpr int candles_missed_before_renewal = 3;

std::string stream_name(const StreamSubscription& subscription) {
  // Symbols beyond ASCII stay as they are: the exchange's names have no other case.
  std::string name = subscription.symbol;
  for (char& c : name) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name + "@kline_" + interval_text(subscription.interval_ms);
}

}  // namespace

struct MarketStreams::Series {
  explicit Series(StreamSubscription what, size_t on_line)
      : subscription(std::move(what)), stream(stream_name(subscription)), line(on_line), sequencer(subscription.interval_ms, subscription.next_open_ms) {}

  StreamSubscription subscription;
  std::string stream;
  size_t line;
  CandleSequencer sequencer;
  StreamPrice price;
  uint64_t generation = 0;  // grows with restart(): answers to questions from before are dropped
  bool asking = false;
  int failures = 0;
  int64_t ask_not_before_ms = 0;
};

// A share of the streams and the connections that carry it: two while one follows the other.
class MarketStreams::Line final : public ConnectionListener {
public:
  Line(MarketStreams& owner, const LastingConnectionOptions& options) : owner_(owner), connection_(owner.network_, owner.session_, owner.session_.endpoints.streams, options, *this) {}

  void add(size_t index) { series_.push_back(index); }
  size_t size() const { return series_.size(); }
  bool is_ready() const { return connection_.ready_number() != 0; }
  void poll(int64_t steady_ms);
  // A candle that the stream should have brought came by REST.
  void missed(int64_t interval_ms);

  void connection_opened(uint64_t number) override;
  void connection_text(uint64_t number, const std::string& text) override;
  void connection_lost(uint64_t number, const TransportFault& fault) override;

private:
  // What a connection has been asked for.
  struct Subscribing {
    size_t requested = 0;  // series
    size_t requests = 0, answered = 0;
    int64_t next_request_ms = 0, last_request_ms = 0;
  };
  void request(uint64_t number, Subscribing& subscribing, int64_t steady_ms);
  void on_kline(const KlineEvent& event);

  MarketStreams& owner_;
  std::vector<size_t> series_;
  std::map<uint64_t, Subscribing> subscribing_;
  int64_t last_request_id_ = 0;
  int missed_ = 0;
  LastingConnection connection_;
};

MarketStreams::MarketStreams(NetworkThread& network, Session& session, MarketStreamsOptions options, AskKlines ask)
    : network_(network), session_(session), options_(std::move(options)), ask_(std::move(ask)) {
  STRATDOCK_CHECK(options_.streams_per_connection >= 1 && options_.streams_per_connection <= 1'024);
}

MarketStreams::~MarketStreams() = default;

size_t MarketStreams::subscribe(const StreamSubscription& subscription) {
  for (size_t i = 0; i < series_.size(); ++i)
    if (series_[i]->subscription.symbol == subscription.symbol && series_[i]->subscription.interval_ms == subscription.interval_ms) return i;
  auto line = std::find_if(lines_.begin(), lines_.end(), [&](const auto& one) { return one->size() < options_.streams_per_connection; });
  if (line == lines_.end()) {
    LastingConnectionOptions connection = options_.connection;
    connection.socket.target = "/stream";
    connection.purpose = Purpose::market_data;
    connection.jitter_seed += lines_.size();
    line = lines_.insert(lines_.end(), std::make_unique<Line>(*this, connection));
  }
  series_.push_back(std::make_unique<Series>(subscription, static_cast<size_t>(line - lines_.begin())));
  (*line)->add(series_.size() - 1);
  next_poll_ms_ = 0;
  return series_.size() - 1;
}

void MarketStreams::restart(size_t index, int64_t next_open_ms) {
  Series& series = *series_.at(index);
  series.sequencer = CandleSequencer(series.subscription.interval_ms, next_open_ms);
  series.subscription.next_open_ms = next_open_ms;
  ++series.generation;
  series.asking = false;
  std::erase_if(ready_, [&](const StreamCandle& candle) { return candle.subscription == index; });
}

const StreamSubscription& MarketStreams::subscription(size_t index) const { return series_.at(index)->subscription; }
int64_t MarketStreams::next_open_ms(size_t index) const { return series_.at(index)->sequencer.next_open_ms(); }
bool MarketStreams::doubts(size_t index) const { return series_.at(index)->sequencer.doubts(); }
bool MarketStreams::has_later(size_t index) const { return series_.at(index)->sequencer.waiting(); }
void MarketStreams::skip_to(size_t index, int64_t open_ms) { series_.at(index)->sequencer.skip_to(open_ms); }
StreamPrice MarketStreams::price(size_t index) const { return series_.at(index)->price; }
std::vector<StreamCandle> MarketStreams::take() { return std::exchange(ready_, {}); }

MarketStreamsState MarketStreams::state() const {
  MarketStreamsState state = state_;
  state.connections_wanted = lines_.size();
  for (const auto& line : lines_) state.connections_open += line->is_ready() ? 1 : 0;
  return state;
}

SequencerCounts MarketStreams::counts() const {
  SequencerCounts sum;
  for (const auto& series : series_) {
    const SequencerCounts& one = series->sequencer.counts();
    sum.delivered += one.delivered;
    sum.from_rest += one.from_rest;
    sum.repeated += one.repeated;
    sum.garbled += one.garbled;
    sum.crowded += one.crowded;
    sum.absent += one.absent;
  }
  return sum;
}

void MarketStreams::poll(int64_t steady_ms) {
  next_poll_ms_ = steady_ms + idle_poll_ms;
  for (const auto& line : lines_) line->poll(steady_ms);
  if (session_.clock.known()) fill_gaps(steady_ms);
  for (size_t i = 0; i < series_.size(); ++i)
    for (const Candle& candle : series_[i]->sequencer.take()) ready_.push_back({i, candle});
}

void MarketStreams::Line::poll(int64_t steady_ms) {
  connection_.poll(steady_ms);
  owner_.wish_poll(connection_.next_poll_ms());
  std::vector<uint64_t> stuck;
  for (auto& [number, subscribing] : subscribing_) {
    if (subscribing.answered < subscribing.requests && steady_ms - subscribing.last_request_ms >= confirm_timeout_ms) stuck.push_back(number);
    else request(number, subscribing, steady_ms);
  }
  for (const uint64_t number : stuck) {
    owner_.state_.last_fault = "a subscription was not confirmed in time";
    subscribing_.erase(number);
    connection_.drop(number);
  }
}

void MarketStreams::Line::request(uint64_t number, Subscribing& subscribing, int64_t steady_ms) {
  if (subscribing.requested >= series_.size()) return;
  if (steady_ms < subscribing.next_request_ms) return owner_.wish_poll(subscribing.next_request_ms);
  std::vector<std::string> streams;
  for (size_t i = subscribing.requested; i < series_.size() && streams.size() < streams_a_request; ++i) streams.push_back(owner_.series_[series_[i]]->stream);
  if (!connection_.send(number, stream_request("SUBSCRIBE", streams, ++last_request_id_))) return;
  subscribing.requested += streams.size();
  ++subscribing.requests;
  subscribing.last_request_ms = steady_ms;
  subscribing.next_request_ms = steady_ms + request_pause_ms;
  owner_.wish_poll(subscribing.next_request_ms);
}

void MarketStreams::Line::connection_opened(uint64_t number) {
  ++owner_.state_.connections_made;
  subscribing_[number] = {};
}

void MarketStreams::Line::connection_lost(uint64_t number, const TransportFault& fault) {
  ++owner_.state_.connections_lost;
  owner_.state_.last_fault = fault.error.text();
  subscribing_.erase(number);
}

void MarketStreams::Line::connection_text(uint64_t number, const std::string& text) {
  ++owner_.state_.messages;
  const auto message = parse_stream_message(text);
  if (!message) {
    // What it was nobody knows; a candle that it may have held will be missed and asked for.
    ++owner_.state_.unreadable;
    owner_.state_.last_fault = message.error().text();
    return;
  }
  for (const StreamEvent& event : message->events) {
    if (const auto* kline = std::get_if<KlineEvent>(&event)) {
      on_kline(*kline);
    } else if (std::holds_alternative<ServerShutdownEvent>(event)) {
      connection_.renew();
    } else if (const auto* answer = std::get_if<StreamAnswer>(&event)) {
      if (answer->error) {
        owner_.state_.last_fault = answer->error->text();
        subscribing_.erase(number);
        return connection_.drop(number);
      }
      Subscribing& subscribing = subscribing_[number];
      ++subscribing.answered;
      if (subscribing.requested < series_.size() || subscribing.answered < subscribing.requests) continue;
      // The new one carries everything, so the old one may go: what both carried is delivered once.
      const uint64_t before = connection_.ready_number();
      connection_.set_ready(number);
      missed_ = 0;
      if (before == 0 || before == number) continue;
      ++owner_.state_.renewals;
      subscribing_.erase(before);
      connection_.drop(before);
    }
  }
}

void MarketStreams::Line::on_kline(const KlineEvent& event) {
  const auto interval = parse_interval(event.interval);
  const auto found = std::find_if(series_.begin(), series_.end(), [&](size_t i) {
    const StreamSubscription& one = owner_.series_[i]->subscription;
    return interval && one.interval_ms == *interval && one.symbol == event.symbol;
  });
  if (found == series_.end()) return;
  Series& series = *owner_.series_[*found];
  if (event.event_ms >= series.price.event_ms) series.price = {event.kline.candle.close, event.event_ms};
  if (!event.closed || !owner_.session_.clock.known()) return;
  if (is_plausible_time(event.event_ms)) owner_.session_.clock.heard(steady_now_ms(), event.event_ms);
  const int64_t garbled_before = series.sequencer.counts().garbled;
  series.sequencer.on_stream(event.kline.candle, owner_.session_.now().server_ms);
  if (series.sequencer.counts().garbled == garbled_before) missed_ = 0;
}

void MarketStreams::Line::missed(int64_t interval_ms) {
  const uint64_t number = connection_.ready_number();
  if (number == 0 || steady_now_ms() - connection_.opened_steady_ms(number) <= 2 * interval_ms) return;
  if (++missed_ < candles_missed_before_renewal) return;
  missed_ = 0;
  connection_.renew();
}

void MarketStreams::fill_gaps(int64_t steady_ms) {
  const int64_t server_ms = session_.clock.server_ms(steady_ms);
  for (size_t n = 0; n < series_.size(); ++n) {
    if (questions_ >= options_.questions_at_once) break;
    const size_t index = (next_to_ask_ + n) % series_.size();
    Series& series = *series_[index];
    if (series.asking) continue;
    const auto range = series.sequencer.missing(server_ms, klines_limit);
    if (!range) continue;
    if (steady_ms < series.ask_not_before_ms) {
      wish_poll(series.ask_not_before_ms);
      continue;
    }
    ask(index, *range, steady_ms);
    next_to_ask_ = index + 1;
  }
}

void MarketStreams::ask(size_t index, const CandleRange& range, int64_t steady_ms) {
  Series& series = *series_[index];
  const auto handler = [this, alive = std::weak_ptr<char>(alive_), index, generation = series.generation, range, server_ms = session_.clock.server_ms(steady_ms)](const Result<std::vector<Kline>>& rows) {
    if (!alive.expired()) answered(index, generation, range, server_ms, rows);
  };
  ++questions_;
  series.asking = true;
  if (ask_({series.subscription.symbol, series.subscription.interval_ms, range}, handler)) return;
  --questions_;
  series.asking = false;
  series.ask_not_before_ms = steady_ms + question_pause_ms;
}

void MarketStreams::answered(size_t index, uint64_t generation, const CandleRange& range, int64_t asked_server_ms, const Result<std::vector<Kline>>& rows) {
  --questions_;
  Series& series = *series_[index];
  if (series.generation != generation) return;
  series.asking = false;
  const int64_t now_ms = steady_now_ms();
  next_poll_ms_ = 0;
  if (!rows) {
    state_.last_fault = rows.error().text();
    constexpr int most_doublings = 6;
    series.ask_not_before_ms = now_ms + std::min(longest_question_pause_ms, question_pause_ms << std::min(series.failures++, most_doublings));
    return;
  }
  series.failures = 0;
  std::vector<Candle> closed;
  for (const Kline& row : *rows)
    if (row.close_time_ms + CandleSequencer::settling_ms < asked_server_ms) closed.push_back(row.candle);
  const int64_t before = series.sequencer.counts().from_rest;
  // A range holds no more candles than an answer, so no answer is cut by its limit.
  series.sequencer.on_rest(range, closed, true, session_.clock.known() ? session_.clock.server_ms(now_ms) : asked_server_ms);
  const bool brought = series.sequencer.counts().from_rest > before;
  series.ask_not_before_ms = brought ? now_ms : now_ms + question_pause_ms;
  if (brought) lines_[series.line]->missed(series.subscription.interval_ms);
}

}  // namespace stratdock::binance
