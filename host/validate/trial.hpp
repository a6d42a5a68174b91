// One instance at work in a test, driven over the bare ABI, so that a test can bend what a host promises: the sizes of the
// structs, the room for texts, the columns. Used in the child only.
// Thread rule: [instance], like what it drives. Invariant: the market and the feeds of a call are a function of the candle
// alone, so that two trials over the same rows were told the same.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <stratdock/strategy_abi.h>
#include <stratdock/testing/candles.hpp>

#include "host/validate/made_feeds.hpp"

namespace stratdock::validate {

using testing::Candles;
using testing::Chance;

// How the structs lie in memory. today: this host's sizes, with room behind. oldest: those of 1.0, an unreadable page
// behind. newer: bigger ones, whose tail is filled where the host writes, and must stay zero where the strategy does.
enum class Shape : uint8_t { today, oldest, newer };

struct TrialOptions {
  Shape shape = Shape::today;
  const char* symbol = "BTCUSDT";
  uint64_t seed = 1;              // the instance's, and of its feeds
  bool optional_columns = true;
  bool optional_feeds = true;
  uint64_t text_capacity = 4'096;   // of the reasons; 0: none is wanted
  uint64_t symbol_capacity = 64;
  uint64_t error_capacity = 1'024;
};

// A decision, or what came instead.
struct Advice {
  int32_t status = DOCK_OK, action = DOCK_HOLD;
  uint32_t set = 0;
  double confidence = 0, size_fraction = 0, stop_loss = 0, take_profit = 0;
  std::string reasons, recommended_symbol, error;
  uint64_t reasons_length = 0, symbol_length = 0;  // as the strategy says them
  std::string overrun;  // what was written beyond its room, or into a tail; empty: nothing

  uint64_t hash() const;       // of status, action, the fractions that are set, and the texts, by their bits
  bool same(const Advice& other) const { return hash() == other.hash(); }
  bool same_numbers(const Advice& other) const;
  std::string text() const;    // "BUY 0.8, stop-loss 0.02: reasons"
  // What is wrong with it by the ABI's ranges; nothing when it is in order.
  std::optional<std::string> fault() const;
};

class Trial {
public:
  Trial(const dock_strategy& strategy, std::span<const dock_value> values, const TrialOptions& options = {});
  ~Trial();
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;

  // Of create and requirements. Calls below need ok().
  bool ok() const { return status_ == DOCK_OK && instance_ != nullptr; }
  bool made_instance() const { return instance_ != nullptr; }
  int32_t status() const { return status_; }
  const std::string& error() const { return error_; }
  uint64_t error_length() const { return error_length_; }
  const dock_requirements& needs() const { return needs_; }
  dock_instance* instance() { return instance_; }  // for extensions
  uint32_t warm_up() const { return needs_.warm_up_candles; }
  const std::string& overrun() const { return overrun_; }

  // Rows of `market` up to `end`, the last new_count of them new. Behind the newest at most the window asked for is shown.
  Advice analyze(const Candles& market, uint32_t end, uint32_t new_count);
  // One by one from row `from` on.
  std::vector<Advice> each(const Candles& market, uint32_t from, uint32_t to);

  // Snapshots; `step` is the most that one read or write moves.
  int32_t save(std::string& blob, size_t step = 1 << 16);
  int32_t load(std::string_view blob, size_t step = 1 << 16);

private:
  struct Memory;
  void read_requirements();
  std::span<char> room(size_t at, uint64_t capacity);
  std::span<const dock_feed_data* const> shaped(std::span<const dock_feed_data* const> feeds);

  const dock_strategy& strategy_;
  TrialOptions options_;
  std::unique_ptr<Memory> memory_;
  dock_instance* instance_ = nullptr;
  dock_requirements needs_{};
  int32_t status_ = DOCK_FAILED;
  std::string error_, overrun_;
  uint64_t error_length_ = 0;
  MadeFeeds feeds_;
  std::vector<char> text_;
};

// The position that every trial is told at a row: in and out by tens, entered at the close of that ten's first row.
struct MadePosition {
  double fraction = 0, entry_price = 0;
  int64_t entry_time_ms = 0;
};
MadePosition position_at(const Candles& market, uint32_t row);

// Where two rows of answers part first; nothing when they are the same. `first_row` is the row of the first answer.
std::optional<std::string> first_difference(std::span<const Advice> expected, std::span<const Advice> found, uint32_t first_row);

std::string status_words(int32_t status);

}  // namespace stratdock::validate
