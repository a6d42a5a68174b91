// A page that engine and worker share: how many answers the worker has worked out, sent or not. So answers can travel
// together, and it is still known which call was in flight when a worker came to its end.
// Thread rule: one writer (the worker), one reader (the engine). Invariant: the number is the plugin's word: it only ever
// chooses among the bots of that plugin.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "core/result.hpp"

namespace stratdock {

class ProgressPage {
public:
  // The engine's: a page of its own, whose size nobody can change.
  static Result<ProgressPage> make();
  // The worker's, of the descriptor that it was started with, which is closed. Without one (a test) it has a page of its own.
  static ProgressPage join(int fd);
  ProgressPage(ProgressPage&& other) noexcept : fd_(std::exchange(other.fd_, -1)), answered_(std::exchange(other.answered_, nullptr)) {}
  ProgressPage& operator=(ProgressPage&&) = delete;
  ~ProgressPage();

  int fd() const { return fd_; }
  uint64_t answered() const { return answered_->load(std::memory_order_acquire); }
  void count_answer() { answered_->store(answered_->load(std::memory_order_relaxed) + 1, std::memory_order_release); }

private:
  ProgressPage(int fd, void* page) : fd_(fd), answered_(static_cast<std::atomic<uint64_t>*>(page)) {}
  int fd_;
  std::atomic<uint64_t>* answered_;
};

}  // namespace stratdock
