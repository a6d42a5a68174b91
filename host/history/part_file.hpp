// The file that candles are gathered in until all are there: FILE.part beside the FILE it becomes.
// A kill at any moment loses at most the rows of the last append: what is there is read again at the next start, and a
// half-written row is cut off. FILE.part.note says what the rows are, so that no other request goes on with them.
// Owns: the part and its lock, so that one process writes it. Thread rule: one thread. Invariant: the part holds whole rows in
// ascending order; FILE is replaced as a whole and only by finish().
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "host/history/kline_rows.hpp"
#include "host/market/candle_file.hpp"

namespace stratdock::history {

class PartFile {
public:
  // Opens or makes the part. Rows of an earlier start with the same `request` (one line that says what is fetched) stay, others
  // go; `notice` is told when some go. Fails when the folder cannot be written, or when another process writes the part.
  static Result<PartFile> open(const std::filesystem::path& file, const std::string& request, int64_t interval_ms, const std::function<void(const std::string&)>& notice);
  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();

  int64_t rows() const { return rows_; }
  int64_t last_open_ms() const { return last_open_ms_; }  // meaningless without rows
  Status append(const KlineRows& rows);
  // All rows of a candle file, whose candles must open after the last row.
  Status append_file(const std::filesystem::path& other, const CandleSeries& candles);
  Status clear();

  // Reads all rows once more, brings them to the disk and makes the part the file.
  Result<CandleSeries> finish(CandleFileReport& report);
  // Removes the part and its note; the file stays as it is.
  void discard();

private:
  PartFile(std::filesystem::path file, int descriptor, int64_t interval_ms);
  Status take_over(const std::string& request, const std::function<void(const std::string&)>& notice);
  Status write(const char* bytes, size_t length);
  Status fault(const std::string& doing, int code) const;

  std::filesystem::path file_, part_, note_;
  int descriptor_;
  int64_t interval_ms_, rows_ = 0, last_open_ms_ = 0, size_ = 0;
};

}  // namespace stratdock::history
