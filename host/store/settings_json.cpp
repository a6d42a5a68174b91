#include "host/store/settings_json.hpp"

#include <nlohmann/json.hpp>

namespace stratdock::store {

std::string settings_json(const BotSettings& settings) {
  nlohmann::json json = {
      {"name", settings.name},
      {"title", settings.title},
      {"symbol", settings.symbol},
      {"strategy", settings.strategy},
      {"trade_amount", settings.trade_amount.text()},
      {"interval_ms", settings.interval_ms},
      {"evaluate_every_ms", settings.evaluate_every_ms},
      {"parameters", settings.parameters},
      {"recommended_symbols", settings.recommended_symbols},
  };
  if (settings.stop_loss) json["stop_loss"] = *settings.stop_loss;
  if (settings.take_profit) json["take_profit"] = *settings.take_profit;
  // A title may hold any bytes; those that are no UTF-8 become the replacement character instead of an exception.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<BotSettings> settings_from_json(std::string_view text) {
  try {
    const nlohmann::json json = nlohmann::json::parse(text);
    BotSettings settings;
    settings.name = json.value("name", settings.name);
    settings.title = json.value("title", settings.title);
    settings.symbol = json.value("symbol", settings.symbol);
    settings.strategy = json.value("strategy", settings.strategy);
    const Result<Decimal> amount = Decimal::parse(json.value("trade_amount", std::string("0")));
    if (!amount) return failure("reading a bot's settings: trade_amount: " + amount.error().message);
    settings.trade_amount = *amount;
    settings.interval_ms = json.value("interval_ms", settings.interval_ms);
    settings.evaluate_every_ms = json.value("evaluate_every_ms", settings.evaluate_every_ms);
    settings.parameters = json.value("parameters", settings.parameters);
    settings.recommended_symbols = json.value("recommended_symbols", settings.recommended_symbols);
    if (json.contains("stop_loss")) settings.stop_loss = json.at("stop_loss").get<double>();
    if (json.contains("take_profit")) settings.take_profit = json.at("take_profit").get<double>();
    return settings;
  } catch (const nlohmann::json::exception& error) {
    return failure(std::string("reading a bot's settings: ") + error.what());
  }
}

}  // namespace stratdock::store
