// Recorded candles as a market: the files of each symbol merged by time, all symbols stepped together.
#include "host/market/file_source.hpp"

#include <algorithm>

#include "host/market/candle_file.hpp"
#include "host/market/symbol_rules.hpp"

namespace stratdock {
namespace {

// The finest digit that the first closes use: the tick of a symbol that is in no table.
Decimal smallest_digit(const CandleSeries& candles) {
  constexpr size_t looked_at = 500;
  Decimal digit = Decimal::from_integer(1);
  for (size_t i = 0; i < std::min(candles.size(), looked_at); ++i)
    while (digit.units() > 1 && !Decimal::from_double(candles.close()[i]).is_multiple_of(digit)) digit = Decimal::from_units(digit.units() / 10);
  return digit;
}

CandleSeries cut(const CandleSeries& candles, size_t first, size_t last) {
  CandleSeries part(candles.interval_ms());
  part.append(candles, first, last - first);
  return part;
}

}  // namespace

Result<std::unique_ptr<CandleSource>> FileSource::open(const MarketSettings& settings) {
  std::unique_ptr<FileSource> source(new FileSource);
  std::vector<std::string> names;
  for (const CandleFile& file : settings.files)
    if (std::find(names.begin(), names.end(), file.symbol) == names.end()) names.push_back(file.symbol);
  int64_t first_open_ms = INT64_MAX;
  for (const std::string& name : names) {
    std::vector<std::filesystem::path> paths;
    int64_t interval_ms = 0;
    for (const CandleFile& file : settings.files) {
      if (file.symbol != name) continue;
      paths.push_back(file.path);
      interval_ms = file.interval_ms;
    }
    auto candles = load_candle_files(paths, interval_ms);
    if (!candles) return tl::unexpected(candles.error());
    if (settings.end_ms > 0) *candles = cut(*candles, 0, candles->lower_bound(settings.end_ms));
    const size_t first_traded = settings.start_ms > 0 ? candles->lower_bound(settings.start_ms) : 0;
    if (first_traded == candles->size())
      return failure("replaying " + name + ": there are no candles between market.start and market.end", "the files begin with " + paths.front().string());
    if (settings.start_ms > 0) {
      const size_t warmup = std::min(first_traded, static_cast<size_t>(settings.warmup));
      *candles = cut(*candles, first_traded - warmup, candles->size());
    }
    first_open_ms = std::min(first_open_ms, candles->open_time_ms().front());
    source->symbols_.push_back(paper_market_symbol(name, candles->close()[0], interval_ms, smallest_digit(*candles)));
    source->candles_.push_back(std::move(*candles));
  }
  if (source->symbols_.empty()) return failure("replaying a market: no candle files are given", "name them under market.files");
  source->start_ms_ = settings.start_ms > 0 ? settings.start_ms : first_open_ms + settings.warmup * settings.interval_ms;
  if (const Status sought = source->seek(source->start_ms_); !sought) return tl::unexpected(sought.error());
  return std::unique_ptr<CandleSource>(std::move(source));
}

Result<bool> FileSource::next(MarketStep& step) {
  step.candles.clear();
  step.close_time_ms = INT64_MAX;
  for (size_t i = 0; i < candles_.size(); ++i)
    if (next_row_[i] < candles_[i].size()) step.close_time_ms = std::min(step.close_time_ms, candles_[i].open_time_ms()[next_row_[i]] + candles_[i].interval_ms());
  if (step.close_time_ms == INT64_MAX) return false;
  for (size_t i = 0; i < candles_.size(); ++i)
    if (next_row_[i] < candles_[i].size() && candles_[i].open_time_ms()[next_row_[i]] + candles_[i].interval_ms() == step.close_time_ms)
      step.candles.push_back({i, candles_[i].at(next_row_[i]++)});
  position_ms_ = step.close_time_ms;
  return true;
}

Status FileSource::seek(int64_t position_ms) {
  position_ms_ = position_ms;
  next_row_.clear();
  // A candle closes after the position when it opens after position - interval.
  for (const CandleSeries& candles : candles_) next_row_.push_back(candles.lower_bound(position_ms - candles.interval_ms() + 1));
  return {};
}

Result<CandleSeries> FileSource::candles(size_t symbol, int64_t from_ms, int64_t to_ms) const {
  const CandleSeries& all = candles_.at(symbol);
  const size_t first = all.lower_bound(from_ms);
  return cut(all, first, std::max(first, all.lower_bound(to_ms)));
}

}  // namespace stratdock
