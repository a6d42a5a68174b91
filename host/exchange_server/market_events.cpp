// What the market streams say.
#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"
#include "host/exchange_server/market_streams.hpp"

namespace stratdock::exchange_server {

namespace {

Json kline_json(const Tape& tape, const TapeCandle& row, std::string_view interval, int64_t now_ms, int64_t unit) {
  const Candle& candle = row.candle;
  const double quote = candle.quote_volume;
  const Json inner = {{"t", candle.open_time_ms * unit},
                      {"T", (row.close_time_ms + 1) * unit - 1},
                      {"s", tape.symbol().name},
                      {"i", std::string(interval)},
                      {"f", row.first_trade_id},
                      {"L", row.last_trade_id},
                      {"o", double_text(candle.open)},
                      {"c", double_text(candle.close)},
                      {"h", double_text(candle.high)},
                      {"l", double_text(candle.low)},
                      {"v", double_text(candle.volume)},
                      {"n", candle.trade_count},
                      {"x", row.is_closed},
                      {"q", double_text(quote)},
                      {"V", double_text(candle.taker_buy_volume)},
                      {"Q", double_text(candle.volume > 0 ? quote * candle.taker_buy_volume / candle.volume : 0)},
                      {"B", "0"}};
  return {{"e", "kline"}, {"E", now_ms * unit}, {"s", tape.symbol().name}, {"k", inner}};
}

Json trade_event(const Tape& tape, const TapeTrade& trade, bool is_aggregate, int64_t now_ms, int64_t unit) {
  Json json = {{"e", is_aggregate ? "aggTrade" : "trade"}, {"E", now_ms * unit}, {"s", tape.symbol().name}};
  json[is_aggregate ? "a" : "t"] = trade.id;
  json["p"] = price_text(trade.price);
  json["q"] = price_text(trade.quantity);
  if (is_aggregate) {
    json["f"] = trade.id;
    json["l"] = trade.id;
  }
  json["T"] = trade.time_ms * unit;
  json["m"] = trade.buyer_is_maker;
  json["M"] = true;
  return json;
}

Json mini_ticker_event(const Json& ticker, int64_t now_ms, int64_t unit) {
  return {{"e", "24hrMiniTicker"},      {"E", now_ms * unit},        {"s", ticker["symbol"]},
          {"c", ticker["lastPrice"]},   {"o", ticker["openPrice"]},  {"h", ticker["highPrice"]},
          {"l", ticker["lowPrice"]},    {"v", ticker["volume"]},     {"q", ticker["quoteVolume"]}};
}

Json ticker_event(const Json& ticker, const Tape& tape, int64_t now_ms, int64_t unit) {
  return {{"e", "24hrTicker"},
          {"E", now_ms * unit},
          {"s", tape.symbol().name},
          {"p", ticker["priceChange"]},
          {"P", ticker["priceChangePercent"]},
          {"w", ticker["weightedAvgPrice"]},
          {"x", ticker["prevClosePrice"]},
          {"c", ticker["lastPrice"]},
          {"Q", ticker["lastQty"]},
          {"b", ticker["bidPrice"]},
          {"B", ticker["bidQty"]},
          {"a", ticker["askPrice"]},
          {"A", ticker["askQty"]},
          {"o", ticker["openPrice"]},
          {"h", ticker["highPrice"]},
          {"l", ticker["lowPrice"]},
          {"v", ticker["volume"]},
          {"q", ticker["quoteVolume"]},
          {"O", ticker["openTime"]},
          {"C", ticker["closeTime"]},
          {"F", ticker["firstId"]},
          {"L", ticker["lastId"]},
          {"n", ticker["count"]}};
}

// "ticker_1h" and its like: the length of the window, or 0.
int64_t window_length(std::string_view kind) {
  constexpr int64_t hour_ms = 60 * minute_ms;
  return kind == "ticker_1h" ? hour_ms : kind == "ticker_4h" ? 4 * hour_ms : kind == "ticker_1d" ? day_ms : 0;
}

Json window_event(Api& api, const Tape& tape, std::string_view kind, int64_t now_ms, int64_t unit) {
  const Json ticker = ticker_window_json(api, tape, window_length(kind), unit);
  return {{"e", std::string(kind.substr(kind.size() - 2)) + "Ticker"},
          {"E", now_ms * unit},
          {"s", tape.symbol().name},
          {"p", ticker["priceChange"]},
          {"P", ticker["priceChangePercent"]},
          {"o", ticker["openPrice"]},
          {"h", ticker["highPrice"]},
          {"l", ticker["lowPrice"]},
          {"c", ticker["lastPrice"]},
          {"w", ticker["weightedAvgPrice"]},
          {"v", ticker["volume"]},
          {"q", ticker["quoteVolume"]},
          {"O", ticker["openTime"]},
          {"C", now_ms * unit},
          {"F", ticker["firstId"]},
          {"L", ticker["lastId"]},
          {"n", ticker["count"]}};
}

Json book_ticker_event(const Tape& tape, const Book& book) {
  const BookLevel bid = book.bids.empty() ? BookLevel{} : book.bids.front();
  const BookLevel ask = book.asks.empty() ? BookLevel{} : book.asks.front();
  return {{"u", book.update_id},           {"s", tape.symbol().name},      {"b", price_text(bid.price)},
          {"B", price_text(bid.quantity)}, {"a", price_text(ask.price)}, {"A", price_text(ask.quantity)}};
}

// Levels that are new or other than before, and those that are gone, with quantity zero.
std::vector<BookLevel> changed_levels(const std::vector<BookLevel>& before, const std::vector<BookLevel>& now) {
  std::vector<BookLevel> changed;
  const auto find = [](const std::vector<BookLevel>& levels, Decimal price) {
    return std::find_if(levels.begin(), levels.end(), [&](const BookLevel& level) { return level.price == price; });
  };
  for (const BookLevel& level : now) {
    const auto old = find(before, level.price);
    if (old == before.end() || old->quantity != level.quantity) changed.push_back(level);
  }
  for (const BookLevel& level : before)
    if (find(now, level.price) == now.end()) changed.push_back({level.price, Decimal()});
  return changed;
}

std::vector<BookLevel> first_levels(const std::vector<BookLevel>& levels, size_t count) {
  return {levels.begin(), levels.begin() + static_cast<std::ptrdiff_t>(std::min(count, levels.size()))};
}

// "depth", "depth@100ms", "depth20", "depth20@100ms": the number, 0 for the stream of differences; -1: none of these.
int depth_levels(std::string_view kind) {
  if (!kind.starts_with("depth")) return -1;
  std::string_view number = kind.substr(5);
  for (const std::string_view speed : {"@100ms", "@1000ms"})
    if (number.ends_with(speed)) number.remove_suffix(speed.size());
  if (number.empty()) return 0;
  return number == "5" ? 5 : number == "10" ? 10 : number == "20" ? 20 : -1;
}

} // namespace

std::vector<std::string> MarketStreams::events(const Tape& tape, const Told& told, const Book& book,
                                               std::string_view kind, bool is_closed, int64_t unit) const {
  std::vector<std::string> result;
  const int64_t now_ms = exchange_.venue.clock().told_ms();
  if (kind.starts_with("kline_")) {
    // Between two candles there is none that forms; the closed one is told by the other event.
    if (!is_closed && !tape.forming()) return result;
    std::string_view name = kind.substr(6);
    int64_t zone_ms = 0;
    if (constexpr std::string_view zone = "@+08:00"; name.ends_with(zone)) {
      zone_ms = 8 * 60 * minute_ms;
      name.remove_suffix(zone.size());
    }
    const std::optional<CandleInterval> interval = find_interval(name);
    if (!interval || !tape.can_serve(*interval)) return result;
    if (const auto row = tape.last_candle(*interval, zone_ms))
      result.push_back(kline_json(tape, *row, name, now_ms, unit).dump());
    return result;
  }
  if (is_closed) return result;
  if (kind == "trade" || kind == "aggTrade") {
    const auto& trades = tape.trades();
    auto trade = trades.end();
    while (trade != trades.begin() && std::prev(trade)->id > told.trade_id && (told.trade_id > 0 || trade == trades.end()))
      --trade;
    for (; trade != trades.end(); ++trade)
      result.push_back(trade_event(tape, *trade, kind == "aggTrade", now_ms, unit).dump());
  } else if (kind == "bookTicker") {
    result.push_back(book_ticker_event(tape, book).dump());
  } else if (kind == "avgPrice") {
    const Json json = {{"e", "avgPrice"}, {"E", now_ms * unit}, {"s", tape.symbol().name}, {"i", "5m"},
                       {"w", price_text(exchange_.venue.average_price(tape))}, {"T", now_ms * unit}};
    result.push_back(json.dump());
  } else if (kind == "miniTicker" || kind == "!miniTicker" || kind == "ticker") {
    const Json ticker = ticker_day_json(exchange_.api, tape, false, unit);
    if (kind == "miniTicker") result.push_back(mini_ticker_event(ticker, now_ms, unit).dump());
    else if (kind == "ticker") result.push_back(ticker_event(ticker, tape, now_ms, unit).dump());
    else result.push_back(Json::array({mini_ticker_event(ticker, now_ms, unit)}).dump());
  } else if (window_length(kind) > 0) {
    result.push_back(window_event(exchange_.api, tape, kind, now_ms, unit).dump());
  } else if (kind.starts_with('!') && window_length(kind.substr(1)) > 0) {
    result.push_back(Json::array({window_event(exchange_.api, tape, kind.substr(1), now_ms, unit)}).dump());
  } else if (const int levels = depth_levels(kind); levels > 0) {
    const Json json = {{"lastUpdateId", book.update_id},
                       {"bids", levels_json(first_levels(book.bids, static_cast<size_t>(levels)))},
                       {"asks", levels_json(first_levels(book.asks, static_cast<size_t>(levels)))}};
    result.push_back(json.dump());
  } else if (levels == 0 && book.update_id > told.update_id) {
    const int64_t first_id = told.update_id > 0 ? told.update_id + 1 : book.update_id;
    const Json json = {{"e", "depthUpdate"}, {"E", now_ms * unit}, {"s", tape.symbol().name},
                       {"U", first_id}, {"u", book.update_id},
                       {"b", levels_json(changed_levels(told.book.bids, book.bids))},
                       {"a", levels_json(changed_levels(told.book.asks, book.asks))}};
    result.push_back(json.dump());
  }
  return result;
}

} // namespace stratdock::exchange_server
