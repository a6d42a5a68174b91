#include "host/exchange_server/driver.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "core/check.hpp"

namespace stratdock::exchange_server {

namespace {

// Where on the candle's time its low and its high lie.
constexpr double low_at = 1.0 / 3, high_at = 2.0 / 3;
constexpr int64_t longest_tick_ms = 1000, shortest_tick_ms = 20;
constexpr int ticks_in_candle = 20, candles_in_tick = 50;

int64_t steady_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(steady_clock::now().time_since_epoch()).count();
}

double path_price(const Candle& candle, double share, Decimal tick) {
  const auto between = [](double from, double to, double part) { return from + (to - from) * part; };
  const double price = share < low_at    ? between(candle.open, candle.low, share / low_at)
                       : share < high_at ? between(candle.low, candle.high, (share - low_at) / (high_at - low_at))
                                         : between(candle.high, candle.close, (share - high_at) / (1 - high_at));
  const double on_tick = Decimal::from_double(price).floor_to(tick).to_double();
  return std::clamp(on_tick, candle.low, candle.high);
}

} // namespace

Result<std::unique_ptr<MarketDriver>> MarketDriver::open(EventLoop& loop, Venue& venue,
                                                         std::unique_ptr<CandleSource> source,
                                                         const DriverSettings& settings) {
  std::unique_ptr<MarketDriver> driver(new MarketDriver(loop, venue));
  driver->settings_ = settings;
  driver->interval_ms_ = source->symbols().front().interval_ms;
  for (const MarketSymbol& symbol : source->symbols())
    if (symbol.interval_ms != driver->interval_ms_)
      return failure("opening the market: " + symbol.rules.name + " has candles of " + interval_text(symbol.interval_ms) +
                         ", " + source->symbols().front().rules.name + " of " + interval_text(driver->interval_ms_),
                     "give all symbols candles of one interval");
  const int64_t now = ServerClock::wall_ms(), start = source->start_ms();
  if (!venue.clock().is_market_time()) {
    const int64_t aligned = now - now % driver->interval_ms_;
    driver->shift_ms_ = aligned - start + (start % driver->interval_ms_);
  }
  for (size_t i = 0; i < source->symbols().size(); ++i) {
    Tape& tape = venue.add_symbol(source->symbols()[i].rules, driver->interval_ms_);
    const Result<CandleSeries> past = source->history(i, settings.history);
    if (!past) return tl::unexpected(past.error());
    CandleSeries moved(driver->interval_ms_);
    for (size_t row = 0; row < past->size(); ++row) {
      Candle candle = past->at(row);
      candle.open_time_ms += driver->shift_ms_;
      moved.append(candle);
    }
    tape.add_history(moved);
  }
  driver->source_ = std::move(source);
  venue.clock().set_market(driver->source_->start_ms() + driver->shift_ms_, 0);
  return driver;
}

double MarketDriver::speed() const {
  return settings_.pace == DriverSettings::Pace::factor && !is_paused_ && !is_over_ ? settings_.factor : 0;
}

void MarketDriver::anchor(int64_t market_ms) {
  anchor_market_ms_ = market_ms;
  anchor_wall_ms_ = steady_ms();
  venue_.clock().set_market(market_ms, speed());
}

int64_t MarketDriver::market_ms() const {
  return anchor_market_ms_ + static_cast<int64_t>(static_cast<double>(steady_ms() - anchor_wall_ms_) * speed());
}

Status MarketDriver::start() {
  const int64_t start_ms = source_->start_ms() + shift_ms_;
  // Real time goes on within the candle that the wall's clock is in; any other pace begins at its opening.
  const bool is_real = settings_.pace == DriverSettings::Pace::factor && settings_.factor == 1;
  anchor(is_real && !venue_.clock().is_market_time() ? std::max(start_ms, ServerClock::wall_ms()) : start_ms);
  if (settings_.pace == DriverSettings::Pace::manual) {
    const Result<int64_t> first = step(1);
    if (!first) return tl::unexpected(first.error());
    return {};
  }
  if (Status loaded = load_next(); !loaded) return loaded;
  tick(++generation_);
  return {};
}

