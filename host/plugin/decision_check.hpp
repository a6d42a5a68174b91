// The ranges of a decision, checked on both ends: in the worker to name the strategy's mistake, in the engine because a
// worker's memory belongs to the plugin. Thread rule: pure. Invariant: what passes is safe to hand to the risk check.
#pragma once

#include "core/decision.hpp"
#include "core/result.hpp"

namespace stratdock {

// Confidence 0..1, size 0 < x <= 1, stop-loss 0 < x < 1, take-profit 0 < x, all finite; a symbol of at most 32 bytes without spaces.
Status check_decision(const Decision& decision);
// Cuts to `limit_bytes` and replaces control characters (but tab and newline) and broken UTF-8 by '?'.
std::string clean_text(std::string_view text, size_t limit_bytes);

}  // namespace stratdock
