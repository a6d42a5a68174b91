// What must hold for whatever a parser is given: it answers with a value or with an error that can be shown to anybody.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace fuzz {

inline void expect(bool condition, const char* what, const std::string& found) {
  if (condition) return;
  std::fprintf(stderr, "broken promise: %s: %s\n", what, found.c_str());
  std::abort();
}

// A run of letters and digits as long as a key must not reach a log.
inline bool could_hold_a_key(std::string_view text) {
  size_t run = 0;
  for (const char c : text) {
    const bool in_key = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
    run = in_key ? run + 1 : 0;
    if (run >= 64) return true;
  }
  return false;
}

inline void check_error(const stratdock::Error& error) {
  constexpr size_t longest = 600;
  expect(!error.message.empty(), "an error says something", "");
  expect(error.message.size() <= longest, "an error is short", error.message);
  expect(!could_hold_a_key(error.message), "an error shows no key", error.message);
  for (const char c : error.message) expect(static_cast<unsigned char>(c) >= ' ' && c != 127, "an error is one line", error.message);
}

template <typename T> void check(const stratdock::Result<T>& result) {
  if (!result) check_error(result.error());
}

inline std::string_view view(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzz
