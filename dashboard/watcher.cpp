#include "dashboard/watcher.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/candle.hpp"
#include "dashboard/row_json.hpp"
#include "dashboard/secret_text.hpp"

namespace stratdock::dashboard {

namespace {

constexpr int64_t heartbeat_every_ms = 10'000;
constexpr int64_t look_every_ms = 1'000;        // a doorbell may be lost
constexpr int64_t look_without_bell_ms = 250;
constexpr int64_t look_at_most_every_ms = 20;   // a busy engine rings thousands of times a second
constexpr int64_t flush_every_ms = 100;
constexpr int64_t bot_every_ms = 1'000, totals_every_ms = 1'000, prices_every_ms = 250;
constexpr int64_t history_budget_ms = 50;
// What is sent in one go must stay well below what a listener may owe.
constexpr size_t flush_bytes = 24 * 1024, price_bytes = 16 * 1024;
constexpr int64_t candles_every_ms = 1'000;
constexpr size_t most_series = 50, most_candles = 5;  // looked at and told of in one go; the page fetches what is left out
constexpr size_t most_rows_told = 50;  // of decisions, trades, orders each; more and a fresh look is cheaper

}  // namespace

Watcher::Watcher(Neighbours neighbours) : neighbours_(std::move(neighbours)), wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

Watcher::~Watcher() {
  stop();
  if (wake_fd_ >= 0) close(wake_fd_);
}

void Watcher::start() {
  thread_ = std::thread([this] { run(); });
}

void Watcher::stop() {
  stopping_ = true;
  wake();
  if (thread_.joinable()) thread_.join();
}

void Watcher::wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_fd_, &one, sizeof one);
}

void Watcher::await_command(int64_t id, int64_t timeout_ms, Answer answer) {
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({id, wall_clock_ms() + timeout_ms, std::move(answer)});
  }
  wake();
}

void Watcher::announce_command(int64_t id) {
  constexpr size_t most_announced = 10'000;
  const std::lock_guard lock(mutex_);
  announced_.insert(id);
  if (announced_.size() > most_announced) announced_.erase(announced_.begin());
}

int Watcher::timeout_ms() {
  const int64_t now = wall_clock_ms();
  int64_t until = std::min(heartbeat_ms_ + heartbeat_every_ms, looked_ms_ + (neighbours_.doorbell_fd < 0 ? look_without_bell_ms : look_every_ms));
  if (!bots_due_.empty() || !prices_due_.empty() || totals_due_) until = std::min(until, flushed_ms_ + flush_every_ms);
  if (histories_due_) until = now;
  const std::lock_guard lock(mutex_);
  for (const auto& waiting : waiting_) until = std::min(until, waiting.until_ms);
  return static_cast<int>(std::clamp<int64_t>(until - now, 0, 1'000));
}

void Watcher::run() {
  while (!stopping_) {
    pollfd fds[2] = {{wake_fd_, POLLIN, 0}, {neighbours_.doorbell_fd, POLLIN, 0}};
    poll(fds, 2, timeout_ms());
    if (stopping_) break;
    // Rings that come close together are one look.
    const int64_t since = wall_clock_ms() - looked_ms_;
    if (since >= 0 && since < look_at_most_every_ms) poll(nullptr, 0, static_cast<int>(look_at_most_every_ms - since));
    uint64_t count = 0;
    [[maybe_unused]] const ssize_t got = read(wake_fd_, &count, sizeof count);
    if (neighbours_.drain_doorbell) neighbours_.drain_doorbell();
    try {
      look();
    } catch (const std::exception& error) {
      // A row that a library chokes on must not end the page for all others; the next look tries again.
      spdlog::error("dashboard: looking at the store: {}", error.what());
    }
  }
}

void Watcher::look() {
  const int64_t now = wall_clock_ms();
  looked_ms_ = now;
  BoardChanges changes = neighbours_.board.update(neighbours_.pool, neighbours_.hub.anybody_wants_logs(), now);
  if (changes.away) {
    was_away_ = true;
    histories_due_ = false;
  } else {
    histories_due_ = !neighbours_.board.load_histories(neighbours_.pool, history_budget_ms, now, changes);
    tell(changes, now);
  }
  answer_waiting(now);
  if (now - flushed_ms_ >= flush_every_ms) flush(now);
  if (changes.engine_changed || now - heartbeat_ms_ >= heartbeat_every_ms) {
    heartbeat_ms_ = now;
    neighbours_.hub.heartbeat(neighbours_.board.heartbeat_json(neighbours_.hub.rev(), now), neighbours_.session_alive);
  }
  if (neighbours_.board.overview_wanted(now)) (void)neighbours_.board.overview([this] { return neighbours_.hub.rev(); }, now, false);
}

void Watcher::answer_waiting(int64_t wall_ms) {
  std::vector<std::pair<Answer, std::optional<store::CommandResultRow>>> answers;
  std::vector<store::CommandResultRow> told;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.empty() && announced_.empty()) return;
    auto lease = neighbours_.pool.take();
    for (auto waiting = waiting_.begin(); waiting != waiting_.end();) {
      auto result = lease ? lease->journal().command_result(waiting->id) : std::nullopt;
      if (!result && wall_ms < waiting->until_ms) {
        ++waiting;
        continue;
      }
      answers.emplace_back(std::move(waiting->answer), std::move(result));
      waiting = waiting_.erase(waiting);
    }
    for (auto id = announced_.begin(); lease && id != announced_.end();) {
      auto result = lease->journal().command_result(*id);
      if (result) told.push_back(std::move(*result));
      id = result ? announced_.erase(id) : std::next(id);
    }
  }
  if (!told.empty()) neighbours_.board.expire_overview();
  for (auto& [answer, result] : answers) answer(result);
  for (const auto& result : told) {
    const auto data = nlohmann::json::parse(result.data, nullptr, false);
    const bool has_bot = data.is_object() && data.contains("bot_id");
    neighbours_.hub.publish("command",
                            dump({{"command_id", std::to_string(result.command_id)}, {"status", result.status}, {"message", result.message},
                                  {"bot_id", has_bot ? data["bot_id"] : nlohmann::json()}}),
                            wall_ms);
  }
}

