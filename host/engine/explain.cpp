// Charts: while somebody looks at a bot, what its strategy draws is worked out by a process beside the engine, never by the
// instance that decides, and shown through live.db.
#include <unistd.h>

#include <algorithm>

#include <nlohmann/json.hpp>

#include "host/engine/engine_state.hpp"

namespace stratdock {
namespace {

constexpr int64_t wish_ms = 120'000;         // how long one asking counts; the dashboard repeats it while somebody looks
constexpr int64_t look_ms = 50;              // at who is due
constexpr int64_t refresh_ms = 1'000;        // a bot's chart at most so often
constexpr int64_t rest_factor = 5;           // a long history costs more: five sixths of the time nothing is worked out
constexpr int64_t retry_failed_ms = 30'000;  // with nothing changed
constexpr size_t most_wishes = 64, most_charts = 32;
constexpr uint32_t default_rows = 1'000, most_rows = 5'000;

}  // namespace

void Engine::want_explanation(const store::CommandRow& command) {
  const int64_t age_ms = wall_clock_ms() - command.at_ms;
  const nlohmann::json arguments = nlohmann::json::parse(command.arguments.empty() ? "{}" : command.arguments, nullptr, false);
  if (age_ms > wish_ms || !arguments.is_object()) return;
  for (auto& [id, bot] : account_->bots()) {
    if (bot.settings.name != command.bot) continue;
    if (!explain_wishes_.contains(id) && explain_wishes_.size() >= most_wishes) return;
    ExplainWish& wish = explain_wishes_[id];
    const auto rows = arguments.find("rows");
    if (rows != arguments.end() && rows->is_number_integer())
      wish.rows = std::max(wish.rows, static_cast<uint32_t>(std::clamp<int64_t>(rows->get<int64_t>(), default_rows, most_rows)));
    wish.rows = std::max(wish.rows, default_rows);
    explain_look_ms_ = 0;
    wish.until_ms = steady_clock_ms() + std::min(wish_ms, wish_ms - std::max<int64_t>(age_ms, 0));
  }
}

// What the chart of a bot is made from, or why it cannot be made.
Result<ExplainAsk> Engine::explain_ask(const Bot& bot, uint32_t rows) const {
  const auto strategy = plugins_->find_strategy(bot.settings.strategy);
  const auto library = plugins_->library_of(bot.settings.strategy);
  if (!strategy || !library) return failure("no loaded plugin offers the strategy '" + bot.settings.strategy + "'");
  std::string errors;
  auto values = parameter_values(bot.settings, *strategy, &errors);
  if (!values) return failure(errors);
  ExplainAsk ask;
  ask.data_folder = configuration_.data_folder.string();
  ask.library_path = library->string();
  ask.worker_executable = options_.worker_executable.string();
  ask.strategy_id = strategy->id;
  ask.values = std::move(*values);
  ask.seed = static_cast<uint64_t>(bot.id);
  ask.symbol = bot.symbol;
  ask.interval_ms = bot.settings.interval_ms;
  // A bot that never started has no beginning yet: the rows that are asked for are one.
  ask.anchor_ms = bot.anchor_ms != 0 ? bot.anchor_ms : std::max<int64_t>(1, position_ms_ - rows * bot.settings.interval_ms);
  ask.rows = rows;
  ask.parent_pid = ::getpid();
  return ask;
}

void Engine::publish_explanation(int64_t bot_id, ExplainAnswer answer, const std::string& symbol, int64_t interval_ms, int64_t anchor_ms) {
  explain_revision_ = std::max(explain_revision_ + 1, wall_clock_ms());
  std::erase(explained_, bot_id);
  explained_.push_back(bot_id);
  if (!live_->begin()) return;
  live_->put_indicators({{bot_id, explain_revision_, answer.as_of_ms, std::move(answer.state), std::move(answer.reason)},
                         symbol, interval_ms, anchor_ms, std::move(answer.chart), std::move(answer.rows)});
  for (; explained_.size() > most_charts; explained_.erase(explained_.begin())) live_->drop_indicators(explained_.front());
  (void)live_->commit();
  store::ring_doorbell(configuration_.data_folder.string(), "dashboard");
}

void Engine::tend_explanations() {
  const int64_t now = steady_clock_ms();
  if (auto answer = explain_desk_.tend(now)) {
    explain_look_ms_ = 0;
    const auto wish = explain_wishes_.find(explaining_.bot_id);
    if (wish != explain_wishes_.end()) {
      wish->second.state = answer->state;
      wish->second.not_before_ms = answer->state == "failed" ? now + retry_failed_ms : std::max(explaining_.start_ms + refresh_ms, now + rest_factor * (now - explaining_.start_ms));
    }
    if (account_->find_bot(explaining_.bot_id) != nullptr)
      publish_explanation(explaining_.bot_id, std::move(*answer), explaining_.symbol, explaining_.interval_ms, explaining_.anchor_ms);
  }
  if (explain_wishes_.empty() || now < explain_look_ms_) return;
  explain_look_ms_ = now + look_ms;
  std::erase_if(explain_wishes_, [&](const auto& wish) { return wish.second.until_ms < now || account_->find_bot(wish.first) == nullptr; });
  // The process sees what is committed.
  if (!explain_desk_.idle() || in_batch_) return;
  for (size_t looks = explain_wishes_.size(); looks > 0 && explain_desk_.idle(); --looks) {
    const auto longest = std::min_element(explain_wishes_.begin(), explain_wishes_.end(), [](const auto& a, const auto& b) { return a.second.turn < b.second.turn; });
    longest->second.turn = ++explain_turn_;
    begin_explanation(longest->first, longest->second);
  }
}

void Engine::begin_explanation(int64_t bot_id, ExplainWish& wish) {
  const int64_t now = steady_clock_ms();
  const Bot& bot = *account_->find_bot(bot_id);
  const int64_t newest_ms = position_ms_ / bot.settings.interval_ms;
  const bool same_candle = wish.newest == newest_ms;
  // Most looks end here, before anything is put together.
  if (same_candle && now < wish.checked_ms + refresh_ms) return;
  wish.checked_ms = now;
  auto ask = explain_ask(bot, wish.rows);
  const std::string made_from = ask ? encode_ask(*ask) : ask.error().text();
  const bool same_making = wish.made_from == made_from;
  if (same_making && (same_candle || wish.state == "none") && wish.state != "failed") return;
  // A failure that nobody has changed anything about is tried again later; a good chart not more often than it is worth.
  if ((same_making || wish.state != "failed") && now < wish.not_before_ms) return;
  wish.made_from = made_from;
  wish.newest = newest_ms;
  explaining_ = {bot_id, now, bot.symbol, bot.settings.interval_ms, ask ? ask->anchor_ms : bot.anchor_ms};
  Status begun = ask ? explain_desk_.begin(options_.worker_executable, *ask, now) : Status(tl::unexpected(ask.error()));
  if (begun) return;
  wish.state = "failed";
  wish.not_before_ms = now + retry_failed_ms;
  publish_explanation(bot_id, {"failed", begun.error().text(), 0, "{}", ""}, bot.symbol, bot.settings.interval_ms, explaining_.anchor_ms);
}

}  // namespace stratdock
