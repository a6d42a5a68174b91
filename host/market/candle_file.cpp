#include "host/market/candle_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "host/config/value_reader.hpp"

namespace stratdock {
namespace {

// Far beyond any candle file (a year of seconds is 3 GB as text); a damaged or hostile archive does not fill the memory.
constexpr uint64_t max_text_bytes = uint64_t{8} * 1024 * 1024 * 1024;

tl::unexpected<Error> read_failure(const std::filesystem::path& file, const std::string& what, std::string hint = {}) {
  return failure("reading candles from " + file.string() + ": " + what, std::move(hint));
}

// A whole file, read-only, mapped for the object's life.
class MappedFile {
public:
  explicit MappedFile(const std::filesystem::path& file) {
    const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
      fault_ = std::strerror(errno);
      return;
    }
    struct stat status {};
    if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) fault_ = "it is not a regular file";
    else if (status.st_size > 0) {
      length_ = static_cast<size_t>(status.st_size);
      data_ = mmap(nullptr, length_, PROT_READ, MAP_PRIVATE | MAP_POPULATE, descriptor, 0);
      if (data_ == MAP_FAILED) {
        data_ = nullptr;
        fault_ = std::strerror(errno);
      }
    }
    close(descriptor);
  }
  ~MappedFile() {
    if (data_ != nullptr) munmap(data_, length_);
  }
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  const std::string& fault() const { return fault_; }
  std::string_view text() const { return data_ == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data_), length_); }

private:
  void* data_ = nullptr;
  size_t length_ = 0;
  std::string fault_;
};

Result<std::string> read_gzip(const std::filesystem::path& file) {
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rb"), gzclose);
  if (!stream) return read_failure(file, "it cannot be opened");
  gzbuffer(stream.get(), 256 * 1024);
  std::string text;
  size_t length = 0;
  for (int got = 1; got > 0; length += got > 0 ? static_cast<size_t>(got) : 0) {
    if (text.size() - length < 1024 * 1024) text.resize(text.size() * 2 + 4 * 1024 * 1024);
    got = gzread(stream.get(), text.data() + length, 1024 * 1024);
    if (got < 0 || length > max_text_bytes) return read_failure(file, "it is no whole gzip file", "fetch it again");
  }
  int state = Z_OK;
  gzerror(stream.get(), &state);
  if (state != Z_OK && state != Z_STREAM_END) return read_failure(file, "the gzip file is cut off or damaged", "fetch it again");
  text.resize(length);
  return text;
}

Result<std::string> read_zip(const std::filesystem::path& file) {
  int fault = 0;
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open(file.c_str(), ZIP_RDONLY, &fault), [](zip_t* opened) { zip_discard(opened); });
  if (!archive) return read_failure(file, "it is no zip file", "fetch it again");
  zip_int64_t found = -1;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    const char* name = zip_get_name(archive.get(), static_cast<zip_uint64_t>(i), 0);
    if (name == nullptr || !std::string_view(name).ends_with(".csv")) continue;
    if (found >= 0) return read_failure(file, "it holds several .csv files", "unpack it and name the one that is meant");
    found = i;
  }
  if (found < 0) return read_failure(file, "it holds no .csv file");
  zip_stat_t status;
  if (zip_stat_index(archive.get(), static_cast<zip_uint64_t>(found), 0, &status) != 0 || status.size > max_text_bytes)
    return read_failure(file, "its .csv file cannot be read or is too long");
  std::string text(status.size, '\0');
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> entry(zip_fopen_index(archive.get(), static_cast<zip_uint64_t>(found), 0), zip_fclose);
  if (!entry) return read_failure(file, "its .csv file cannot be opened");
  for (size_t length = 0; length < text.size();) {
    const zip_int64_t got = zip_fread(entry.get(), text.data() + length, text.size() - length);
    if (got <= 0) return read_failure(file, "the zip file is cut off or damaged", "fetch it again");
    length += static_cast<size_t>(got);
  }
  return text;
}

