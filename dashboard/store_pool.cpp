#include "dashboard/store_pool.hpp"

namespace stratdock::dashboard {

namespace {
constexpr size_t most_free = 6;  // request threads, the watcher, one to spare
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

Result<int64_t> StorePool::add_command(const store::CommandRow& row) {
  const std::lock_guard lock(commands_mutex_);
  if (auto opened = open_commands(); !opened) return tl::unexpected(opened.error());
  auto id = commands_->add(row);
  if (id) openers_.ring_engine();
  return id;
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
