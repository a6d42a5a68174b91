// Money, prices and quantities: exact decimals with eight digits after the point, as the exchange keeps them.
// Thread rule: plain values. Invariant: no operation rounds unless its name says which way; an overflow is a broken
// invariant (the range is +-1.7e30, beyond any figure an exchange can send; parse() refuses more).
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace stratdock {

__extension__ typedef __int128 int128;

enum class Rounding { down, up, half_even };  // down: towards zero; up: away from zero

class Decimal {
public:
  static constexpr int64_t units_per_one = 100'000'000;
  static constexpr int digits = 8;

  constexpr Decimal() = default;
  static constexpr Decimal from_units(int128 units) { return Decimal(units); }
  static constexpr Decimal from_integer(int64_t value) { return Decimal(int128{value} * units_per_one); }

  // Reads "12", "-0.5", "12.34000000". At most 20 digits on either side of the point; more than eight non-zero
  // decimals, an exponent, a plus sign or a bare point are errors. Surrounding space is an error.
  static Result<Decimal> parse(std::string_view text);
  // The nearest decimal to a double. The argument must be finite and below 1e20 in size (checked).
  // For a price or quantity that came from text of at most 15 digits this is exact.
  static Decimal from_double(double value);

  constexpr int128 units() const { return units_; }
  double to_double() const;
  // Shortest text: "12", "-0.5". Never an exponent.
  std::string text() const;
  // With exactly `places` (0..8) digits after the point; digits beyond are rounded half to even. "12.340".
  std::string text_fixed(int places) const;

  constexpr bool is_zero() const { return units_ == 0; }
  constexpr bool is_negative() const { return units_ < 0; }
  constexpr bool is_positive() const { return units_ > 0; }
  constexpr Decimal abs() const { return Decimal(units_ < 0 ? -units_ : units_); }

  // The largest multiple of `step` not above this one in size (towards zero); step zero or less means no rule.
  Decimal floor_to(Decimal step) const;
  // The smallest multiple of `step` not below this one in size (away from zero).
  Decimal ceil_to(Decimal step) const;
  bool is_multiple_of(Decimal step) const;  // true for step <= 0

  Decimal& operator+=(Decimal other);
  Decimal& operator-=(Decimal other);
  friend Decimal operator+(Decimal a, Decimal b) { return a += b; }
  friend Decimal operator-(Decimal a, Decimal b) { return a -= b; }
  constexpr Decimal operator-() const { return Decimal(-units_); }
  friend constexpr auto operator<=>(Decimal a, Decimal b) = default;

private:
  explicit constexpr Decimal(int128 units) : units_(units) {}
  int128 units_ = 0;
};

// a * b, the sixteen digits of the exact product brought to eight as `rounding` says.
Decimal multiply(Decimal a, Decimal b, Rounding rounding);
// a / b; b must not be zero (checked).
Decimal divide(Decimal a, Decimal b, Rounding rounding);

}  // namespace stratdock
