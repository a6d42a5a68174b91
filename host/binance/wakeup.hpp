// A bell between the network's threads and the one thread that owns a client: an eventfd that a poll loop can wait for.
// Thread rule: ring() from any thread, the rest from the owner. Invariant: a ring after the last drain() keeps fd() readable.
#pragma once

namespace stratdock::binance {

class Wakeup {
public:
  Wakeup();
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  // For poll(): readable when something has happened.
  int fd() const { return fd_; }
  void ring() noexcept;
  // To be called before looking at what happened, so that no ring is lost.
  void drain() noexcept;
  // Waits for a ring, at most `timeout_ms`; true when there was one. For command lines and tests; a loop polls fd().
  bool wait(int timeout_ms) noexcept;

private:
  int fd_;
};

}  // namespace stratdock::binance
