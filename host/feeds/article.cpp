#include "host/feeds/article.hpp"

#include <zlib.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <map>

#include <nlohmann/json.hpp>

namespace stratdock {
namespace {

using Json = nlohmann::json;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

double sentiment_of(std::string word) {
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (word.find("positive") != std::string::npos) return 1;
  if (word.find("negative") != std::string::npos) return -1;
  if (word.find("neutral") != std::string::npos) return 0;
  return unknown;
}

std::string text_at(const Json& json, std::initializer_list<const char*> keys) {
  for (const char* key : keys)
    if (json.contains(key) && json[key].is_string()) return json[key].get<std::string>();
  return {};
}

Result<Article> article_of(const Json& json) {
  if (!json.is_object()) return failure("no object");
  Article article;
  article.title = text_at(json, {"title"});
  article.text = text_at(json, {"text", "description", "content"});
  article.source = text_at(json, {"source_name", "source"});
  if (json.contains("source") && json["source"].is_object()) article.source = text_at(json["source"], {"name"});
  auto published = parse_article_time(text_at(json, {"date", "publishedAt", "date_utc"}));
  if (!published) return tl::unexpected(published.error());
  article.published_at_ms = article.known_at_ms = *published;
  if (json.contains("known_at_ms")) article.known_at_ms = std::max(article.published_at_ms, json["known_at_ms"].get<int64_t>());
  article.sentiment = json.contains("sentiment") && json["sentiment"].is_number() ? json["sentiment"].get<double>() : sentiment_of(text_at(json, {"sentiment"}));
  if (json.contains("tickers") && json["tickers"].is_array()) article.tickers = json["tickers"].get<std::vector<std::string>>();
  return article;
}

// One record of RFC 4180 from `at` on; false at the end.
bool next_record(const std::string& text, size_t& at, std::vector<std::string>& fields) {
  fields.assign(1, "");
  if (at >= text.size()) return false;
  bool quoted = false;
  for (; at < text.size(); ++at) {
    char c = text[at];
    if (quoted) {
      if (c == '"' && at + 1 < text.size() && text[at + 1] == '"') fields.back() += text[++at];
      else if (c == '"') quoted = false;
      else fields.back() += c;
    } else if (c == '"') quoted = true;
    else if (c == ',') fields.emplace_back();
    else if (c == '\n') { ++at; break; }
    else if (c != '\r') fields.back() += c;
  }
  return true;
}

Result<std::vector<Article>> read_csv(const std::string& text, const std::string& name) {
  std::vector<Article> articles;
  std::vector<std::string> fields;
  size_t at = 0;
  next_record(text, at, fields);
  std::map<std::string, size_t> columns;
  for (size_t i = 0; i < fields.size(); ++i) columns[fields[i]] = i;
  if (!columns.contains("title") || !(columns.contains("date_utc") || columns.contains("date")))
    return failure("reading news from " + name + ": its first line names no columns `title` and `date_utc`");
  const size_t date = columns.contains("date_utc") ? columns["date_utc"] : columns["date"];
  for (int64_t record = 2; next_record(text, at, fields); ++record) {
    if (fields.size() == 1 && fields[0].empty()) continue;
    if (fields.size() < columns.size()) return failure("reading news from " + name + ": record " + std::to_string(record) + " has " + std::to_string(fields.size()) + " fields, the first line names " + std::to_string(columns.size()));
    auto field = [&](const char* key) { return columns.contains(key) ? fields[columns[key]] : std::string(); };
    Article article;
    article.title = field("title");
    article.text = field("text");
    article.source = field("source");
    article.sentiment = sentiment_of(field("sentiment"));
    auto published = parse_article_time(fields[date]);
    if (!published) return failure("reading news from " + name + ": record " + std::to_string(record) + ": " + published.error().message);
    article.published_at_ms = article.known_at_ms = *published;
    articles.push_back(std::move(article));
  }
  return articles;
}

Result<std::vector<Article>> read_json(const std::string& text, const std::string& name) {
  Json json = Json::parse(text, nullptr, false);
  if (json.is_object() && json.contains("data")) json = json["data"];
  if (json.is_object() && json.contains("articles")) json = json["articles"];
  if (!json.is_array()) return failure("reading news from " + name + ": it is no array of articles and no {\"data\": [...]}");
  std::vector<Article> articles;
  for (size_t i = 0; i < json.size(); ++i) {
    auto article = article_of(json[i]);
    if (!article) return failure("reading news from " + name + ": article " + std::to_string(i + 1) + ": " + article.error().message);
    articles.push_back(std::move(*article));
  }
  return articles;
}

bool names_word(const std::string& text, const std::string& word) {
  auto lower = [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); };
  auto is_letter = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (size_t at = 0; at + word.size() <= text.size(); ++at) {
    bool same = std::equal(word.begin(), word.end(), text.begin() + static_cast<std::ptrdiff_t>(at), [&](char a, char b) { return lower(a) == lower(b); });
    if (!same) continue;
    bool begins = at == 0 || !is_letter(text[at - 1]);
    bool ends = at + word.size() == text.size() || !is_letter(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

bool concerns(const Article& article, const std::string& ticker) {
  if (!article.tickers.empty()) return std::find(article.tickers.begin(), article.tickers.end(), ticker) != article.tickers.end();
  static const std::map<std::string, std::string> coins{{"BTC", "bitcoin"}, {"ETH", "ethereum"}, {"DOGE", "dogecoin"}, {"SOL", "solana"},
                                                        {"XRP", "ripple"},  {"ADA", "cardano"},  {"BNB", "binance coin"}};
  if (names_word(article.title, ticker) || names_word(article.text, ticker)) return true;
  auto coin = coins.find(ticker);
  return coin != coins.end() && (names_word(article.title, coin->second) || names_word(article.text, coin->second));
}

Result<int64_t> parse_article_time(const std::string& text) {
  using namespace std::chrono;
  int y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0, zone = 0;
  char month[4] = {}, sign = '+';
  if (std::sscanf(text.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d", &y, &mo, &d, &h, &mi, &s) < 5) {
    if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d %c%4d", &d, month, &y, &h, &mi, &s, &sign, &zone) != 8)
      return failure("the date '" + text + "' is neither like 2022-12-23T13:26:36Z nor like Mon, 17 Jun 2024 05:03:59 -0400");
    const std::string months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    size_t at = months.find(month);
    mo = at == std::string::npos ? 0 : static_cast<int>(at / 3) + 1;
  }
  year_month_day day{year(y), std::chrono::month(static_cast<unsigned>(mo)), std::chrono::day(static_cast<unsigned>(d))};
  if (!day.ok() || h > 23 || mi > 59 || s > 60) return failure("the date '" + text + "' does not exist");
  int64_t offset_minutes = (zone / 100 * 60 + zone % 100) * (sign == '-' ? -1 : 1);
  return (sys_days(day).time_since_epoch() / milliseconds(1)) + ((int64_t{h} * 60 + mi - offset_minutes) * 60 + s) * 1000;
}

Result<std::string> read_text_file(const std::filesystem::path& file) {
  gzFile in = ::gzopen(file.c_str(), "rb");  // reads plain files as they are
  if (in == nullptr) return failure("opening " + file.string() + ": it cannot be read", "check the path and its rights");
  std::string text;
  char buffer[65536];
  int n = 0;
  while ((n = ::gzread(in, buffer, sizeof buffer)) > 0) text.append(buffer, static_cast<size_t>(n));
  ::gzclose(in);
  if (n < 0) return failure("reading " + file.string() + ": the compressed data is damaged");
  return text;
}

Result<std::vector<Article>> load_articles(const std::filesystem::path& file) {
  auto text = read_text_file(file);
  if (!text) return tl::unexpected(text.error());
  size_t first = text->find_first_not_of(" \t\r\n");
  bool json = first != std::string::npos && ((*text)[first] == '{' || (*text)[first] == '[');
  auto articles = json ? read_json(*text, file.string()) : read_csv(*text, file.string());
  if (articles) std::stable_sort(articles->begin(), articles->end(), [](const Article& a, const Article& b) { return a.known_at_ms < b.known_at_ms; });
  return articles;
}

}  // namespace stratdock
