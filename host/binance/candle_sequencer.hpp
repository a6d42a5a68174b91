// The order of one symbol's closed candles: what was delivered, what is missing.
//
// Closed candles come from streams, which may cut, stall, repeat, reorder or garble them, and from the klines of REST, which
// may lag. Out of it comes every candle once, in ascending open time. What is ahead of a gap waits, while missing() names the
// stretch to ask REST for. A candle that REST shows to be absent, twice and some seconds apart, although it shows a later one
// or the time is long over, does not exist (an outage, a halt): the gap stays a gap and is counted.
//
// Thread rule: a plain object of one thread; time comes from outside, always the exchange's. Invariant: delivered open times
// ascend strictly and lie on the interval's grid; the first figure for a candle stays; at most max_waiting candles are held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "core/candle.hpp"

namespace stratdock::binance {

struct CandleRange {
  int64_t from_ms = 0, to_ms = 0;  // open times in [from, to)
  friend bool operator==(const CandleRange&, const CandleRange&) = default;
};

struct SequencerCounts {
  int64_t delivered = 0, from_rest = 0;  // from_rest: of those delivered
  int64_t repeated = 0;                  // dropped: delivered or waiting already
  int64_t garbled = 0;                   // dropped: not valid, not on the grid, or not over yet
  int64_t crowded = 0;                   // dropped: too far ahead; REST will bring it
  int64_t absent = 0;                    // intervals that the exchange has no candle for
};

class CandleSequencer {
public:
  static constexpr size_t max_waiting = 64;
  // After its close a candle's last figures may still change in what REST shows.
  static constexpr int64_t settling_ms = 2'000;
  // A stream's candle is waited for this long after the close before REST is asked.
  static constexpr int64_t stream_patience_ms = 3'000;
  // Two answers without it, at least so far apart, prove a candle absent: where a later one is known, and where none is.
  static constexpr int64_t proof_ms = 10'000, last_proof_ms = 30'000;
  // The same for a symbol that gave nothing the last time either (it is halted): others wait for it no longer than that.
  static constexpr int64_t quiet_proof_ms = 5'000;
  // How far a closed candle's time may be ahead of our idea of the exchange's clock.
  static constexpr int64_t clock_tolerance_ms = 1'000;

  // `interval_ms` as parse_interval gives it; `next_open_ms` (on the grid, checked) is the first candle wanted.
  CandleSequencer(int64_t interval_ms, int64_t next_open_ms);

  int64_t interval_ms() const { return interval_ms_; }
  // The open time of the next candle to deliver: everything before it was delivered or is absent.
  int64_t next_open_ms() const { return next_open_ms_; }
  bool waiting() const { return !waiting_.empty(); }
  // An answer of REST did not have the next candle, although its time is over.
  bool doubts() const { return doubted_open_ms_ == next_open_ms_; }

  // A closed candle of a stream.
  void on_stream(const Candle& candle, int64_t server_ms);
  // Rows of REST for `asked`, ascending, closed ones only (close time + settling <= server time when it was asked);
  // `complete` is false where the answer was cut by its limit, so that rows after the last may exist.
  void on_rest(const CandleRange& asked, std::span<const Candle> rows, bool complete, int64_t server_ms);
  // What to ask REST for now: at most `limit` candles. Nothing while everything that should have come has.
  std::optional<CandleRange> missing(int64_t server_ms, int64_t limit) const;
  // Nothing before `open_ms` (on the grid) is wanted any more: it is known from elsewhere that the exchange made none.
  void skip_to(int64_t open_ms);
  // The next candles in order; empties the queue of what is ready.
  std::vector<Candle> take();

  const SequencerCounts& counts() const { return counts_; }

private:
  bool is_valid(const Candle& candle, int64_t server_ms) const;
  void accept(const Candle& candle, bool from_rest);
  void advance();
  void prove_absent(const CandleRange& asked, std::span<const Candle> rows, bool complete, int64_t server_ms);

  int64_t interval_ms_, next_open_ms_;
  std::map<int64_t, Candle> waiting_;  // ahead of a gap
  std::vector<Candle> ready_;
  int64_t doubted_open_ms_ = -1, doubted_at_ms_ = 0;  // the candle that an answer did not have, and when
  bool quiet_ = false;  // the newest candle was proven absent, and none has come since
  SequencerCounts counts_;
};

}  // namespace stratdock::binance
