// Expected failures are values. A Result<T> holds either a T or an Error that a user can act on.
// Thread rule: plain values. Invariant: an Error always says what was being done and what was found.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace stratdock {

// What went wrong, in the words the user will read.
struct Error {
  std::string message;  // what was being done, to what, and what was found
  std::string hint;     // what to do about it; may be empty
  int code = 0;         // an exchange's error code (negative) where the failure is the exchange's answer, else 0

  // One line for a terminal or a log: "message (hint)".
  std::string text() const { return hint.empty() ? message : message + " (" + hint + ")"; }
};

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
public:
  using tl::expected<T, Error>::expected;
};

using Status = Result<void>;

inline tl::unexpected<Error> failure(std::string message, std::string hint = {}, int code = 0) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(hint), code});
}

}  // namespace stratdock
