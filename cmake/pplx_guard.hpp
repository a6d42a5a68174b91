// Force-included before cpprest in every translation unit that sees it, whichever room it is in: an exception that nobody
// fetched from a task is counted and reported instead of ending the process (the library's own answer is SIGTRAP). It is
// inline code on both sides, so a unit without this, or with another one, would be a second definition of the same thing.
#pragma once

#include <atomic>
#include <cstdio>

namespace stratdock {
inline std::atomic<unsigned long> unobserved_exceptions{0};
inline void report_unobserved() noexcept {
  if (++unobserved_exceptions <= 10) std::fputs("stratdock: a task of the HTTP library ended with an exception that nobody fetched\n", stderr);
}
}  // namespace stratdock

#define _REPORT_PPLTASK_UNOBSERVED_EXCEPTION() \
  do {                                         \
    ::stratdock::report_unobserved();          \
  } while (0)
