// The tests by name: what each looks at, what to do when it fails, and the function that does it in the child.
// Thread rule: constant data. Invariant: a name, once released, keeps its meaning; a test comes after the one it needs.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include <stratdock/strategy_abi.h>

#include "host/validate/outcome.hpp"

namespace stratdock::validate {

class ThreadPool;

// What a test in the child is given.
struct Subject {
  std::string file;                           // the private copy of the library
  const dock_library* library = nullptr;      // null for tests of the file
  const dock_strategy* strategy = nullptr;    // null for tests of the file and the library
  double load_cpu_ms = 0;                     // processor time that loading and reading the tables took
  uint64_t seed = 1;
  bool quick = false;
  uint32_t run = 0;                           // 0 or 1 for a test that is run twice
  ThreadPool* threads = nullptr;              // for tests of threads alone
  std::function<void(const std::string&)> note = [](const std::string&) {};  // what is being done; named when the child dies
};

enum class Stage : uint8_t { file, loading, library, strategy, threads };

struct TestSpec {
  const char* name;
  const char* about;   // what holds when it passes
  const char* advice;  // what to do when it does not
  const char* needs;   // the test without which this one says nothing; "" for none
  Stage stage;
  uint32_t runs;       // 2: in two processes whose decisions must be the same
  bool quick;          // part of --quick
  Outcome (*run)(Subject& subject);
};

std::span<const TestSpec> test_table();
const TestSpec* find_test(std::string_view name);

}  // namespace stratdock::validate
