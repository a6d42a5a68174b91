#include "host/engine/commands.hpp"

#include <nlohmann/json.hpp>

namespace stratdock {

using Json = nlohmann::json;

Status Engine::handle_commands() {
  constexpr int at_once = 100;
  for (const store::CommandRow& command : commands_->after(last_command_id_, at_once)) {
    if (command.kind == "explain") {
      // Somebody looks at a chart: nothing to write down, and no harm when it is lost or comes twice.
      want_explanation(command);
      last_command_id_ = command.id;
      continue;
    }
    if (Status begun = begin_batch(); !begun) return begun;
    store::CommandResultRow result = CommandRunner(*this).run(command);
    if (Status settled = settle(); !settled) return settled;
    last_command_id_ = command.id;
    if (result.status.empty()) continue;  // answered when it is done
    result.command_id = command.id;
    result.at_ms = wall_clock_ms();
    if (Status put = journal_->put_command_result(result); !put) return put;
  }
  return commit_batch();
}

store::CommandResultRow CommandRunner::done(std::string message, std::string data) { return {0, 0, 0, "done", "", std::move(message), std::move(data)}; }
store::CommandResultRow CommandRunner::refused(std::string code, std::string message, std::string data) {
  return {0, 0, 0, "refused", std::move(code), std::move(message), std::move(data)};
}

store::CommandResultRow CommandRunner::refused_declared(const Bot& bot) {
  const DeclaredBot* declared = engine_.configuration_.find_bot(bot.settings.name);
  Json place{{"file", declared == nullptr ? "" : declared->position.file}, {"line", declared == nullptr ? 0 : declared->position.line}};
  return refused("DECLARED", "bot '" + bot.settings.name + "' is declared in " + place["file"].get<std::string>() + " line " + std::to_string(place["line"].get<int>()) +
                                 ": change it there, the file is picked up while running", place.dump());
}

Bot* CommandRunner::find(const std::string& name_or_id) {
  for (auto& [id, bot] : engine_.account_->bots())
    if (bot.settings.name == name_or_id || std::to_string(id) == name_or_id) return &bot;
  return nullptr;
}

store::CommandResultRow CommandRunner::run(const store::CommandRow& command) {
  Json arguments = Json::parse(command.arguments.empty() ? "{}" : command.arguments, nullptr, false);
  if (!arguments.is_object()) return refused("BAD_REQUEST", "the command's arguments are no JSON object");
  try {
    if (command.kind == "create") return create(arguments);
    if (command.kind == "send_alert") return send_alert(arguments);
    if (command.kind == "acknowledge") return acknowledge(arguments);
    if (command.kind == "rescan") {
      engine_.plugins_->on_readable();
      engine_.catalog_dirty_ = true;
      return done("the plugin folders were looked at");
    }
    Bot* bot = find(command.bot);
    if (bot == nullptr) return refused("BOT_NOT_FOUND", "there is no bot '" + command.bot + "'");
    if (command.kind == "start") return start(*bot);
    if (command.kind == "pause") return pause(*bot);
    if (command.kind == "stop") return stop(*bot);
    if (command.kind == "close") return close(*bot, arguments, command.id);
    if (command.kind == "evaluate") return evaluate(*bot);
    if (command.kind == "funds") return funds(*bot, arguments);
    if (command.kind == "adopt") return adopt(*bot, arguments);
    if (command.kind == "update") return update(*bot, arguments);
    if (command.kind == "delete") return remove(*bot, arguments);
  } catch (const Json::exception& error) {
    return refused("BAD_REQUEST", "command '" + command.kind + "': " + error.what());
  }
  return refused("BAD_REQUEST", "there is no command '" + command.kind + "'");
}

store::CommandResultRow CommandRunner::start(Bot& bot) {
  engine_.set_wanted(bot, "running");
  if (bot.state == BotState::running) return done("bot '" + bot.settings.name + "' is running already");
  if (bot.state == BotState::orphaned) return refused("STATE", "bot '" + bot.settings.name + "' is gone from the configuration: declare it again first");
  bool new_start = bot.state == BotState::stopped;
  if (bot.state == BotState::quarantined) {
    (void)engine_.plugins_->release_instance(bot.id);
    if (auto strategy = engine_.plugins_->find_strategy(bot.settings.strategy)) (void)engine_.plugins_->release_plugin(strategy->plugin_file);
  }
  if (Status applied = engine_.account_->apply(bot.id, BotEvent::start, "", "dashboard"); !applied) return refused("STATE", applied.error().text());
  if (new_start) {
    engine_.drop_instance(bot);
    engine_.new_anchor(bot);
  }
  return done(bot.reason.empty() ? "bot '" + bot.settings.name + "' is running" : "bot '" + bot.settings.name + "' is running, " + bot.reason);
}

store::CommandResultRow CommandRunner::pause(Bot& bot) {
  engine_.set_wanted(bot, "paused");
  if (bot.state == BotState::paused) return done("bot '" + bot.settings.name + "' is paused already");
  bool new_start = bot.state == BotState::stopped;
  if (Status applied = engine_.account_->apply(bot.id, BotEvent::pause, "", "dashboard"); !applied) return refused("STATE", applied.error().text());
  if (new_start) {
    engine_.drop_instance(bot);
    engine_.new_anchor(bot);
  }
  return done("bot '" + bot.settings.name + "' makes no new entries; exits go on");
}

store::CommandResultRow CommandRunner::stop(Bot& bot) {
  engine_.set_wanted(bot, "stopped");
  if (bot.state == BotState::stopped) return done("bot '" + bot.settings.name + "' is stopped already");
  if (Status applied = engine_.account_->apply(bot.id, BotEvent::stop, "", "dashboard"); !applied) return refused("STATE", applied.error().text());
  engine_.drop_instance(bot);
  if (bot.is_flat()) return done("bot '" + bot.settings.name + "' is stopped");
  return done("bot '" + bot.settings.name + "' is stopped; it holds " + bot.quantity.text() + " of " + bot.symbol +
              ", its stop-loss and take-profit stay active");
}

store::CommandResultRow CommandRunner::close(Bot& bot, const Json& arguments, int64_t command_id) {
  if (arguments.contains("quantity") && arguments["quantity"].is_string()) {
    auto expected = Decimal::parse(arguments["quantity"].get<std::string>());
    const Symbol* symbol = engine_.account_->rules(bot);
    Decimal sells = symbol == nullptr ? bot.quantity : sellable_quantity(*symbol, bot.quantity, true);
    if (!expected) return refused("INVALID", "quantity: " + expected.error().text());
    if (*expected != sells && *expected != bot.quantity)
      return refused("QUANTITY_CHANGED", "bot '" + bot.settings.name + "' now holds " + bot.quantity.text() + ", not " + expected->text() + ": look again before closing");
  }
  engine_.set_wanted(bot, "stopped");
  if (bot.state == BotState::closing) return refused("STATE", "bot '" + bot.settings.name + "' is being closed already");
  if (Status applied = engine_.account_->apply(bot.id, BotEvent::close, "", "dashboard"); !applied) return refused("STATE", applied.error().text());
  engine_.drop_instance(bot);
  if (bot.state != BotState::closing) return done("bot '" + bot.settings.name + "' is stopped; there was nothing to sell");
  engine_.pending_closes_[bot.id] = command_id;
  return {};
}

store::CommandResultRow CommandRunner::evaluate(Bot& bot) {
  if (!rights(bot.state).evaluates) return refused("STATE", "bot '" + bot.settings.name + "' is " + std::string(text(bot.state)) + ": start it first");
  engine_.evaluate({bot.id});
  auto newest = engine_.journal_->decisions(bot.id, {.limit = 1});
  if (newest.empty()) return done("bot '" + bot.settings.name + "' was evaluated");
  const store::DecisionRow& row = newest.front();
  return done("bot '" + bot.settings.name + "' was evaluated: " + row.action + (row.blocked_reason.empty() ? "" : ", " + row.blocked_reason));
}

store::CommandResultRow CommandRunner::funds(Bot& bot, const Json& arguments) {
  const std::string action = arguments.value("action", "");
  if (action != "allot" && action != "release") return refused("INVALID", "funds: action must be 'allot' or 'release', found '" + action + "'");
  auto amount = Decimal::parse(arguments.contains("amount") && arguments["amount"].is_string() ? arguments["amount"].get<std::string>() : "");
  if (!amount) return refused("INVALID", "funds: amount must be a decimal text such as \"50\"");
  Status moved = action == "allot" ? engine_.account_->allot(bot.id, *amount) : engine_.account_->release(bot.id, *amount);
  if (!moved) return refused("REFUSED", moved.error().text());
  const std::string quote = engine_.account_->rules(bot)->quote_asset;
  engine_.recorder_->line(bot, {"INFO", (action == "allot" ? "💰 Allotted " : "💰 Released ") + amount->text() + " " + quote});
  return done((action == "allot" ? "allotted " : "released ") + amount->text() + " " + quote + "; the bot's cash is " + engine_.account_->cash(bot).text() + " " + quote);
}

// {"quantity", "entry_price", "stop_loss", "take_profit"} as decimal texts. With "deposit": true the paper account is given the
// coins first: they were bought elsewhere.
store::CommandResultRow CommandRunner::adopt(Bot& bot, const Json& arguments) {
  auto decimal = [&](const char* key) -> std::optional<Decimal> {
    if (!arguments.contains(key) || !arguments[key].is_string()) return std::nullopt;
    auto value = Decimal::parse(arguments[key].get<std::string>());
    return value ? std::optional(*value) : std::nullopt;
  };
  auto quantity = decimal("quantity"), price = decimal("entry_price");
  if (!quantity || !price) return refused("INVALID", "adopt: quantity and entry_price must be decimal texts such as \"0.5\"");
  const Symbol* symbol = engine_.account_->rules(bot);
  if (symbol == nullptr) return refused("REFUSED", "the market has no symbol " + bot.symbol);
  const bool deposit = arguments.value("deposit", false);
  if (deposit && (engine_.configuration_.mode != Mode::paper || !bot.is_flat())) return refused("REFUSED", "coins are put into a paper account only, and only for a flat bot");
  if (deposit) {
    if (Status deposited = engine_.venue_->deposit(symbol->base_asset, *quantity); !deposited) return refused("REFUSED", deposited.error().text());
    engine_.account_->ledger().deposit(symbol->base_asset, *quantity);
  }
  if (Status adopted = engine_.account_->adopt(bot.id, *quantity, *price, decimal("stop_loss"), decimal("take_profit")); !adopted) return refused("REFUSED", adopted.error().text());
  return done("bot '" + bot.settings.name + "' holds " + quantity->text() + " " + symbol->base_asset + " at " + price->text() + ", protected by its stop-loss and take-profit");
}

store::CommandResultRow CommandRunner::remove(Bot& bot, const Json& arguments) {
  if (engine_.configuration_.find_bot(bot.settings.name) != nullptr) return refused_declared(bot);
  if (!bot.is_flat()) {
    const std::string held = bot.quantity.text() + " of " + bot.symbol;
    if (!arguments.value("release_holding", false)) return refused("NOT_FLAT", "bot '" + bot.settings.name + "' holds " + held + ": close it first, or release the holding with it");
    if (Status released = engine_.account_->release_holding(bot.id); !released) return refused("NOT_FLAT", released.error().text());
    // The ends of its protective orders are booked while the bot is there.
    if (Status settled = engine_.settle(); !settled) return refused("REFUSED", settled.error().text());
  }
  const int64_t id = bot.id;
  const std::string name = bot.settings.name;
  engine_.drop_instance(bot);
  engine_.recorder_->clear_alarms(id);
  engine_.recorder_->line(bot, {"INFO", "Bot deleted; its money is unallocated again"});
  engine_.recorder_->write_rest();
  auto row = engine_.journal_->bot(id);
  engine_.account_->remove_bot(id);
  if (row) {
    row->deleted_ms = wall_clock_ms();
    row->state = text(BotState::stopped);
    row->cash = {};
    if (auto put = engine_.journal_->put_bot(*row); !put) return refused("REFUSED", put.error().text());
  }
  engine_.recorder_->facts().erase(id);
  return done("bot '" + name + "' is deleted");
}

store::CommandResultRow CommandRunner::send_alert(const Json& arguments) {
  std::string message = arguments.value("message", "");
  engine_.recorder_->alarm(nullptr, "NO_ALERT_CHANNEL", message.empty() ? "manual alert" : message);
  return refused("NO_CHANNEL", "the alert was recorded, but no channel is configured to send it by");
}

store::CommandResultRow CommandRunner::acknowledge(const Json& arguments) {
  int64_t id = arguments.at("id").get<int64_t>();
  for (const store::AlarmRow& row : engine_.journal_->alarms(0, {.limit = 5000})) {
    if (row.id != id) continue;
    engine_.recorder_->clear_alarm(row.bot_id, row.code);
    return done("alarm " + row.code + " is acknowledged");
  }
  return refused("NOT_FOUND", "there is no alarm " + std::to_string(id));
}

}  // namespace stratdock
