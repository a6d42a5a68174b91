#include "host/history/archive.hpp"

#include <openssl/evp.h>
#include <zip.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <memory>

#include "core/candle.hpp"

namespace stratdock::history {
namespace {

using std::chrono::milliseconds, std::chrono::sys_days, std::chrono::sys_time, std::chrono::year_month_day;

// A day of seconds is 10 MB as text; no file of this kind comes near.
constexpr uint64_t largest_text_bytes = uint64_t{512} * 1024 * 1024;

year_month_day date_of(int64_t time_ms) { return year_month_day(std::chrono::floor<std::chrono::days>(sys_time<milliseconds>(milliseconds(time_ms)))); }
int64_t start_of(const year_month_day& date) { return std::chrono::duration_cast<milliseconds>(sys_days(date).time_since_epoch()).count(); }

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) return {};
  std::string hex;
  constexpr char digits[] = "0123456789abcdef";
  for (unsigned i = 0; i < length; ++i) {
    hex += digits[digest[i] >> 4];
    hex += digits[digest[i] & 15];
  }
  return hex;
}

tl::unexpected<Error> zip_failure(const std::string& path, const std::string& what) { return failure("unpacking the archive " + path + ": " + what, "fetch it again; the exchange may have published it damaged"); }

}  // namespace

Period day_of(int64_t time_ms) {
  const int64_t from_ms = start_of(date_of(time_ms));
  return {from_ms, from_ms + day_ms};
}

Period month_of(int64_t time_ms) {
  const year_month_day date = date_of(time_ms);
  const auto month = date.year() / date.month();
  return {start_of(month / 1), start_of((month + std::chrono::months(1)) / 1)};
}

bool has_daily_archives(int64_t interval_ms) { return interval_ms <= day_ms; }
bool has_monthly_archives(int64_t interval_ms) { return interval_ms >= minute_ms; }

std::string archive_path(std::string_view symbol, int64_t interval_ms, ArchiveKind kind, int64_t time_ms) {
  const year_month_day date = date_of(time_ms);
  const std::string interval = interval_text(interval_ms), name(symbol);
  std::array<char, 32> day{};
  if (kind == ArchiveKind::monthly) std::snprintf(day.data(), day.size(), "%04d-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()));
  else std::snprintf(day.data(), day.size(), "%04d-%02u-%02u", static_cast<int>(date.year()), static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return std::string("/data/spot/") + (kind == ArchiveKind::monthly ? "monthly" : "daily") + "/klines/" + name + "/" + interval + "/" + name + "-" + interval + "-" + day.data() + ".zip";
}

Status verify_archive(std::string_view bytes, std::string_view checksum, const std::string& path) {
  constexpr size_t hex_digits = 64;
  std::string said(checksum.substr(0, checksum.find_first_of(" \t\r\n")));
  for (char& c : said) c = c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  if (said.size() != hex_digits || said.find_first_not_of("0123456789abcdef") != std::string::npos)
    return failure("checking the archive " + path + ": its checksum file holds no SHA-256");
  const std::string found = sha256_hex(bytes);
  if (found == said) return {};
  return failure("checking the archive " + path + ": its SHA-256 is " + found + ", the exchange says " + said, "it was damaged on its way, or published anew a moment ago: try again later, or use --source rest");
}

Result<std::string> unpack_archive(const std::string& bytes, const std::string& path) {
  zip_error_t fault;
  zip_error_init(&fault);
  zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &fault);
  if (source == nullptr) return zip_failure(path, "there is no memory for it");
  const std::unique_ptr<zip_t, void (*)(zip_t*)> archive(zip_open_from_source(source, ZIP_RDONLY, &fault), [](zip_t* opened) { zip_discard(opened); });
  if (!archive) {
    zip_source_free(source);
    return zip_failure(path, "it is no zip file");
  }
  zip_int64_t found = -1;
  for (zip_int64_t i = 0; i < zip_get_num_entries(archive.get(), 0); ++i) {
    const char* name = zip_get_name(archive.get(), static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr && std::string_view(name).ends_with(".csv")) found = found < 0 ? i : -2;
    if (found == -2) return zip_failure(path, "it holds several .csv files");
  }
  zip_stat_t status;
  zip_stat_init(&status);
  if (found < 0 || zip_stat_index(archive.get(), static_cast<zip_uint64_t>(found), 0, &status) != 0) return zip_failure(path, "it holds no .csv file");
  if (status.size > largest_text_bytes) return zip_failure(path, "its .csv file is too long");
  std::string text(status.size, '\0');
  const std::unique_ptr<zip_file_t, int (*)(zip_file_t*)> entry(zip_fopen_index(archive.get(), static_cast<zip_uint64_t>(found), 0), zip_fclose);
  if (!entry) return zip_failure(path, "its .csv file cannot be opened");
  for (size_t length = 0; length < text.size();) {
    const zip_int64_t got = zip_fread(entry.get(), text.data() + length, text.size() - length);
    if (got <= 0) return zip_failure(path, "it is cut off or damaged");
    length += static_cast<size_t>(got);
  }
  return text;
}

}  // namespace stratdock::history
