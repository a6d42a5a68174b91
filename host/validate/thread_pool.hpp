// A few threads that run what they are told, made before the library is loaded: afterwards the sandbox lets nobody make any.
// Thread rule: run() and wait() are the owner's. Invariant: a thread has put up the sandbox's filter for itself before it
// runs anything, since the filter of one thread does not bind another that exists already.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace stratdock::validate {

class ThreadPool {
public:
  // Each thread calls `prepare` first; the constructor returns when all have.
  ThreadPool(uint32_t count, const std::function<void()>& prepare);
  // Never: its threads wait for work until the process ends, which is soon.
  ~ThreadPool() = delete;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  uint32_t size() const { return static_cast<uint32_t>(workers_.size()); }
  void run(uint32_t which, std::function<void()> work);
  // Until all that was given is done.
  void wait();

private:
  struct Worker {
    std::function<void()> work;
    std::condition_variable wake;
  };
  void serve(Worker& worker);

  std::mutex mutex_;
  std::condition_variable done_;
  uint32_t busy_ = 0;  // guarded by mutex_
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace stratdock::validate
