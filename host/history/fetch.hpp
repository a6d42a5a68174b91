// Fetches the candles of a symbol and stretch of time into a file of Binance's kline CSV.
// Months and days come from the public archives, each checked against its hash; what they lack, and short stretches, from the
// REST API. Only closed candles are taken, every row is checked, and gaps are reported. What a file already has is kept and
// not fetched again; a fetch that was interrupted goes on where it ended.
// Thread rule: one thread, which run() blocks. Invariant: the file is either as it was or complete, never in between.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/binance/endpoints.hpp"
#include "host/history/downloads.hpp"
#include "host/history/part_file.hpp"
#include "host/history/pieces.hpp"
#include "host/market/candle_file.hpp"

namespace stratdock::history {

struct FetchRequest {
  std::string symbol;            // "BTCUSDT"
  int64_t interval_ms = 0;
  int64_t from_ms = 0, to_ms = 0;  // candles that open in [from, to)
  Source source = Source::automatic;
  std::filesystem::path file;
};

struct FetchProgress {
  std::string step;  // "2024-01 from the archive"
  int64_t candles = 0, expected = 0;
};

struct Gap {
  int64_t from_ms = 0, to_ms = 0;  // open times that are missing, [from, to)
};

struct FetchSummary {
  int64_t fetched = 0, kept = 0;  // candles
  int64_t wanted_to_ms = 0;       // as asked for, but for what has not closed yet
  CandleFileReport report;
  CandleSeries candles{minute_ms};
  std::vector<Gap> gaps;
};

struct FetchListener {
  std::function<void(const FetchProgress&)> progress;
  std::function<void(const std::string&)> notice;  // what a user should know, a line each
};

class CandleFetch {
public:
  CandleFetch(const binance::Endpoints& endpoints, FetchRequest request, FetchListener listener, DownloadSettings settings = {});

  Result<FetchSummary> run();

private:
  struct Existing {
    CandleSeries candles;
    int64_t from_ms = 0, to_ms = 0;  // from its first candle's opening to its last one's close
  };
  Result<Existing> read_existing() const;
  Status settle_range(const Existing& existing);
  Status check_existing(const Existing& existing);
  Status fetch_all(PartFile& part, const Existing& existing);
  Status fetch_range(PartFile& part, int64_t from_ms, int64_t to_ms);
  Status fetch_by_rest(PartFile& part, int64_t from_ms, int64_t to_ms, const std::string& step);
  // False: the archive is not there, or not to be used.
  Result<bool> fetch_archive(PartFile& part, const Piece& piece);
  Result<std::optional<KlineRows>> read_archive(const std::string& path);
  // Rows of an archive, with what it lacks from the REST API.
  Status append_filled(PartFile& part, const KlineRows& rows, const Period& period, const std::string& step);
  Status append(PartFile& part, const KlineRows& rows, const std::string& step);
  Result<FetchSummary> unchanged(const Existing& existing) const;
  Result<FetchSummary> summary(PartFile& part, const Existing& existing);

  FetchRequest request_;
  const FetchListener listener_;
  Downloads downloads_;
  std::optional<PiecePlan> plan_;
  int64_t from_ms_ = 0, to_ms_ = 0;  // of the file to be
  int64_t counted_from_ms_ = 0;      // where the symbol's candles begin, for the progress
  int64_t fetched_ = 0;
};

}  // namespace stratdock::history
