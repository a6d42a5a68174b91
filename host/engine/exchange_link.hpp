// The engine's line to Binance, or to a paper exchange behind its interfaces: one session over which candles come, orders go
// and the account is heard.
//
// Owns: the network's thread and every connection. Thread rule: the engine's thread calls everything; what waits keeps all
// connections going meanwhile. Invariant: keys are held by the session's signer alone; without remote trading there are none,
// and no account is asked about.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/config/config.hpp"
#include "host/config/secrets.hpp"
#include "host/engine/exchange_session.hpp"
#include "host/market/candle_source.hpp"

namespace stratdock {

// A symbol to follow from the start.
struct FollowedSymbol {
  std::string name;
  int64_t interval_ms = 0;
  bool needed = false;  // without it nothing starts; else one that the exchange does not list is left out
};

class ExchangeLink : public ExchangeSession {
public:
  // Connects, asks for rules, history and, where orders are to be sent, the account. Waits, some seconds at most; fails with
  // what a user can do about it: no network, a key that is refused or may withdraw, a symbol that is not listed.
  // `waits_out_pauses`: where the exchange asked for a pause (a ban of this address), it waits until that is over, however
  // long: failing and being started again would forget the pause, and ask into it.
  static Result<std::unique_ptr<ExchangeLink>> open(const Configuration& configuration, const Secrets& secrets, const std::vector<FollowedSymbol>& symbols, bool waits_out_pauses);

  // The candles of the followed symbols.
  virtual CandleSource& source() = 0;
  // Every symbol that the exchange lists, by name.
  virtual const std::map<std::string, Symbol, std::less<>>& listed() const = 0;
  // Asks for the prices of all symbols, followed or not, unless it did within the last 30 s; what comes of it is given once.
  virtual void want_prices() = 0;
  virtual std::optional<std::map<std::string, Decimal>> take_prices() = 0;
  // The exchange's clock.
  virtual int64_t server_ms() const = 0;
};

}  // namespace stratdock
