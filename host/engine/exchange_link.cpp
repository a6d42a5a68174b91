#include "host/engine/exchange_link.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <variant>

#include "host/binance/live_candle_source.hpp"
#include "host/binance/order_channel.hpp"
#include "host/binance/user_stream.hpp"
#include "host/engine/clocks.hpp"

namespace stratdock {
namespace {

using namespace binance;

constexpr int64_t start_timeout_ms = 15'000;
constexpr int64_t rules_every_ms = 15 * minute_ms;  // filters change while one trades
// Together with the time an answer takes: what is shown of the account is never older than 30 s (weight 20 of 6,000 a minute).
constexpr int64_t holdings_every_ms = 20'000, holdings_again_ms = 5'000;
constexpr int64_t silence_told_after_ms = 60'000;
constexpr int64_t prices_every_ms = 30'000;         // weight 4, and only while somebody looks
constexpr size_t candles_in_memory = 2'000;         // of a symbol; older ones are the journal's

Result<Endpoints> endpoints_for(const Configuration& configuration) {
  if (!configuration.exchange.url.empty()) return paper_endpoints(configuration.exchange.url, configuration.exchange.certificate.string());
  switch (configuration.mode) {
    case Mode::testnet: return endpoints_of(Venue::testnet);
    case Mode::demo: return endpoints_of(Venue::demo);
    case Mode::paper:
    case Mode::live: break;
  }
  return endpoints_of(Venue::mainnet);
}

Result<std::optional<Signer>> signer_for(const Configuration& configuration, const Secrets& secrets) {
  if (!configuration.trades_remotely()) return std::optional<Signer>{};
  if (secrets.api_key.empty() || secrets.api_secret.empty())
    return failure("mode " + std::string(text(configuration.mode)) + " needs the keys " + secrets.api_key_name + " and " + secrets.api_secret_name,
                   "put them into the environment or into .env beside the configuration, see .env.example");
  auto signer = Signer::create(secrets.api_key, secrets.api_secret);
  if (!signer) return tl::unexpected(signer.error());
  return std::optional<Signer>(std::move(*signer));
}

class Link final : public ExchangeLink {
public:
  Link(Endpoints endpoints, std::optional<Signer> signer) : session_(std::move(endpoints), std::move(signer)), rest_(session_) {}

  Status begin(const Configuration& configuration, const std::vector<FollowedSymbol>& symbols, bool waits_out_pauses);

  CandleSource& source() override { return *source_; }
  const std::map<std::string, Symbol, std::less<>>& listed() const override { return listed_; }
  int64_t server_ms() const override { return session_.now().server_ms; }

  const Symbol* find_symbol(std::string_view name) const override {
    const auto found = listed_.find(name);
    return found == listed_.end() ? nullptr : &found->second;
  }
  Result<int64_t> send_time_ms() override;
  Submission place_order(const OrderRequest& request, int64_t sent_ms) override;
  Submission place_list(const OrderListRequest& request, int64_t sent_ms) override;
  Submission cancel_list(const std::string& symbol, int64_t list_id, int64_t sent_ms) override;
  Result<std::optional<Order>> find_order(const std::string& symbol, const std::string& client_id) override;
  Result<std::vector<Fill>> fills_of(const std::string& symbol, int64_t order_id) override;
  Result<std::map<std::string, stratdock::Balance>> balances() override;
  const Holdings& holdings() const override { return holdings_; }
  std::string trouble() const override;
  void want_prices() override;
  std::optional<std::map<std::string, Decimal>> take_prices() override { return std::exchange(prices_, std::nullopt); }
  bool has_events() override {
    poll();
    return !events_.empty();
  }
  std::vector<SessionEvent> take_events() override {
    poll();
    return std::exchange(events_, {});
  }

private:
  void poll();
  // Starts a call, keeps everything going, and gives its reply.
  template <typename T>
  Result<Reply<T>> wait(const std::function<Status(ReplyHandler<T>)>& start);
  template <typename T>
  Submission submitted(const Result<Reply<T>>& reply, const std::string& doing, const std::function<void(const T&, Submission&)>& take);
  SigningTime signing(int64_t sent_ms) const;
  void heard(const UserEvent& event);
  void look_at_holdings(int64_t now_ms);
  // `asked_ms` of the wall clock. What the stream told since is newer than the report.
  void take_holdings(const AccountReport& report, int64_t asked_ms);
  void put_balance(const binance::Balance& balance);
  void take_rules(const ExchangeInfo& info);
  Status load_rules();
  int64_t pause_ms() const;

