// A library's description as JSON: how a worker tells the engine what a plugin offers, and how the catalog keeps it.
// Thread rule: pure. Invariant: what describe_from_json accepts is complete and sane, whoever wrote it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "host/plugin/strategy_types.hpp"

namespace stratdock {

struct LibraryDescription {
  std::string build_info;
  std::vector<StrategyInfo> strategies;
};

std::string description_to_json(const LibraryDescription& description);
// Refuses ids that are not ^[a-z0-9_]+(\.[a-z0-9_]+)+$, keys that are not ^[a-z][a-z0-9_]*$, double ones, and defaults
// outside their own range or type; the message says which.
Result<LibraryDescription> description_from_json(std::string_view json);

}  // namespace stratdock
