// Bots as people declare and make them, and the strategy instances that decide for them.
#include <algorithm>

#include "host/engine/engine_state.hpp"

namespace stratdock {
namespace {

// A bot that starts is fed at least this much history, so that strategies of ordinary length speak at once.
constexpr int64_t least_history = 100;

// What a plugin's failures raise and a newer file clears.
constexpr const char* plugin_alarms[] = {"PLUGIN_CRASHED", "PLUGIN_TIMED_OUT", "STRATEGY_FAILED", "BOT_QUARANTINED", "PLUGIN_QUARANTINED"};

// Journal: the sha256 of the file that a quarantined bot failed with.
std::string failed_file_key(int64_t bot_id) { return "failed_file." + std::to_string(bot_id); }

std::string declared_at(const DeclaredBot& bot) { return bot.position.file + ":" + std::to_string(bot.position.line); }

// Whether all parameters that differ may change while the instance runs.
bool only_live(const StrategyInfo& strategy, const std::map<std::string, std::string>& before, const std::map<std::string, std::string>& after) {
  const auto value = [](const std::map<std::string, std::string>& of, const std::string& key) {
    const auto found = of.find(key);
    return found == of.end() ? std::string() : found->second;
  };
  return std::all_of(strategy.parameters.begin(), strategy.parameters.end(),
                     [&](const ParameterSchema& one) { return one.live_changeable || value(before, one.key) == value(after, one.key); });
}

}  // namespace

Engine::Change Engine::change_of(const BotSettings& before, const BotSettings& after) const {
  if (before.symbol != after.symbol || before.strategy != after.strategy || before.interval_ms != after.interval_ms) return Change::begins_anew;
  if (before.parameters == after.parameters) return Change::goes_on;
  const auto strategy = plugins_->find_strategy(after.strategy);
  return strategy && only_live(*strategy, before.parameters, after.parameters) ? Change::takes_parameters : Change::begins_anew;
}

std::string Engine::refusal_of(const BotSettings& settings, const StrategyInfo& strategy) {
  constexpr int64_t question_id = INT64_MIN;
  std::string errors;
  auto values = parameter_values(settings, strategy, &errors);
  if (!values) return errors;
  const auto made = plugins_->create_instance({question_id, strategy.id, std::move(*values), 0, settings.symbol, settings.interval_ms, position_ms_});
  plugins_->destroy_instance(question_id);
  return made ? "" : made.error().text();
}

Status Engine::change_bot(Bot& bot, const BotSettings& settings) {
  const Change change = change_of(bot.settings, settings);
  const BotSettings before = bot.settings;
  if (Status followed = follow(settings); !followed) return followed;
  if (Status changed = account_->change_settings(bot.id, settings); !changed) return changed;
  withdraw(bot, "its settings were changed");
  if (change == Change::takes_parameters && instances_.contains(bot.id)) {
    std::string errors;
    auto values = parameter_values(settings, *plugins_->find_strategy(settings.strategy), &errors);
    Status changed = values ? plugins_->change_instance(bot.id, std::move(*values)) : Status(failure(errors));
    if (!changed) {
      (void)account_->change_settings(bot.id, before);
      return changed;
    }
  }
  if (change == Change::begins_anew) {
    drop_instance(bot, "its settings were changed");
    recorder_->clear_alarm(bot.id, "SYMBOL_HALTED");  // of the symbol before
    new_anchor(bot);
  }
  return {};
}

Result<Bot*> Engine::make_bot(const BotSettings& settings, const BotFacts& facts) {
  store::BotRow row;
  row.settings = settings;
  row.symbol = settings.symbol;
  row.state = text(BotState::stopped);
  row.origin = facts.origin;
  row.declared_at = facts.declared_at;
  row.wanted = facts.wanted;
  row.created_ms = facts.created_ms;
  Bot bot;
  bot.settings = settings;
  bot.symbol = settings.symbol;
  row.core_state = encode_bot(bot);
  auto id = journal_->put_bot(row);
  if (!id) return tl::unexpected(id.error());
  bot.id = *id;
  recorder_->facts()[*id] = facts;
  Bot& made = account_->add_bot(std::move(bot));
  recorder_->bot_changed(made);
  return &made;
}

Status Engine::adopt_declared_bots() {
  std::map<std::string, int64_t> known;
  std::string refused;
  for (auto& [id, bot] : account_->bots()) known[bot.settings.name] = id;
  for (const DeclaredBot& declared : configuration_.bots) {
    auto found = known.find(declared.name);
    if (found == known.end()) {
      if (Status followed = follow(declared); !followed) {
        refused += (refused.empty() ? "" : "; ") + ("bot '" + declared.name + "' (" + declared_at(declared) + ") was not made: ") + followed.error().text();
        continue;
      }
      auto made = make_bot(declared, {"yaml", declared_at(declared), declared.start ? "running" : "stopped", wall_clock_ms(), 0});
      if (!made) return tl::unexpected(made.error());
      if (declared.start) {
        new_anchor(**made);
        if (Status started = account_->apply((*made)->id, BotEvent::start, "declared with start: true", "yaml"); !started) return started;
      }
      continue;
    }
    Bot& bot = *account_->find_bot(found->second);
    BotFacts& facts = recorder_->facts()[bot.id];
    facts.declared_at = declared_at(declared);
    facts.origin = "yaml";
    if (bot.state == BotState::orphaned)
      if (Status back = account_->apply(bot.id, BotEvent::declared, "declared again", "yaml"); !back) return back;
    const BotSettings settings = declared;
    if (!(settings == bot.settings)) {
      if (Status changed = change_bot(bot, settings); !changed)
        recorder_->noticed(bot, {Notice::Level::warning, "CONFIGURATION_REFUSED", changed.error().text()});
    }
    recorder_->bot_changed(bot);
  }
  for (auto& [id, bot] : account_->bots()) {
    BotFacts& facts = recorder_->facts()[id];
    if (facts.origin != "yaml" || configuration_.find_bot(bot.settings.name) != nullptr || bot.state == BotState::orphaned) continue;
    facts.declared_at.clear();
    if (next_state(bot.state, BotEvent::undeclared))
      if (Status gone = account_->apply(id, BotEvent::undeclared, "its name is gone from the configuration", "yaml"); !gone) return gone;
  }
  if (!refused.empty()) recorder_->alarm(nullptr, "CONFIGURATION_REFUSED", refused);
  return {};
}

void Engine::reload_configuration() {
  auto next = load_configuration(configuration_.file, process_environment());
  if (!next) {
    recorder_->alarm(nullptr, "CONFIGURATION_REFUSED", errors_text(next.error()));
    return;
  }
  recorder_->clear_alarm(0, "CONFIGURATION_REFUSED");
  ConfigurationDifference difference = compare(configuration_, *next);
  if (difference.empty()) return;
  apply_difference(*next, difference);
}

void Engine::apply_difference(const Configuration& next, const ConfigurationDifference& difference) {
  for (const BotDifference& changed : difference.bots) {
    for (auto& [id, bot] : account_->bots()) {
      if (bot.settings.name != changed.name) continue;
      for (const std::string& one : changed.lines) recorder_->line(bot, {"INFO", "Configuration changed: " + one});
    }
  }
  std::string restart;
  for (const std::string& one : difference.restart_needed) restart += (restart.empty() ? "" : "; ") + one;
  if (!restart.empty()) recorder_->alarm(nullptr, "RESTART_NEEDED", restart);
  configuration_.bots = next.bots;
  configuration_.bot_defaults = next.bot_defaults;
  if (Status adopted = adopt_declared_bots(); !adopted) recorder_->alarm(nullptr, "CONFIGURATION_REFUSED", adopted.error().text());
}

std::optional<std::vector<ParameterValue>> Engine::parameter_values(const BotSettings& settings, const StrategyInfo& strategy, std::string* errors) const {
  std::vector<std::pair<std::string, std::string>> given(settings.parameters.begin(), settings.parameters.end());
  CheckedParameters checked = check_parameter_texts(strategy.parameters, given);
  if (checked.errors.empty()) return std::move(checked.values);
  for (const ParameterError& error : checked.errors)
    *errors += (errors->empty() ? "" : "; ") + error.key + ": " + error.message + (error.hint.empty() ? "" : " (did you mean '" + error.hint + "'?)");
  return std::nullopt;
}

bool Engine::refuse_instance(Bot& bot, const char* code, const std::string& why) {
  if (bot.reason != why) {
    bot.reason = why;
    recorder_->alarm(&bot, code, why);
    recorder_->bot_changed(bot);
  }
  return false;
}

std::string Engine::instance_made_from(const Bot& bot, const StrategyInfo& strategy) {
  std::string text = strategy.plugin_sha256 + " " + strategy.id + " " + bot.symbol + " " + std::to_string(bot.settings.interval_ms);
  for (const auto& [name, value] : bot.settings.parameters) text += "\n" + name + "=" + value;
  return text;
}

bool Engine::ensure_instance(Bot& bot) {
  if (const std::string why = lacks_candles(bot); !why.empty()) return refuse_instance(bot, "FEED_MISSING", why);
  if (instances_.contains(bot.id)) return true;
  auto strategy = plugins_->find_strategy(bot.settings.strategy);
  if (!strategy) return refuse_instance(bot, "STRATEGY_MISSING", "no loaded plugin offers the strategy '" + bot.settings.strategy + "'");
  // Known from the first time: no worker is started at every close to be told again.
  if (const auto lack = lacks_.find(bot.id); lack != lacks_.end()) {
    const bool same = lack->second.made_from == instance_made_from(bot, *strategy);
    if (const std::string why = same ? missing_feed(bot, lack->second.needs) : ""; !why.empty()) return refuse_instance(bot, "FEED_MISSING", why);
    lacks_.erase(lack);
  }
  if (bot.anchor_ms == 0) new_anchor(bot);
  std::string errors;
  auto values = parameter_values(bot.settings, *strategy, &errors);
  if (!values) return refuse_instance(bot, "PARAMETERS_REFUSED", errors);
  InstanceSpec spec;
  spec.instance_id = bot.id;
  spec.strategy_id = strategy->id;
  spec.values = std::move(*values);
  spec.seed = static_cast<uint64_t>(bot.id);
  spec.symbol = bot.symbol;
  spec.interval_ms = bot.settings.interval_ms;
  spec.anchor_ms = bot.anchor_ms;
  if (Status declared = plugins_->declare_instance(spec); !declared) return refuse_instance(bot, "PARAMETERS_REFUSED", declared.error().text());
  instances_.insert(bot.id);
  unconfirmed_.insert(bot.id);
  return true;
}

void Engine::confirm_instance(Bot& bot) {
  if (unconfirmed_.erase(bot.id) == 0) return;
  for (const char* code : {"FEED_MISSING", "STRATEGY_MISSING", "PARAMETERS_REFUSED"}) recorder_->clear_alarm(bot.id, code);
  if (!bot.reason.starts_with("waiting for money")) bot.reason.clear();
  recorder_->bot_changed(bot);
}

// Why a feed that the strategy cannot do without is not there; empty: all are.
std::string Engine::missing_feed(const Bot& bot, const InstanceRequirements& needs) {
  const Symbol* rules = account_->rules(bot);
  const std::vector<FeedData> rows = feeds_.rows(needs.feeds, rules == nullptr ? "" : rules->base_asset, position_ms_);
  for (size_t i = 0; i < needs.feeds.size(); ++i) {
    const FeedRequirement& feed = needs.feeds[i];
    if (!feed.required) continue;
    if (feed.kind != FeedKind::candles && !rows[i].available) return "the strategy needs a feed that is not there: " + rows[i].fault;
    const int64_t interval_ms = feed.interval_ms == 0 ? bot.settings.interval_ms : feed.interval_ms;
    if (const std::string why = feed.kind == FeedKind::candles ? history_->lack(feed.symbol, interval_ms) : ""; !why.empty())
      return "the strategy needs candles that are not there: " + why;
  }
  return {};
}

void Engine::drop_instance(const Bot& bot, const std::string& why) {
  if (instances_.erase(bot.id) == 0) return;
  withdraw(bot, why);
  unconfirmed_.erase(bot.id);
  needs_.erase(bot.id);
  plugins_->destroy_instance(bot.id);
}

void Engine::new_anchor(Bot& bot) {
  bot.anchor_ms = 0;  // not known yet; set when the strategy is there
  recorder_->bot_changed(bot);
  auto strategy = plugins_->find_strategy(bot.settings.strategy);
  if (!strategy) return;
  // What the strategy asks for depends on its parameters and is known from an instance only: one made for the question, once
  // for each set of them. (It may be its worker's only instance, and then costs a process.)
  std::string key = strategy->plugin_sha256 + " " + strategy->id;
  for (const auto& [name, value] : bot.settings.parameters) key += "\n" + name + "=" + value;
  auto [known, is_new] = window_candles_.try_emplace(key, least_history);
  std::string errors;
  auto values = is_new ? parameter_values(bot.settings, *strategy, &errors) : std::nullopt;
  if (values) {
    InstanceSpec question{-bot.id, strategy->id, std::move(*values), 0, bot.symbol, bot.settings.interval_ms, position_ms_};
    if (auto needs = plugins_->create_instance(question)) known->second = std::max(least_history, needs->window_candles);
    plugins_->destroy_instance(-bot.id);
  }
  const int64_t rows = known->second;
  if (is_new && !values) window_candles_.erase(known);  // refused now, perhaps not later
  bot.anchor_ms = std::max<int64_t>(1, position_ms_ - rows * bot.settings.interval_ms);
}

void Engine::set_wanted(Bot& bot, const std::string& wanted) {
  recorder_->facts()[bot.id].wanted = wanted;
  recorder_->bot_changed(bot);
}

// Bots that were quarantined before this start: nothing in the plugin host waits for them.
void Engine::release_repaired_bots() {
  for (auto& [id, bot] : account_->bots()) {
    if (bot.state != BotState::quarantined || instances_.contains(id)) continue;
    const std::string failed = journal_->meta(failed_file_key(id));
    auto strategy = plugins_->find_strategy(bot.settings.strategy);
    if (failed.empty() || !strategy) continue;
    for (const PluginInfo& plugin : plugins_->plugins()) {
      if (plugin.file != strategy->plugin_file || plugin.sha256 == failed) continue;
      for (const char* code : plugin_alarms) recorder_->clear_alarm(id, code);
      (void)account_->apply(id, BotEvent::plugin_released, "a newer plugin file is there", "engine");
    }
  }
}

void Engine::note_versions() {
  for (const PluginInfo& plugin : plugins_->plugins()) {
    if (plugin.state != PluginState::ready) continue;
    const std::string known = journal_->meta("plugin_version." + plugin.file);
    if (known == plugin.sha256) continue;
    Status put = known.empty() ? Status() : journal_->put_meta("plugin_previous." + plugin.file, known);
    if (put) put = journal_->put_meta("plugin_version." + plugin.file, plugin.sha256);
    if (!put) recorder_->failed(put.error());
  }
}

void Engine::on_plugin_events() {
  for (const PluginEvent& event : plugins_->take_events()) {
    Bot* bot = event.instance_id == 0 ? nullptr : account_->find_bot(event.instance_id);
    auto charge = [&](const char* code) {
      if (bot == nullptr) return;
      recorder_->noticed(*bot, {Notice::Level::error, code, event.cause});
    };
    // Its instance stays: while it lives the plugin host knows who waits for a repaired file.
    auto quarantine = [&](Bot& one) {
      if (Status put = journal_->put_meta(failed_file_key(one.id), event.plugin_sha256); !put) recorder_->failed(put.error());
      if (next_state(one.state, BotEvent::plugin_failed))
        (void)account_->apply(one.id, BotEvent::plugin_failed, event.cause, "engine");
    };
    switch (event.kind) {
      case PluginEventKind::catalog_changed:
        catalog_dirty_ = true;
        release_repaired_bots();
        break;
      case PluginEventKind::plugin_refused:
        catalog_dirty_ = true;
        recorder_->alarm(nullptr, "PLUGIN_REFUSED", event.plugin_file + ": " + event.cause);
        break;
      case PluginEventKind::instance_failed: charge("STRATEGY_FAILED"); break;
      case PluginEventKind::instance_crashed: charge("PLUGIN_CRASHED"); break;
      case PluginEventKind::instance_timed_out: charge("PLUGIN_TIMED_OUT"); break;
      case PluginEventKind::instance_quarantined:
        charge("BOT_QUARANTINED");
        if (bot != nullptr) quarantine(*bot);
        break;
      case PluginEventKind::plugin_quarantined:
        catalog_dirty_ = true;
        for (auto& [id, one] : account_->bots()) {
          if (!instances_.contains(id)) continue;
          auto strategy = plugins_->find_strategy(one.settings.strategy);
          if (strategy && strategy->plugin_file != event.plugin_file) continue;
          recorder_->noticed(one, {Notice::Level::error, "PLUGIN_QUARANTINED", event.cause});
          quarantine(one);
        }
        break;
      case PluginEventKind::released:
      case PluginEventKind::swap_done:
        catalog_dirty_ = true;
        recorder_->clear_alarm(0, "SWAP_REFUSED");
        for (auto& [id, one] : account_->bots()) {
          auto strategy = plugins_->find_strategy(one.settings.strategy);
          if (!strategy || strategy->plugin_file != event.plugin_file) continue;
          if (event.instance_id != 0 && event.instance_id != id) continue;
          for (const char* code : plugin_alarms) recorder_->clear_alarm(id, code);
          if (one.state == BotState::quarantined) (void)account_->apply(id, BotEvent::plugin_released, "a newer plugin file took over", "engine");
        }
        break;
      case PluginEventKind::swap_refused:
        catalog_dirty_ = true;
        recorder_->alarm(nullptr, "SWAP_REFUSED", event.plugin_file + ": " + event.cause);
        break;
      case PluginEventKind::worker_lost: break;
      case PluginEventKind::sandbox_reduced: recorder_->alarm(nullptr, "SANDBOX_REDUCED", event.cause); break;
    }
  }
  note_versions();
}

}  // namespace stratdock
