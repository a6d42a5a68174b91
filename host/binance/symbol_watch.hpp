// What the exchange says of symbols that gave no candle in time: is one halted, or did only nobody trade?
//
// A symbol is asked about when somebody wants to know, and then no sooner than a minute later; all that are due go into one
// call (exchangeInfo with `symbols`, one weight whatever their number). One that the exchange does not list any more fails
// the whole call (-1121), so after that each is asked about alone.
// Owns: when each symbol was asked about. Thread rule: one owner's thread. Invariant: one question at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/binance/rest_client.hpp"

namespace stratdock::binance {

class SymbolWatch {
public:
  static constexpr int64_t look_again_ms = 60'000, retry_ms = 5'000;
  static constexpr size_t names_at_once = 100;

  // Asks the exchange; the handler is called later, exactly once. False: not now, nothing was asked.
  using Ask = std::function<bool(const std::vector<std::string>&, ReplyHandler<ExchangeInfo>)>;
  // What the exchange says of a symbol; null: it does not list it.
  using Tell = std::function<void(size_t symbol, const Symbol* rules)>;

  SymbolWatch(Ask ask, Tell tell) : ask_(std::move(ask)), tell_(std::move(tell)) {}

  // Somebody wants to know of `symbol`, any number of the caller's; to be said again and again while it is so.
  void want(size_t symbol, const std::string& name);
  // Something has changed: the next want() is due at once.
  void due(size_t symbol);
  // Asks for what is wanted and due, and forgets who wanted.
  void poll(int64_t steady_ms);

private:
  struct Look {
    std::string name;
    bool wanted = false, alone = false;
    int64_t not_before_ms = 0;
  };
  void answered(const std::vector<size_t>& asked, int64_t steady_ms, const Reply<ExchangeInfo>& reply);

  const Ask ask_;
  const Tell tell_;
  std::vector<Look> looks_;  // by symbol
  bool asking_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>();  // answers that come after the end find it gone
};

}  // namespace stratdock::binance
