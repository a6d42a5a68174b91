// Strategies, plugins, the processes; figures for Prometheus and the description of the API.
#include <filesystem>
#include <nlohmann/json.hpp>

#include "dashboard/csv.hpp"
#include "dashboard/process_list.hpp"
#include "dashboard/read_helpers.hpp"
#include "dashboard/routes.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

Response read_strategies(App& app, const Request&) {
  json list = json::array();
  app.board.with_world([&](const World& world) {
    for (const auto& [id, row] : world.strategies) list.push_back(strategy_json(row, world));
  });
  return json_response(200, dump({{"strategies", list}}));
}

Response read_schema(App& app, const Request& request) {
  std::optional<json> answer;
  app.board.with_world([&](const World& world) {
    const auto* row = world.strategy(request.path_parts[0]);
    if (!row) return;
    const json schema = json::parse(row->schema, nullptr, false);
    json parameters = json::array();
    for (const auto& given : schema.is_array() ? schema : json::array()) {
      json parameter = {{"key", ""}, {"name", ""}, {"doc", ""}, {"unit", ""}, {"type", "float"}, {"default", nullptr}, {"min", nullptr},
                        {"max", nullptr}, {"choices", json::array()}, {"flags", json::array()}};
      if (given.is_object()) parameter.update(given);
      // The core's words for types into the page's.
      static const std::map<std::string, std::string> types{{"integer", "int"}, {"real", "float"}, {"boolean", "bool"}};
      if (const auto type = types.find(parameter.value("type", "")); type != types.end()) parameter["type"] = type->second;
      for (const char* list : {"choices", "flags"})
        if (!parameter[list].is_array()) parameter[list] = json::array();
      parameters.push_back(std::move(parameter));
    }
    answer = json{{"strategy", strategy_json(*row, world)}, {"parameters", parameters}, {"candles_needed", nullptr}};
  });
  if (!answer) return error_response(404, "STRATEGY_NOT_FOUND", "There is no strategy \"" + request.path_parts[0] + "\".", "See /api/v1/strategies.");
  return json_response(200, dump(*answer));
}

Response read_plugins(App& app, const Request&) {
  json list = json::array();
  app.board.with_world([&](const World& world) {
    for (const auto& row : world.plugins) list.push_back(plugin_json(row, world));
  });
  return json_response(200, dump({{"folders", app.options.plugin_folders}, {"plugins", list}}));
}

Response read_system(App& app, const Request&) {
  json engine, market, processes = json::array(), mode;
  app.board.with_world([&](const World& world) {
    engine = json::parse(engine_json(world.engine));
    mode = json::array({world.mode});
    market = {{"source", nullptr}, {"state", nullptr}, {"text", nullptr}, {"last_candle_ms", nullptr}};
    for (const auto& row : world.health) {
      if (row.key == words::market_source) market["source"] = row.value;
      if (row.key == words::market_state) market["state"] = row.value;
      if (row.key == words::market_ms && row.value != "0") market["last_candle_ms"] = std::atoll(row.value.c_str());
    }
    processes = process_list(app, world);
  });
  std::error_code error;
  const auto bytes = std::filesystem::file_size(app.options.data_folder / "journal.db", error);
  const auto space = std::filesystem::space(app.options.data_folder, error);
  return json_response(
      200, dump({{"version", app.options.version}, {"build", app.options.build}, {"server_ms", wall_clock_ms()}, {"started_ms", app.started_ms},
                 {"data_folder", app.options.data_folder.string()}, {"configuration", app.options.configuration}, {"log_folder", app.options.log_folder},
                 {"time_zone", app.options.time_zone}, {"mode", mode}, {"engine", engine}, {"market", market}, {"processes", processes},
                 {"store", {{"schema_version", 1}, {"journal_bytes", bytes == static_cast<uintmax_t>(-1) ? json() : json(bytes)}, {"free_bytes", space.available}}},
                 {"streams", app.hub.streams()}, {"sessions", app.access.session_count()}}));
}

