// Where the next candles come from: examples, and that pieces always cover the stretch once.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>

#include "core/candle.hpp"
#include "host/config/value_reader.hpp"
#include "host/history/pieces.hpp"

using namespace stratdock;
using namespace stratdock::history;

namespace {

int64_t at(const char* text) { return *parse_utc_time(text); }

const int64_t now_ms = at("2024-03-05T12:34:56");

PieceFrom first_from(const char* interval, Source source, const char* from, const char* to) {
  return PiecePlan(*parse_interval(interval), source, now_ms).next(at(from), at(to)).from;
}

}  // namespace

TEST_CASE("long stretches that are over come from archives, short and recent ones from the API") {
  CHECK(first_from("1m", Source::automatic, "2024-01-01", "2024-02-01") == PieceFrom::month);
  CHECK(first_from("1m", Source::automatic, "2024-01-10", "2024-02-01") == PieceFrom::month);
  CHECK(first_from("1m", Source::automatic, "2024-01-30", "2024-02-01") == PieceFrom::rest);
  CHECK(first_from("1h", Source::automatic, "2024-01-01", "2024-02-01") == PieceFrom::rest);
  CHECK(first_from("1m", Source::automatic, "2024-03-01", "2024-03-05") == PieceFrom::rest);
  CHECK(first_from("1s", Source::automatic, "2024-01-01", "2024-02-01") == PieceFrom::day);
  CHECK(first_from("1s", Source::automatic, "2024-03-05", "2024-03-05T12:00") == PieceFrom::rest);
  CHECK(first_from("1m", Source::rest, "2024-01-01", "2024-02-01") == PieceFrom::rest);
  CHECK(first_from("1h", Source::archive, "2024-01-01", "2024-01-02") == PieceFrom::month);
  CHECK(first_from("1h", Source::archive, "2024-03-01", "2024-03-02") == PieceFrom::day);
  CHECK(first_from("1h", Source::archive, "2024-03-05", "2024-03-06") == PieceFrom::nowhere);
  CHECK(first_from("1w", Source::archive, "2024-03-04", "2024-03-06") == PieceFrom::nowhere);
}

TEST_CASE("pieces cover every stretch once, whatever is absent") {
  const char* const set = std::getenv("STRATDOCK_SEED");
  const uint64_t seed = set != nullptr ? std::strtoull(set, nullptr, 10) : std::random_device{}();
  std::mt19937_64 chance(seed);
  INFO("seed " << seed);
  for (int run = 0; run < 300; ++run) {
    const char* const intervals[] = {"1s", "1m", "5m", "1h", "1d", "3d", "1w"};
    const int64_t interval_ms = *parse_interval(intervals[chance() % std::size(intervals)]);
    const auto source = static_cast<Source>(chance() % 3);
    PiecePlan plan(interval_ms, source, now_ms);
    const int64_t from_ms = at("2023-11-01") + static_cast<int64_t>(chance() % 7'000'000) * 1'000;
    const int64_t to_ms = from_ms + 1 + static_cast<int64_t>(chance() % 5'000'000) * 1'000;
    int64_t position_ms = from_ms;
    for (int steps = 0; position_ms < to_ms; ++steps) {
      REQUIRE(steps < 2'000);
      const Piece piece = plan.next(position_ms, to_ms);
      REQUIRE(piece.period.from_ms == position_ms);
      REQUIRE(piece.period.to_ms > position_ms);
      REQUIRE(piece.period.to_ms <= to_ms);
      const bool is_archive = piece.from == PieceFrom::month || piece.from == PieceFrom::day;
      REQUIRE((source != Source::rest || !is_archive));
      REQUIRE((source != Source::archive || piece.from != PieceFrom::rest));
      if (is_archive) REQUIRE((piece.from == PieceFrom::month ? month_of(position_ms) : day_of(position_ms)).to_ms <= now_ms);
      if (is_archive && chance() % 2 == 0) plan.absent(piece);
      else position_ms = piece.period.to_ms;
    }
  }
}
