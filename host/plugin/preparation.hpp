// Preparation: brings a runner from nothing to instances that were created and fed, in steps that never wait: starts the
// worker, creates one instance after the other, feeds their candles since the anchors.
// Thread rule: one thread. Invariant: after `lost` the worker is gone and a new Preparation begins from the start.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/plugin/feed_job.hpp"
#include "host/plugin/plugin_runner.hpp"

namespace stratdock {

class Preparation {
public:
  // The records must stay where they are until done.
  Preparation(PluginRunner& runner, CandleHistory& history, SeriesBook& book, std::vector<InstanceRecord*> records)
      : runner_(runner), history_(history), book_(book), records_(std::move(records)) {}

  enum class Kind : uint8_t {
    works,           // there is more to do at once
    waits,           // for the worker: PluginRunner::wait_fd(), wait_ms()
    started,         // the worker is there
    done,
    not_started,     // `why`
    refused,         // the strategy does not take `record`: `why`. The others go on.
    history_failed,  // the caller's history failed: `why`; who is not fed stays so
    lost             // `fault`
  };
  struct Step {
    Kind kind = Kind::works;
    InstanceRecord* record = nullptr;
    std::string why;
    std::optional<Fault> fault;
  };
  Step step();
  // Whether nothing has to be done for the record.
  static bool is_ready(PluginRunner& runner, const InstanceRecord& record);

private:
  Step start();
  Step create();
  Step feed();

  PluginRunner& runner_;
  CandleHistory& history_;
  SeriesBook& book_;
  std::vector<InstanceRecord*> records_;
  size_t next_ = 0;  // to be created
  std::vector<Member*> hungry_;
  std::optional<FeedJob> feeding_;
};

}  // namespace stratdock
