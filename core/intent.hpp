// An intent: an order the engine has resolved to place, written down before it is sent. And the states an intent passes.
// Thread rule: plain values and pure functions. Invariant: a client id belongs to one intent and is sent at most once; a
// new attempt is a new intent; terminal states absorb whatever comes later.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/order.hpp"

namespace stratdock {

enum class IntentPurpose : uint8_t { entry, exit, protect, cancel };

enum class IntentState : uint8_t {
  journaled,      // durable, not sent
  sent,           // the bytes left, or may have
  acked,          // the exchange has it
  unknown,        // nobody knows; never sent again
  rejected,       // refused for certain
  never_existed,  // proven not to exist
  stuck,          // no proof in time: the operator is called
  cancelling,
  canceled,
  filled,
  expired,
};

enum class IntentEvent : uint8_t {
  send,
  accept,           // 2xx, or evidence of the order from anywhere
  refuse,           // a definite refusal
  lose,             // outcome unknown, or a crash
  prove_absent,     // every condition of "never existed" holds
  give_up,          // 15 minutes without proof
  ask_cancel,
  end_canceled,
  end_filled,
  end_expired,
};

std::string_view text(IntentPurpose purpose);
std::string_view text(IntentState state);
std::string_view text(IntentEvent event);
std::optional<IntentState> parse_intent_state(std::string_view text);
bool is_terminal(IntentState state);

struct IntentTransition {
  IntentState from;
  IntentEvent event;
  IntentState to;
};
std::span<const IntentTransition> intent_transitions();
// Terminal states absorb every event; elsewhere a pair that is not listed is none.
std::optional<IntentState> next_state(IntentState from, IntentEvent event);

struct Intent {
  int64_t id = 0;  // monotone in the journal
  int64_t bot_id = 0;
  int64_t at_ms = 0;
  IntentPurpose purpose = IntentPurpose::entry;
  IntentState state = IntentState::journaled;
  std::string symbol;
  std::string client_id;   // of the order, or of the list
  std::string reason;      // why: "signal", "stop_loss", "close", ...
  std::string answer;      // the exchange's refusal, in its words
  OrderRequest order;      // entry and exit
  OrderListRequest list;   // protect
  bool above_ended = false, below_ended = false;  // protect: whether the exchange has told the end of the leg
  int64_t cancel_list_id = 0, cancel_order_id = 0;  // cancel
};

// "SD" + 26 characters of base32 over a 128-bit mix of the install key and the intent: at most 36 characters of the
// exchange's alphabet even with a leg's suffix of up to eight.
std::string make_client_id(std::string_view install_key, int64_t bot_id, int64_t intent_id);

}  // namespace stratdock
