// Asking a running engine for something: a row in commands.db, the doorbell, and the engine's word in the journal.
// Thread rule: one thread. Invariant: nothing is assumed done before the journal says so.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "host/cli/place.hpp"
#include "host/store/store.hpp"

namespace stratdock::cli {

constexpr int64_t default_patience_ms = 30'000;

// The engine's result, `done` or `refused`. An error when no engine runs or it does not answer in time; the command then
// stays in the queue and is carried out when the engine comes to it.
Result<store::CommandResultRow> ask_engine(const Place& place, const std::string& kind, const std::string& bot, const nlohmann::json& arguments,
                                           int64_t patience_ms = default_patience_ms);

// Prints the result: the message on stdout where done, on stderr where refused; as JSON with `as_json`. The exit code.
int report(const store::CommandResultRow& result, bool as_json);

int64_t now_ms();  // the wall clock

// Whether it has a position.
bool holds(const store::BotRow& bot);

// A bot by its name or number; the error names the nearest one.
Result<store::BotRow> find_bot(store::JournalReader& journal, const std::string& name_or_id);

}  // namespace stratdock::cli
