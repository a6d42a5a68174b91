#include "core/decimal.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

#include "core/check.hpp"

namespace stratdock {
namespace {

__extension__ typedef unsigned __int128 uint128;

constexpr uint128 max_magnitude = (uint128{1} << 127) - 1;

uint128 magnitude(int128 value) {
  return value < 0 ? uint128{0} - static_cast<uint128>(value) : static_cast<uint128>(value);
}

Decimal signed_decimal(uint128 value, bool negative) {
  STRATDOCK_CHECK(value <= max_magnitude);
  const int128 units = static_cast<int128>(value);
  return Decimal::from_units(negative ? -units : units);
}

// The quotient of a division by hand, brought to a whole number.
uint128 rounded(uint128 quotient, uint128 remainder, uint128 divisor, Rounding rounding) {
  if (remainder == 0 || rounding == Rounding::down) return quotient;
  if (rounding == Rounding::up) return quotient + 1;
  const uint128 rest = divisor - remainder;
  if (remainder > rest || (remainder == rest && (quotient & 1))) return quotient + 1;
  return quotient;
}

// A 256-bit product: two factors of nearly 128 bits each pass through it on their way to a quotient that fits again.
struct Wide {
  uint128 high = 0, low = 0;
};

Wide wide_product(uint128 a, uint128 b) {
  const uint128 mask = ~uint64_t{0};
  const uint128 a_low = a & mask, a_high = a >> 64, b_low = b & mask, b_high = b >> 64;
  const uint128 low = a_low * b_low;
  const uint128 middle = a_high * b_low + (low >> 64);
  const uint128 middle_low = (middle & mask) + a_low * b_high;
  return {a_high * b_high + (middle >> 64) + (middle_low >> 64), (middle_low << 64) | (low & mask)};
}

// Long division bit by bit: slow, and reached only by figures beyond 1e22 or so.
uint128 wide_divide(Wide numerator, uint128 divisor, Rounding rounding) {
  STRATDOCK_CHECK(numerator.high < divisor); // else the quotient does not fit
  uint128 quotient = 0, remainder = numerator.high;
  for (int bit = 127; bit >= 0; --bit) {
    remainder = (remainder << 1) | ((numerator.low >> bit) & 1); // the divisor is below 2^127: no bit is lost
    quotient <<= 1;
    if (remainder >= divisor) {
      remainder -= divisor;
      quotient |= 1;
    }
  }
  return rounded(quotient, remainder, divisor, rounding);
}

// a * b / divisor.
Decimal multiply_divide(int128 a, int128 b, int128 divisor, Rounding rounding) {
  const bool negative = ((a < 0) != (b < 0)) != (divisor < 0);
  const uint128 left = magnitude(a), right = magnitude(b), below = magnitude(divisor);
  uint128 product = 0;
  if (!__builtin_mul_overflow(left, right, &product)) {
    if (product <= UINT64_MAX && below <= UINT64_MAX) { // machine division: several times cheaper
      const uint64_t small = static_cast<uint64_t>(product), small_below = static_cast<uint64_t>(below);
      return signed_decimal(rounded(small / small_below, small % small_below, below, rounding), negative);
    }
    const uint128 quotient = product / below;
    return signed_decimal(rounded(quotient, product - quotient * below, below, rounding), negative);
  }
  return signed_decimal(wide_divide(wide_product(left, right), below, rounding), negative);
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

Error not_a_decimal(std::string_view text) {
  return Error{"reading \"" + std::string(text.substr(0, 64)) + "\" as a decimal number: it is not one",
               "write digits with at most eight after the point, such as 12 or 0.5", 0};
}

// Digits of a value that is not negative, without a sign.
std::string digits_text(uint128 value) {
  std::array<char, 40> buffer;
  size_t at = buffer.size();
  do {
    buffer[--at] = static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value != 0);
  return std::string(buffer.data() + at, buffer.size() - at);
}

// `value` counts units of 10^-places.
std::string point_text(uint128 value, int places, bool negative) {
  std::string digits = digits_text(value);
  const size_t after_point = static_cast<size_t>(places);
  if (digits.size() <= after_point) digits.insert(0, after_point + 1 - digits.size(), '0');
  if (places > 0) digits.insert(digits.size() - after_point, ".");
  if (negative) digits.insert(0, "-");
  return digits;
}

} // namespace

Result<Decimal> Decimal::parse(std::string_view text) {
  constexpr size_t max_digits = 20;
  std::string_view rest = text;
  const bool negative = !rest.empty() && rest.front() == '-';
  if (negative) rest.remove_prefix(1);

  const std::string_view whole = rest.substr(0, std::min(rest.find('.'), rest.size()));
  const bool has_point = whole.size() < rest.size();
  const std::string_view fraction = has_point ? rest.substr(whole.size() + 1) : std::string_view{};
  const bool well_formed = !whole.empty() && whole.size() <= max_digits && fraction.size() <= max_digits &&
                           (!has_point || !fraction.empty()) && std::all_of(whole.begin(), whole.end(), is_digit) &&
                           std::all_of(fraction.begin(), fraction.end(), is_digit);
  if (!well_formed) return tl::unexpected<Error>(not_a_decimal(text));
  if (fraction.size() > static_cast<size_t>(digits) &&
      fraction.find_first_not_of('0', digits) != std::string_view::npos)
    return failure("reading \"" + std::string(text) +
                       "\" as a decimal number: it has more than eight digits after the point",
                   "round it to eight digits");

  int128 value = 0;
  for (const char c : whole)
    value = value * 10 + (c - '0');
  for (size_t i = 0; i < static_cast<size_t>(digits); ++i)
    value = value * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return Decimal(negative ? -value : value);
}

Decimal Decimal::from_double(double value) {
  STRATDOCK_CHECK(std::isfinite(value) && std::fabs(value) < 1e20);
  // A double is mantissa * 2^exponent with a mantissa of 53 bits, so value * 1e8 is computed without any error first.
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(value), &exponent);
  const uint128 scaled = uint128{static_cast<uint64_t>(std::ldexp(fraction, 53))} * units_per_one;
  exponent -= 53;
  if (exponent >= 0) return signed_decimal(scaled << exponent, value < 0);
  if (exponent < -100) return Decimal(); // below half a unit by far: scaled has at most 80 bits
  const uint128 divisor = uint128{1} << -exponent;
  return signed_decimal(rounded(scaled >> -exponent, scaled & (divisor - 1), divisor, Rounding::half_even), value < 0);
}

double Decimal::to_double() const {
  // Both operands are exact here, so the one division rounds once: the nearest double.
  constexpr int128 exact_limit = int128{1} << 53;
  if (units_ <= exact_limit && units_ >= -exact_limit) return static_cast<double>(static_cast<int64_t>(units_)) / 1e8;
  const std::string exact = text();
  double value = 0;
  std::from_chars(exact.data(), exact.data() + exact.size(), value);
  return value;
}

std::string Decimal::text() const {
  uint128 value = magnitude(units_);
  int places = digits;
  while (places > 0 && value % 10 == 0) {
    value /= 10;
    --places;
  }
  return point_text(value, places, units_ < 0);
}

std::string Decimal::text_fixed(int places) const {
  STRATDOCK_CHECK(places >= 0 && places <= digits);
  uint128 divisor = 1;
  for (int i = places; i < digits; ++i)
    divisor *= 10;
  const uint128 value = magnitude(units_);
  const uint128 shown = rounded(value / divisor, value % divisor, divisor, Rounding::half_even);
  return point_text(shown, places, units_ < 0 && shown != 0);
}

Decimal Decimal::floor_to(Decimal step) const {
  if (step.units_ <= 0) return *this;
  return Decimal(units_ - units_ % step.units_);
}

Decimal Decimal::ceil_to(Decimal step) const {
  if (step.units_ <= 0) return *this;
  const int128 rest = units_ % step.units_;
  if (rest == 0) return *this;
  Decimal result(units_ - rest);
  return units_ < 0 ? result -= step : result += step;
}

bool Decimal::is_multiple_of(Decimal step) const {
  return step.units_ <= 0 || units_ % step.units_ == 0;
}

Decimal& Decimal::operator+=(Decimal other) {
  STRATDOCK_CHECK(!__builtin_add_overflow(units_, other.units_, &units_));
  return *this;
}

Decimal& Decimal::operator-=(Decimal other) {
  STRATDOCK_CHECK(!__builtin_sub_overflow(units_, other.units_, &units_));
  return *this;
}

Decimal multiply(Decimal a, Decimal b, Rounding rounding) {
  return multiply_divide(a.units(), b.units(), Decimal::units_per_one, rounding);
}

Decimal divide(Decimal a, Decimal b, Rounding rounding) {
  STRATDOCK_CHECK(!b.is_zero());
  return multiply_divide(a.units(), Decimal::units_per_one, b.units(), rounding);
}

} // namespace stratdock
