// A validation for people and for programs.
// Thread rule: pure. Invariant: both say the same.
#pragma once

#include <string>

#include "host/validate/validator.hpp"

namespace stratdock::validate {

// One line; for a failure three more: what to do, the seed, the command that repeats it.
std::string result_text(const TestResult& result, uint64_t seed);
std::string summary_text(const ValidateReport& report);
std::string report_json(const ValidateReport& report);
// The names of all tests and what each means.
std::string table_text();

}  // namespace stratdock::validate
