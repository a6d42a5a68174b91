// The public archives of past candles (data.binance.vision): how their files are named, checked and unpacked.
// Thread rule: pure functions over values. Invariant: what unpack_archive() gives was hashed as the exchange's checksum says.
// Source: binance-public-data. Daily files appear the next day, monthly ones on the first Monday of the next month; candles
// of three days and more come by the month only.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace stratdock::history {

enum class ArchiveKind { daily, monthly };

struct Period {
  int64_t from_ms = 0, to_ms = 0;  // open times in [from, to)
  friend bool operator==(const Period&, const Period&) = default;
};
Period day_of(int64_t time_ms);    // in UTC
Period month_of(int64_t time_ms);

// Whether candles of this interval come in files of a day. The shortest ones do in files of a day only as far as this program
// is concerned: a month of them is a hundred megabytes.
bool has_daily_archives(int64_t interval_ms);
bool has_monthly_archives(int64_t interval_ms);

// "/data/spot/monthly/klines/BTCUSDT/5m/BTCUSDT-5m-2024-01.zip" for the period in which `time_ms` lies; ".CHECKSUM" behind it
// names the file with its hash.
std::string archive_path(std::string_view symbol, int64_t interval_ms, ArchiveKind kind, int64_t time_ms);

// Whether `bytes` are what `checksum` (as `sha256sum` writes it) says of them. `path` stands in the error.
Status verify_archive(std::string_view bytes, std::string_view checksum, const std::string& path);
// The one .csv file in a zip file.
Result<std::string> unpack_archive(const std::string& bytes, const std::string& path);

}  // namespace stratdock::history
