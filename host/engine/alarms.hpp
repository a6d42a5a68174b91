// The alarms: every code there is, with its cause, whether money is protected meanwhile, and what to do next.
// The table is the documentation (ALARMS.md shows it; a test compares). Thread rule: constants.
#pragma once

#include <span>
#include <string_view>

namespace stratdock {

struct AlarmKind {
  std::string_view code;         // stable for ever
  std::string_view severity;     // info | warning | error
  std::string_view meaning;      // in general words; the alarm's own text names the figures
  std::string_view protection;   // what stop-loss and take-profit do meanwhile
  std::string_view next_command; // {bot} stands for the bot's name
};

std::span<const AlarmKind> alarm_kinds();
const AlarmKind& alarm_kind(std::string_view code);  // an unknown code gives the last row, "UNKNOWN"

}  // namespace stratdock
