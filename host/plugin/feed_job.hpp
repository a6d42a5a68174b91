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
    bool waits = false;          // for the worker: PluginRunner::wait_fd(), wait_ms()
    std::optional<Fault> fault;  // the worker is gone
    std::string history_error;   // the caller's history failed
  };
  // Reads some thousand candles or sends some hundred, and does not wait for the worker; call until done or failed.
  Step step();

private:
  struct Group {
    SeriesKey key;
    std::vector<Member*> members;
    uint32_t series_id = 0;  // temporary
    int64_t next_ms = 0;     // from where to read on
    bool at_end = false;     // nothing was appended yet, and the history has no more
    int64_t last_ms = never_ms;
    uint64_t rows = 0;
    size_t keep_rows = 0;
  };
  void open(Group& group);
  Step advance(Group& group);
  Status read(Group& group, int64_t to_ms);
  void send_chunk(Group& group);
  void finish(Group& group);

  PluginRunner& runner_;
  CandleHistory& history_;
  SeriesBook& book_;
  std::vector<Group> groups_;
  size_t current_ = 0;
  CandleSeries rows_{0};     // read and not yet sent from row_ on
  size_t row_ = 0;
  bool in_flight_ = false;   // a chunk is
  EvaluateRequest request_;  // of that chunk
};

}  // namespace stratdock
