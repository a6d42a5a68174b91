#include "host/engine/commands.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace stratdock {

using Json = nlohmann::json;

namespace {

constexpr int64_t patience_ms = 20;  // as a market step's, for a decision that was asked for

bool share_one(const std::set<std::string>& some, const std::set<std::string>& others) {
  return std::any_of(some.begin(), some.end(), [&](const std::string& one) { return others.contains(one); });
}

std::string text_argument(const Json& arguments, const char* key) {
  return arguments.is_object() && arguments.contains(key) && arguments[key].is_string() ? arguments[key].get<std::string>() : std::string();
}

}  // namespace

Status Engine::handle_commands() {
  constexpr int at_once = 100;
  constexpr size_t deferred_limit = 100;  // more of them stay in their queue
  for (const store::CommandRow& command : commands_->after(last_command_id_, at_once)) {
    if (command.kind == "explain") {
      // Somebody looks at a chart: nothing to write down, and no harm when it is lost or comes twice.
      want_explanation(command);
      last_command_id_ = command.id;
      continue;
    }
    if (command.kind == "prices") {
      // The same of the prices of symbols that nobody follows.
      constexpr int64_t wish_ms = 60'000;
      if (link_ && wall_clock_ms() - command.at_ms < wish_ms) link_->want_prices();
      last_command_id_ = command.id;
      continue;
    }
    CommandRunner runner(*this);
    const std::set<std::string> subjects = runner.subjects(command);
    const bool waits = runner.must_wait(command) || std::any_of(deferred_.begin(), deferred_.end(), [&](const store::CommandRow& earlier) { return share_one(subjects, runner.subjects(earlier)); });
    if (waits && deferred_.size() >= deferred_limit) break;
    if (Status begun = begin_batch(); !begun) return begun;
    last_command_id_ = command.id;
    if (waits) deferred_.push_back(command);
    else if (Status answered = answer_command(command); !answered) return answered;
  }
  return commit_batch();
}

Status Engine::handle_deferred() {
  std::vector<store::CommandRow> left;
  std::set<std::string> waiting;
  CommandRunner runner(*this);
  for (const store::CommandRow& command : std::exchange(deferred_, {})) {
    const std::set<std::string> subjects = runner.subjects(command);
    if (!share_one(subjects, waiting) && !runner.must_wait(command)) {
      if (Status answered = answer_command(command); !answered) return answered;
      continue;
    }
    waiting.insert(subjects.begin(), subjects.end());
    left.push_back(command);
  }
  deferred_ = std::move(left);
  return {};
}

Status Engine::answer_command(const store::CommandRow& command) {
  store::CommandResultRow result = CommandRunner(*this).run(command);
  if (Status settled = settle(); !settled) return settled;
  if (result.status.empty()) return {};  // answered when it is done
  result.command_id = command.id;
  result.at_ms = wall_clock_ms();
  auto put = journal_->put_command_result(result);
  return put ? Status() : Status(tl::unexpected(put.error()));
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

std::set<std::string> CommandRunner::subjects(const store::CommandRow& command) {
  std::set<std::string> who;
  const Bot* bot = command.bot.empty() ? nullptr : find(command.bot);
  if (bot != nullptr) who = {bot->settings.name, std::to_string(bot->id)};
  else if (!command.bot.empty()) who = {command.bot};
  if (command.kind == "create" || command.kind == "update")
    if (const std::string name = text_argument(Json::parse(command.arguments, nullptr, false), "name"); !name.empty()) who.insert(as_bot_name(name));
  return who;
}

bool CommandRunner::must_wait(const store::CommandRow& command) {
  if (!engine_.round_) return false;
  if (command.kind == "evaluate") return true;
  const Bot* bot = find(command.bot);
  if (command.kind == "start" || command.kind == "pause")
    return bot != nullptr && (bot->state == BotState::stopped || bot->state == BotState::quarantined) && engine_.plugins_->is_busy(bot->settings.strategy);
  if (command.kind != "create" && command.kind != "update") return false;
  std::string strategy = text_argument(Json::parse(command.arguments, nullptr, false), "strategy");
  if (strategy.empty()) strategy = bot != nullptr ? bot->settings.strategy : engine_.configuration_.bot_defaults.strategy;
  return engine_.plugins_->is_busy(strategy);
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
    if (command.kind == "evaluate") return evaluate(*bot, command.id);
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
    engine_.drop_instance(bot, "the bot was started anew");
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
    engine_.drop_instance(bot, "the bot was started anew");
    engine_.new_anchor(bot);
  }
  return done("bot '" + bot.settings.name + "' makes no new entries; exits go on");
}

