#include "host/feeds/feed_book.hpp"

#include <algorithm>

namespace stratdock {
namespace {

constexpr int64_t most_articles = 10;  // where the strategy names no number
// A model's word on the news is worth nothing after this long.
constexpr int64_t answer_age_ms = 24 * 60 * minute_ms;

}  // namespace

Status FeedBook::load(std::span<const std::filesystem::path> news, std::span<const std::filesystem::path> assessments) {
  has_news_ = !news.empty();
  has_assessments_ = !assessments.empty();
  for (const auto& file : news) {
    auto loaded = load_articles(file);
    if (!loaded) return tl::unexpected(loaded.error());
    articles_.insert(articles_.end(), std::make_move_iterator(loaded->begin()), std::make_move_iterator(loaded->end()));
  }
  for (const auto& file : assessments) {
    auto loaded = load_answers(file);
    if (!loaded) return tl::unexpected(loaded.error());
    answers_.insert(answers_.end(), std::make_move_iterator(loaded->begin()), std::make_move_iterator(loaded->end()));
  }
  std::stable_sort(articles_.begin(), articles_.end(), [](const auto& a, const auto& b) { return a.known_at_ms < b.known_at_ms; });
  std::stable_sort(answers_.begin(), answers_.end(), [](const auto& a, const auto& b) { return a.known_at_ms < b.known_at_ms; });
  return {};
}

std::vector<FeedData> FeedBook::rows(std::span<const FeedRequirement> asked, const std::string& ticker, int64_t now_ms) {
  std::vector<FeedData> all;
  for (const FeedRequirement& one : asked) {
    switch (one.kind) {
      case FeedKind::news: all.push_back(news_rows(one, ticker, now_ms)); break;
      case FeedKind::assessment: all.push_back(assessment_rows(one, ticker, now_ms)); break;
      case FeedKind::candles: all.emplace_back(); break;
      case FeedKind::unknown: all.emplace_back().available = false, all.back().fault = "this host does not know the kind of feed"; break;
    }
  }
  return all;
}

FeedData FeedBook::news_rows(const FeedRequirement& asked, const std::string& ticker, int64_t now_ms) {
  FeedData data;
  if (!has_news_) {
    data.available = false;
    data.fault = "no news source is configured (feeds: {news: [FILE]})";
    return data;
  }
  auto [at, is_new] = by_ticker_.try_emplace(ticker);
  if (is_new)
    for (size_t i = 0; i < articles_.size(); ++i)
      if (concerns(articles_[i], ticker)) at->second.push_back(i);
  const std::vector<size_t>& rows = at->second;
  auto end = std::upper_bound(rows.begin(), rows.end(), now_ms, [&](int64_t now, size_t row) { return now < articles_[row].known_at_ms; });
  auto most = static_cast<std::ptrdiff_t>(asked.max_rows > 0 ? asked.max_rows : most_articles);
  auto begin = end - std::min<std::ptrdiff_t>(most, end - rows.begin());
  data.columns = {{"published_at_ms", {}}, {"sentiment", {}}};
  for (; begin != end; ++begin) {
    const Article& article = articles_[*begin];
    data.known_at_ms.push_back(article.known_at_ms);
    data.columns[0].values.push_back(static_cast<double>(article.published_at_ms));
    data.columns[1].values.push_back(article.sentiment);
    data.texts.push_back(article.title + "\n" + article.source + "\n" + article.text + "\n");
  }
  return data;
}

FeedData FeedBook::assessment_rows(const FeedRequirement& asked, const std::string& ticker, int64_t now_ms) {
  FeedData data;
  auto absent = [&](std::string why) {
    data = {};
    data.available = false;
    data.fault = std::move(why);
    return data;
  };
  if (!has_assessments_) return absent("no language model is configured (feeds: {assessment: [FILE]})");
  const RecordedAnswer* newest = nullptr;
  for (const RecordedAnswer& answer : answers_) {
    if (answer.known_at_ms > now_ms) break;
    if (answer.ticker == ticker) newest = &answer;
  }
  auto columns = answer_columns(asked.answer_schema);
  if (!columns) return absent(columns.error().message);
  for (const AnswerColumn& column : *columns) data.columns.push_back({column.name, {}});
  if (newest == nullptr || now_ms - newest->known_at_ms > answer_age_ms) return data;
  auto checked = check_answer(newest->answer, asked.answer_schema);
  if (!checked) return absent(checked.error().message);
  data.known_at_ms.push_back(newest->known_at_ms);
  for (size_t i = 0; i < columns->size(); ++i) data.columns[i].values.push_back(checked->values[i]);
  data.texts.push_back(checked->reasoning);
  return data;
}

}  // namespace stratdock
