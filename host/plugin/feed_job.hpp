// FeedJob: brings instances of a runner up to the present by streaming every candle since their anchors through them, in
// chunks, their advice discarded. In steps, so that a swap can be fed beside the trading.
// Thread rule: one thread. Invariant: the members are fed in a temporary series of the worker, which at the end becomes
// the shared one; until then nothing that other instances see changes.
#pragma once

#include <optional>
#include <vector>

#include "host/plugin/plugin_runner.hpp"

namespace stratdock {

class FeedJob {
public:
  // The members must be created, and stay in the runner, until done.
  FeedJob(PluginRunner& runner, CandleHistory& history, SeriesBook& book, std::vector<Member*> members);

  struct Step {
    bool done = false;
    std::optional<Fault> fault;  // the worker is gone
    std::string history_error;   // the caller's history failed
  };
  // Feeds some thousand candles; call until done or failed.
  Step step();
  // Steps until done or failed.
  Step run();

private:
  struct Group {
    SeriesKey key;
    std::vector<Member*> members;
    uint32_t series_id = 0;  // temporary
    int64_t next_ms = 0;     // from where to read on
    int64_t last_ms = never_ms;
    uint64_t rows = 0;
    size_t keep_rows = 0;
  };
  std::optional<Fault> open(Group& group);
  std::optional<Fault> feed(Group& group, const CandleSeries& rows);
  std::optional<Fault> finish(Group& group);

  PluginRunner& runner_;
  CandleHistory& history_;
  SeriesBook& book_;
  std::vector<Group> groups_;
  size_t current_ = 0;
};

}  // namespace stratdock
