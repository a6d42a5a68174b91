// One symbol's market as clients see it: candles played so far with the forming one last, made trades, a made book.
// Owns: the candles and the last trades of one symbol. Thread rule: one thread. Invariant: nothing here shows a price or
// a candle that has not been played yet; trade ids ascend without gaps and are the symbol's own.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>
#include <vector>

#include "core/candle.hpp"
#include "core/decimal.hpp"
#include "core/symbol.hpp"

namespace stratdock::exchange_server {

struct TapeTrade {
  int64_t id = 0;
  Decimal price, quantity;
  int64_t time_ms = 0; // the server's clock
  bool buyer_is_maker = false;
};

struct TapeCandle {
  Candle candle;
  int64_t close_time_ms = 0; // the last millisecond that belongs to it
  int64_t first_trade_id = -1, last_trade_id = -1;
  bool is_closed = false;
};

// Sums over a stretch of candles, for the tickers.
struct TapeWindow {
  double open = 0, high = 0, low = 0, close = 0, volume = 0, quote_volume = 0, previous_close = 0;
  int64_t open_time_ms = 0, close_time_ms = 0, trade_count = 0;
  int64_t first_trade_id = -1, last_trade_id = -1;
};

struct BookLevel {
  Decimal price, quantity;
};
struct Book {
  std::vector<BookLevel> bids, asks; // best first
  int64_t update_id = 0;
};

// An interval of the exchange: of fixed length, or the calendar month.
struct CandleInterval {
  int64_t length_ms = 0; // 0: a month
  // The first instant of the candle that `time_ms` lies in; weeks begin on Monday. `zone_ms` shifts the boundaries.
  int64_t open_of(int64_t time_ms, int64_t zone_ms) const;
  int64_t end_of(int64_t open_ms, int64_t zone_ms) const;
};
// "1s" .. "1w" and "1M"; nothing for any other text.
std::optional<CandleInterval> find_interval(std::string_view text);

class Tape {
public:
  static constexpr size_t max_candles = 100'000, max_trades = 5'000, max_book_levels = 100;

  Tape(Symbol symbol, int64_t interval_ms) : symbol_(std::move(symbol)), played_(interval_ms) {}

  const Symbol& symbol() const { return symbol_; }
  void set_symbol(const Symbol& symbol) { symbol_ = symbol; }
  int64_t interval_ms() const { return played_.interval_ms(); }

  void add_history(const CandleSeries& candles);
  // The candle's open is known, and nothing else of it.
  void begin(const Candle& whole, int64_t now_ms);
  // `share` of the candle's time is over (0..1, never going back) and the price stands here.
  void move(const Candle& whole, double price, double share, int64_t now_ms);
  void end(const Candle& whole, int64_t now_ms);
  // A client's own trade; gives its id.
  int64_t add_trade(Decimal price, Decimal quantity, bool buyer_is_maker, int64_t now_ms);

  bool has_price() const { return price_.is_positive(); }
  Decimal price() const { return price_; }
  const std::deque<TapeTrade>& trades() const { return trades_; }
  const CandleSeries& played() const { return played_; }
  const std::optional<Candle>& forming() const { return forming_; }
  int64_t last_update_id() const { return update_id_; }

  // Candles of `interval` that open in [start_ms, end_ms], at most `limit`: the newest ones unless `from_start`. The last
  // may still be forming. The interval must not be shorter than the tape's own, nor cut across it.
  std::vector<TapeCandle> candles(const CandleInterval& interval, std::optional<int64_t> start_ms,
                                  std::optional<int64_t> end_ms, size_t limit, int64_t zone_ms = 0) const;
  bool can_serve(const CandleInterval& interval) const;
  // The last one of an interval, as the streams tell it.
  std::optional<TapeCandle> last_candle(const CandleInterval& interval, int64_t zone_ms = 0) const;
  // Over the candles that open from `from_ms` on; nothing when there is none.
  std::optional<TapeWindow> window(int64_t from_ms) const;
  // The opening of the newest candle, plus its length: where the market's own time stands.
  int64_t market_end_ms() const;

  // Made up around the last price: a tick apart on either side, so that the last price itself is between bid and ask.
  Book book(size_t levels) const;

private:
  Candle candle_at(size_t row) const; // the forming one behind the played ones
  size_t candle_count() const { return played_.size() + (forming_ ? 1 : 0); }
  int64_t first_id_at(size_t row) const;
  void make_trade(double price, double volume, int64_t now_ms);

  Symbol symbol_;
  CandleSeries played_;
  std::deque<std::pair<int64_t, int64_t>> trade_ids_; // of the played candles, parallel to the newest of them
  std::optional<Candle> forming_;
  int64_t forming_first_id_ = -1;
  std::deque<TapeTrade> trades_;
  Decimal price_;
  int64_t next_trade_id_ = 1, update_id_ = 1;
};

} // namespace stratdock::exchange_server
