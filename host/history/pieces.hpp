// Which part of a wanted stretch of candles to get next, and where from: an archive of a month, of a day, or the REST API.
// Thread rule: a plain object of one thread; no clock and no network. Invariant: pieces follow each other without hole or
// overlap from the position asked for to the end, and there are finitely many: each either moves the position on or is told
// absent, after which it is not named again.
#pragma once

#include <cstdint>
#include <set>

#include "host/history/archive.hpp"

namespace stratdock::history {

enum class Source { automatic, archive, rest };

enum class PieceFrom { month, day, rest, nowhere };  // nowhere: only archives are wanted, and there is none

struct Piece {
  PieceFrom from = PieceFrom::rest;
  Period period;  // open times wanted of it
};

class PiecePlan {
public:
  // Up to so many candles, an answer or three of the API is less trouble than an archive.
  static constexpr int64_t most_candles_by_rest = 3'000;

  // `now_ms`: the exchange's clock; archives of days and months that are not over do not exist.
  PiecePlan(int64_t interval_ms, Source source, int64_t now_ms) : interval_ms_(interval_ms), source_(source), now_ms_(now_ms) {}

  // What to get for candles that open in [position_ms, to_ms), which must not be empty (checked).
  Piece next(int64_t position_ms, int64_t to_ms) const;
  // The archive that a piece was to come from is not there, or not to be used.
  void absent(const Piece& piece);

private:
  bool is_worth_it(const Period& period) const;

  const int64_t interval_ms_;
  const Source source_;
  const int64_t now_ms_;
  std::set<int64_t> absent_months_, absent_days_, months_without_days_;  // by their beginnings
};

}  // namespace stratdock::history
