#include "host/history/pieces.hpp"

#include <algorithm>

#include "core/check.hpp"

namespace stratdock::history {

// An archive costs two requests whatever of it is used.
bool PiecePlan::is_worth_it(const Period& period) const {
  return source_ == Source::archive || (period.to_ms - period.from_ms) / interval_ms_ > most_candles_by_rest;
}

Piece PiecePlan::next(int64_t position_ms, int64_t to_ms) const {
  STRATDOCK_CHECK(position_ms < to_ms);
  const Period month = month_of(position_ms), day = day_of(position_ms);
  const Period of_month{position_ms, std::min(to_ms, month.to_ms)}, of_day{position_ms, std::min(to_ms, day.to_ms)};
  if (source_ == Source::rest) return {PieceFrom::rest, of_month};
  if (has_monthly_archives(interval_ms_) && month.to_ms <= now_ms_ && !absent_months_.contains(month.from_ms) && is_worth_it(of_month)) return {PieceFrom::month, of_month};
  const bool days_exist = has_daily_archives(interval_ms_) && !months_without_days_.contains(month.from_ms);
  if (days_exist && day.to_ms <= now_ms_ && !absent_days_.contains(day.from_ms) && is_worth_it(of_day)) return {PieceFrom::day, of_day};
  if (source_ == Source::archive) return {PieceFrom::nowhere, has_daily_archives(interval_ms_) ? of_day : of_month};
  // Up to where an archive may be worth it again.
  const bool next_day_may_be = days_exist && is_worth_it(day);
  return {PieceFrom::rest, next_day_may_be ? of_day : of_month};
}

void PiecePlan::absent(const Piece& piece) {
  const int64_t month_ms = month_of(piece.period.from_ms).from_ms;
  if (piece.from == PieceFrom::month) absent_months_.insert(month_ms);
  if (piece.from != PieceFrom::day) return;
  absent_days_.insert(day_of(piece.period.from_ms).from_ms);
  // Days are published one after the other: where one is missing, the API is asked for the rest of the month.
  if (source_ == Source::automatic) months_without_days_.insert(month_ms);
}

}  // namespace stratdock::history
