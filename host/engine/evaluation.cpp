// A round of decisions: who is asked, what becomes of the answers, and what a restart does about a round that was under way.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/engine/engine_state.hpp"

namespace stratdock {

Status Engine::begin_evaluation(const std::vector<int64_t>& bot_ids, int64_t command_id, Verify verify) {
  round_.emplace();
  round_->command_id = command_id;
  std::vector<EvaluateRequest> requests;
  for (int64_t id : bot_ids) {
    Bot& bot = *account_->find_bot(id);
    if (verify == Verify::protection) account_->verify(id);
    last_evaluation_ms_[id] = position_ms_;
    if (!ensure_instance(bot)) {
      recorder_->decided(bot, {}, {}, bot.reason, account_->price(bot.symbol));
      continue;
    }
    requests.push_back({id, position_ms_, position_view(bot, account_->cash(bot), account_->price(bot.symbol)), {}});
    round_->asked.push_back(id);
    round_->wanted.insert(id);
  }
  if (Status settled = settle(); !settled) return settled;
  if (requests.empty()) return {};
  round_->is_begun = true;
  plugins_->begin_round(std::move(requests), [this](int64_t id, const InstanceRequirements& needs) { return feeds_of(id, needs); });
  return {};
}

bool Engine::evaluation_over(int64_t patience_ms) { return !round_->is_begun || plugins_->wait_round(patience_ms); }

Result<std::vector<const FeedData*>> Engine::feeds_of(int64_t bot_id, const InstanceRequirements& needs) {
  const Bot* bot = account_->find_bot(bot_id);
  if (bot == nullptr) return failure("the bot was deleted");
  if (!needs_.contains(bot_id)) {
    if (std::string why = missing_feed(*bot, needs); !why.empty()) {
      round_->missing_feeds[bot_id] = why;
      if (const auto strategy = plugins_->find_strategy(bot->settings.strategy)) lacks_[bot_id] = {instance_made_from(*bot, *strategy), needs};
      return failure(std::move(why));
    }
    needs_[bot_id] = needs;
  }
  std::vector<const FeedData*> feeds;
  const Symbol* symbol = account_->rules(*bot);
  if (needs.feeds.empty() || symbol == nullptr) return feeds;
  const std::vector<FeedData>& rows = round_->feed_rows.emplace_back(feeds_.rows(needs.feeds, symbol->base_asset, position_ms_));
  for (size_t i = 0; i < needs.feeds.size(); ++i) feeds.push_back(needs.feeds[i].kind == FeedKind::candles ? nullptr : &rows[i]);
  return feeds;
}

Status Engine::finish_evaluation() {
  const PendingRound round = std::move(*round_);
  // A barrier, and answers in the order of bots: so the account's caps meet the orders in the same order in every run.
  std::vector<EvaluateAnswer> answers;
  if (round.is_begun) answers = plugins_->take_answers();
  round_.reset();
  for (size_t i = 0; i < answers.size(); ++i)
    if (round.wanted.contains(round.asked[i])) take_answer(*account_->find_bot(round.asked[i]), answers[i], round);
  if (plugins_->has_events()) on_plugin_events();
  if (round.command_id == 0) return {};
  store::CommandResultRow result{round.command_id, 0, wall_clock_ms(), "done", "", "the bot was evaluated", "{}"};
  const Bot* bot = round.asked.empty() ? nullptr : account_->find_bot(round.asked.front());
  if (bot != nullptr) result.message = "bot '" + bot->settings.name + "' was evaluated";
  const auto newest = bot == nullptr ? std::vector<store::DecisionRow>() : journal_->decisions(bot->id, {.limit = 1});
  if (!newest.empty()) result.message += ": " + newest.front().action + (newest.front().blocked_reason.empty() ? "" : ", " + newest.front().blocked_reason);
  return journal_->put_command_result(result);
}

void Engine::take_answer(Bot& bot, const EvaluateAnswer& answer, const PendingRound& round) {
  constexpr const char* levels[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  for (const StrategyLine& line : answer.lines) recorder_->line(bot, {levels[static_cast<size_t>(line.level)], "Strategy: " + line.text});
  auto missing = [&](const std::string& why) { recorder_->decided(bot, {}, {}, why, account_->price(bot.symbol)); };
  if (answer.kind == AnswerKind::refused) {
    const auto feed = round.missing_feeds.find(bot.id);
    drop_instance(bot, answer.cause);
    if (feed != round.missing_feeds.end()) refuse_instance(bot, "FEED_MISSING", feed->second);
    else refuse_instance(bot, "PARAMETERS_REFUSED", answer.cause);
    return missing(bot.reason);
  }
  if (needs_.contains(bot.id)) confirm_instance(bot);
  if (answer.kind != AnswerKind::ok) return missing(answer.cause);
  recorder_->clear_alarm(bot.id, "STRATEGY_FAILED");
  // Its plugin failed for others while this one had answered.
  if (!rights(bot.state).evaluates) return missing("the decision came when the bot was " + std::string(text(bot.state)));
  Outcome outcome = account_->on_decision(bot.id, answer.decision);
  recorder_->decided(bot, answer.decision, outcome, "", account_->price(bot.symbol));
  if (outcome.kind != Outcome::Kind::intent) follow_recommendation(bot, answer.decision.recommended_symbol);
}

Status Engine::end_round() {
  if (Status finished = finish_evaluation(); !finished) return finished;
  if (Status settled = settle(); !settled) return settled;
  if (Status answered = answer_closes(); !answered) return answered;
  return recorder_->take_status();
}

void Engine::withdraw(const Bot& bot, const std::string& why) {
  if (!round_ || round_->wanted.erase(bot.id) == 0) return;
  recorder_->decided(bot, {}, {}, "its decision was dropped: " + why, account_->price(bot.symbol));
}

std::string Engine::evaluation_mark() const {
  if (!round_) return "";
  return nlohmann::json{{"close_ms", position_ms_}, {"bots", round_->wanted}, {"command", round_->command_id}}.dump();
}

Status Engine::make_missed_evaluation(const std::string& mark) {
  if (mark.empty()) return {};
  const nlohmann::json pending = nlohmann::json::parse(mark, nullptr, false);
  const int64_t close_ms = pending.is_object() ? pending.value("close_ms", INT64_MAX) : INT64_MAX;
  if (close_ms < position_ms_) return {};  // an older program, which does not know of marks, has traded on since
  if (close_ms > position_ms_)
    return failure("reading the journal: the round of decisions that was under way is not of the market's position " + std::to_string(position_ms_) + ": " + mark,
                   "restore a backup of the data folder");
  std::vector<int64_t> bots;
  for (const auto& id : pending.at("bots"))
    if (account_->find_bot(id.get<int64_t>()) != nullptr) bots.push_back(id.get<int64_t>());
  if (Status begun = begin_evaluation(bots, pending.value("command", int64_t{0}), Verify::nothing); !begun) return begun;
  constexpr int64_t look_ms = 1'000;
  while (!evaluation_over(look_ms)) continue;
  return end_round();
}

void Engine::follow_recommendation(Bot& bot, const std::string& symbol) {
  if (symbol.empty() || symbol == bot.symbol || !bot.is_flat()) return;
  const auto& allowed = bot.settings.recommended_symbols;
  if (std::find(allowed.begin(), allowed.end(), symbol) == allowed.end()) return;
  auto interval = interval_by_symbol_.find(symbol);
  if (interval == interval_by_symbol_.end() || interval->second != bot.settings.interval_ms) return;
  if (!account_->change_symbol(bot.id, symbol, "recommended by " + bot.settings.strategy)) return;
  drop_instance(bot, "the bot trades another symbol");
  new_anchor(bot);
}

}  // namespace stratdock
