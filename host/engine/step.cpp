// A market step: trade the candles, ask the strategies that are due, write everything down in one transaction. Where the
// answers take longer than a moment it has two: what was traded and who was asked, then the answers.
#include <nlohmann/json.hpp>

#include "host/engine/codec.hpp"
#include "host/engine/engine_state.hpp"

namespace stratdock {
namespace {

constexpr int64_t patience_ms = 20;  // with strategies; then commands and everything else go on beside them

}  // namespace

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
  // Most of it stays as it is from one commit to the next.
  auto put = [&](const std::string& key, std::string value) {
    std::string& before = written_[key];
    if (!status || value == before) return;
    status = journal_->put_paper(key.c_str(), value);
    before = std::move(value);
  };
  put("exchange", venue_->state());
  put("account", encode_memory(remember(*account_)));
  nlohmann::json closes = nlohmann::json::array();
  for (auto [bot, command] : pending_closes_) closes.push_back({bot, command});
  put("pending_closes", closes.dump());
  put("pending_evaluation", evaluation_mark());
  put("deferred_commands", encode_commands(deferred_));
  if (status) status = journal_->put_meta("position_ms", std::to_string(position_ms_));
  if (status) status = journal_->put_meta("last_command_id", std::to_string(last_command_id_));
  if (status) status = journal_->commit();
  in_batch_ = false;
  if (!status) {
    journal_->rollback();
    recorder_->forget();
    written_.clear();
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
  if (Status begun = begin_evaluation(due_bots(now.close_time_ms), 0, Verify::protection); !begun) return begun;
  if (!evaluation_over(patience_ms)) return recorder_->take_status();
  return end_round();
}

Status Engine::answer_closes() {
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

}  // namespace stratdock
