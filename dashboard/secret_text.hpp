// Random secrets, their hashes and a comparison that takes equally long for every guess.
// Thread rule: free functions, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stratdock::dashboard {

// `bytes` from the kernel's generator, in lower-case hex. Ends the process when the kernel has none to give.
std::string random_hex(size_t bytes);
// SHA-256 in lower-case hex.
std::string sha256_hex(std::string_view text);
bool equal_in_constant_time(std::string_view a, std::string_view b);
// Milliseconds since 1970 UTC by the wall clock.
int64_t wall_clock_ms();

}  // namespace stratdock::dashboard
