// Market data: time, candles, trades, book.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

Tape& tape_of(Api& api, const Call& call) {
  Tape* tape = api.venue().find_tape(call.parameters().symbol());
  if (!tape) throw Refusal{400, -1121, "Invalid symbol."};
  return *tape;
}

std::string double_text(double value) {
  return price_text(Decimal::from_double(value));
}

size_t limit_of(const Call& call, int64_t fallback, int64_t most) {
  const int64_t limit = call.parameters().integer_or("limit", fallback);
  if (limit < 1) throw Refusal{400, -1100, "Illegal characters found in parameter 'limit'; legal range is '^[1-9][0-9]*$'."};
  return static_cast<size_t>(std::min(limit, most));
}

int64_t zone_of(const Call& call) {
  const std::string text = call.parameters().text_or("timeZone", "0");
  const bool is_negative = text.starts_with('-');
  const std::string_view digits = std::string_view(text).substr(is_negative || text.starts_with('+') ? 1 : 0);
  const size_t colon = digits.find(':');
  const auto number = [](std::string_view part) {
    int64_t value = part.empty() || part.size() > 2 ? -1 : 0;
    for (const char c : part)
      value = value < 0 || c < '0' || c > '9' ? -1 : value * 10 + (c - '0');
    return value;
  };
  const int64_t hours = number(digits.substr(0, colon));
  const int64_t minutes = colon == std::string_view::npos ? 0 : number(digits.substr(colon + 1));
  const int64_t zone_ms = (hours * 60 + minutes) * minute_ms;
  const bool is_valid = hours >= 0 && minutes >= 0 && minutes < 60 && zone_ms <= (is_negative ? 12 : 14) * 60 * minute_ms;
  if (!is_valid) throw invalid_parameter("timeZone");
  return is_negative ? -zone_ms : zone_ms;
}

namespace market_calls {

std::string ping(Api&, Call&) {
  return "{}";
}

std::string time(Api& api, Call& call) {
  return "{\"serverTime\":" + std::to_string(call.time(api.venue().clock().told_ms())) + "}";
}

std::string klines(Api& api, Call& call) {
  const Tape& tape = tape_of(api, call);
  const std::optional<CandleInterval> interval = find_interval(call.parameters().text("interval"));
  if (!interval || !tape.can_serve(*interval)) throw Refusal{400, -1120, "Invalid interval."};
  const auto start = call.parameters().maybe_time_ms("startTime"), end = call.parameters().maybe_time_ms("endTime");
  Json rows = Json::array();
  for (const TapeCandle& row : tape.candles(*interval, start, end, limit_of(call, 500, 1000), zone_of(call))) {
    const Candle& candle = row.candle;
    const double quote = candle.quote_volume;
    rows.push_back({call.time(candle.open_time_ms), double_text(candle.open), double_text(candle.high),
                    double_text(candle.low), double_text(candle.close), double_text(candle.volume),
                    call.time(row.close_time_ms + 1) - 1, double_text(quote), candle.trade_count,
                    double_text(candle.taker_buy_volume),
                    double_text(candle.volume > 0 ? quote * candle.taker_buy_volume / candle.volume : 0), "0"});
  }
  return rows.dump();
}

std::string depth(Api& api, Call& call) {
  const Tape& tape = tape_of(api, call);
  check_status(call, tape.symbol());
  const Book book = tape.book(std::min(limit_of(call, 100, 5000), Tape::max_book_levels));
  Json json = {{"lastUpdateId", book.update_id}, {"bids", levels_json(book.bids)}, {"asks", levels_json(book.asks)}};
  return json.dump();
}

std::string trades(Api& api, Call& call) {
  const std::deque<TapeTrade>& all = tape_of(api, call).trades();
  const size_t limit = limit_of(call, 500, 1000);
  const std::optional<int64_t> from_id = call.parameters().maybe_integer("fromId");
  size_t first = all.size() > limit ? all.size() - limit : 0;
  if (from_id)
    first = static_cast<size_t>(std::lower_bound(all.begin(), all.end(), *from_id, [](const TapeTrade& trade, int64_t id) { return trade.id < id; }) - all.begin());
  Json rows = Json::array();
  for (size_t i = first; i < all.size() && rows.size() < limit; ++i) {
    const TapeTrade& trade = all[i];
    rows.push_back({{"id", trade.id},
                    {"price", price_text(trade.price)},
                    {"qty", price_text(trade.quantity)},
                    {"quoteQty", price_text(multiply(trade.price, trade.quantity, Rounding::down))},
                    {"time", call.time(trade.time_ms)},
                    {"isBuyerMaker", trade.buyer_is_maker},
                    {"isBestMatch", true}});
  }
  return rows.dump();
}

std::string block_trades(Api& api, Call& call) {
  static_cast<void>(tape_of(api, call));
  return "[]";
}

// Each trade is an aggregate of its own here.
std::string aggregate_trades(Api& api, Call& call) {
  const std::deque<TapeTrade>& all = tape_of(api, call).trades();
  const size_t limit = limit_of(call, 500, 1000);
  const auto from_id = call.parameters().maybe_integer("fromId");
  const auto start = call.parameters().maybe_time_ms("startTime"), end = call.parameters().maybe_time_ms("endTime");
  if (from_id && (start || end)) throw Refusal{400, -1128, "Combination of optional parameters invalid."};
  std::vector<const TapeTrade*> chosen;
  for (const TapeTrade& trade : all)
    if (trade.id >= from_id.value_or(0) && trade.time_ms >= start.value_or(0) && trade.time_ms <= end.value_or(INT64_MAX))
      chosen.push_back(&trade);
  const bool from_start = from_id || start;
  const size_t first = !from_start && chosen.size() > limit ? chosen.size() - limit : 0;
  Json rows = Json::array();
  for (size_t i = first; i < chosen.size() && rows.size() < limit; ++i) {
    const TapeTrade& trade = *chosen[i];
    rows.push_back({{"a", trade.id},
                    {"p", price_text(trade.price)},
                    {"q", price_text(trade.quantity)},
                    {"f", trade.id},
                    {"l", trade.id},
                    {"T", call.time(trade.time_ms)},
                    {"m", trade.buyer_is_maker},
                    {"M", true}});
  }
  return rows.dump();
}

std::string average_price(Api& api, Call& call) {
  const Tape& tape = tape_of(api, call);
  const Json json = {{"mins", tape.symbol().percent_price.average_minutes},
                     {"price", price_text(api.venue().average_price(tape))},
                     {"closeTime", call.time(api.venue().clock().told_ms())}};
  return json.dump();
}

// No symbol has a price range here, nor a reference price.
std::string execution_rules(Api& api, Call& call) {
  Json rows = Json::array();
  for (const Tape* tape : choose_tapes(api, call, true).tapes)
    rows.push_back({{"symbol", tape->symbol().name}, {"rules", Json::array()}});
  const Json json = {{"symbolRules", std::move(rows)}};
  return json.dump();
}

std::string reference_price(Api& api, Call& call) {
  static_cast<void>(tape_of(api, call));
  throw Refusal{400, -2043, "This symbol doesn't have a reference price."};
}

} // namespace market_calls

Json levels_json(const std::vector<BookLevel>& levels) {
  Json rows = Json::array();
  for (const BookLevel& level : levels)
    rows.push_back(Json::array({price_text(level.price), price_text(level.quantity)}));
  return rows;
}

} // namespace stratdock::exchange_server
