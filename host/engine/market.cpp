// The market under the bots' feet: symbols that are followed because a bot came to trade them, symbols that stand still, and
// candles that came too late for a decision.
#include <algorithm>

#include "host/engine/engine_state.hpp"

namespace stratdock {

const Symbol* Engine::rules_of(const std::string& symbol) const { return link_ ? link_->find_symbol(symbol) : venue_->port().find_symbol(symbol); }

Status Engine::can_follow(const std::string& symbol, int64_t interval_ms) const {
  if (const auto followed = interval_by_symbol_.find(symbol); followed != interval_by_symbol_.end()) {
    if (followed->second == interval_ms) return {};
    return failure("the market's candles of " + symbol + " are of " + interval_text(followed->second) + ", not of " + interval_text(interval_ms), "one interval for each symbol");
  }
  std::vector<std::string> names;
  for (const auto& [name, ms] : interval_by_symbol_) names.push_back(name);
  if (link_) {
    const Symbol* listed = link_->find_symbol(symbol);
    if (listed != nullptr && listed->status == SymbolStatus::trading) return {};
    if (listed != nullptr) return failure("'" + symbol + "' is not traded at the exchange now: it says " + std::string(text(listed->status)), "try again when it trades");
    for (const auto& [name, rules] : link_->listed()) names.push_back(name);
  }
  const std::string nearest = nearest_name(symbol, names);
  return failure((link_ ? "the exchange does not list '" : "the market has no symbol '") + symbol + "'" + (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
}

Status Engine::follow(const BotSettings& settings) {
  std::vector<std::string> wanted{settings.symbol};
  wanted.insert(wanted.end(), settings.recommended_symbols.begin(), settings.recommended_symbols.end());
  for (const std::string& symbol : wanted) {
    // A symbol that it may change to is of use with the same candles only, and no harm with others.
    if (symbol != settings.symbol && interval_by_symbol_.contains(symbol)) continue;
    if (Status can = can_follow(symbol, settings.interval_ms); !can) return can;
    if (interval_by_symbol_.contains(symbol)) continue;
    const auto index = source_->add_symbol(symbol, settings.interval_ms);
    if (!index) return tl::unexpected(index.error());
    interval_by_symbol_[symbol] = settings.interval_ms;
    venue_->set_rules(source_->symbols()[*index].rules);
    joining_.insert(*index);
  }
  return {};
}

std::string Engine::lacks_candles(const Bot& bot) const {
  if (!link_) return {};
  const auto followed = interval_by_symbol_.find(bot.symbol);
  if (followed == interval_by_symbol_.end()) return "no candles of " + bot.symbol + " come from the exchange: at the start it did not list the symbol";
  if (followed->second != bot.settings.interval_ms) return "the market's candles of " + bot.symbol + " are of " + interval_text(followed->second) + ", not of " + interval_text(bot.settings.interval_ms);
  if (joining_.empty()) return {};
  const size_t index = source_->find_symbol(bot.symbol);
  if (!joining_.contains(index)) return {};
  const std::string why = source_->joining(index);
  return why.empty() ? "the candles of " + bot.symbol + " have just come" : why;  // the journal has them in a moment
}

Status Engine::write_history(size_t index) {
  const MarketSymbol& symbol = source_->symbols()[index];
  // What has been read ahead comes with its step.
  const int64_t closed_before_ms = next_step_ ? next_step_->close_time_ms : source_->position_ms() + 1;
  const auto history = source_->candles(index, 0, closed_before_ms - symbol.interval_ms);
  if (!history) return tl::unexpected(history.error());
  for (size_t row = 0; row < history->size(); ++row)
    if (Status added = journal_->add_candle(symbol.rules.name, symbol.interval_ms, history->at(row)); !added) return added;
  if (!history->empty()) venue_->join(*account_, symbol.rules, history->back());
  return {};
}

Status Engine::write_missing_history() {
  for (size_t i = 0; i < source_->symbols().size(); ++i) {
    const MarketSymbol& symbol = source_->symbols()[i];
    if (!journal_->candles(symbol.rules.name, symbol.interval_ms, position_ms_ - 2 * symbol.interval_ms, position_ms_, 1).empty()) continue;
    if (Status written = write_history(i); !written) return written;
  }
  return {};
}

Status Engine::tell_silence() {
  const std::string why = venue_->trouble();
  if (why.empty() != recorder_->has_alarm(0, "EXCHANGE_SILENT")) return {};
  if (Status begun = begin_batch(); !begun) return begun;
  if (why.empty()) recorder_->clear_alarm(0, "EXCHANGE_SILENT");
  else recorder_->alarm(nullptr, "EXCHANGE_SILENT", why);
  return commit_batch();
}

Status Engine::tend_market() {
  if (!link_) return {};
  if (Status told = tell_silence(); !told) return told;
  std::vector<size_t> joined, changed;
  for (const size_t index : joining_)
    if (source_->joining(index).empty()) joined.push_back(index);
  for (size_t i = 0; i < source_->symbols().size(); ++i)
    if (still_.contains(i) ? trades_again(i) : source_->stands_still(i)) changed.push_back(i);
  if (joined.empty() && changed.empty()) return {};
  if (Status begun = begin_batch(); !begun) return begun;
  for (const size_t index : joined) {
    joining_.erase(index);
    if (Status written = write_history(index); !written) return written;
    for (auto& [id, bot] : account_->bots()) {
      if (bot.symbol != source_->symbols()[index].rules.name) continue;
      recorder_->clear_alarm(id, "FEED_MISSING");
      if (bot.reason.starts_with("the candles of")) bot.reason.clear();
      recorder_->line(bot, {"INFO", "The candles of " + bot.symbol + " are there and are followed"});
      recorder_->bot_changed(bot);
    }
  }
  for (const size_t index : changed) tell_halt(index);
  return commit_batch();
}

bool Engine::trades_again(size_t index) const { return !source_->stands_still(index) && source_->symbols()[index].rules.status == SymbolStatus::trading; }

// A halt that was told before the last start goes on until the exchange says otherwise.
void Engine::remember_halts() {
  for (const auto& [id, bot] : account_->bots())
    if (const size_t index = source_->find_symbol(bot.symbol); index < source_->symbols().size() && recorder_->has_alarm(id, "SYMBOL_HALTED")) still_.insert(index);
}

void Engine::tell_halt(size_t index) {
  const Symbol& rules = source_->symbols()[index].rules;
  venue_->set_rules(rules);
  catalog_dirty_ = true;
  const bool still = !still_.contains(index);
  if (still) still_.insert(index);
  else still_.erase(index);
  for (auto& [id, bot] : account_->bots()) {
    if (bot.symbol != rules.name) continue;
    if (still) {
      recorder_->noticed(bot, {Notice::Level::warning, "SYMBOL_HALTED", halt_text(rules)});
    } else {
      recorder_->clear_alarm(id, "SYMBOL_HALTED");
      recorder_->line(bot, {"INFO", rules.name + " trades again"});
    }
  }
}

std::string Engine::halt_text(const Symbol& rules) {
  if (rules.status == SymbolStatus::unknown) return rules.name + " stands still: the exchange does not list it as trading any more, and no candle comes";
  return rules.name + " stands still: the exchange says " + std::string(text(rules.status)) + ", and no candle comes";
}

int64_t Engine::freshness_ms() const {
  int64_t shortest_ms = INT64_MAX;
  for (const auto& [symbol, interval_ms] : interval_by_symbol_) shortest_ms = std::min(shortest_ms, interval_ms);
  return shortest_ms;
}

// What closed while nobody listened is history: nobody buys at the prices of an hour ago.
std::vector<int64_t> Engine::due_bots(int64_t close_ms) {
  std::vector<int64_t> due;
  const int64_t age_ms = link_ ? link_->server_ms() - close_ms : 0;
  const bool is_fresh = !link_ || age_ms < freshness_ms();
  for (const auto& [id, bot] : account_->bots()) {
    if (!rights(bot.state).evaluates || !evaluation_due(close_ms, bot.settings.evaluate_every_ms)) continue;
    const size_t index = still_.empty() ? 0 : source_->find_symbol(bot.symbol);
    if (!is_fresh) {
      recorder_->came_late(bot, close_ms, age_ms, freshness_ms());
    } else if (still_.contains(index)) {
      const std::string why = halt_text(source_->symbols()[index].rules);
      recorder_->not_evaluated(bot, close_ms, why);
      recorder_->alarm(&bot, "SYMBOL_HALTED", why);  // of a bot that came to it since
    } else {
      due.push_back(id);
    }
  }
  return due;
}

}  // namespace stratdock
