// Invariants. A broken one is a bug of ours: trading on would be guessing with somebody's money, so the process
// ends at once and its owner starts it again; the start is the recovery. Stays on in release builds.
#pragma once

#include <cstdio>
#include <cstdlib>

namespace stratdock {

[[noreturn]] inline void invariant_broken(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "stratdock: broken invariant: %s at %s:%d\n", condition, file, line);
  std::abort();
}

}  // namespace stratdock

#define STRATDOCK_CHECK(condition)                                                                                     \
  do {                                                                                                                 \
    if (!(condition)) ::stratdock::invariant_broken(#condition, __FILE__, __LINE__);                                   \
  } while (false)
