// An article, and the reading of recorded news files. Thread rule: pure functions over a file's text.
// Invariant: known_at_ms is when the article could first have been known: its publication, where nothing else is recorded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace stratdock {

struct Article {
  int64_t known_at_ms = 0, published_at_ms = 0;
  std::string title, text, source;
  double sentiment = 0;                // -1..1; NaN: not stated
  std::vector<std::string> tickers;    // "BTC"; empty: found by the words of the title and text
};

// Whether an article is about a ticker: it says so, or its title or text names the ticker or the coin as a word.
bool concerns(const Article& article, const std::string& ticker);

// Oldest first. Errors name the file and the line or article. `.gz` is unpacked.
Result<std::vector<Article>> load_articles(const std::filesystem::path& file);

// "2022-12-23T13:26:36Z", "2021-10-12T20:00" (UTC), "Mon, 17 Jun 2024 05:03:59 -0400". Milliseconds UTC.
Result<int64_t> parse_article_time(const std::string& text);

// A whole file, unpacked when it ends in .gz.
Result<std::string> read_text_file(const std::filesystem::path& file);

}  // namespace stratdock