store::CommandResultRow CommandRunner::stop(Bot& bot) {
  engine_.set_wanted(bot, "stopped");
  if (bot.state == BotState::stopped) return done("bot '" + bot.settings.name + "' is stopped already");
  if (Status applied = engine_.account_->apply(bot.id, BotEvent::stop, "", "dashboard"); !applied) return refused("STATE", applied.error().text());
  engine_.drop_instance(bot, "the bot was stopped");
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
  engine_.drop_instance(bot, "the bot was closed");
  if (bot.state != BotState::closing) return done("bot '" + bot.settings.name + "' is stopped; there was nothing to sell");
  engine_.pending_closes_[bot.id] = command_id;
  return {};
}

store::CommandResultRow CommandRunner::evaluate(Bot& bot, int64_t command_id) {
  if (!rights(bot.state).evaluates) return refused("STATE", "bot '" + bot.settings.name + "' is " + std::string(text(bot.state)) + ": start it first");
  if (Status begun = engine_.begin_evaluation({bot.id}, command_id, Engine::Verify::protection); !begun) return refused("REFUSED", begun.error().text());
  // Its result is written when the round is over.
  if (engine_.evaluation_over(patience_ms))
    if (Status finished = engine_.finish_evaluation(); !finished) engine_.recorder_->failed(finished.error());
  return {};
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
  Json fields = Json::object();
  const auto decimal = [&](const char* key, bool needed) -> std::optional<Decimal> {
    if (!needed && (!arguments.contains(key) || arguments[key].is_null())) return std::nullopt;
    const auto value = Decimal::parse(text_argument(arguments, key));
    if (value && value->is_positive()) return *value;
    fields[key] = "must be a positive decimal number as text, like \"0.5\"";
    return std::nullopt;
  };
  const auto quantity = decimal("quantity", true), price = decimal("entry_price", true), stop = decimal("stop_loss", false), take = decimal("take_profit", false);
  if (!fields.empty()) return refused("INVALID", "adopt: " + fields.begin().key() + " " + fields.begin().value().get<std::string>(), Json{{"fields", fields}}.dump());
  const Adoption adoption{*quantity, *price, stop, take};
  if (Status fit = engine_.account_->check_adoption(bot.id, adoption); !fit) return refused("REFUSED", fit.error().text());
  const Symbol& symbol = *engine_.account_->rules(bot);
  if (arguments.value("deposit", false)) {
    if (engine_.configuration_.mode != Mode::paper) return refused("REFUSED", "coins are put into a paper account only");
    if (Status deposited = engine_.venue_->deposit(symbol.base_asset, *quantity); !deposited) return refused("REFUSED", deposited.error().text());
    engine_.account_->ledger().deposit(symbol.base_asset, *quantity);
  }
  if (Status adopted = engine_.account_->adopt(bot.id, adoption); !adopted) return refused("REFUSED", adopted.error().text());
  engine_.withdraw(bot, "its position was changed by hand");
  const std::string levels = "stop-loss " + bot.stop_price->text() + " and take-profit " + bot.take_price->text();
  engine_.recorder_->line(bot, {"INFO", "Took over " + quantity->text() + " " + symbol.base_asset + " at " + price->text() + ", by its owner's word; " + levels});
  return done("bot '" + bot.settings.name + "' holds " + quantity->text() + " " + symbol.base_asset + " at " + price->text() + "; " + levels +
              (bot.protection == Protection::resting ? " rest at the exchange" : bot.protection == Protection::placing ? " were sent, the exchange has not answered yet" : " are watched by the engine"));
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
  engine_.drop_instance(bot, "the bot was deleted");
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
