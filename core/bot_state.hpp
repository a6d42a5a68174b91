// The states of a bot, what moves it between them, and what each state allows. The table here is the rule; the
// documents show the same table, and a test compares the two.
// Thread rule: plain values and pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace stratdock {

enum class BotState : uint8_t {
  running,
  paused,       // no entries; exits go on
  stopped,      // no evaluations; protective orders stay active and fills are booked
  closing,      // sells, then stopped
  quarantined,  // its plugin failed: no evaluations; protection stays
  degraded,     // the books do not agree: may exit and protect, not enter
  orphaned,     // gone from the YAML: no entries; protection stays
};

enum class BotEvent : uint8_t {
  start,        // its owner wants it to trade
  pause,
  stop,
  close,        // sell what it holds, then stop
  closed,       // the position is gone
  plugin_failed,
  plugin_released,
  books_disagree,
  books_agree,
  undeclared,   // its name is gone from the YAML
  declared,     // its name is back
};

std::string_view text(BotState state);
std::string_view text(BotEvent event);
std::optional<BotState> parse_bot_state(std::string_view text);

struct BotTransition {
  BotState from;
  BotEvent event;
  BotState to;
};
// Every transition there is. A pair that is not listed is refused and changes nothing.
std::span<const BotTransition> bot_transitions();
std::optional<BotState> next_state(BotState from, BotEvent event);

struct BotRights {
  bool evaluates, enters, exits;
};
BotRights rights(BotState state);

}  // namespace stratdock