void Watcher::tell(const BoardChanges& changes, int64_t wall_ms) {
  EventHub& hub = neighbours_.hub;
  const bool flood = changes.decisions.size() + changes.trades.size() + changes.orders.size() > 3 * most_rows_told;
  if (changes.replaced || was_away_ || flood) {
    was_away_ = false;
    hub.publish("reset", "{\"reason\":\"Much has changed at once.\"}", wall_ms);
  }
  // Who hears of it and asks must not be shown what was before.
  if (!changes.bots_removed.empty() || !changes.state_changed.empty()) neighbours_.board.expire_overview();
  for (const int64_t id : changes.bots_removed) hub.publish("bot_removed", dump({{"id", id}}), wall_ms);
  for (const int64_t id : changes.state_changed)
    if (changes.state_changed.size() <= most_rows_told) tell_bot(id, wall_ms);
  const auto due = [](std::vector<int64_t>& list, std::set<int64_t>& set, const std::set<int64_t>& ids) {
    for (const int64_t id : ids)
      if (set.insert(id).second) list.push_back(id);
  };
  due(bots_due_, bots_due_set_, changes.bots_changed);
  due(prices_due_, prices_due_set_, changes.prices_moved);
  totals_due_ = totals_due_ || !changes.bots_changed.empty() || !changes.bots_removed.empty() || !changes.prices_moved.empty();
  std::vector<std::pair<const char*, std::string>> rows;
  neighbours_.board.with_world([&](const World& world) {
    if (!flood) {
      for (const auto& row : changes.decisions) {
        const auto card = world.bots.find(row.bot_id);
        rows.emplace_back("decision", dump(decision_json(row, card == world.bots.end() ? 0 : card->second.row.settings.interval_ms)));
      }
      for (const auto& row : changes.trades) rows.emplace_back("trade", dump(trade_json(row, world, "")));
      for (const auto& [intent, order] : changes.orders)
        rows.emplace_back("order", dump(order_json(intent ? &*intent : nullptr, order ? &*order : nullptr, world)));
    }
    for (const auto& row : changes.alarms) rows.emplace_back("alarm", dump(alarm_json(row, world)));
  });
  for (const auto& [kind, data] : rows) hub.publish(kind, data, wall_ms);
  for (const auto& [file, state] : changes.plugins) hub.publish("plugin", dump({{"file", file.substr(file.find_last_of('/') + 1)}, {"state", state}}), wall_ms);
  const size_t first_log = changes.logs.size() > 4 * most_rows_told ? changes.logs.size() - 4 * most_rows_told : 0;
  for (size_t i = first_log; i < changes.logs.size(); ++i) hub.publish("log", dump(log_json(changes.logs[i])), wall_ms, changes.logs[i].bot_id);
}

