// Tickers: one symbol gives an object, a list or none gives an array.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

namespace {

constexpr int64_t hour_ms = 60 * minute_ms;

std::string percent_text(double fraction) {
  return Decimal::from_double(fraction * 100).text_fixed(3);
}

bool read_mini(const Call& call) {
  const std::string type = call.parameters().text_or("type", "FULL");
  if (type != "FULL" && type != "MINI") throw Refusal{400, -1139, "Invalid ticker type."};
  return type == "MINI";
}

// A window ends with its newest candle, or now while that one still forms.
Json window_json(Api& api, const Tape& tape, const TapeWindow& window, bool is_mini, int64_t unit) {
  const int64_t now_ms = api.venue().now_ms();
  const bool is_open = tape.forming() && window.open_time_ms <= now_ms && now_ms <= window.close_time_ms;
  const int64_t close = is_open ? now_ms * unit : (window.close_time_ms + 1) * unit - 1;
  const double change = window.close - window.open;
  Json json = {{"symbol", tape.symbol().name}};
  if (!is_mini) {
    json["priceChange"] = double_text(change);
    json["priceChangePercent"] = percent_text(window.open > 0 ? change / window.open : 0);
    json["weightedAvgPrice"] = double_text(window.volume > 0 ? window.quote_volume / window.volume : 0);
  }
  json["openPrice"] = double_text(window.open);
  json["highPrice"] = double_text(window.high);
  json["lowPrice"] = double_text(window.low);
  json["lastPrice"] = double_text(window.close);
  json["volume"] = double_text(window.volume);
  json["quoteVolume"] = double_text(window.quote_volume);
  json["openTime"] = window.open_time_ms * unit;
  json["closeTime"] = close;
  json["firstId"] = window.first_trade_id;
  json["lastId"] = window.last_trade_id;
  json["count"] = window.trade_count;
  return json;
}

template <typename Function> std::string for_chosen(const ChosenTapes& chosen, Function make) {
  if (chosen.is_one) return make(*chosen.tapes.front()).dump();
  Json rows = Json::array();
  for (const Tape* tape : chosen.tapes)
    if (tape->has_price()) rows.push_back(make(*tape));
  return rows.dump();
}

// "7d", "15m", "2h".
int64_t window_length(const std::string& text) {
  int64_t number = 0;
  for (size_t i = 0; i + 1 < text.size(); ++i)
    number = text[i] < '0' || text[i] > '9' || number > 100 ? 1000 : number * 10 + (text[i] - '0');
  const char unit = text.empty() ? ' ' : text.back();
  if (number >= 1 && number <= 59 && unit == 'm') return number * minute_ms;
  if (number >= 1 && number <= 23 && unit == 'h') return number * hour_ms;
  if (number >= 1 && number <= 7 && unit == 'd') return number * day_ms;
  throw invalid_parameter("windowSize");
}

TapeWindow window_since(const Tape& tape, int64_t from_ms) {
  return tape.window(from_ms).value_or(TapeWindow{});
}

} // namespace

std::string_view status_name(SymbolStatus status) {
  switch (status) {
  case SymbolStatus::trading:
    return "TRADING";
  case SymbolStatus::halt:
    return "HALT";
  case SymbolStatus::cancel_only:
    return "CANCEL_ONLY";
  case SymbolStatus::end_of_day:
    return "END_OF_DAY";
  default:
    return "BREAK";
  }
}

std::string read_status(const Call& call) {
  const std::string wanted = call.parameters().text_or("symbolStatus", "");
  if (wanted.empty() || wanted == "TRADING" || wanted == "HALT" || wanted == "BREAK") return wanted;
  throw Refusal{400, -1122, "Invalid symbolStatus."};
}

void check_status(const Call& call, const Symbol& symbol) {
  const std::string wanted = read_status(call);
  if (wanted.empty() || status_name(symbol.status) == wanted) return;
  throw Refusal{400, -1220, "The symbol's status does not match the requested symbolStatus."};
}

