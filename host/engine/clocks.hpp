// The engine's two clocks, in milliseconds. Thread rule: any thread.
#pragma once

#include <cstdint>

namespace stratdock {

// The time of day: for what people read. It may jump.
int64_t wall_clock_ms();
// Counts on while the machine sleeps and is set by nobody: for every pace and pause.
int64_t steady_clock_ms();

}  // namespace stratdock
