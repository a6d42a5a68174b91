// What all transports of one account share: where the exchange is, who we are, its clock, and the budget of this address.
// Thread rule: one owner's thread. Invariant: every refusal of the exchange reaches the budget, every -1021 the clock,
// whichever transport met it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "host/binance/answer.hpp"
#include "host/binance/clock_offset.hpp"
#include "host/binance/endpoints.hpp"
#include "host/binance/exchange_info.hpp"
#include "host/binance/request_budget.hpp"
#include "host/binance/requests.hpp"
#include "host/binance/wakeup.hpp"

namespace stratdock::binance {

struct Session {
  // Without a signer only open calls can be made.
  Session(Endpoints where, std::optional<Signer> who) : endpoints(std::move(where)), signer(std::move(who)) {}

  const Endpoints endpoints;
  const std::optional<Signer> signer;
  const std::shared_ptr<Wakeup> wakeup = std::make_shared<Wakeup>();
  RequestBudget budget;
  ClockOffset clock;

  // Now on both clocks; before the exchange's is known, the machine's stands in for it, and after a -1021 what was known.
  Instant now() const;
  // Ends a request of the budget by what became of it.
  void settle(uint64_t ticket, const Verdict& verdict, const std::vector<ReportedUse>& reported);
  // Whether this call may be made at all: a key where it needs one, the clock, and no order to mainnet. `purpose` entry
  // asks for a certain clock.
  Status may_call(const Call& call, Purpose purpose) const;
  // The time to sign with now. Take it, write the intent down, then sign with it: a stall in between is refused by the
  // exchange instead of executed late. The clock must be known (checked).
  SigningTime signing_time(int64_t recv_window_ms = 2'000) const;

private:
  mutable std::optional<int64_t> last_offset_ms_;
};

// Rate limits as the exchange's messages carry them.
std::vector<RequestLimit> request_limits(const std::vector<RateLimit>& limits);
std::vector<ReportedUse> reported_uses(const std::vector<RateLimit>& limits);

}  // namespace stratdock::binance
