// Texts for what the journal keeps but nobody queries: the paper exchange's state, open intents, the risk book's day, waiting commands.
// Thread rule: pure functions. Invariant: decode(encode(x)) equals x; a text that is not ours is an error, never a guess.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/account.hpp"
#include "core/bot_settings.hpp"
#include "core/paper_exchange.hpp"
#include "host/store/records.hpp"

namespace stratdock {

std::string encode_exchange(const PaperExchange::State& state);
Result<PaperExchange::State> decode_exchange(std::string_view text);

// Everything of an account that is no bot and no balance.
struct AccountMemory {
  int64_t next_intent_id = 1;
  std::vector<Intent> open_intents;
  RiskBook::State risk;
};
AccountMemory remember(Account& account);
std::string encode_memory(const AccountMemory& memory);
Result<AccountMemory> decode_memory(std::string_view text);

// Commands that wait to be carried out.
std::string encode_commands(const std::vector<store::CommandRow>& commands);
Result<std::vector<store::CommandRow>> decode_commands(std::string_view text);

// The order or list of an intent, for people and for the journal's row.
std::string request_text(const Intent& intent);

}  // namespace stratdock
