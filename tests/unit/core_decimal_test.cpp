#include <catch2/catch.hpp>

#include <random>

#include "core/decimal.hpp"

using namespace stratdock;

namespace {

Decimal d(const char* text) {
  return Decimal::parse(text).value();
}

} // namespace

TEST_CASE("decimal text is read exactly and written in its shortest form") {
  const struct {
    const char* text;
    long long units;
    const char* shortest;
  } rows[] = {{"0", 0, "0"},
              {"12", 1'200'000'000, "12"},
              {"-0.5", -50'000'000, "-0.5"},
              {"-0", 0, "0"},
              {"12.34000000", 1'234'000'000, "12.34"},
              {"0.00000001", 1, "0.00000001"},
              {"-0.00000001", -1, "-0.00000001"},
              {"0.00000001000", 1, "0.00000001"},
              {"00012.5", 1'250'000'000, "12.5"},
              {"100", 10'000'000'000, "100"},
              {"92233720368.54775807", 9'223'372'036'854'775'807, "92233720368.54775807"}};
  for (const auto& row : rows) {
    INFO(row.text);
    const auto value = Decimal::parse(row.text);
    REQUIRE(value);
    CHECK(value->units() == row.units);
    CHECK(value->text() == row.shortest);
  }
  CHECK(d("99999999999999999999.99999999").text() == "99999999999999999999.99999999");
}

TEST_CASE("what is not a decimal is refused with its text") {
  for (const char* text : {"",
                           "-",
                           ".",
                           "1.",
                           ".5",
                           "-.5",
                           "+1",
                           "1e5",
                           "1E5",
                           " 1",
                           "1 ",
                           "1,5",
                           "0x10",
                           "nan",
                           "inf",
                           "--1",
                           "1.2.3",
                           "1-",
                           "0.000000001",
                           "123456789012345678901",
                           "0.000000000000000000000"}) {
    INFO(text);
    const auto value = Decimal::parse(text);
    REQUIRE_FALSE(value);
    CHECK(value.error().message.find(text) != std::string::npos);
    CHECK_FALSE(value.error().hint.empty());
  }
  CHECK_FALSE(Decimal::parse(std::string_view("1\0", 2)));
}

TEST_CASE("fixed places round half to even") {
  CHECK(d("12.34").text_fixed(3) == "12.340");
  CHECK(d("12.345").text_fixed(2) == "12.34");
  CHECK(d("12.355").text_fixed(2) == "12.36");
  CHECK(d("12.34500001").text_fixed(2) == "12.35");
  CHECK(d("0.5").text_fixed(0) == "0");
  CHECK(d("1.5").text_fixed(0) == "2");
  CHECK(d("-0.004").text_fixed(2) == "0.00");
  CHECK(d("-1.006").text_fixed(2) == "-1.01");
  CHECK(d("7").text_fixed(8) == "7.00000000");
}

TEST_CASE("steps are floored towards and ceiled away from zero") {
  CHECK(d("0.0012345").floor_to(d("0.00001")) == d("0.00123"));
  CHECK(d("0.0012345").ceil_to(d("0.00001")) == d("0.00124"));
  CHECK(d("-0.0012345").floor_to(d("0.00001")) == d("-0.00123"));
  CHECK(d("-0.0012345").ceil_to(d("0.00001")) == d("-0.00124"));
  CHECK(d("0.00123").ceil_to(d("0.00001")) == d("0.00123"));
  CHECK(d("5").floor_to(d("0")) == d("5"));
  CHECK(d("5").floor_to(d("3")) == d("3"));
  CHECK(d("0.3").is_multiple_of(d("0.1")));
  CHECK_FALSE(d("0.35").is_multiple_of(d("0.1")));
  CHECK(d("0.35").is_multiple_of(d("0")));
}

TEST_CASE("products and quotients round as they are told") {
  CHECK(multiply(d("0.00000001"), d("0.5"), Rounding::down) == d("0"));
  CHECK(multiply(d("0.00000001"), d("0.5"), Rounding::up) == d("0.00000001"));
  CHECK(multiply(d("0.00000001"), d("0.5"), Rounding::half_even) == d("0"));
  CHECK(multiply(d("0.00000003"), d("0.5"), Rounding::half_even) == d("0.00000002"));
  CHECK(multiply(d("-0.00000003"), d("0.5"), Rounding::down) == d("-0.00000001"));
  CHECK(multiply(d("-0.00000003"), d("0.5"), Rounding::up) == d("-0.00000002"));
  CHECK(multiply(d("27123.45"), d("0.00368"), Rounding::down) == d("99.814296"));
  CHECK(divide(d("100"), d("3"), Rounding::down) == d("33.33333333"));
  CHECK(divide(d("100"), d("3"), Rounding::up) == d("33.33333334"));
  CHECK(divide(d("-100"), d("3"), Rounding::half_even) == d("-33.33333333"));
  CHECK(divide(d("1"), d("-8"), Rounding::down) == d("-0.125"));
  // Beyond what a product of 128 bits holds.

  CHECK(multiply(d("12345678901234.56789"), d("9876543210987.65432"), Rounding::down).text() ==
        "121932631137021795211400701.20989178");
  CHECK(divide(d("99999999999999999999"), d("0.00000001"), Rounding::down).text() == "9999999999999999999900000000");
  CHECK(divide(d("99999999999999999999"), d("99999999999999999999"), Rounding::up) == d("1"));
}

TEST_CASE("doubles become the nearest decimal and come back") {
  CHECK(Decimal::from_double(0.1) == d("0.1"));
  CHECK(Decimal::from_double(-27123.45) == d("-27123.45"));
  CHECK(Decimal::from_double(1e-9) == d("0"));
  CHECK(Decimal::from_double(6e-9) == d("0.00000001"));
  CHECK(Decimal::from_double(0.0) == d("0"));
  CHECK(Decimal::from_double(5e-324) == d("0"));
  CHECK(Decimal::from_double(99999999999999991611392.0 / 1024).text() == "97656249999999991808");
  CHECK(Decimal::from_double(0.001953125) == d("0.00195312")); // exactly ...312.5: half to even
  CHECK(d("0.1").to_double() == 0.1);
  CHECK(d("123456789012.12345678").to_double() == 123456789012.12345678);
  CHECK(d("-99999999999999999999").to_double() == -1e20);
}

TEST_CASE("random decimals: text, double and arithmetic agree with exact integers") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 20'000; ++round) {
    const int shift = static_cast<int>(random() % 34) + 1; // up to 63 bits, so that reference products fit 128 bits
    const int64_t left = static_cast<int64_t>(random() >> (shift + 8)),
                  right = static_cast<int64_t>(random() >> shift) + 1;
    const Decimal a = Decimal::from_units(random() % 2 ? left : -left), b = Decimal::from_units(right);
    REQUIRE(Decimal::parse(a.text()).value() == a);
    REQUIRE(Decimal::parse(a.text_fixed(8)).value() == a);
    if (left < 100'000'000'000'000) {
      REQUIRE(Decimal::from_double(a.to_double()) == a);
      REQUIRE(a.to_double() == std::stod(a.text()));
    }
    // The definition of each rounding, by multiplying back.
    const Decimal down = divide(a, b, Rounding::down), up = divide(a, b, Rounding::up),
                  even = divide(a, b, Rounding::half_even);
    const int128 numerator = a.units() * Decimal::units_per_one;
    REQUIRE(down.abs() <= up.abs());
    REQUIRE((down == up) == (numerator % b.units() == 0));
    REQUIRE(down.units() == numerator / b.units());
    REQUIRE((even == down || even == up));
    const int128 to_down = (down.abs().units() * b.units() - (numerator < 0 ? -numerator : numerator)) * -2;
    if (to_down < b.units()) REQUIRE(even == down);
    if (to_down > b.units()) REQUIRE(even == up);
    REQUIRE(a.floor_to(b).abs() <= a.abs());
    REQUIRE(a.ceil_to(b).abs() >= a.abs());
    REQUIRE(a.floor_to(b).is_multiple_of(b));
    REQUIRE(a.ceil_to(b).is_multiple_of(b));
    REQUIRE((a.ceil_to(b) - a.floor_to(b)).abs() <= b);
  }
}

TEST_CASE("the slow path of products agrees with the fast one") {
  const auto seed = std::random_device{}();
  INFO("seed " << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 2'000; ++round) {
    // (high * 1e9 + low) * b: the whole product takes the slow path, its parts the fast one.
    const Decimal high = Decimal::from_units(static_cast<int64_t>(random() >> 2)),
                  low = Decimal::from_units(static_cast<int64_t>(random() >> 40));
    const Decimal b = Decimal::from_integer(static_cast<int64_t>(random() >> 36) + 1);
    const Decimal billion = Decimal::from_integer(1'000'000'000);
    const Decimal a = multiply(high, billion, Rounding::down) + low;
    const Decimal parts =
        multiply(multiply(high, b, Rounding::down), billion, Rounding::down) + multiply(low, b, Rounding::down);
    REQUIRE(multiply(a, b, Rounding::half_even) == parts);
    REQUIRE(divide(parts, b, Rounding::down) == a);
  }
}
