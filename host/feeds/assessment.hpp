// A language model's answers, recorded. Thread rule: pure functions over a file's text.
// Invariant: an answer that the schema refuses never becomes a row; its fault is kept in words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/result.hpp"

namespace stratdock {

struct RecordedAnswer {
  int64_t known_at_ms = 0;
  std::string ticker;
  std::string answer;  // the model's JSON, not looked at yet
};

// JSON lines of {"known_at_ms": 0, "ticker": "BTC", ...the answer's own keys}. Oldest first; errors name file and line.
Result<std::vector<RecordedAnswer>> load_answers(const std::filesystem::path& file);

// The columns of a schema: its properties of type number, integer, boolean or enum, in the schema's order.
struct AnswerColumn {
  std::string name;
  std::vector<std::string> choices;  // of an enum; a value is its index
  double minimum = 0, maximum = 0;   // used where has_range
  bool has_range = false;
};
Result<std::vector<AnswerColumn>> answer_columns(const std::string& schema);

struct CheckedAnswer {
  std::vector<double> values;  // one per column
  std::string reasoning;
};
// The answer against the schema: required keys there, types and ranges right, no other keys. The error says which rule broke.
Result<CheckedAnswer> check_answer(const std::string& answer, const std::string& schema);

}  // namespace stratdock
