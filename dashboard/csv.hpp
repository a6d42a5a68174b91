// Tables as CSV (RFC 4180) that a spreadsheet opens without running anything in them.
// Thread rule: pure functions.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace stratdock::dashboard {

// Rows are JSON objects with the same keys; the first line is the keys, lists are joined by "; ", nested objects are left
// out. A text that a spreadsheet would take for a formula (= + - @ tab or return in front) gets an apostrophe before it,
// unless it is a number.
std::string csv_text(const nlohmann::json& rows);
std::string csv_field(const std::string& text);

}  // namespace stratdock::dashboard
