#include "host/binance/stream_messages.hpp"

#include <nlohmann/json.hpp>

#include "host/binance/message_parts.hpp"

namespace stratdock::binance {
namespace {

KlineEvent read_kline_event(const MessageReader& message) {
  const MessageReader k = message.at("k");
  KlineEvent event;
  event.symbol = message.text("s");
  event.interval = k.text("i");
  event.event_ms = message.integer("E");
  event.closed = k.flag("x");
  Candle& candle = event.kline.candle;
  candle.open_time_ms = k.integer("t");
  event.kline.close_time_ms = k.integer("T");
  candle.open = k.real("o");
  candle.high = k.real("h");
  candle.low = k.real("l");
  candle.close = k.real("c");
  candle.volume = k.real("v");
  candle.quote_volume = k.real("q");
  candle.taker_buy_volume = k.real("V");
  candle.trade_count = k.integer("n");
  return event;
}

TickerEvent read_ticker_event(const MessageReader& message, const std::string& type) {
  TickerEvent event;
  event.type = type;
  event.event_ms = message.integer("E");
  Ticker& ticker = event.ticker;
  ticker.symbol = message.text("s");
  ticker.open = message.decimal("o");
  ticker.high = message.decimal("h");
  ticker.low = message.decimal("l");
  ticker.last = message.decimal("c");
  ticker.volume = message.decimal("v");
  ticker.quote_volume = message.decimal("q");
  ticker.change = if_given(message, "p");
  ticker.change_percent = if_given(message, "P");
  ticker.average = if_given(message, "w");
  ticker.previous_close = if_given(message, "x");
  ticker.last_quantity = if_given(message, "Q");
  ticker.bid_price = if_given(message, "b");
  ticker.bid_quantity = if_given(message, "B");
  ticker.ask_price = if_given(message, "a");
  ticker.ask_quantity = if_given(message, "A");
  ticker.open_time_ms = message.integer_or("O", 0);
  ticker.close_time_ms = message.integer_or("C", 0);
  ticker.first_trade_id = message.integer_or("F", -1);
  ticker.last_trade_id = message.integer_or("L", -1);
  ticker.trade_count = message.integer_or("n", 0);
  return event;
}

TradeEvent read_trade_event(const MessageReader& message) {
  TradeEvent event;
  event.symbol = message.text("s");
  event.event_ms = message.integer("E");
  event.trade.id = message.integer("t");
  event.trade.price = message.decimal("p");
  event.trade.quantity = message.decimal("q");
  event.trade.time_ms = message.integer("T");
  event.trade.buyer_is_maker = message.flag("m");
  return event;
}

AggregateTradeEvent read_aggregate_event(const MessageReader& message) {
  AggregateTradeEvent event;
  event.symbol = message.text("s");
  event.event_ms = message.integer("E");
  event.trade.id = message.integer("a");
  event.trade.first_trade_id = message.integer("f");
  event.trade.last_trade_id = message.integer("l");
  event.trade.price = message.decimal("p");
  event.trade.quantity = message.decimal("q");
  event.trade.time_ms = message.integer("T");
  event.trade.buyer_is_maker = message.flag("m");
  return event;
}

DepthEvent read_depth_event(const MessageReader& message) {
  DepthEvent event;
  event.symbol = message.text("s");
  event.event_ms = message.integer("E");
  event.first_update_id = message.integer("U");
  event.last_update_id = message.integer("u");
  event.bids = read_levels(message.at("b"));
  event.asks = read_levels(message.at("a"));
  return event;
}

AveragePriceEvent read_average_event(const MessageReader& message) {
  return {message.text("s"), message.text("i"), message.decimal("w"), message.integer("E"), message.integer_or("T", 0)};
}

StreamEvent read_named_event(const MessageReader& message) {
  const std::string type = message.text("e");
  if (type == "kline") return read_kline_event(message);
  if (type == "trade") return read_trade_event(message);
  if (type == "aggTrade") return read_aggregate_event(message);
  if (type == "depthUpdate") return read_depth_event(message);
  if (type == "avgPrice") return read_average_event(message);
  if (type == "24hrTicker" || type == "24hrMiniTicker" || type == "1hTicker" || type == "4hTicker" ||
      type == "1dTicker")
    return read_ticker_event(message, type);
  if (type == "referencePrice")
    return ReferencePriceEvent{{message.text("s"), if_given(message, "r"), message.integer_or("t", 0)}};
  if (type == "serverShutdown") return ServerShutdownEvent{message.integer_or("E", 0)};
  return UnknownEvent{short_quote(type)};
}

// Book tickers and partial depths carry no name: what they hold tells.
StreamEvent read_event(const MessageReader& message) {
  if (message.has("e")) return read_named_event(message);
  if (message.has("u") && message.has("s") && message.has("b") && message.has("a"))
    return BookTickerEvent{{message.text("s"), message.decimal("b"), message.decimal("B"), message.decimal("a"),
                            message.decimal("A"), message.integer("u")}};
  if (message.has("lastUpdateId"))
    return PartialDepthEvent{
        {message.integer("lastUpdateId"), read_levels(message.at("bids")), read_levels(message.at("asks"))}};
  return UnknownEvent{};
}

StreamAnswer read_stream_answer(const MessageReader& message) {
  StreamAnswer answer;
  answer.id = message.id_text("id");
  // Errors come bare or as "error", as the exchange's pages and its practice differ.
  answer.error = message.has("error") ? read_refusal(message.at("error")) : read_refusal(message);
  if (!answer.error) answer.result = message.has("result") ? message.at("result").json_text() : "null";
  return answer;
}

bool is_answer(const MessageReader& message) {
  return !message.has("e") && !message.has("lastUpdateId") &&
         (message.has("id") || message.has("error") || (message.has("code") && message.has("msg")));
}

StreamMessage read_stream_message(const MessageReader& message) {
  StreamMessage read;
  const bool combined = message.has("stream") && message.has("data");
  if (combined) read.stream = message.text("stream");
  const MessageReader data = combined ? message.at("data") : message;
  if (data.is_array())
    data.each([&](const MessageReader& event) { read.events.push_back(read_event(event)); });
  else if (!data.is_object())
    data.fault("an event");
  else if (!combined && is_answer(data))
    read.events.push_back(read_stream_answer(data));
  else
    read.events.push_back(read_event(data));
  return read;
}

} // namespace

Result<StreamMessage> parse_stream_message(std::string_view text) {
  return read_message("market stream", text, read_stream_message, RefusalIs::a_message);
}

std::string stream_request(std::string_view method, const std::vector<std::string>& streams, int64_t id) {
  nlohmann::ordered_json request = {{"method", method}};
  if (!streams.empty()) request["params"] = streams;
  request["id"] = id;
  return request.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

} // namespace stratdock::binance
