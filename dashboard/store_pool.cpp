#include "dashboard/store_pool.hpp"

#include <algorithm>

namespace stratdock::dashboard {

namespace {
constexpr size_t most_free = 6;  // request threads, the watcher, one to spare
constexpr int64_t prices_asked_every_ms = 30'000;  // as often as the engine asks the exchange
constexpr int64_t ask_again_ms = 60'000;  // half of what the engine gives an asking
}

StorePool::Lease::~Lease() {
  if (readers_) pool_->give_back(std::move(readers_));
}

Result<StorePool::Lease> StorePool::take() {
  const std::string identity = openers_.identity();
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(free_, [&](const auto& readers) { return readers->identity != identity; });
    if (!free_.empty()) {
      auto readers = std::move(free_.back());
      free_.pop_back();
      return Lease(this, std::move(readers));
    }
  }
  auto journal = openers_.journal();
  if (!journal) return tl::unexpected(journal.error());
  auto readers = std::make_unique<Readers>();
  readers->journal = std::move(*journal);
  if (auto live = openers_.live()) readers->live = std::move(*live);
  readers->identity = identity;
  return Lease(this, std::move(readers));
}

void StorePool::give_back(std::unique_ptr<Readers> readers) {
  // Without a live view they are not worth keeping: it may be there the next time.
  if (!readers->live) return;
  const std::lock_guard lock(mutex_);
  if (free_.size() < most_free) free_.push_back(std::move(readers));
}

Status StorePool::open_commands() {
  const std::string identity = openers_.identity();
  if (commands_ && commands_identity_ == identity) return {};
  auto opened = openers_.commands();
  if (!opened) return tl::unexpected(opened.error());
  commands_ = std::move(*opened);
  commands_identity_ = identity;
  return {};
}

Result<int64_t> StorePool::add_command(const store::CommandRow& row, bool passing) {
  const std::lock_guard lock(commands_mutex_);
  if (auto opened = open_commands(); !opened) return tl::unexpected(opened.error());
  auto id = passing ? commands_->add_passing(row) : commands_->add(row);
  if (id) openers_.ring_engine();
  return id;
}

Status StorePool::ask_for_chart(int64_t bot_id, const std::string& bot, int64_t rows, const std::string& identity, int64_t now_ms) {
  {
    const std::lock_guard lock(charts_mutex_);
    if (charts_identity_ != identity) charts_asked_.clear();
    charts_identity_ = identity;
    ChartAsked& asked = charts_asked_[bot_id];
    const int64_t age_ms = now_ms - asked.at_ms;
    if (age_ms >= 0 && age_ms < ask_again_ms && rows <= asked.rows) return {};
    asked = {now_ms, age_ms >= 0 && age_ms < ask_again_ms ? std::max(rows, asked.rows) : rows};
  }
  store::CommandRow row;
  row.at_ms = now_ms;
  row.origin = "dashboard";
  row.kind = "explain";
  row.bot = bot;
  row.arguments = "{\"rows\":" + std::to_string(rows) + "}";
  const auto added = add_command(row, true);
  if (added) return {};
  const std::lock_guard lock(charts_mutex_);
  charts_asked_.erase(bot_id);
  return tl::unexpected(added.error());
}

void StorePool::ask_for_prices(int64_t now_ms) {
  {
    const std::lock_guard lock(charts_mutex_);
    if (const int64_t age_ms = now_ms - prices_asked_ms_; age_ms >= 0 && age_ms < prices_asked_every_ms) return;
    prices_asked_ms_ = now_ms;
  }
  store::CommandRow row;
  row.at_ms = now_ms;
  row.origin = "dashboard";
  row.kind = "prices";
  row.arguments = "{}";
  (void)add_command(row, true);
}

std::optional<store::CommandRow> StorePool::find_command(int64_t id) {
  const std::lock_guard lock(commands_mutex_);
  if (!open_commands()) return std::nullopt;
  return commands_->find(id);
}

std::vector<store::CommandRow> StorePool::commands_after(int64_t id, int limit) {
  const std::lock_guard lock(commands_mutex_);
  if (!open_commands()) return {};
  return commands_->after(id, limit);
}

}  // namespace stratdock::dashboard