void Watcher::tell_candles(int64_t wall_ms) {
  candles_told_ms_ = wall_ms;
  std::set<std::pair<std::string, int64_t>> series;
  neighbours_.board.with_world([&](const World& world) {
    for (const auto& [id, card] : world.bots)
      if (series.size() < most_series && is_running_state(card.row.state)) series.emplace(card.row.symbol, card.row.settings.interval_ms);
  });
  auto lease = neighbours_.pool.take();
  if (!lease) return;
  for (const auto& [symbol, interval_ms] : series) {
    auto& told = candles_told_[{symbol, interval_ms}];
    const CandleSeries candles = lease->journal().candles(symbol, interval_ms, told + 1, INT64_MAX, most_candles);
    // The first look at a series only learns where it stands.
    for (size_t i = 0; told != 0 && i < candles.size(); ++i) {
      const Candle candle = candles.at(i);
      neighbours_.hub.publish("candle", dump({{"symbol", symbol}, {"interval", interval_text(interval_ms)}, {"closed", true},
                                              {"row", {candle.open_time_ms, number_json(candle.open), number_json(candle.high), number_json(candle.low), number_json(candle.close), number_json(candle.volume)}}}), wall_ms);
    }
    if (!candles.empty()) told = candles.back().open_time_ms;
  }
}

void Watcher::tell_indicators(int64_t wall_ms) {
  auto lease = neighbours_.pool.take();
  if (!lease || !lease->live()) return;
  std::map<int64_t, int64_t> seen;
  for (const auto& mark : lease->live()->indicator_marks()) {
    seen[mark.bot_id] = mark.revision;
    const auto told = indicators_told_.find(mark.bot_id);
    if (told != indicators_told_.end() && told->second == mark.revision) continue;
    neighbours_.hub.publish("indicators", dump({{"bot_id", mark.bot_id}, {"state", mark.state}, {"as_of_ms", time_json(mark.as_of_ms)}}), wall_ms);
  }
  indicators_told_ = std::move(seen);
}

void Watcher::tell_bot(int64_t id, int64_t wall_ms) {
  const auto text = neighbours_.board.bot_text(id);
  if (!text) return;
  bot_told_ms_[id] = wall_ms;
  neighbours_.hub.publish("bot", *text, wall_ms);
}

void Watcher::flush(int64_t wall_ms) {
  flushed_ms_ = wall_ms;
  EventHub& hub = neighbours_.hub;
  if (hub.streams() == 0) {
    // Nobody listens: who comes later takes a snapshot first.
    for (auto* list : {&bots_due_, &prices_due_}) list->clear();
    for (auto* set : {&bots_due_set_, &prices_due_set_}) set->clear();
    totals_due_ = false;
    return;
  }
  if (wall_ms - candles_told_ms_ >= candles_every_ms) tell_candles(wall_ms);
  tell_indicators(wall_ms);
  size_t sent = 0;
  std::vector<int64_t> later;
  for (const int64_t id : bots_due_) {
    if (sent >= flush_bytes || wall_ms - bot_told_ms_[id] < bot_every_ms) {
      later.push_back(id);
      continue;
    }
    bots_due_set_.erase(id);
    const auto text = neighbours_.board.bot_text(id);
    if (!text) continue;
    sent += text->size();
    bot_told_ms_[id] = wall_ms;
    hub.publish("bot", *text, wall_ms);
  }
  bots_due_ = std::move(later);
  if (!prices_due_.empty() && wall_ms - prices_told_ms_ >= prices_every_ms) {
    prices_told_ms_ = wall_ms;
    std::string data = "{\"bots\":{";
    size_t taken = 0;
    neighbours_.board.with_world([&](const World& world) {
      for (; taken < prices_due_.size() && data.size() < price_bytes; ++taken) {
        const auto card = world.bots.find(prices_due_[taken]);
        prices_due_set_.erase(prices_due_[taken]);
        if (card == world.bots.end()) continue;
        if (data.back() != '{') data += ',';
        data += "\"" + std::to_string(card->first) + "\":" + price_json(card->second);
      }
    });
    prices_due_.erase(prices_due_.begin(), prices_due_.begin() + static_cast<long>(taken));
    hub.publish("price", data + "}}", wall_ms);
  }
  if (totals_due_ && wall_ms - totals_told_ms_ >= totals_every_ms) {
    totals_due_ = false;
    totals_told_ms_ = wall_ms;
    std::string totals;
    neighbours_.board.with_world([&](const World& world) { totals = totals_json(world, wall_ms); });
    hub.publish("totals", "{\"totals\":" + totals + "}", wall_ms);
  }
}

}  // namespace stratdock::dashboard
