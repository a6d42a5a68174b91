#include "host/engine/clocks.hpp"

#include <ctime>

namespace stratdock {
namespace {

int64_t clock_ms(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

}  // namespace

int64_t wall_clock_ms() { return clock_ms(CLOCK_REALTIME); }
int64_t steady_clock_ms() { return clock_ms(CLOCK_BOOTTIME); }

}  // namespace stratdock
