// Candle files: rows, damage, units of time, compression, merging; and the recorded files, row by row.
#include <catch2/catch.hpp>
#include <zip.h>
#include <zlib.h>

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

#include "host/market/candle_file.hpp"

using namespace stratdock;

namespace {

constexpr int64_t hour_ms = 60 * minute_ms;

// Recorded data that is no part of the project: beside it, or where STRATDOCK_SHARED_DATA says.
std::filesystem::path shared_data() {
  const char* set = std::getenv("STRATDOCK_SHARED_DATA");
  const char* source = std::getenv("STRATDOCK_SOURCE_DIR");
  return set != nullptr ? std::filesystem::path(set) : std::filesystem::path(source == nullptr ? "." : source) / "../shared/data";
}

Result<CandleSeries> parse(const std::string& text, CandleFileReport* report = nullptr) { return parse_candle_csv(text, "x.csv", hour_ms, report); }

std::string fault_of(const std::string& text) {
  const auto result = parse(text);
  return result ? "accepted" : result.error().message;
}

struct Folder {
  Folder() {
    char pattern[] = "/tmp/stratdock_csv_XXXXXX";
    path = mkdtemp(pattern);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, const std::string& text) const {
    std::ofstream(path / name, std::ios::binary) << text;
    return path / name;
  }
  std::filesystem::path path;
};

const std::string row_0 = "0,1.0,2.00000000,0.5,1.5,10,3599999,15.5,7,4,6,0\n";
const std::string row_1 = "3600000,1.5,2,1,1.25,0.00000001\n";

}  // namespace

TEST_CASE("a row's columns arrive where they belong") {
  CandleFileReport report;
  const auto candles = parse("open_time,open,high\r\n" + row_0 + "\n\r\n" + row_1.substr(0, row_1.size() - 1), &report);
  REQUIRE(candles);
  REQUIRE(candles->size() == 2);
  CHECK(candles->at(0) == Candle{0, 1, 2, 0.5, 1.5, 10, 15.5, 4, 7});
  CHECK(candles->at(1) == Candle{3'600'000, 1.5, 2, 1, 1.25, 1e-8, 0, 0, 0});
  CHECK(report.has_header);
  CHECK(report.rows == 2);
}

TEST_CASE("times in microseconds are told from milliseconds row by row") {
  const auto candles = parse("1735686000000,1,1,1,1,1,1735689599999\n1735689600000000,1,1,1,1,1,1735693199999999\n");
  REQUIRE(candles);
  CHECK(candles->open_time_ms()[1] - candles->open_time_ms()[0] == hour_ms);
}

TEST_CASE("gaps stay, exact duplicates go, both are counted") {
  CandleFileReport report;
  const auto candles = parse(row_0 + row_0 + "3600000,,,,,\n10800000,1,1,1,1,1\n", &report);
  REQUIRE(candles);
  CHECK(candles->size() == 2);
  CHECK(report.duplicates == 1);
  CHECK(report.blank_rows == 1);
  CHECK(report.gaps == 1);
  CHECK(report.missing_candles == 2);
  CHECK(report.text(*candles) == "2 candles from 1970-01-01T00:00:00Z to 1970-01-01T03:00:00Z, 1 gap (2 candles missing), 1 duplicate dropped, 1 blank row dropped");
}

TEST_CASE("damaged rows are errors with their line") {
  CHECK(fault_of(row_0 + "3600000,1,2,0.5\n") == "reading candles, x.csv:2: one of open, high, low, close, volume is missing or not a number");
  CHECK(fault_of("header\n" + row_0 + "abc,1,1,1,1,1\n") == "reading candles, x.csv:3: the open time is not a whole number");
  CHECK(fault_of(row_0 + "3600000,1,,1,1,1\n").find(":2: one of") != std::string::npos);
  CHECK(fault_of(row_0 + "3600000,1,1,1,1,nan\n").find(":2:") != std::string::npos);
  CHECK(fault_of(row_0 + "3600000,1,1,1,1,-1\n").find(":2:") != std::string::npos);
  CHECK(fault_of(row_0 + "3600000,1,0.5,0.7,1,1\n").find(":2:") != std::string::npos);
  CHECK(fault_of(row_0 + "3600000,0,0,0,0,1\n").find(":2:") != std::string::npos);
  CHECK(fault_of(row_0 + "3600001,1,1,1,1,1\n").find("grid") != std::string::npos);
  CHECK(fault_of(row_0 + "3600000,1 ,1,1,1,1\n").find(":2:") != std::string::npos);
  CHECK(fault_of(row_0 + "3600000,1,1,1,1,1,5,6x,7\n").find(":2:") != std::string::npos);
  CHECK(fault_of(row_1 + row_0).find("lies before the row above") != std::string::npos);
  CHECK(fault_of(row_1 + "3600000,1.5,2,1,1.26,1\n").find("same open time and other figures") != std::string::npos);
  CHECK(parse("")->empty());
  CHECK(parse("just a header\n")->empty());
}

TEST_CASE("figures are the nearest doubles") {
  const unsigned seed = 4711;
  std::mt19937_64 random(seed);
  INFO("seed " << seed);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = std::to_string(random() >> (random() % 64));
    if (random() % 8 != 0) {
      text += ".";
      for (unsigned i = 1 + random() % 17; i > 0; --i) text += static_cast<char>('0' + random() % 10);
    }
    if (random() % 50 == 0) text += "e-3";
    double expected = 0, found = 0;
    std::from_chars(text.data(), text.data() + text.size(), expected);
    const std::string row = text + ",";
    const char* position = row.data();
    REQUIRE(parse_figure(position, row.data() + row.size(), found));
    INFO(text);
    REQUIRE(found == expected);
    REQUIRE(*position == ',');
  }
}

