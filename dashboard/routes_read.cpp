// Reads of the moment: overview, a bot, its candles and equity, the event stream.
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "core/candle.hpp"
#include "dashboard/csv.hpp"
#include "dashboard/read_helpers.hpp"
#include "dashboard/routes.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

constexpr size_t most_points = 5'000;

void put_little_endian(std::string& out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xff);
}

// gzip of head + rest with the rest deflated already: the head goes in front as a stored block, the checksums are combined.
// So the time of day is new in every answer, and the bulk is compressed once for all of them. (RFC 1951 3.2.4, RFC 1952)
std::string gzip_with_head(const std::string& head, const Overview& overview) {
  std::string out("\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10);
  out.reserve(head.size() + overview.rest_deflated.size() + 32);
  out += '\0';
  put_little_endian(out, static_cast<uint32_t>(head.size()), 2);
  put_little_endian(out, ~static_cast<uint32_t>(head.size()), 2);
  out += head;
  out += overview.rest_deflated;
  const auto head_crc = crc32(0, reinterpret_cast<const Bytef*>(head.data()), static_cast<uInt>(head.size()));
  put_little_endian(out, static_cast<uint32_t>(crc32_combine(head_crc, overview.rest_crc, static_cast<z_off_t>(overview.rest.size()))), 4);
  put_little_endian(out, static_cast<uint32_t>(head.size() + overview.rest.size()), 4);
  return out;
}

}  // namespace

Response read_overview(App& app, const Request& request) {
  const int64_t now = wall_clock_ms();
  const auto overview = app.board.overview([&] { return app.hub.rev(); }, now);
  if (!overview) return store_away("the engine has not made it yet");
  Response response;
  response.with("ETag", overview->etag).with("Vary", "Accept-Encoding");
  if (request.header("if-none-match") == overview->etag) {
    response.status = 304;
    return response;
  }
  const std::string head = "{" + Board::head_json(overview->clock, now);
  if (request.header("accept-encoding").find("gzip") != std::string::npos && !overview->rest_deflated.empty()) {
    response.with("Content-Encoding", "gzip");
    response.body = gzip_with_head(head, *overview);
  } else {
    response.body = head + overview->rest;
  }
  return response;
}

Response read_events(App& app, const Request& request) {
  if (!app.board.ready()) return store_away("the engine has not made it yet");
  StreamWish wish;
  wish.session_key = request.session_key;
  const std::string& last = request.header("last-event-id");
  const std::string& since = last.empty() ? request.parameter("since") : last;
  if (!since.empty()) wish.since = parse_id(since).value_or(-1);
  wish.logs = request.parameter("logs");
  if (!wish.logs.empty() && wish.logs != "all" && !parse_id(wish.logs)) return error_response(400, "BAD_REQUEST", "logs must be a bot's id or all.");
  Response response;
  response.content_type = "text/event-stream";
  response.stream = std::move(wish);
  return response.with("X-Accel-Buffering", "no");
}

Response read_bots(App& app, const Request& request) {
  if (!app.board.ready()) return store_away("the engine has not made it yet");
  const int64_t rev = app.hub.rev();
  std::vector<int64_t> ids;
  app.board.with_world([&](const World& world) {
    for (const auto& [id, card] : world.bots) ids.push_back(id);
  });
  std::string list;
  for (const int64_t id : ids)
    if (const auto text = app.board.bot_text(id)) list += (list.empty() ? "" : ",") + *text;
  if (request.parameter("format") == "csv") return csv_response(csv_text(json::parse("[" + list + "]")), "bots");
  return json_response(200, "{\"rev\":" + std::to_string(rev) + ",\"bots\":[" + list + "]}");
}

json bot_with_additions(App& app, int64_t id) {
  const auto text = app.board.bot_text(id);
  if (!text) return {};
  json bot = json::parse(*text);
  app.board.with_world([&](const World& world) {
    const auto card = world.bots.find(id);
    if (card == world.bots.end()) return;
    const BotSettings& settings = card->second.row.settings;
    const auto* strategy = world.strategy(settings.strategy);
    const json schema = strategy ? json::parse(strategy->schema, nullptr, false) : json::array();
    json parameters = json::object(), set = json::array();
    for (const auto& parameter : schema.is_array() ? schema : json::array())
      if (parameter.is_object() && parameter.contains("key")) parameters[parameter.value("key", "")] = parameter.value("default", json());
    for (const auto& [key, value] : settings.parameters) {
      // As text in the store; the schema says what it is.
      const json plain = json::parse(value, nullptr, false);
      parameters[key] = parameters.contains(key) && !parameters[key].is_string() && !plain.is_discarded() ? plain : json(value);
      set.push_back(key);
    }
    bot["parameters"] = parameters;
    bot["parameters_set"] = set;
    bot["settings"] = {{"stop_loss", number_json(settings.stop_loss)}, {"take_profit", number_json(settings.take_profit)}, {"symbols", settings.recommended_symbols}};
    bot["log_file"] = app.options.log_folder.empty() ? json() : json(app.options.log_folder + "/" + settings.name + ".log");
  });
  return bot;
}

