// Recorded news and assessments: what a decision may know, and what counts as no answer.
#include <catch2/catch.hpp>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "host/feeds/feed_book.hpp"

using namespace stratdock;

namespace {

const std::string schema = R"({"type":"object","required":["signal","confidence","reasoning"],"properties":{
  "signal":{"type":"string","enum":["BUY","SELL","HOLD"]},"confidence":{"type":"number","minimum":0,"maximum":100},
  "reasoning":{"type":"string"}}})";

struct Folder {
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "feeds-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::filesystem::path write(const std::string& name, const std::string& text) {
    std::ofstream(path / name) << text;
    return path / name;
  }
  std::filesystem::path path;
};

FeedRequirement ask(FeedKind kind, int64_t max_rows = 0) {
  FeedRequirement asked;
  asked.kind = kind;
  asked.max_rows = max_rows;
  asked.answer_schema = schema;
  return asked;
}

}  // namespace

TEST_CASE("times of articles are read in both spellings") {
  CHECK(*parse_article_time("1970-01-01T00:01:00Z") == 60'000);
  CHECK(*parse_article_time("2021-10-12T20:00") == 1634068800000);
  CHECK(*parse_article_time("Mon, 17 Jun 2024 05:03:59 -0400") == 1718615039000);
  CHECK_FALSE(parse_article_time("yesterday"));
  CHECK_FALSE(parse_article_time("2021-13-12T20:00"));
}

TEST_CASE("a decision sees the newest articles on its ticker that were known before the close, and nothing later") {
  Folder folder;
  auto file = folder.write("news.json", R"({"data":[
    {"title":"old","text":"Bitcoin fell","source_name":"A","date":"Thu, 01 Jan 1970 00:00:10 +0000","sentiment":"Negative","tickers":["BTC"]},
    {"title":"other","text":"Ethereum rose","source_name":"A","date":"Thu, 01 Jan 1970 00:00:20 +0000","sentiment":"Positive","tickers":["ETH"]},
    {"title":"new","text":"Bitcoin rose","source_name":"B","date":"Thu, 01 Jan 1970 00:00:30 +0000","sentiment":"Positive"},
    {"title":"future","text":"Bitcoin flies","source_name":"B","date":"Thu, 01 Jan 1970 00:01:00 +0000","sentiment":"Neutral","tickers":["BTC"]}]})");
  FeedBook book;
  REQUIRE(book.load(std::vector{file}, {}));
  FeedRequirement asked = ask(FeedKind::news);
  auto rows = book.rows({&asked, 1}, "BTC", 30'000).at(0);
  REQUIRE(rows.available);
  CHECK(rows.known_at_ms == std::vector<int64_t>{10'000, 30'000});
  CHECK(rows.columns.at(1).values == std::vector<double>{-1, 1});
  CHECK(rows.texts.at(1) == "new\nB\nBitcoin rose\n");
  asked.max_rows = 1;
  CHECK(book.rows({&asked, 1}, "BTC", 60'000).at(0).texts.at(0).starts_with("future"));
  CHECK(book.rows({&asked, 1}, "BTC", 9'999).at(0).known_at_ms.empty());
}

TEST_CASE("without a source a feed is absent and says what to configure") {
  FeedBook book;
  REQUIRE(book.load({}, {}));
  FeedRequirement asked = ask(FeedKind::news);
  auto rows = book.rows({&asked, 1}, "BTC", 0).at(0);
  CHECK_FALSE(rows.available);
  CHECK(rows.fault.find("feeds: {news") != std::string::npos);
}

TEST_CASE("an answer becomes a row when the schema takes it, else it is no answer and the fault is named") {
  Folder folder;
  auto file = folder.write("answers.jsonl", R"({"known_at_ms":1000,"ticker":"BTC","signal":"SELL","confidence":80,"reasoning":"weak"}
{"known_at_ms":2000,"ticker":"BTC","signal":"MAYBE","confidence":80,"reasoning":"?"}
{"known_at_ms":3000,"ticker":"BTC","signal":"BUY","confidence":180,"reasoning":"!"}
{"known_at_ms":4000,"ticker":"BTC","signal":"BUY","reasoning":"!"}
)");
  FeedBook book;
  REQUIRE(book.load({}, std::vector{file}));
  FeedRequirement asked = ask(FeedKind::assessment);
  auto at = [&](int64_t now) { return book.rows({&asked, 1}, "BTC", now).at(0); };
  auto first = at(1500);
  REQUIRE(first.known_at_ms.size() == 1);
  CHECK(first.columns.at(0).name == "signal");
  CHECK(first.columns.at(0).values.at(0) == 1);
  CHECK(first.columns.at(1).values.at(0) == 80);
  CHECK(first.texts.at(0) == "weak");
  CHECK(at(2500).fault.find("signal is \"MAYBE\"") != std::string::npos);
  CHECK(at(3500).fault.find("confidence is 180") != std::string::npos);
  CHECK(at(4500).fault.find("lacks 'confidence'") != std::string::npos);
  CHECK(at(500).known_at_ms.empty());
  CHECK(at(1500 + 2 * 86'400'000).known_at_ms.empty());  // too old to act on
}

TEST_CASE("the recorded news files are read") {
  const char* shared = std::getenv("STRATDOCK_SHARED_DATA");
  const char* source = std::getenv("STRATDOCK_SOURCE_DIR");
  std::filesystem::path data = shared != nullptr ? std::filesystem::path(shared) : std::filesystem::path(source == nullptr ? "." : source) / "../shared/data";
  if (!std::filesystem::exists(data / "news")) {
    WARN("skipped: no recorded data");
    return;
  }
  CHECK(load_articles(data / "news/crypto-headlines-2021-10_2022-03.csv.gz").value().size() == 3526);
  CHECK(load_articles(data / "news/cryptonews-api-2024-06-17-part1.json").value().size() == 10);
  CHECK(load_articles(data / "news/newsapi-crypto-2022-12.json.gz").value().size() > 5);
}
