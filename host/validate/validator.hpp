// The validator from the outside: runs every test on a plugin, each in a process of its own with a time limit, and gives
// what they found. The calling process never loads the library.
// Thread rule: one thread, the one that calls. Invariant: a test that crashes or hangs is a failed test, and the next one
// runs; a result that did not pass says why.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/validate/outcome.hpp"

namespace stratdock::validate {

struct ValidateOptions {
  std::filesystem::path file;
  std::filesystem::path executable = "/proc/self/exe";  // has the role of a child (child.hpp)
  std::string strategy;        // id, or the word behind its last dot; empty: every one
  std::string only;            // a regular expression that a test's name must contain; empty: all
  bool quick = false;
  uint64_t seed = 1;
  int64_t test_limit_ms = 10'000;
};

struct TestResult {
  std::string name;
  std::string strategy;   // its id; empty for a test of the library
  Outcome outcome;
  std::string advice;     // what to do; for a failure
  std::string command;    // what repeats it; for a failure
  int64_t duration_ms = 0;
};

struct ValidateReport {
  std::string file, sha256;
  uint64_t seed = 1;
  bool quick = false;
  std::vector<TestResult> results;
  std::vector<std::string> sandbox_report;  // what of the sandbox this machine lacks
  int64_t duration_ms = 0;

  size_t count(Verdict verdict) const;
  bool good() const { return count(Verdict::failed) == 0; }
};

// `on_result` is called after each test. An error where nothing could be tested: no such file, no such test or strategy.
Result<ValidateReport> validate_plugin(const ValidateOptions& options, const std::function<void(const TestResult&)>& on_result);

}  // namespace stratdock::validate
