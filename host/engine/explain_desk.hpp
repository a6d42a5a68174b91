// The engine's end of the process that asks a strategy for its chart: at most one at a time, never waited for.
// Thread rule: one thread. Invariant: when it is destroyed its process is gone and reaped; no call blocks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "host/engine/explain_role.hpp"

namespace stratdock {

class ExplainDesk {
public:
  ExplainDesk() = default;
  ~ExplainDesk();
  ExplainDesk(const ExplainDesk&) = delete;
  ExplainDesk& operator=(const ExplainDesk&) = delete;

  // Starts `executable` as `stratdock explain-role`. Only when idle().
  Status begin(const std::filesystem::path& executable, const ExplainAsk& ask, int64_t now_ms);
  bool idle() const { return pid_ < 0; }
  // Readable when tend() has something to do; -1: none.
  int fd() const { return fd_; }
  // Takes what has come, ends what is overdue. The answer, once.
  std::optional<ExplainAnswer> tend(int64_t now_ms);

private:
  void end();

  pid_t pid_ = -1;
  int fd_ = -1;
  int64_t deadline_ms_ = 0;
  std::string text_;
  std::optional<ExplainAnswer> answer_;  // while the process is still to be reaped
};

}  // namespace stratdock