Status MarketDriver::load_next() {
  MarketStep step;
  const Result<bool> found = source_->next(step);
  if (!found) return tl::unexpected(found.error());
  playing_.clear();
  share_ = 0;
  has_begun_ = false;
  if (!*found) {
    is_over_ = true;
    anchor(open_ms_ + interval_ms_);
    return {};
  }
  is_loaded_ = true;
  open_ms_ = step.close_time_ms - interval_ms_ + shift_ms_;
  for (MarketCandle& one : step.candles) {
    one.candle.open_time_ms += shift_ms_;
    playing_.push_back({venue_.tapes()[one.symbol].get(), one.candle});
  }
  return {};
}

void MarketDriver::begin() {
  has_begun_ = true;
  // Where nobody may trade there is no candle; one that is under way at a halt comes to its end.
  std::erase_if(playing_, [](const Playing& one) { return one.tape->symbol().status != SymbolStatus::trading; });
  for (const Playing& one : playing_)
    venue_.begin_candle(*one.tape, one.candle);
}

// The corners of the path are always passed, however far apart two looks at it are.
void MarketDriver::advance(double share) {
  for (const Playing& one : playing_) {
    if (share_ < low_at && share >= low_at) venue_.move_price(*one.tape, one.candle, one.candle.low, low_at);
    if (share_ < high_at && share >= high_at) venue_.move_price(*one.tape, one.candle, one.candle.high, high_at);
    const double price = path_price(one.candle, share, one.tape->symbol().price.tick);
    if (share < 1) venue_.move_price(*one.tape, one.candle, price, share);
  }
  share_ = share;
}

void MarketDriver::end() {
  if (share_ > 0 && share_ < high_at) advance(high_at);
  for (const Playing& one : playing_)
    venue_.end_candle(*one.tape, one.candle);
  ++played_;
}

Result<int64_t> MarketDriver::step(int64_t count) {
  int64_t done = 0;
  while (done < count && !is_over_) {
    if (!is_loaded_) {
      if (Status loaded = load_next(); !loaded) return tl::unexpected(loaded.error());
      if (is_over_) break;
    }
    if (Status opened = open_candle(); !opened) return tl::unexpected(opened.error());
    if (Status closed = close_candle(); !closed) return tl::unexpected(closed.error());
    ++done;
  }
  return done;
}

Status MarketDriver::open_candle() {
  if (!is_loaded_ && !is_over_)
    if (Status loaded = load_next(); !loaded) return loaded;
  if (is_over_ || has_begun_) return {};
  anchor(open_ms_);
  begin();
  return {};
}

Status MarketDriver::close_candle() {
  if (!is_loaded_ || !has_begun_) return {};
  // What happens on the way to the close is told at the close: it cannot be over before.
  anchor(open_ms_ + interval_ms_);
  end();
  is_loaded_ = false;
  return {};
}

void MarketDriver::tick(int64_t generation) {
  if (generation != generation_ || is_paused_ || is_over_ || settings_.pace == DriverSettings::Pace::manual) return;
  const bool is_full = settings_.pace == DriverSettings::Pace::full;
  for (int i = 0; i < candles_in_tick && !is_over_; ++i) {
    if (!is_loaded_) {
      const Status loaded = load_next();
      if (!loaded) std::fprintf(stderr, "stratdock: the market ends here: %s\n", loaded.error().text().c_str());
      is_over_ = is_over_ || !loaded;
      if (is_over_) return;
    }
    const int64_t now = is_full ? open_ms_ + interval_ms_ : market_ms();
    if (now < open_ms_) break; // a gap
    if (is_full) anchor(open_ms_);
    if (!has_begun_) begin();
    if (now < open_ms_ + interval_ms_) {
      advance(std::max(share_, static_cast<double>(now - open_ms_) / static_cast<double>(interval_ms_)));
      break;
    }
    if (is_full) anchor(open_ms_ + interval_ms_);
    end();
    is_loaded_ = false;
  }
  const auto candle_wall_ms = static_cast<int64_t>(static_cast<double>(interval_ms_) / std::max(1e-6, settings_.factor));
  const int64_t wait_ms = is_full ? 0 : std::clamp(candle_wall_ms / ticks_in_candle, shortest_tick_ms, longest_tick_ms);
  loop_.after(wait_ms, [this, generation] { tick(generation); });
}

void MarketDriver::pause() {
  if (is_paused_) return;
  const int64_t now = market_ms();
  is_paused_ = true;
  anchor(now);
}

void MarketDriver::resume() {
  if (!is_paused_) return;
  const int64_t now = anchor_market_ms_;
  is_paused_ = false;
  anchor(now);
  tick(++generation_);
}

} // namespace stratdock::exchange_server
