// The feeds at hand: what the engine gives a strategy that asked for news or an assessment.
// Owns: the loaded rows. Thread rule: one thread. Invariant: rows(...) holds nothing that was known after `now_ms`.
#pragma once

#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "host/feeds/article.hpp"
#include "host/feeds/assessment.hpp"
#include "host/plugin/plugin_host.hpp"

namespace stratdock {

class FeedBook {
public:
  // Reads the recorded files. Errors name the file and the place.
  Status load(std::span<const std::filesystem::path> news, std::span<const std::filesystem::path> assessments);
  // One FeedData per requirement that is no candle feed, in the order asked; candle feeds get an empty place.
  // `symbol`'s base asset is the ticker.
  std::vector<FeedData> rows(std::span<const FeedRequirement> asked, const std::string& ticker, int64_t now_ms);

private:
  FeedData news_rows(const FeedRequirement& asked, const std::string& ticker, int64_t now_ms);
  FeedData assessment_rows(const FeedRequirement& asked, const std::string& ticker, int64_t now_ms);

  bool has_news_ = false, has_assessments_ = false;
  std::vector<Article> articles_;
  std::map<std::string, std::vector<size_t>> by_ticker_;  // indices into articles_, made at the first question
  std::vector<RecordedAnswer> answers_;
};

}  // namespace stratdock
