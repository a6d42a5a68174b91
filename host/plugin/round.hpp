// Round: one round of decisions, which can be left and continued: all workers at the same time, and what happens to those
// that die on the way. A lane is the part of a round that falls to one plugin.
// Thread rule: PluginHost's. Invariant: no piece of it waits for a worker; a lane's slot and its records stay until the
// round is over (the host holds back what would take them away).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "host/plugin/plugin_host.hpp"
#include "host/plugin/preparation.hpp"

namespace stratdock {

struct PluginSlot;

class Round {
public:
  Round(PluginHost::State& state, std::vector<EvaluateRequest> requests, PluginHost::FeedProvider feeds);
  ~Round();
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  // Works while there is something to do, each lane in turn, up to the end of the piece that passes `budget_ms`: the start of a
  // worker, a chunk of candles. True: over.
  bool advance(int64_t budget_ms);
  bool is_over() const;
  bool holds(const PluginSlot& slot) const;
  // Waits until advance() has something to do, at most limit_ms.
  void wait(int64_t limit_ms) const;
  // When to advance at the latest, and what to look at before.
  int64_t wait_ms() const;
  void add_fds(std::vector<int>& fds) const;
  std::vector<EvaluateAnswer> take_answers() { return std::move(answers_); }

private:
  static constexpr int64_t longest_wait_ms = 1'000;

  struct Lane {
    PluginSlot* slot = nullptr;
    std::deque<size_t> left;  // requests without an answer; answers come in this order
    std::unique_ptr<Preparation> preparation;
    bool deciding = false;
    bool waits = false;       // for its worker
    bool is_over() const { return left.empty() && !preparation && !deciding; }
  };

  // One piece of work. False: the lane waits, or is over.
  bool move(Lane& lane);
  bool begin(Lane& lane);
  bool prepare(Lane& lane);
  bool pump(Lane& lane);
  void decide(Lane& lane);
  void handle(Lane& lane, const Fault& fault);
  void not_started(Lane& lane, const std::string& why);
  void settle_unfed(Lane& lane, const std::string& why);
  void settle(Lane& lane, size_t index, AnswerKind kind, std::string cause);
  void settle_all(Lane& lane, AnswerKind kind, const std::string& cause);
  std::optional<size_t> index_of(const Lane& lane, int64_t instance_id) const;
  static void take_off(Lane& lane, size_t index);

  PluginHost::State& state_;
  std::vector<EvaluateRequest> requests_;
  PluginHost::FeedProvider feeds_;
  std::vector<EvaluateAnswer> answers_;
  std::vector<Lane> lanes_;
  size_t first_ = 0;  // the lane whose turn it was
};

}  // namespace stratdock
