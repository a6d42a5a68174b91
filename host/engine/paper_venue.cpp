// Trading inside the process: the exchange's state is journaled with what it did, so a crash changes nothing.
#include <utility>

#include "core/backtest.hpp"
#include "host/engine/codec.hpp"
#include "host/engine/venue.hpp"

namespace stratdock {
namespace {

class PaperVenue final : public Venue {
public:
  PaperVenue(const PaperAccount& paper, const CandleSource& source, ListedRules listed)
      : paper_(paper), source_(source), listed_(std::move(listed)), exchange_(paper.settings), port_(exchange_) {
    for (const MarketSymbol& symbol : source.symbols()) exchange_.set_symbol(symbol.rules);
  }

  ExchangePort& port() override { return port_; }
  std::map<std::string, Balance> balances() const override { return exchange_.balances(); }

  Status begin(Account& account, std::span<const MarketCandle> history, int64_t now_ms) override {
    exchange_.set_time(now_ms);
    for (const auto& [asset, amount] : paper_.balances) {
      exchange_.deposit(asset, amount);
      account.ledger().deposit(asset, amount);
    }
    for (const MarketCandle& last : history) {
      const std::string& name = source_.symbols()[last.symbol].rules.name;
      exchange_.begin_candle(name, last.candle);
      exchange_.end_candle(name);
      account.set_price(name, exchange_.last_price(name));
    }
    return {};
  }

  Status restore(Account& account, std::string_view text) override {
    auto state = decode_exchange(text);
    if (!state) return tl::unexpected(state.error());
    // A bot that is gone leaves its symbol behind, in the exchange's memory at least.
    for (const auto& [name, candle] : state->last_candles)
      if (const Symbol* rules = listed_ && exchange_.symbol_index(name) < 0 ? listed_(name) : nullptr) exchange_.set_symbol(*rules);
    if (Status restored = exchange_.restore(*state); !restored) return restored;
    for (const MarketSymbol& symbol : source_.symbols()) account.set_price(symbol.rules.name, exchange_.last_price(symbol.rules.name));
    return {};
  }

  std::string state() const override { return encode_exchange(exchange_.state(false)); }

  void set_rules(const Symbol& rules) override { exchange_.set_symbol(rules); }
  void join(Account& account, const Symbol& rules, const Candle& last) override {
    if (!exchange_.last_price(rules.name).is_positive()) {
      exchange_.begin_candle(rules.name, last);
      exchange_.end_candle(rules.name);
    }
    account.set_price(rules.name, exchange_.last_price(rules.name));
  }

  Status trade(Account& account, const MarketStep& step) override {
    candles_.clear();
    for (const MarketCandle& one : step.candles) {
      const MarketSymbol& symbol = source_.symbols()[one.symbol];
      if (exchange_.symbol_index(symbol.rules.name) < 0) exchange_.set_symbol(symbol.rules);  // joined the market since
      candles_.push_back({&symbol.rules.name, exchange_.symbol_index(symbol.rules.name), one.candle, symbol.interval_ms});
    }
    trade_step(exchange_, account, candles_, step.close_time_ms);
    return {};
  }

  Status settle(Account& account) override {
    while (exchange_.has_events()) account.on_exchange_events(exchange_.take_events());
    return {};
  }

  Status deposit(const std::string& asset, Decimal amount) override {
    exchange_.deposit(asset, amount);
    return {};
  }

private:
  PaperAccount paper_;
  const CandleSource& source_;
  ListedRules listed_;
  PaperExchange exchange_;
  PaperPort port_;
  std::vector<StepCandle> candles_;  // kept between steps for its memory
};

}  // namespace

std::unique_ptr<Venue> make_paper_venue(const PaperAccount& paper, const CandleSource& source, ListedRules listed) {
  return std::make_unique<PaperVenue>(paper, source, std::move(listed));
}

}  // namespace stratdock
