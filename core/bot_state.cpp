#include "core/bot_state.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace stratdock {
namespace {

using enum BotState;
using E = BotEvent;

constexpr std::pair<BotState, std::string_view> state_names[] = {
    {running, "running"},         {paused, "paused"},     {stopped, "stopped"},   {closing, "closing"},
    {quarantined, "quarantined"}, {degraded, "degraded"}, {orphaned, "orphaned"},
};

constexpr std::pair<BotEvent, std::string_view> event_names[] = {
    {E::start, "start"},
    {E::pause, "pause"},
    {E::stop, "stop"},
    {E::close, "close"},
    {E::closed, "closed"},
    {E::plugin_failed, "plugin_failed"},
    {E::plugin_released, "plugin_released"},
    {E::books_disagree, "books_disagree"},
    {E::books_agree, "books_agree"},
    {E::undeclared, "undeclared"},
    {E::declared, "declared"},
};

constexpr BotTransition transitions[] = {
    {stopped, E::start, running},
    {stopped, E::pause, paused},
    {stopped, E::close, closing},
    {stopped, E::undeclared, orphaned},
    {running, E::pause, paused},
    {running, E::stop, stopped},
    {running, E::close, closing},
    {running, E::plugin_failed, quarantined},
    {running, E::books_disagree, degraded},
    {running, E::undeclared, orphaned},
    {paused, E::start, running},
    {paused, E::stop, stopped},
    {paused, E::close, closing},
    {paused, E::plugin_failed, quarantined},
    {paused, E::books_disagree, degraded},
    {paused, E::undeclared, orphaned},
    {closing, E::closed, stopped},
    {closing, E::stop, stopped},
    {quarantined, E::plugin_released, running},
    {quarantined, E::start, running},
    {quarantined, E::stop, stopped},
    {quarantined, E::close, closing},
    {quarantined, E::undeclared, orphaned},
    {degraded, E::books_agree, running},
    {degraded, E::stop, stopped},
    {degraded, E::close, closing},
    {degraded, E::plugin_failed, quarantined},
    {orphaned, E::declared, stopped},
    {orphaned, E::close, closing},
    {orphaned, E::stop, orphaned},
};

}  // namespace

std::string_view text(BotState state) { return state_names[static_cast<size_t>(state)].second; }
std::string_view text(BotEvent event) { return event_names[static_cast<size_t>(event)].second; }

std::optional<BotState> parse_bot_state(std::string_view wanted) {
  for (auto [state, name] : state_names)
    if (name == wanted) return state;
  return std::nullopt;
}

std::span<const BotTransition> bot_transitions() { return transitions; }

std::optional<BotState> next_state(BotState from, BotEvent event) {
  auto found = std::find_if(std::begin(transitions), std::end(transitions),
                            [&](const BotTransition& t) { return t.from == from && t.event == event; });
  if (found == std::end(transitions)) return std::nullopt;
  return found->to;
}

BotRights rights(BotState state) {
  switch (state) {
    case running: return {.evaluates = true, .enters = true, .exits = true};
    case paused:
    case degraded:
    case orphaned: return {.evaluates = true, .enters = false, .exits = true};
    case closing: return {.evaluates = false, .enters = false, .exits = true};
    case stopped:
    case quarantined: break;
  }
  return {.evaluates = false, .enters = false, .exits = false};
}

}  // namespace stratdock
