// A market step: trade the candles, ask the strategies that are due, write everything down in one transaction.
#include <deque>

#include <nlohmann/json.hpp>

#include "host/engine/codec.hpp"
#include "host/engine/engine_state.hpp"

namespace stratdock {

Status Engine::begin_batch() {
  if (in_batch_) return {};
  if (Status begun = journal_->begin(); !begun) return begun;
  in_batch_ = true;
  batch_began_ms_ = steady_clock_ms();
  return {};
}

Status Engine::commit_batch() {
  if (!in_batch_) return {};
  recorder_->write_rest();
  Status status = recorder_->take_status();
  auto put = [&](const char* key, const std::string& value) {
    if (status) status = journal_->put_paper(key, value);
  };
  put("exchange", venue_->state());
  put("account", encode_memory(remember(*account_)));
  nlohmann::json closes = nlohmann::json::array();
  for (auto [bot, command] : pending_closes_) closes.push_back({bot, command});
  put("pending_closes", closes.dump());
  if (status) status = journal_->put_meta("position_ms", std::to_string(position_ms_));
  if (status) status = journal_->put_meta("last_command_id", std::to_string(last_command_id_));
  if (status) status = journal_->commit();
  in_batch_ = false;
  if (!status) {
    journal_->rollback();
    recorder_->forget();
    return status;
  }
  recorder_->flush_lines();
  store::ring_doorbell(configuration_.data_folder.string(), "dashboard");
  return {};
}

Status Engine::settle() { return venue_->settle(*account_); }

Status Engine::step() {
  MarketStep now = std::move(*next_step_);
  next_step_.reset();
  if (Status begun = begin_batch(); !begun) return begun;
  for (const MarketCandle& c : now.candles) {
    const MarketSymbol& symbol = source_->symbols()[c.symbol];
    if (Status added = journal_->add_candle(symbol.rules.name, symbol.interval_ms, c.candle); !added) return added;
    CandleSeries row(symbol.interval_ms);
    row.append(c.candle);
    plugins_->append_candles(symbol.rules.name, symbol.interval_ms, row);
  }
  if (Status traded = venue_->trade(*account_, now); !traded) return traded;
  position_ms_ = now.close_time_ms;
  evaluate_due(now.close_time_ms);
  if (Status settled = settle(); !settled) return settled;
  for (auto closing = pending_closes_.begin(); closing != pending_closes_.end();) {
    const Bot* bot = account_->find_bot(closing->first);
    if (bot != nullptr && bot->state == BotState::closing) {
      ++closing;
      continue;
    }
    store::CommandResultRow result;
    result.command_id = closing->second;
    result.at_ms = wall_clock_ms();
    result.status = "done";
    result.message = "closed";
    if (Status put = journal_->put_command_result(result); !put) return put;
    closing = pending_closes_.erase(closing);
  }
  return recorder_->take_status();
}

void Engine::evaluate_due(int64_t close_ms) {
  std::vector<int64_t> due;
  for (auto& [id, bot] : account_->bots())
    if (rights(bot.state).evaluates && evaluation_due(close_ms, bot.settings.evaluate_every_ms)) due.push_back(id);
  evaluate(due);
}

void Engine::evaluate(const std::vector<int64_t>& bot_ids) {
  std::vector<EvaluateRequest> requests;
  std::deque<std::vector<FeedData>> feed_rows;  // live as long as the requests that point into them
  for (int64_t id : bot_ids) {
    Bot& bot = *account_->find_bot(id);
    account_->verify(id);
    last_evaluation_ms_[id] = position_ms_;
    if (!ensure_instance(bot)) {
      recorder_->decided(bot, {}, {}, bot.reason, account_->price(bot.symbol));
      continue;
    }
    requests.push_back({id, position_ms_, position_view(bot, account_->cash(bot), account_->price(bot.symbol)), {}});
    const Symbol* symbol = account_->rules(bot);
    const std::vector<FeedRequirement>& asked = needs_[id].feeds;
    if (asked.empty() || symbol == nullptr) continue;
    feed_rows.push_back(feeds_.rows(asked, symbol->base_asset, position_ms_));
    for (size_t i = 0; i < asked.size(); ++i)
      requests.back().feeds.push_back(asked[i].kind == FeedKind::candles ? nullptr : &feed_rows.back()[i]);
  }
  if (requests.empty()) return;
  // A barrier, and answers in the order of bots: so the account's caps meet the orders in the same order in every run.
  std::vector<EvaluateAnswer> answers = plugins_->evaluate(requests);
  for (size_t i = 0; i < answers.size(); ++i) {
    Bot& bot = *account_->find_bot(requests[i].instance_id);
    const EvaluateAnswer& answer = answers[i];
    constexpr const char* levels[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
    for (const StrategyLine& line : answer.lines) recorder_->line(bot, {levels[static_cast<size_t>(line.level)], "Strategy: " + line.text});
    if (answer.kind != AnswerKind::ok) {
      recorder_->decided(bot, {}, {}, answer.cause, account_->price(bot.symbol));
      continue;
    }
    recorder_->clear_alarm(bot.id, "STRATEGY_FAILED");
    Outcome outcome = account_->on_decision(bot.id, answer.decision);
    recorder_->decided(bot, answer.decision, outcome, "", account_->price(bot.symbol));
    if (outcome.kind != Outcome::Kind::intent) follow_recommendation(bot, answer.decision.recommended_symbol);
  }
  on_plugin_events();
}

void Engine::follow_recommendation(Bot& bot, const std::string& symbol) {
  if (symbol.empty() || symbol == bot.symbol || !bot.is_flat()) return;
  const auto& allowed = bot.settings.recommended_symbols;
  if (std::find(allowed.begin(), allowed.end(), symbol) == allowed.end()) return;
  auto interval = interval_by_symbol_.find(symbol);
  if (interval == interval_by_symbol_.end() || interval->second != bot.settings.interval_ms) return;
  if (!account_->change_symbol(bot.id, symbol, "recommended by " + bot.settings.strategy)) return;
  drop_instance(bot);
  new_anchor(bot);
}

}  // namespace stratdock
