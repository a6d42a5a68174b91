// Asks an exchange what `check` wants to know: each way to it, its clock, the symbols, and the account where there is a key.
// Thread rule: one thread, which it blocks. Invariant: nothing but reading calls; no longer than a few seconds, whatever the
// exchange does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "host/binance/endpoints.hpp"
#include "host/binance/signing.hpp"
#include "host/exchange_check/exchange_findings.hpp"

namespace stratdock::exchange_check {

struct Questions {
  binance::Endpoints endpoints;
  std::optional<binance::Signer> signer;  // none: nothing is asked of an account
  std::vector<std::string> symbols;       // of the bots
  bool orders_go_there = false;           // the WebSocket API is needed as well
  int64_t timeout_ms = 10'000;            // of each step
};

Answers ask_exchange(Questions questions);

}  // namespace stratdock::exchange_check