Response read_metrics(App& app, const Request&) {
  std::string text;
  const auto metric = [&](const std::string& name, const std::string& type, const std::string& help, const std::string& lines) {
    text += "# HELP stratdock_" + name + " " + help + "\n# TYPE stratdock_" + name + " " + type + "\n" + lines;
  };
  const auto one = [](const std::string& name, const std::string& value) { return "stratdock_" + name + " " + value + "\n"; };
  std::string equity, profit, open, state;
  bool engine_up = false;
  app.board.with_world([&](const World& world) {
    engine_up = world.engine.state != "away";
    for (const auto& [id, card] : world.bots) {
      const std::string labels = "{bot=\"" + card.row.settings.name + "\",symbol=\"" + card.row.symbol + "\"} ";
      if (card.figures.equity) equity += "stratdock_bot_equity" + labels + card.figures.equity->text() + "\n";
      profit += "stratdock_bot_profit" + labels + card.row.realised.text() + "\n";
      open += "stratdock_bot_position_open" + labels + (card.figures.open ? "1\n" : "0\n");
      state += "stratdock_bot_running" + labels + (is_running_state(card.row.state) ? "1\n" : "0\n");
    }
  });
  metric("engine_up", "gauge", "1 while the engine shows signs of life.", one("engine_up", engine_up ? "1" : "0"));
  metric("journal_rev", "gauge", "The journal's revision that is shown.", one("journal_rev", std::to_string(app.board.seen_rev())));
  metric("bot_equity", "gauge", "Cash and position of a bot, in its quote asset.", equity);
  metric("bot_profit", "gauge", "Realised profit of a bot, in its quote asset.", profit);
  metric("bot_position_open", "gauge", "1 while the bot holds a position.", open);
  metric("bot_running", "gauge", "1 while evaluations take place.", state);
  metric("http_requests_total", "counter", "Requests answered.", one("http_requests_total", std::to_string(app.counters.requests)));
  metric("http_refused_total", "counter", "Requests refused at the door.", one("http_refused_total", std::to_string(app.counters.refused)));
  metric("http_contained_total", "counter", "Malformed requests contained.", one("http_contained_total", std::to_string(app.counters.contained)));
  metric("event_streams", "gauge", "Open event streams.", one("event_streams", std::to_string(app.hub.streams())));
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = std::move(text);
  return response;
}

Response read_openapi(App& app, const Request&) {
  json paths = json::object();
  for (const auto& route : routes()) {
    if (route.entry == Entry::anybody) continue;
    std::string path;
    json parameters = json::array();
    for (const char* at = route.pattern; *at; ++at) {
      if (*at != ':') {
        path += *at;
        continue;
      }
      std::string name;
      while (at[1] && at[1] != '/') name += *++at;
      path += "{" + name + "}";
      parameters.push_back({{"name", name}, {"in", "path"}, {"required", true}, {"schema", {{"type", "string"}}}});
    }
    std::string name;
    for (const char c : std::string(route.query) + ",") {
      if (c != ',') name += c;
      else if (!name.empty()) parameters.push_back({{"name", std::exchange(name, "")}, {"in", "query"}, {"required", false}, {"schema", {{"type", "string"}}}});
    }
    if (route.entry == Entry::change)
      parameters.push_back({{"name", "Idempotency-Key"}, {"in", "header"}, {"required", true}, {"schema", {{"type", "string"}}}});
    std::string method = route.method;
    std::transform(method.begin(), method.end(), method.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    json operation = {{"summary", route.summary}, {"parameters", parameters}, {"responses", {{"200", {{"description", "Done"}}}, {"default", {{"description", "An error: code, message, hint"}}}}}};
    const bool open = route.entry == Entry::old_read || route.entry == Entry::sign_in;
    operation["security"] = open ? json::array() : json::array({{{"token", json::array()}}, {{"session", json::array()}}});
    if (method == "post") operation["requestBody"] = {{"content", {{"application/json", {{"schema", {{"type", "object"}}}}}}}};
    paths[path][method] = operation;
  }
  return json_response(200, dump({{"openapi", "3.0.3"}, {"info", {{"title", "Stratdock"}, {"version", app.options.version}}}, {"paths", paths},
                                  {"components", {{"securitySchemes", {{"token", {{"type", "http"}, {"scheme", "bearer"}}}, {"session", {{"type", "apiKey"}, {"in", "cookie"}, {"name", session_cookie}}}}}}}}));
}

}  // namespace stratdock::dashboard
