#include "host/validate/thread_pool.hpp"

#include <utility>

namespace stratdock::validate {

ThreadPool::ThreadPool(uint32_t count, const std::function<void()>& prepare) {
  for (uint32_t i = 0; i < count; ++i) {
    Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
    worker.work = prepare;
    ++busy_;
  }
  for (const auto& worker : workers_) std::thread([this, &worker = *worker] { serve(worker); }).detach();
  wait();
}

void ThreadPool::serve(Worker& worker) {
  std::unique_lock lock(mutex_);
  for (;;) {
    worker.wake.wait(lock, [&] { return worker.work != nullptr; });
    const auto work = std::exchange(worker.work, nullptr);
    lock.unlock();
    work();
    lock.lock();
    if (--busy_ == 0) done_.notify_all();
  }
}

void ThreadPool::run(uint32_t which, std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  ++busy_;
  workers_[which]->work = std::move(work);
  workers_[which]->wake.notify_one();
}

void ThreadPool::wait() {
  std::unique_lock lock(mutex_);
  done_.wait(lock, [&] { return busy_ == 0; });
}

}  // namespace stratdock::validate