  NetworkThread network_;
  Session session_;
  RestClient rest_;
  std::unique_ptr<LiveCandleSource> source_;
  std::unique_ptr<OrderChannel> orders_;
  std::unique_ptr<UserStream> account_;
  std::map<std::string, Symbol, std::less<>> listed_;
  int64_t rules_at_ms_ = 0;
  Holdings holdings_;
  bool holdings_known_ = false;          // whole, as far as the stream tells
  bool asking_holdings_ = false;
  std::string account_fault_;            // of the last look that failed
  int64_t looked_steady_ms_ = 0;         // at the account, the last time it was told
  int64_t holdings_due_ms_ = 0;
  std::set<std::string> told_since_;     // assets that the stream told of since the report was asked for
  std::optional<std::map<std::string, Decimal>> prices_;  // not taken yet
  int64_t prices_due_ms_ = 0;
  std::vector<SessionEvent> events_;
};

void Link::poll() {
  session_.wakeup->drain();
  const int64_t now_ms = steady_now_ms();
  rest_.poll(now_ms);
  if (orders_) orders_->poll(now_ms);
  if (account_) account_->poll(now_ms);
  if (source_) source_->poll(now_ms);
  look_at_holdings(now_ms);
  if (now_ms - rules_at_ms_ < rules_every_ms) return;
  rules_at_ms_ = now_ms;
  (void)rest_.exchange_info({}, [this](const Reply<ExchangeInfo>& reply) {
    if (reply.ok()) take_rules(*reply.value);
  });
}

template <typename T>
Result<Reply<T>> Link::wait(const std::function<Status(ReplyHandler<T>)>& start) {
  // Shared with the handler, which is called once whatever happens: the call's own time limit ends this.
  const auto place = std::make_shared<std::optional<Reply<T>>>();
  if (Status started = start([place](const Reply<T>& reply) { *place = reply; }); !started) return tl::unexpected(started.error());
  for (;;) {
    poll();
    if (*place) return std::move(**place);
    constexpr int look_every_ms = 50;
    session_.wakeup->wait(look_every_ms);
  }
}

SigningTime Link::signing(int64_t sent_ms) const {
  SigningTime time;
  time.timestamp_ms = sent_ms;
  return time;
}

Result<int64_t> Link::send_time_ms() {
  // It is asked for again after a -1021, which takes one round trip or three; an order is not given up for those.
  constexpr int64_t patience_ms = 2'000;
  constexpr int look_every_ms = 50;
  for (const int64_t end_ms = steady_now_ms() + patience_ms; !session_.clock.known() && steady_now_ms() < end_ms;) {
    poll();
    session_.wakeup->wait(look_every_ms);
  }
  if (!session_.clock.known()) return failure("the exchange's clock is not known yet", "it is asked for again and again; is the network up?");
  return session_.signing_time().timestamp_ms;
}

template <typename T>
Submission Link::submitted(const Result<Reply<T>>& reply, const std::string& doing, const std::function<void(const T&, Submission&)>& take) {
  Submission submission;
  if (!reply) return {Submission::Kind::refused, {}, {doing + ": not sent: " + reply.error().message, reply.error().hint}, {}};
  if (reply->ok()) {
    take(*reply->value, submission);
    return submission;
  }
  submission.kind = reply->verdict.not_executed ? Submission::Kind::refused : Submission::Kind::unknown;
  submission.error = to_error(reply->verdict, doing);
  return submission;
}

// An answer without a state says only that the order is there.
Order as_placed(const OrderReport& report, const OrderRequest& request) {
  if (report.has_state) return report.order;
  Order order;
  order.order_id = report.order.order_id;
  order.list_id = report.order.list_id;
  order.client_id = request.client_id;
  order.symbol = request.symbol;
  order.side = request.side;
  order.type = request.type;
  order.time_in_force = request.time_in_force;
  order.quantity = request.quantity;
  order.requested_quote_quantity = request.quote_quantity;
  order.price = request.price;
  order.stop_price = request.stop_price;
  order.time_ms = order.update_ms = report.order.time_ms;
  return order;
}

// Whether it says what became of the order; else it is asked about.
bool is_clear(const OrderReport& report) { return report.has_state && report.words_known; }

Submission Link::place_order(const OrderRequest& request, int64_t sent_ms) {
  const Purpose purpose = request.side == Side::buy ? Purpose::entry : Purpose::protection;
  const auto reply = wait<OrderReport>([&](ReplyHandler<OrderReport> handler) { return orders_->place(request, purpose, signing(sent_ms), std::move(handler)); });
  return submitted<OrderReport>(reply, "placing " + std::string(text(request.side)) + " " + request.symbol, [&](const OrderReport& report, Submission& submission) {
    submission.orders.push_back(as_placed(report, request));
    if (!is_clear(report)) events_.push_back({SessionEvent::Kind::gap, {}, {}, {}, {}});
    submission.fills = report.fills;
    for (Fill& fill : submission.fills) fill.client_id = request.client_id;
  });
}

Submission Link::place_list(const OrderListRequest& request, int64_t sent_ms) {
  const auto reply = wait<ListReport>([&](ReplyHandler<ListReport> handler) { return orders_->place_list(request, Purpose::protection, signing(sent_ms), std::move(handler)); });
  return submitted<ListReport>(reply, "placing stop-loss and take-profit of " + request.symbol, [&](const ListReport& report, Submission& submission) {
    for (const OrderReport& one : report.reports) {
      const OrderRequest& leg = one.order.client_id == request.above.client_id ? request.above : request.below;
      submission.orders.push_back(as_placed(one, leg));
      submission.orders.back().list_id = report.list_id;
    }
    if (!submission.orders.empty()) return;
    for (const OrderRequest* leg : {&request.above, &request.below}) {
      OrderReport known;
      for (const ListLeg& one : report.legs)
        if (one.client_id == leg->client_id) known.order.order_id = one.order_id;
      known.order.list_id = report.list_id;
      known.order.time_ms = report.time_ms;
      submission.orders.push_back(as_placed(known, *leg));
    }
  });
}

Submission Link::cancel_list(const std::string& symbol, int64_t list_id, int64_t sent_ms) {
  const auto reply = wait<ListReport>([&](ReplyHandler<ListReport> handler) {
    return orders_->cancel_list(symbol, {list_id, {}}, {}, signing(sent_ms), std::move(handler));
  });
  return submitted<ListReport>(reply, "cancelling stop-loss and take-profit of " + symbol, [&](const ListReport& report, Submission& submission) {
    for (const OrderReport& one : report.reports)
      if (one.has_state) submission.orders.push_back(one.order);
  });
}

Result<std::optional<Order>> Link::find_order(const std::string& symbol, const std::string& client_id) {
  const auto reply = wait<OrderReport>([&](ReplyHandler<OrderReport> handler) { return rest_.query_order(symbol, {std::nullopt, client_id}, std::move(handler)); });
  if (!reply) return tl::unexpected(reply.error());
  if (reply->ok()) return std::optional<Order>(reply->value->order);
  if (reply->verdict.kind == AnswerKind::no_such_order) return std::optional<Order>{};
  return tl::unexpected(to_error(reply->verdict, "asking for the order " + client_id));
}

Result<std::vector<Fill>> Link::fills_of(const std::string& symbol, int64_t order_id) {
  TradeRange range;
  range.order_id = order_id;
  range.limit = 1'000;
  const auto reply = wait<std::vector<Fill>>([&](ReplyHandler<std::vector<Fill>> handler) { return rest_.account_trades(symbol, range, std::move(handler)); });
  if (!reply) return tl::unexpected(reply.error());
  if (!reply->ok()) return tl::unexpected(to_error(reply->verdict, "asking for the trades of order " + std::to_string(order_id) + " of " + symbol));
  return *reply->value;
}

Result<std::map<std::string, stratdock::Balance>> Link::balances() {
  if (holdings_known_) return holdings_.balances;
  const int64_t asked_ms = wall_clock_ms();
  told_since_.clear();
  const auto reply = wait<AccountReport>([&](ReplyHandler<AccountReport> handler) { return rest_.account(std::move(handler)); });
  if (!reply) return tl::unexpected(reply.error());
  if (!reply->ok()) return tl::unexpected(to_error(reply->verdict, "asking for the account's balances"));
  take_holdings(*reply->value, asked_ms);
  return holdings_.balances;
}

void Link::look_at_holdings(int64_t now_ms) {
  if (!account_ || asking_holdings_ || now_ms < holdings_due_ms_) return;
  holdings_due_ms_ = now_ms + holdings_again_ms;
  told_since_.clear();
  const Status started = rest_.account([this, asked_ms = wall_clock_ms()](const Reply<AccountReport>& reply) {
    asking_holdings_ = false;
    if (reply.ok()) take_holdings(*reply.value, asked_ms);
    else account_fault_ = to_error(reply.verdict, "looking at the account").text();
  });
  asking_holdings_ = started.has_value();
  if (!started) account_fault_ = started.error().text();
}

void Link::take_holdings(const AccountReport& report, int64_t asked_ms) {
  std::map<std::string, stratdock::Balance> before = std::exchange(holdings_.balances, {});
  for (const binance::Balance& one : report.balances)
    if (!told_since_.contains(one.asset)) put_balance(one);
  for (const std::string& asset : told_since_)
    if (const auto told = before.find(asset); told != before.end()) holdings_.balances.insert(*told);
  holdings_.at_ms = asked_ms;
  looked_steady_ms_ = steady_now_ms();
  holdings_known_ = true;
  holdings_due_ms_ = steady_now_ms() + holdings_every_ms;
}

std::string Link::trouble() const {
  const int64_t silent_ms = steady_now_ms() - looked_steady_ms_;
  if (looked_steady_ms_ == 0 || silent_ms < silence_told_after_ms) return {};
  return "the exchange has told nothing of the account for more than " + std::to_string(silence_told_after_ms / 1'000) + " s: " + account_fault_;
}

void Link::put_balance(const binance::Balance& balance) {
  if (balance.free.is_zero() && balance.locked.is_zero()) holdings_.balances.erase(balance.asset);
  else holdings_.balances[balance.asset] = {balance.free, balance.locked};
}

void Link::want_prices() {
  const int64_t now_ms = steady_now_ms();
  if (now_ms < prices_due_ms_) return;
  prices_due_ms_ = now_ms + prices_every_ms;
  (void)rest_.prices({}, [this](const Reply<std::vector<SymbolPrice>>& reply) {
    if (!reply.ok()) return;
    prices_.emplace();
    for (const SymbolPrice& one : *reply.value) prices_->emplace(one.symbol, one.price);
  });
}

void Link::heard(const UserEvent& event) {
  if (const auto* report = std::get_if<ExecutionReport>(&event)) {
    SessionEvent told;
    told.order = report->report.order;
    told.fill = report->fill;
    events_.push_back(std::move(told));
    if (!is_clear(report->report)) events_.push_back({SessionEvent::Kind::gap, {}, {}, {}, {}});
  } else if (const auto* position = std::get_if<AccountPosition>(&event)) {
    for (const binance::Balance& one : position->balances) {
      put_balance(one);
      told_since_.insert(one.asset);
    }
  } else if (const auto* change = std::get_if<BalanceUpdate>(&event); change != nullptr && !change->is_external_lock) {
    events_.push_back({SessionEvent::Kind::balance, {}, {}, change->asset, change->change});
    holdings_known_ = false;
    holdings_due_ms_ = 0;
  }
}

void Link::take_rules(const ExchangeInfo& info) {
  for (const ListedSymbol& one : info.symbols) listed_[one.symbol.name] = one.symbol;
}

Status Link::load_rules() {
  rules_at_ms_ = steady_now_ms();
  const auto reply = wait<ExchangeInfo>([&](ReplyHandler<ExchangeInfo> handler) { return rest_.exchange_info({}, std::move(handler)); });
  if (!reply) return tl::unexpected(reply.error());
  if (!reply->ok()) return tl::unexpected(to_error(reply->verdict, "asking the exchange for its symbols"));
  take_rules(*reply->value);
  return {};
}

// How long the exchange has asked for silence; 0: it has not.
int64_t Link::pause_ms() const {
  const Instant now = session_.now();
  return session_.budget.blocked(now) ? session_.budget.blocked_until_steady_ms() - now.steady_ms : 0;
}

Status Link::begin(const Configuration& configuration, const std::vector<FollowedSymbol>& symbols, bool waits_out_pauses) {
  const std::string where = session_.endpoints.rest.text();
  int64_t told_ms = 0;
  while (!poll_until(session_, rest_, start_timeout_ms, [&] { return session_.clock.known() || (!waits_out_pauses && pause_ms() > 0); }) && waits_out_pauses && pause_ms() > 0)
    if (pause_ms() > std::exchange(told_ms, pause_ms()))
      std::fprintf(stderr, "stratdock engine: %s asked for a pause of %lld s; trading goes on after that, and protective orders rest there meanwhile\n", where.c_str(), static_cast<long long>(pause_ms() / 1'000));
  if (!session_.clock.known() && pause_ms() > 0)
    return failure("connecting to " + where + ": it asked for a pause of " + std::to_string(pause_ms() / 1'000) + " s (too many requests came from this address, or a firewall turned it away)", "start again after that");
  if (!session_.clock.known())
    return failure("connecting to " + where + ": it did not tell its time within " + std::to_string(start_timeout_ms / 1'000) + " s",
                   "`stratdock check " + configuration.file.string() + "` looks closer");
  if (Status loaded = load_rules(); !loaded) return loaded;
  LiveCandleOptions options;
  for (const FollowedSymbol& one : symbols)
    if (one.needed || listed_.contains(one.name)) options.symbols.push_back({one.name, one.interval_ms});
  options.listed = [this](std::string_view name) { return find_symbol(name); };
  options.told = [this](const Symbol& rules) { listed_[rules.name] = rules; };
  options.warmup = configuration.market.warmup;
  options.history_kept = candles_in_memory;
  auto source = LiveCandleSource::open(network_, session_, rest_, options);
  if (!source) return tl::unexpected(source.error());
  source_ = std::move(*source);
  if (!configuration.trades_remotely()) return {};
  orders_ = std::make_unique<OrderChannel>(network_, session_, rest_);
  account_ = std::make_unique<UserStream>(
      network_, session_, [this](const UserEvent& event) { heard(event); },
      [this](const std::string&) {
        holdings_known_ = false;
        holdings_due_ms_ = 0;
        events_.push_back({SessionEvent::Kind::gap, {}, {}, {}, {}});
      });
  // Nothing is sent before the account is heard.
  if (!poll_until(session_, rest_, start_timeout_ms, [&] {
        poll();
        return account_->live();
      }))
    return failure("listening to the account at " + session_.endpoints.web_socket_api.text() + ": " + account_->state().last_fault,
                   "is the key of this very exchange? `stratdock check " + configuration.file.string() + "` looks closer");
  const auto held = balances();
  return held ? Status{} : Status(tl::unexpected(held.error()));
}

}  // namespace

Result<std::unique_ptr<ExchangeLink>> ExchangeLink::open(const Configuration& configuration, const Secrets& secrets, const std::vector<FollowedSymbol>& symbols, bool waits_out_pauses) {
  auto endpoints = endpoints_for(configuration);
  if (!endpoints) return tl::unexpected(endpoints.error());
  auto signer = signer_for(configuration, secrets);
  if (!signer) return tl::unexpected(signer.error());
  auto link = std::make_unique<Link>(std::move(*endpoints), std::move(*signer));
  if (Status begun = link->begin(configuration, symbols, waits_out_pauses); !begun) return tl::unexpected(begun.error());
  return std::unique_ptr<ExchangeLink>(std::move(link));
}

}  // namespace stratdock
