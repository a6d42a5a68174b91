// A CandleHistory over candles of one interval a symbol, which makes those of longer intervals of them.
// Thread rule: one thread. Invariant: the same candles give the same longer ones, whether read at once or bit by bit.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "host/plugin/plugin_host.hpp"

namespace stratdock {

class FeedHistory : public CandleHistory {
public:
  Status read(std::string_view symbol, int64_t interval_ms, int64_t from_ms, int64_t to_ms_exclusive,
              const std::function<void(const CandleSeries&)>& rows) final;
  // Why there are no such candles; empty: there are, or will be.
  std::string lack(std::string_view symbol, int64_t interval_ms) const;

protected:
  virtual int64_t interval_of(std::string_view symbol) const = 0;  // 0: no such symbol
  virtual Status read_own(std::string_view symbol, int64_t from_ms, int64_t to_ms_exclusive, const std::function<void(const CandleSeries&)>& rows) = 0;
};

// Over series in memory, for the command line.
class RecordedHistory final : public FeedHistory {
public:
  // The series must outlive the history.
  void add(std::string symbol, const CandleSeries& candles) { series_.insert_or_assign(std::move(symbol), &candles); }

private:
  int64_t interval_of(std::string_view symbol) const override;
  Status read_own(std::string_view symbol, int64_t from_ms, int64_t to_ms_exclusive, const std::function<void(const CandleSeries&)>& rows) override;
  std::map<std::string, const CandleSeries*, std::less<>> series_;
};

}  // namespace stratdock
