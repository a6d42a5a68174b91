// Names, hashes and contents of archives, and rows of both sources.
#include <catch2/catch.hpp>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include "core/candle.hpp"
#include "host/config/value_reader.hpp"
#include "host/history/archive.hpp"
#include "host/history/kline_rows.hpp"

using namespace stratdock;
using namespace stratdock::history;

namespace {

int64_t at(const char* text) { return *parse_utc_time(text); }

std::string zipped(const std::vector<std::pair<std::string, std::string>>& entries) {
  const auto file = std::filesystem::temp_directory_path() / ("stratdock-archive-" + std::to_string(::getpid()) + ".zip");
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  for (const auto& [name, text] : entries) zip_file_add(archive, name.c_str(), zip_source_buffer(archive, text.data(), text.size(), 0), 0);
  zip_close(archive);
  std::ifstream in(file, std::ios::binary);
  std::string bytes((std::istreambuf_iterator<char>(in)), {});
  std::filesystem::remove(file);
  return bytes;
}

constexpr const char* may = "1733011200000,96407.99000000,96672.49000000,96260.00000000,96340.60000000,532.95388000,1733014799999,51410648.79613400,154693,246.27919000,23756467.10209110,0";
constexpr const char* in_microseconds =
    "1735689600000000,93576.00000000,94509.42000000,93489.03000000,94401.14000000,755.99010000,1735693199999999,71068810.55946380,93525,421.08319000,39596777.77992590,0";

}  // namespace

TEST_CASE("days and months in UTC") {
  CHECK(day_of(at("2024-02-29T13:00")) == Period{at("2024-02-29"), at("2024-03-01")});
  CHECK(month_of(at("2024-02-29T13:00")) == Period{at("2024-02-01"), at("2024-03-01")});
  CHECK(month_of(at("2024-12-31T23:59:59")) == Period{at("2024-12-01"), at("2025-01-01")});
  CHECK(month_of(at("2024-12-01")) == Period{at("2024-12-01"), at("2025-01-01")});
}

TEST_CASE("archives are named as the exchange names them") {
  CHECK(archive_path("BTCUSDT", 300'000, ArchiveKind::monthly, at("2024-01-31T23:00")) == "/data/spot/monthly/klines/BTCUSDT/5m/BTCUSDT-5m-2024-01.zip");
  CHECK(archive_path("ETHBTC", 1'000, ArchiveKind::daily, at("2024-01-05")) == "/data/spot/daily/klines/ETHBTC/1s/ETHBTC-1s-2024-01-05.zip");
  CHECK(has_daily_archives(*parse_interval("1d")));
  CHECK_FALSE(has_daily_archives(*parse_interval("3d")));
  CHECK_FALSE(has_monthly_archives(*parse_interval("1s")));
}

TEST_CASE("a checksum holds for its bytes and for no others") {
  // The published example of SHA-256, "abc".
  const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  CHECK(verify_archive("abc", hash + "  x.zip\n", "x.zip"));
  CHECK(verify_archive("abc", "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD *x.zip", "x.zip"));
  const Status wrong = verify_archive("abd", hash + "  x.zip\n", "x.zip");
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().message.find("the exchange says " + hash) != std::string::npos);
  for (const char* text : {"", "<html>", "ba7816bf  x.zip"}) CHECK_FALSE(verify_archive("abc", text, "x.zip"));
}

TEST_CASE("an archive holds one table") {
  const std::string good = zipped({{"x.csv", may}});
  CHECK(unpack_archive(good, "x.zip").value() == may);
  CHECK_FALSE(unpack_archive(zipped({{"x.csv", may}, {"y.csv", may}}), "x.zip"));
  CHECK_FALSE(unpack_archive(zipped({{"x.txt", may}}), "x.zip"));
  for (size_t length = 0; length < good.size(); ++length) CHECK_FALSE(unpack_archive(good.substr(0, length), "x.zip"));
}

TEST_CASE("rows keep their digits, and times become milliseconds") {
  const auto plain = rows_of_csv(std::string(may) + "\r\n\n" + may + "\n", "a.csv", 3'600'000);
  REQUIRE(plain);
  REQUIRE(plain->size() == 1);  // repeated exactly
  CHECK(plain->front().text == may);
  const auto later = rows_of_csv(std::string("open_time,open,high,low\n") + in_microseconds, "a.csv", 3'600'000);
  REQUIRE(later);
  CHECK(later->front().open_time_ms == 1'735'689'600'000);
  CHECK(later->front().text == "1735689600000,93576.00000000,94509.42000000,93489.03000000,94401.14000000,755.99010000,1735693199999,71068810.55946380,93525,421.08319000,39596777.77992590,0");
}

TEST_CASE("a damaged row is named, with file and line") {
  const std::string row = may;
  const std::string broken[] = {row.substr(0, row.size() - 2), row + ",0", std::string("x") + row, "1733011200000,9e4,9,9,9,9,9,9,9,9,9,9", "1733011200000,5,4,3,4,1,1733014799999,1,1,1,1,0",
                                "1733011200001" + row.substr(13)};
  for (const std::string& text : broken) {
    const auto read = rows_of_csv(std::string(in_microseconds) + "\n" + text + "\n", "a.csv", 3'600'000);
    INFO(text);
    REQUIRE_FALSE(read);
    CHECK(read.error().message.find("a.csv:2: ") != std::string::npos);
  }
  CHECK_FALSE(rows_of_csv(std::string(in_microseconds) + "\n" + may + "\n", "a.csv", 3'600'000));  // time goes back
  CHECK(rows_of_csv(std::string(may) + "\n1733014800000,,,,,,,,,,,\n", "a.csv", 3'600'000)->size() == 1);
}

TEST_CASE("the API's answer gives the same rows") {
  const std::string answer = R"([[1733011200000,"96407.99000000","96672.49000000","96260.00000000","96340.60000000","532.95388000",1733014799999,"51410648.79613400",154693,"246.27919000","23756467.10209110","0"]])";
  CHECK(rows_of_answer(answer, "asking", 3'600'000).value().front().text == may);
  CHECK(rows_of_answer("[]", "asking", 3'600'000)->empty());
  for (const char* text : {"", "{}", "<html>", "[1]", "[[1,2]]", R"([[1733011200000,"1,2","3","1","2","1",1,"1",1,"1","1","0"]])", R"([[1733011200000,null,"3","1","2","1",1,"1",1,"1","1","0"]])"}) {
    INFO(text);
    CHECK_FALSE(rows_of_answer(text, "asking", 3'600'000));
  }
}

TEST_CASE("rows between two times") {
  KlineRows rows = {{10, "a"}, {20, "b"}, {30, "c"}};
  keep_between(rows, 11, 30);
  REQUIRE(rows.size() == 1);
  CHECK(rows.front().open_time_ms == 20);
  keep_between(rows, 40, 50);
  CHECK(rows.empty());
}
