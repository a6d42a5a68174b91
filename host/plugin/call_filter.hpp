// The system calls that a worker may make, as a seccomp filter.
// Thread rule: the worker's only thread. Invariant: what is not listed ends the process (by SIGSYS, whose handler names the
// call; the handler cannot be replaced from inside).
#pragma once

#include "core/result.hpp"

namespace stratdock {

enum class CallFilter : uint8_t {
  loading,  // and what dlopen needs: opening for reading, mapping code, one more filter
  running
};
Status load_call_filter(CallFilter filter);

}  // namespace stratdock