TEST_CASE("plain, gzip and zip give the same candles, damaged archives are errors") {
  const Folder folder;
  const std::string text = row_0 + row_1;
  const auto plain = folder.write("a.csv", text);
  const auto gzip = folder.path / "a.csv.gz";
  gzFile stream = gzopen(gzip.c_str(), "wb");
  gzwrite(stream, text.data(), static_cast<unsigned>(text.size()));
  gzclose(stream);
  const auto zip = folder.path / "a.zip";
  zip_t* archive = zip_open(zip.c_str(), ZIP_CREATE, nullptr);
  zip_file_add(archive, "a.csv", zip_source_buffer(archive, text.data(), text.size(), 0), 0);
  REQUIRE(zip_close(archive) == 0);
  for (const auto& file : {plain, gzip, zip}) {
    INFO(file);
    const auto candles = load_candle_file(file, hour_ms);
    REQUIRE(candles);
    CHECK(candles->size() == 2);
    CHECK(candles->at(0).quote_volume == 15.5);
  }
  for (const auto& file : {gzip, zip}) {
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - 6);
    const auto damaged = load_candle_file(file, hour_ms);
    REQUIRE_FALSE(damaged);
    CHECK(damaged.error().message.find(file.string()) != std::string::npos);
  }
  CHECK_FALSE(load_candle_file(folder.path / "none.csv", hour_ms));
  CHECK_FALSE(load_candle_file(folder.path, hour_ms));
  CHECK(load_candle_file(folder.write("empty.csv", ""), hour_ms)->empty());
}

TEST_CASE("files of one symbol merge by time, whatever their order, and must not contradict each other") {
  const Folder folder;
  const std::string row_2 = "7200000,1,1,1,1,1\n", row_3 = "10800000,1,1,1,1,1\n";
  const auto a = folder.write("a.csv", row_0 + row_1 + row_3), b = folder.write("b.csv", row_1 + row_2), c = folder.write("c.csv", row_2 + "10800000,1,1,1,1,2\n");
  CandleFileReport report;
  const std::vector<std::filesystem::path> both = {b, a};
  const auto merged = load_candle_files(both, hour_ms, &report);
  REQUIRE(merged);
  CHECK(merged->size() == 4);
  CHECK(report.duplicates == 1);
  CHECK(report.gaps == 0);
  const std::vector<std::filesystem::path> contradicting = {a, c};
  CHECK_FALSE(load_candle_files(contradicting, hour_ms));
}

TEST_CASE("the recorded files hold what their list says") {
  struct Recorded {
    const char* name;
    const char* interval;
    size_t rows, gaps, duplicates;  // rows of the file, duplicates included
  };
  const Recorded files[] = {{"klines/BTCUSDT-5m-20220801_20230927.csv.gz", "5m", 121739, 1, 0},
                            {"klines/ETHUSDT-5m-20220801_20230927.csv.gz", "5m", 121743, 1, 0},
                            {"klines/DOGEUSDT-5m-20220801_20230927.csv.gz", "5m", 121742, 1, 0},
                            {"klines/BTCUSDT-1m-20210420_20210520.csv.gz", "1m", 42915, 1, 0},
                            {"klines/DOGEUSDT-1m-20210420_20210520.csv.gz", "1m", 42915, 1, 0},
                            {"klines/BTCUSDT-5m-20191115_20200312.csv.gz", "5m", 33960, 4, 1},
                            {"klines/BTCUSDT-1h-20170817_20240421.csv.gz", "1h", 58419, 28, 0},
                            {"klines/BTCUSDT-15m-20241230_20260430.csv.gz", "15m", 46673, 0, 0},
                            {"klines/SOLUSDT-1h-20220101_20260430.csv.gz", "1h", 37923, 1, 0},
                            {"klines_raw/BTCUSDT-1h-2024-12.csv", "1h", 744, 0, 0},
                            {"klines_raw/BTCUSDT-1h-2025-01.csv", "1h", 744, 0, 0},
                            {"klines_raw/um-futures-AVAXUSDT-1m-2024-02-first4320.csv", "1m", 4320, 0, 0}};
  if (!std::filesystem::exists(shared_data())) {
    WARN("skipped: no recorded data at " << shared_data());
    return;
  }
  for (const Recorded& file : files) {
    INFO(file.name);
    CandleFileReport report;
    const auto candles = load_candle_file(shared_data() / file.name, *parse_interval(file.interval), &report);
    if (!candles) FAIL(candles.error().text());
    CHECK(candles->size() + report.duplicates == file.rows);
    CHECK(report.duplicates == file.duplicates);
    CHECK(report.gaps == file.gaps);
    CHECK(report.has_header == (std::string(file.name).find("futures") != std::string::npos));
  }
  const std::vector<std::filesystem::path> months = {shared_data() / "klines_raw/BTCUSDT-1h-2025-01.csv", shared_data() / "klines_raw/BTCUSDT-1h-2024-12.csv"};
  CandleFileReport report;
  const auto joined = load_candle_files(months, hour_ms, &report);
  REQUIRE(joined);
  CHECK(joined->size() == 1488);
  CHECK(report.gaps == 0);
  CHECK(joined->open_time_ms()[744] == 1'735'689'600'000);
}