// Two series as one. A time that both have must carry the same candle.
Result<CandleSeries> merge(const CandleSeries& a, const CandleSeries& b, const std::filesystem::path& b_file, CandleFileReport& report) {
  CandleSeries merged(a.interval_ms());
  merged.reserve(a.size() + b.size());
  size_t i = 0, j = 0;
  while (i < a.size() || j < b.size()) {
    const bool from_a = j == b.size() || (i < a.size() && a.open_time_ms()[i] <= b.open_time_ms()[j]);
    if (from_a && j < b.size() && a.open_time_ms()[i] == b.open_time_ms()[j]) {
      if (a.at(i) != b.at(j))
        return read_failure(b_file, "its candle of " + utc_time_text(b.open_time_ms()[j]) + " differs from another file's", "keep the file that was published last");
      ++report.duplicates;
      ++j;
    }
    merged.append(from_a ? a.at(i++) : b.at(j++));
  }
  return merged;
}

void count_gaps(const CandleSeries& candles, CandleFileReport& report) {
  report.gaps = 0;
  report.missing_candles = 0;
  for (size_t i = 1; i < candles.size(); ++i) {
    const int64_t steps = (candles.open_time_ms()[i] - candles.open_time_ms()[i - 1]) / candles.interval_ms();
    report.gaps += steps > 1;
    report.missing_candles += steps - 1;
  }
}

}  // namespace

std::string CandleFileReport::text(const CandleSeries& candles) const {
  if (candles.empty()) return "no candles";
  std::string line = std::to_string(candles.size()) + " candles from " + utc_time_text(candles.open_time_ms().front()) + " to " + utc_time_text(candles.open_time_ms().back());
  if (gaps > 0) line += ", " + std::to_string(gaps) + (gaps == 1 ? " gap (" : " gaps (") + std::to_string(missing_candles) + (missing_candles == 1 ? " candle missing)" : " candles missing)");
  if (duplicates > 0) line += ", " + std::to_string(duplicates) + (duplicates == 1 ? " duplicate dropped" : " duplicates dropped");
  if (blank_rows > 0) line += ", " + std::to_string(blank_rows) + (blank_rows == 1 ? " blank row dropped" : " blank rows dropped");
  return line;
}

Result<CandleSeries> load_candle_file(const std::filesystem::path& file, int64_t interval_ms, CandleFileReport* report) {
  const std::string name = file.string();
  if (file.extension() == ".gz" || file.extension() == ".zip") {
    const auto text = file.extension() == ".gz" ? read_gzip(file) : read_zip(file);
    if (!text) return tl::unexpected(text.error());
    return parse_candle_csv(*text, name, interval_ms, report);
  }
  const MappedFile mapped(file);
  if (!mapped.fault().empty()) return read_failure(file, mapped.fault());
  return parse_candle_csv(mapped.text(), name, interval_ms, report);
}

Result<CandleSeries> load_candle_files(std::span<const std::filesystem::path> files, int64_t interval_ms, CandleFileReport* report) {
  CandleFileReport own;
  CandleFileReport& counts = report == nullptr ? own : *report;
  std::vector<std::pair<CandleSeries, std::filesystem::path>> parts;
  for (const std::filesystem::path& file : files) {
    auto part = load_candle_file(file, interval_ms, &counts);
    if (!part) return part;
    if (!part->empty()) parts.emplace_back(std::move(*part), file);
  }
  const auto begins_earlier = [](const auto& a, const auto& b) { return a.first.open_time_ms().front() < b.first.open_time_ms().front(); };
  std::stable_sort(parts.begin(), parts.end(), begins_earlier);
  CandleSeries whole(interval_ms);
  for (auto& [part, file] : parts) {
    if (whole.empty()) {
      whole = std::move(part);
    } else if (part.open_time_ms().front() > whole.open_time_ms().back()) {
      whole.append(part, 0, part.size());
    } else {
      auto merged = merge(whole, part, file, counts);
      if (!merged) return merged;
      whole = std::move(*merged);
    }
  }
  counts.rows = whole.size();
  count_gaps(whole, counts);
  return whole;
}

}  // namespace stratdock