json open_orders(App& app, int64_t bot_id) {
  json list = json::array();
  auto lease = app.pool.take();
  if (!lease) return list;
  store::Range range;
  range.limit = 200;
  std::vector<OrderWithIntent> rows;
  for (auto& order : lease->journal().orders(bot_id, range))
    if (is_open_order(order.status)) rows.push_back(with_intent(lease->journal(), std::move(order)));
  app.board.with_world([&](const World& world) {
    for (const auto& [intent, order] : rows) list.push_back(order_json(intent ? &*intent : nullptr, &*order, world));
  });
  return list;
}

Response read_bot(App& app, const Request& request) {
  const auto id = parse_id(request.path_parts[0]);
  const int64_t rev = app.hub.rev();
  const json bot = id ? bot_with_additions(app, *id) : json();
  if (bot.is_null()) return app.board.ready() ? bot_not_found(request.path_parts[0]) : store_away("the engine has not made it yet");
  return json_response(200, dump({{"rev", rev}, {"bot", bot}, {"open_orders", open_orders(app, *id)}}));
}

Response read_candles(App& app, const Request& request) {
  std::optional<BotHandle> bot = find_bot(app, request.path_parts[0]);
  if (!bot) return bot_not_found(request.path_parts[0]);
  int64_t interval_ms = bot->row.settings.interval_ms;
  if (!request.parameter("interval").empty()) {
    const auto asked = parse_interval(request.parameter("interval"));
    if (!asked) return error_response(400, "BAD_REQUEST", asked.error().message, asked.error().hint);
    interval_ms = *asked;
  }
  const auto limit = number_in(request, "limit", 500, 1, most_points), from = number_in(request, "from", 0, 0, INT64_MAX), to = number_in(request, "to", INT64_MAX, 0, INT64_MAX);
  if (!limit || !from || !to) return error_response(400, "BAD_REQUEST", "limit must be 1 to 5000, from and to times in milliseconds.");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  const CandleSeries series = lease->journal().candles(bot->row.symbol, interval_ms, *from, *to, static_cast<size_t>(*limit));
  json rows = json::array();
  for (size_t i = 0; i < series.size(); ++i) {
    const Candle candle = series.at(i);
    rows.push_back({candle.open_time_ms, number_json(candle.open), number_json(candle.high), number_json(candle.low), number_json(candle.close), number_json(candle.volume)});
  }
  return json_response(200, dump({{"symbol", bot->row.symbol}, {"interval", interval_text(interval_ms)}, {"interval_ms", interval_ms}, {"price_decimals", bot->price_decimals},
                                  {"columns", {"open_ms", "open", "high", "low", "close", "volume"}}, {"rows", rows}}));
}

Response read_equity(App& app, const Request& request) {
  std::optional<BotHandle> bot = find_bot(app, request.path_parts[0]);
  if (!bot) return bot_not_found(request.path_parts[0]);
  const auto points = number_in(request, "points", 500, 1, most_points), from = number_in(request, "from", 0, 0, INT64_MAX), to = number_in(request, "to", 0, 0, INT64_MAX);
  if (!points || !from || !to) return error_response(400, "BAD_REQUEST", "points must be 1 to 5000, from and to times in milliseconds.");
  auto lease = app.pool.take();
  if (!lease) return store_away(lease.error().text());
  const auto rows = equity_rows(lease->journal(), bot->row.id, *from, *to);
  // Each bucket keeps its last row, so the newest is always there.
  const size_t bucket = (rows.size() + static_cast<size_t>(*points) - 1) / static_cast<size_t>(*points);
  json list = json::array();
  for (size_t i = 0; i < rows.size(); ++i) {
    if (bucket > 1 && i % bucket != bucket - 1 && i + 1 != rows.size()) continue;
    list.push_back({rows[i].at_ms, rows[i].equity.text(), rows[i].net_pnl.text(), number_json(rows[i].drawdown)});
  }
  return json_response(200, dump({{"columns", {"ms", "equity", "net_pnl", "drawdown"}}, {"rows", list}}));
}

Response read_close_preview(App& app, const Request& request) {
  const auto id = parse_id(request.path_parts[0]);
  std::optional<ClosePreview> preview;
  std::string base, quote;
  app.board.with_world([&](const World& world) {
    const auto card = id ? world.bots.find(*id) : world.bots.end();
    if (card == world.bots.end()) return;
    const auto* symbol = world.symbol(card->second.row.symbol);
    preview = preview_close(figure_input(world, card->second, wall_clock_ms()), symbol ? std::optional(*symbol) : std::nullopt);
    if (symbol) {
      base = symbol->base;
      quote = symbol->quote;
    }
  });
  if (!preview) return bot_not_found(request.path_parts[0]);
  return json_response(200, dump({{"quantity", preview->quantity.text()}, {"base_asset", text_json(base)}, {"price", money_json(preview->price)}, {"value", money_json(preview->value)},
                                  {"fee", money_json(preview->fee)}, {"result", money_json(preview->result)}, {"result_fraction", number_json(preview->result_fraction)},
                                  {"quote_asset", text_json(quote)}, {"cancels", open_orders(app, *id).size()}, {"dust", preview->dust.text()},
                                  {"possible", preview->possible}, {"text", preview->text}}));
}

}  // namespace stratdock::dashboard
