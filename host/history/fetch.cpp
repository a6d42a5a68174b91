#include "host/history/fetch.hpp"

#include <algorithm>

#include "core/candle.hpp"
#include "host/binance/candle_sequencer.hpp"
#include "host/config/value_reader.hpp"

namespace stratdock::history {
namespace {

constexpr int64_t first_archive_ms = 1'498'867'200'000;  // 2017-07-01: the exchange began in that month

// The first opening on the grid that is not before `time_ms`. The grids of longer candles than a day's are the exchange's.
int64_t next_opening(int64_t time_ms, int64_t interval_ms) {
  const int64_t grid_ms = std::min(interval_ms, day_ms);
  return (time_ms + grid_ms - 1) / grid_ms * grid_ms;
}

std::string period_name(const Piece& piece) {
  constexpr size_t month_digits = 7, day_digits = 10;  // "2024-01", "2024-01-31"
  return utc_time_text(piece.period.from_ms).substr(0, piece.from == PieceFrom::month ? month_digits : day_digits);
}

std::vector<Gap> gaps_of(const CandleSeries& candles) {
  std::vector<Gap> gaps;
  const auto opens = candles.open_time_ms();
  for (size_t i = 1; i < opens.size(); ++i)
    if (opens[i] - opens[i - 1] > candles.interval_ms()) gaps.push_back({opens[i - 1] + candles.interval_ms(), opens[i]});
  return gaps;
}

}  // namespace

CandleFetch::CandleFetch(const binance::Endpoints& endpoints, FetchRequest request, FetchListener listener, DownloadSettings settings)
    : request_(std::move(request)), listener_(std::move(listener)), downloads_(endpoints, listener_.notice, settings) {}

Result<FetchSummary> CandleFetch::run() {
  // Archives alone need no API: they hold whole days that are over.
  if (request_.source != Source::archive)
    if (Status connected = downloads_.connect(); !connected) return tl::unexpected(connected.error());
  const auto existing = read_existing();
  if (!existing) return tl::unexpected(existing.error());
  if (Status settled = settle_range(*existing); !settled) return tl::unexpected(settled.error());
  if (!existing->candles.empty() && existing->from_ms <= from_ms_ && existing->to_ms >= to_ms_) return unchanged(*existing);
  plan_.emplace(request_.interval_ms, request_.source, downloads_.server_ms());

  // The beginning is part of what is asked for: a part that begins later lacks something.
  const std::string name = request_.symbol + " " + interval_text(request_.interval_ms) + " from " + utc_time_text(from_ms_);
  auto part = PartFile::open(request_.file, name, request_.interval_ms, listener_.notice);
  if (!part) return tl::unexpected(part.error());
  if (Status fetched = fetch_all(*part, *existing); !fetched) {
    if (part->rows() == 0) part->discard();
    return tl::unexpected(fetched.error());
  }
  return summary(*part, *existing);
}

Result<CandleFetch::Existing> CandleFetch::read_existing() const {
  Existing existing{CandleSeries(request_.interval_ms), 0, 0};
  std::error_code code;
  if (!std::filesystem::exists(request_.file, code)) return existing;
  CandleFileReport report;
  auto candles = load_candle_file(request_.file, request_.interval_ms, &report);
  const char* const hint = "it is to be gone on with, but cannot be: move it away, or name another file";
  if (!candles) return failure(candles.error().message, hint);
  existing.candles = std::move(*candles);
  const auto opens = existing.candles.open_time_ms();
  int64_t step_ms = INT64_MAX;
  for (size_t i = 1; i < opens.size(); ++i) step_ms = std::min(step_ms, opens[i] - opens[i - 1]);
  if (opens.size() > 1 && step_ms != request_.interval_ms) return failure("going on with " + request_.file.string() + ": its candles are not of " + interval_text(request_.interval_ms), hint);
  if (report.has_header) return failure("going on with " + request_.file.string() + ": it begins with a header line, so it is no file of this command", hint);
  if (existing.candles.empty()) return existing;
  existing.from_ms = existing.candles.open_time_ms().front();
  existing.to_ms = existing.candles.open_time_ms().back() + request_.interval_ms;
  return existing;
}

// What the file shall cover: what is asked for as far as it has closed, what is there, and all between.
Status CandleFetch::settle_range(const Existing& existing) {
  from_ms_ = next_opening(request_.from_ms, request_.interval_ms);
  const int64_t closed_ms = downloads_.server_ms() - binance::CandleSequencer::settling_ms - request_.interval_ms + 1;
  to_ms_ = std::min(request_.to_ms, closed_ms);
  if (from_ms_ >= to_ms_) return failure("fetching candles of " + request_.symbol + ": none that opens in that time has closed yet", "choose an earlier beginning");
  if (existing.candles.empty()) return {};
  from_ms_ = std::min(from_ms_, existing.from_ms);
  to_ms_ = std::max(to_ms_, existing.to_ms);
  return {};
}

// A file of another symbol would be gone on with as well.
Status CandleFetch::check_existing(const Existing& existing) {
  if (request_.source == Source::archive) return {};
  const Candle last = existing.candles.back();
  const auto rows = downloads_.klines(request_.symbol, request_.interval_ms, last.open_time_ms, existing.to_ms, 1);
  if (!rows) return tl::unexpected(rows.error());
  const auto asked = rows->empty() ? Result<CandleSeries>(CandleSeries(request_.interval_ms)) : parse_candle_csv(rows->front().text, "the answer", request_.interval_ms);
  if (!asked) return tl::unexpected(asked.error());
  if (!asked->empty() && asked->back().open == last.open && asked->back().close == last.close && asked->back().volume == last.volume) return {};
  return failure("going on with " + request_.file.string() + ": its last candle, of " + utc_time_text(last.open_time_ms) + ", is not the one that " + request_.symbol + " had then",
                 "it holds something else: name another file");
}

Status CandleFetch::fetch_all(PartFile& part, const Existing& existing) {
  if (existing.candles.empty()) return fetch_range(part, from_ms_, to_ms_);
  const bool is_wanted = existing.from_ms > from_ms_ || existing.to_ms < to_ms_;
  if (is_wanted)
    if (Status same = check_existing(existing); !same) return same;
  // Interrupted while the file that is there was copied: which of its rows came is not worth finding out.
  if (part.rows() > 0 && part.last_open_ms() >= existing.from_ms && part.last_open_ms() < existing.to_ms - request_.interval_ms)
    if (Status cleared = part.clear(); !cleared) return cleared;
  const bool is_copied = part.rows() > 0 && part.last_open_ms() >= existing.from_ms;
  if (!is_copied) {
    if (existing.from_ms > from_ms_)
      if (Status fetched = fetch_range(part, from_ms_, existing.from_ms); !fetched) return fetched;
    if (Status copied = part.append_file(request_.file, existing.candles); !copied) return copied;
  }
  return existing.to_ms < to_ms_ ? fetch_range(part, existing.to_ms, to_ms_) : Status{};
}

Status CandleFetch::fetch_range(PartFile& part, int64_t from_ms, int64_t to_ms) {
  if (request_.source == Source::archive) from_ms = std::max(from_ms, first_archive_ms);
  int64_t position_ms = part.rows() > 0 ? std::max(from_ms, part.last_open_ms() + request_.interval_ms) : from_ms;
  if (position_ms >= to_ms) return {};
  if (request_.source != Source::archive && part.rows() == 0) {
    // Where the symbol's candles begin, and whether there is such a symbol.
    const auto first = downloads_.klines(request_.symbol, request_.interval_ms, position_ms, to_ms, 1);
    if (!first) return tl::unexpected(first.error());
    if (first->empty()) return {};
    position_ms = first->front().open_time_ms;
    counted_from_ms_ = position_ms;
  }
  while (position_ms < to_ms) {
    const Piece piece = plan_->next(position_ms, to_ms);
    if (piece.from == PieceFrom::month || piece.from == PieceFrom::day) {
      const auto done = fetch_archive(part, piece);
      if (!done) return tl::unexpected(done.error());
      if (!*done) {
        plan_->absent(piece);
        continue;
      }
    } else if (piece.from == PieceFrom::rest) {
      if (Status done = fetch_by_rest(part, piece.period.from_ms, piece.period.to_ms, period_name(piece) + " from the API"); !done) return done;
    }
    position_ms = next_opening(piece.period.to_ms, request_.interval_ms);
  }
  return {};
}

Status CandleFetch::append(PartFile& part, const KlineRows& rows, const std::string& step) {
  if (Status appended = part.append(rows); !appended) return appended;
  fetched_ += static_cast<int64_t>(rows.size());
  listener_.progress({step, part.rows(), (to_ms_ - std::max(from_ms_, counted_from_ms_)) / request_.interval_ms});
  return {};
}

Status CandleFetch::fetch_by_rest(PartFile& part, int64_t from_ms, int64_t to_ms, const std::string& step) {
  while (from_ms < to_ms) {
    const auto rows = downloads_.klines(request_.symbol, request_.interval_ms, from_ms, to_ms);
    if (!rows) return tl::unexpected(rows.error());
    if (Status appended = append(part, *rows, step); !appended) return appended;
    if (rows->size() < Downloads::rows_at_once) return {};
    from_ms = rows->back().open_time_ms + request_.interval_ms;
  }
  return {};
}

Result<std::optional<KlineRows>> CandleFetch::read_archive(const std::string& path) {
  Status checked;
  for (int attempt = 1; attempt <= 2; ++attempt) {
    const auto checksum = downloads_.file(path + ".CHECKSUM");
    if (!checksum) return tl::unexpected(checksum.error());
    const auto bytes = downloads_.file(path);
    if (!bytes) return tl::unexpected(bytes.error());
    if (!*bytes) return std::optional<KlineRows>();
    checked = *checksum ? verify_archive(**bytes, **checksum, path) : failure("checking the archive " + path + ": it has no checksum beside it");
    if (checked) {
      const auto text = unpack_archive(**bytes, path);
      if (!text) return tl::unexpected(text.error());
      auto rows = rows_of_csv(*text, path, request_.interval_ms);
      if (!rows) return tl::unexpected(rows.error());
      return std::optional(std::move(*rows));
    }
    if (attempt == 1) listener_.notice("fetches it once more: " + checked.error().message);
  }
  return tl::unexpected(checked.error());
}

Result<bool> CandleFetch::fetch_archive(PartFile& part, const Piece& piece) {
  const ArchiveKind kind = piece.from == PieceFrom::month ? ArchiveKind::monthly : ArchiveKind::daily;
  auto rows = read_archive(archive_path(request_.symbol, request_.interval_ms, kind, piece.period.from_ms));
  if (!rows) {
    // The API has the same candles; who wants archives only is told, and gets no file with a hole.
    if (request_.source == Source::archive) return tl::unexpected(rows.error());
    listener_.notice("does without it: " + rows.error().message);
    return false;
  }
  if (!*rows) return false;
  keep_between(**rows, piece.period.from_ms, piece.period.to_ms);
  if (Status appended = append_filled(part, **rows, piece.period, period_name(piece) + " from the archive"); !appended) return tl::unexpected(appended.error());
  return true;
}

Status CandleFetch::append_filled(PartFile& part, const KlineRows& rows, const Period& period, const std::string& step) {
  if (request_.source == Source::archive || request_.interval_ms > day_ms) return append(part, rows, step);
  int64_t expected_ms = period.from_ms;
  KlineRows run;
  const auto fill_to = [&](int64_t time_ms) -> Status {
    if (time_ms <= expected_ms) return {};
    if (Status appended = append(part, run, step); !appended) return appended;
    run.clear();
    return fetch_by_rest(part, expected_ms, time_ms, step + ", with what it lacks from the API");
  };
  for (const KlineRow& row : rows) {
    if (Status filled = fill_to(row.open_time_ms); !filled) return filled;
    run.push_back(row);
    expected_ms = row.open_time_ms + request_.interval_ms;
  }
  if (Status filled = fill_to(period.to_ms); !filled) return filled;
  return append(part, run, step);
}

// Nothing was to be fetched, or nothing came.
Result<FetchSummary> CandleFetch::unchanged(const Existing& existing) const {
  FetchSummary summary;
  summary.kept = static_cast<int64_t>(existing.candles.size());
  summary.wanted_to_ms = to_ms_;
  auto candles = load_candle_file(request_.file, request_.interval_ms, &summary.report);
  if (!candles) return tl::unexpected(candles.error());
  summary.candles = std::move(*candles);
  summary.gaps = gaps_of(summary.candles);
  return summary;
}

Result<FetchSummary> CandleFetch::summary(PartFile& part, const Existing& existing) {
  FetchSummary summary;
  summary.fetched = fetched_;
  summary.kept = part.rows() - fetched_;
  summary.wanted_to_ms = to_ms_;
  if (part.rows() == 0) {
    part.discard();
    return failure("fetching candles of " + request_.symbol + ": there are none between " + utc_time_text(from_ms_) + " and " + utc_time_text(to_ms_),
                   request_.source == Source::archive ? "is the symbol right? the archives hold whole days that are over; --source auto asks the API as well" : "the symbol was listed later, or ended before");
  }
  if (fetched_ == 0 && part.rows() == static_cast<int64_t>(existing.candles.size())) {
    part.discard();
    return unchanged(existing);
  }
  auto candles = part.finish(summary.report);
  if (!candles) return tl::unexpected(candles.error());
  summary.candles = std::move(*candles);
  summary.gaps = gaps_of(summary.candles);
  return summary;
}

}  // namespace stratdock::history
