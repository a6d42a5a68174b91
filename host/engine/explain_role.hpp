// The short-lived process that works out what a bot's strategy draws: reads the candles from the journal (read-only), asks a
// fresh instance in a sandboxed worker, writes one answer to its standard output and ends. The engine starts it.
// Thread rule: explain_main owns its process. Invariant: it writes to nothing but its output; whatever the plugin does, the
// answer is one of the three states in words.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/parameter.hpp"
#include "core/result.hpp"

namespace stratdock {

struct ExplainAsk {
  std::string data_folder, library_path, worker_executable, strategy_id;
  std::vector<ParameterValue> values;  // in the schema's order
  uint64_t seed = 0;
  std::string symbol;
  int64_t interval_ms = 0, anchor_ms = 0;
  uint32_t rows = 0;
  int64_t parent_pid = 0;  // without it nobody waits for the answer
};
std::string encode_ask(const ExplainAsk& ask);

// What comes back: of store::IndicatorRow.
struct ExplainAnswer {
  std::string state, reason;  // "ready", "none" or "failed"
  int64_t as_of_ms = 0;
  std::string chart = "{}", rows;
};
constexpr size_t explain_answer_limit = 8u << 20;  // bytes
std::string encode_answer(const ExplainAnswer& answer);
// "failed" where the text is no answer.
ExplainAnswer decode_answer(const std::string& text);

ExplainAnswer explain(const ExplainAsk& ask);

// The ask on standard input, the answer on standard output. An exit code.
int explain_main();

}  // namespace stratdock
