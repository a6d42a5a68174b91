#include "core/intent.hpp"

#include <array>

namespace stratdock {
namespace {

using S = IntentState;
using E = IntentEvent;

constexpr std::string_view purpose_names[] = {"entry", "exit", "protect", "cancel"};
constexpr std::string_view state_names[] = {"journaled", "sent",       "acked",    "unknown", "rejected", "never_existed",
                                            "stuck",     "cancelling", "canceled", "filled",  "expired"};
constexpr std::string_view event_names[] = {"send",         "accept",  "refuse",     "lose",         "prove_absent",
                                            "give_up",      "ask_cancel", "end_canceled", "end_filled", "end_expired"};

constexpr IntentTransition transitions[] = {
    {S::journaled, E::send, S::sent},
    {S::journaled, E::lose, S::unknown},
    {S::sent, E::accept, S::acked},
    {S::sent, E::refuse, S::rejected},
    {S::sent, E::lose, S::unknown},
    {S::unknown, E::accept, S::acked},
    {S::unknown, E::prove_absent, S::never_existed},
    {S::unknown, E::give_up, S::stuck},
    {S::stuck, E::accept, S::acked},
    {S::stuck, E::prove_absent, S::never_existed},
    {S::acked, E::ask_cancel, S::cancelling},
    {S::acked, E::end_canceled, S::canceled},
    {S::acked, E::end_filled, S::filled},
    {S::acked, E::end_expired, S::expired},
    {S::cancelling, E::end_canceled, S::canceled},
    {S::cancelling, E::end_filled, S::filled},
    {S::cancelling, E::end_expired, S::expired},
};

uint64_t mix(uint64_t value) {  // the finaliser of splitmix64
  value += 0x9e3779b97f4a7c15ull;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ull;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebull;
  return value ^ (value >> 31);
}

uint64_t hash(std::string_view key, int64_t bot_id, int64_t intent_id, uint64_t lane) {
  uint64_t value = mix(lane);
  for (char c : key) value = mix(value ^ static_cast<unsigned char>(c));
  value = mix(value ^ static_cast<uint64_t>(bot_id));
  return mix(value ^ static_cast<uint64_t>(intent_id));
}

}  // namespace

std::string_view text(IntentPurpose purpose) { return purpose_names[static_cast<size_t>(purpose)]; }
std::string_view text(IntentState state) { return state_names[static_cast<size_t>(state)]; }
std::string_view text(IntentEvent event) { return event_names[static_cast<size_t>(event)]; }

std::optional<IntentState> parse_intent_state(std::string_view wanted) {
  for (size_t i = 0; i < std::size(state_names); ++i)
    if (state_names[i] == wanted) return static_cast<IntentState>(i);
  return std::nullopt;
}

bool is_terminal(IntentState state) {
  switch (state) {
    case S::rejected:
    case S::never_existed:
    case S::canceled:
    case S::filled:
    case S::expired: return true;
    default: return false;
  }
}

std::span<const IntentTransition> intent_transitions() { return transitions; }

std::optional<IntentState> next_state(IntentState from, IntentEvent event) {
  if (is_terminal(from)) return from;
  for (const IntentTransition& t : transitions)
    if (t.from == from && t.event == event) return t.to;
  return std::nullopt;
}

std::string make_client_id(std::string_view install_key, int64_t bot_id, int64_t intent_id) {
  constexpr char alphabet[] = "abcdefghijklmnopqrstuvwxyz234567";
  std::array<uint64_t, 2> words{hash(install_key, bot_id, intent_id, 1), hash(install_key, bot_id, intent_id, 2)};
  std::string id = "SD";
  for (uint64_t word : words)
    for (int digit = 0; digit < 13; ++digit, word >>= 5) id += alphabet[word & 31];
  return id;
}

}  // namespace stratdock
