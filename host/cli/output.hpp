// What commands print: tables for people, CSV and figures for programs.
// Thread rule: pure functions, print_table() apart. Invariant: money is printed exactly as it is kept.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/decimal.hpp"

namespace stratdock::cli {

// Columns padded to their widest cell (by code points); a column whose cells all look like numbers stands to the right.
std::string table_text(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows);

// One record with its line end, by RFC 4180: CRLF, quotes only where they are needed.
std::string csv_record(const std::vector<std::string>& fields);

std::string double_text(double value);        // the shortest that reads back as the same double
std::string percent_text(double fraction);    // 0.0123 -> "1.23%"
std::string money_text(Decimal amount);       // two digits after the point, more for amounts below one
std::string time_text(int64_t time_ms);       // "2024-01-31 09:30:00" UTC; "-" for 0
std::string duration_text(int64_t span_ms);   // "2 d 3 h", "45 s"

// Words of a command line: "2%" or "0.02" as a fraction above zero; anything else is an error that names `option`.
Result<double> parse_fraction(const std::string& text, const std::string& option, bool allow_zero = false);
Result<Decimal> parse_amount(const std::string& text, const std::string& option);

}  // namespace stratdock::cli