ChosenTapes choose_tapes(Api& api, const Call& call, bool may_be_all) {
  const Parameters& parameters = call.parameters();
  ChosenTapes chosen;
  const std::string wanted = read_status(call);
  for (const char* name : {"symbol", "symbols"})
    static_cast<void>(parameters.text_or(name, "")); // -1105: sent and empty is not left out
  if (parameters.has("symbol") && parameters.has("symbols"))
    throw Refusal{400, -1128, "Combination of optional parameters invalid."};
  if (parameters.has("symbol")) {
    chosen.is_one = true;
    chosen.tapes = {&tape_of(api, call)};
    check_status(call, chosen.tapes.front()->symbol());
    return chosen;
  }
  if (parameters.has("symbols")) {
    for (const std::string& name : parameters.symbols()) {
      const Tape* tape = api.venue().find_tape(name);
      if (!tape) throw Refusal{400, -1121, "Invalid symbol."};
      chosen.tapes.push_back(tape);
    }
  } else if (may_be_all) {
    for (const auto& tape : api.venue().tapes())
      chosen.tapes.push_back(tape.get());
  } else {
    throw Refusal{400, -1102, "Either 'symbol' or 'symbols' must be provided."};
  }
  if (!wanted.empty())
    std::erase_if(chosen.tapes, [&](const Tape* tape) { return status_name(tape->symbol().status) != wanted; });
  return chosen;
}

Json ticker_day_json(Api& api, const Tape& tape, bool is_mini, int64_t unit) {
  const TapeWindow window = window_since(tape, tape.market_end_ms() - day_ms);
  Json json = window_json(api, tape, window, is_mini, unit);
  if (is_mini) return json;
  const Book book = tape.book(1);
  const auto level = [](const std::vector<BookLevel>& side) { return side.empty() ? BookLevel{} : side.front(); };
  return {{"symbol", json["symbol"]},
          {"priceChange", json["priceChange"]},
          {"priceChangePercent", json["priceChangePercent"]},
          {"weightedAvgPrice", json["weightedAvgPrice"]},
          {"prevClosePrice", double_text(window.previous_close)},
          {"lastPrice", json["lastPrice"]},
          {"lastQty", price_text(tape.trades().empty() ? Decimal() : tape.trades().back().quantity)},
          {"bidPrice", price_text(level(book.bids).price)},
          {"bidQty", price_text(level(book.bids).quantity)},
          {"askPrice", price_text(level(book.asks).price)},
          {"askQty", price_text(level(book.asks).quantity)},
          {"openPrice", json["openPrice"]},
          {"highPrice", json["highPrice"]},
          {"lowPrice", json["lowPrice"]},
          {"volume", json["volume"]},
          {"quoteVolume", json["quoteVolume"]},
          {"openTime", json["openTime"]},
          {"closeTime", json["closeTime"]},
          {"firstId", json["firstId"]},
          {"lastId", json["lastId"]},
          {"count", json["count"]}};
}

Json ticker_window_json(Api& api, const Tape& tape, int64_t length_ms, int64_t unit) {
  return window_json(api, tape, window_since(tape, tape.market_end_ms() - length_ms), false, unit);
}

namespace market_calls {

std::string ticker_price(Api& api, Call& call) {
  return for_chosen(choose_tapes(api, call, true), [](const Tape& tape) {
    return Json{{"symbol", tape.symbol().name}, {"price", price_text(tape.price())}};
  });
}

std::string ticker_book(Api& api, Call& call) {
  return for_chosen(choose_tapes(api, call, true), [](const Tape& tape) {
    const Book book = tape.book(1);
    const BookLevel bid = book.bids.empty() ? BookLevel{} : book.bids.front();
    const BookLevel ask = book.asks.empty() ? BookLevel{} : book.asks.front();
    return Json{{"symbol", tape.symbol().name},
                {"bidPrice", price_text(bid.price)},
                {"bidQty", price_text(bid.quantity)},
                {"askPrice", price_text(ask.price)},
                {"askQty", price_text(ask.quantity)}};
  });
}

std::string ticker_day(Api& api, Call& call) {
  const bool is_mini = read_mini(call);
  return for_chosen(choose_tapes(api, call, true),
                    [&](const Tape& tape) { return ticker_day_json(api, tape, is_mini, call.time_unit); });
}

std::string ticker_trading_day(Api& api, Call& call) {
  const bool is_mini = read_mini(call);
  const int64_t zone_ms = zone_of(call);
  return for_chosen(choose_tapes(api, call, false), [&](const Tape& tape) {
    const int64_t day = CandleInterval{day_ms}.open_of(tape.market_end_ms() - 1, zone_ms);
    return window_json(api, tape, window_since(tape, day), is_mini, call.time_unit);
  });
}

std::string ticker_window(Api& api, Call& call) {
  const bool is_mini = read_mini(call);
  const int64_t length_ms = window_length(call.parameters().text_or("windowSize", "1d"));
  return for_chosen(choose_tapes(api, call, false), [&](const Tape& tape) {
    return window_json(api, tape, window_since(tape, tape.market_end_ms() - length_ms), is_mini, call.time_unit);
  });
}

} // namespace market_calls

} // namespace stratdock::exchange_server
