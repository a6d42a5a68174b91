// Whether a key may be traded with: what the exchange says of its rights, judged.
// A bot's key reads and trades on spot. One that may also withdraw is refused, since whoever gets hold of it gets the money;
// one whose rights cannot be read is refused for the same reason. Rights that this program never uses are warnings.
// Thread rule: pure functions over values. Invariant: no finding holds anything of the key; at mainnet, whatever is not
// surely harmless is not good. Source: Wallet "Get API Key Permission"; the testnet and demo mode have no such endpoint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "host/binance/account_messages.hpp"
#include "host/binance/endpoints.hpp"

namespace stratdock::binance {

enum class FindingKind { good, warning, wrong };

struct Finding {
  FindingKind kind = FindingKind::good;
  std::string subject;  // "key"
  std::string text;     // what was found
  std::string hint;     // what to do; empty where there is nothing to do
};

// Whether nothing is wrong; warnings do not count.
bool all_may_go_on(const std::vector<Finding>& findings);
// All that is wrong as one error, for a start that is refused; `doing` opens it ("starting to trade at mainnet").
Status refusal_of(const std::vector<Finding>& findings, std::string_view doing);

// Whether the venue has an endpoint that tells a key's rights; elsewhere there is nothing to ask for.
bool tells_key_permissions(Venue venue);

// `answer`: the rights, or why they could not be read; it is not looked at where the venue does not tell them.
// `server_ms`: the exchange's clock, for rights that end.
std::vector<Finding> judge_key_permissions(Venue venue, const Result<KeyPermissions>& answer, int64_t server_ms);

}  // namespace stratdock::binance
