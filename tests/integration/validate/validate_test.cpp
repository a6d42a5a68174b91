// What the validator promises: a right plugin passes, and each mistake is caught by the test that is meant for it, alone.
#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <set>
#include <string>

#include "host/validate/report.hpp"
#include "host/validate/test_table.hpp"
#include "host/validate/validator.hpp"

using namespace stratdock;
using namespace stratdock::validate;

namespace {

std::string folder(const char* variable) {
  const char* value = std::getenv(variable);
  if (!value) throw std::runtime_error(std::string(variable) + " is not set; ctest sets it");
  return value;
}

ValidateReport validated(ValidateOptions options) {
  options.executable = folder("STRATDOCK_VALIDATE_CHILD");
  const auto report = validate_plugin(options, [](const TestResult&) {});
  if (!report) throw std::runtime_error(report.error().text());
  return *report;
}

// The validator's own default, and one more; many where there is time.
std::vector<uint64_t> seeds() {
  std::vector<uint64_t> chosen{1};
  const char* given = std::getenv("STRATDOCK_SEED");
  const uint64_t first = given ? std::strtoull(given, nullptr, 10) : std::random_device{}();
  const uint64_t more = std::getenv("STRATDOCK_SOAK") ? 200 : 1;
  for (uint64_t i = 0; i < more; ++i) chosen.push_back(first + i);
  return chosen;
}

std::string failures(const ValidateReport& report) {
  std::string text;
  for (const TestResult& result : report.results)
    if (result.outcome.verdict == Verdict::failed) text += result_text(result, report.seed);
  return text;
}

std::set<std::string> failed_names(const ValidateReport& report) {
  std::set<std::string> names;
  for (const TestResult& result : report.results)
    if (result.outcome.verdict == Verdict::failed) names.insert(result.name);
  return names;
}

struct Mistake {
  const char* plugin;
  const char* test;             // the one that must fail
  const char* reason = "";      // words that its reason must have
  const char* only = "";        // the tests to run, where the rest would take long or need longer than a short limit
};

// In the order of the validator's table, each of whose tests must be here.
const Mistake mistakes[] = {
    {"two_exports", "library.single_export", "second_export"},
    {"missing_symbol", "library.loads", "nobody_has_this"},
    {"future_major", "library.loads", "2.0"},
    {"slow_constructor", "library.scan_time", "processor time", "library|create.defaults"},
    {"one_state_function", "library.descriptor", "both or neither"},
    {"odd_id", "library.descriptor", "com.example.name"},
    {"bad_default", "library.parameters", "outside of 1"},
    {"duplicate_key", "library.parameters", "twice"},
    {"duplicate_id", "library.unique_ids", "test.averages"},
    {"no_instance", "create.defaults", "no instance"},
    {"endless_window", "create.defaults", "200000 candles"},
    {"one_candle_crash", "analyze.one_candle", "SIGSEGV"},
    {"nan_confidence", "analyze.output_in_range", "confidence is nan"},
    {"crash_at_maximum", "create.extremes", "fast 50"},
    {"nan_in_between", "create.random", "slow "},
    {"silent_refusal", "create.refusals", "no message"},
    {"instance_beside_refusal", "create.refusals", "*out"},
    {"leak", "create.no_leak", "bytes behind"},
    {"empty_crash", "analyze.empty_window", "SIGSEGV"},
    {"trades_early", "analyze.warm_up_holds", "candle 2 of a warm-up of 10"},
    {"flat_divides", "analyze.flat_prices", "nan"},
    {"volume_divides", "analyze.zero_volume", "nan"},
    {"float_overflow", "analyze.huge_values", "nan"},
    {"fixed_amount", "analyze.tiny_values", "stop_loss"},
    {"gap_refused", "analyze.gap", "DOCK_BAD_INPUT"},
    {"gap_hangs", "analyze.gap", "did not answer within 1000 ms", "library|create|analyze"},
    {"gap_deadlocks", "analyze.gap", "did not answer within 1000 ms", "library|create|analyze"},
    {"needs_quote_volume", "analyze.optional_columns_absent", "SIGSEGV"},
    {"needs_feed", "analyze.feeds_absent", "SIGSEGV"},
    {"text_overrun", "analyze.text_capacity", "beyond its 5 bytes"},
    {"endless_text", "analyze.text_capacity", "length"},
    {"by_address", "meaning.deterministic", "part at candle"},
    {"by_clock", "meaning.deterministic", "part at candle"},
    {"unset_memory", "meaning.deterministic", "part at candle"},
    {"shared_global", "meaning.instances_independent", "another instance"},
    {"last_row_only", "meaning.chunk_invariant", "at a time"},
    {"counts_looks", "meaning.looking_again", "asked again"},
    {"looks_ahead", "meaning.no_look_ahead", "after candle"},
    {"forgets_field", "state.same_bits", "in the new instance"},
    {"one_read", "state.seven_bytes_at_a_time", "7 bytes at a time"},
    {"takes_empty", "state.empty", "took an empty"},
    {"takes_cut", "state.cut", "took 71 of"},
    {"trusts_snapshot", "state.random", "SIGSEGV"},
    {"explain_counts", "extensions.explain", "asked for its chart"},
    {"explain_overruns", "extensions.explain", "more values than"},
    {"change_resets", "extensions.live_parameters", "changed to the defaults"},
    {"change_takes_refused", "extensions.live_parameters", "which it refuses"},
    {"reads_beyond", "compatibility.older_host", "SIGSEGV"},
    {"feed_beyond", "compatibility.older_host", "SIGSEGV"},
    {"exact_size", "compatibility.newer_host", "DOCK_BAD_INPUT"},
    {"writes_tail", "compatibility.newer_host", "cannot know"},
    {"keeps_thread", "threads.changing", "another thread"},
    {"opens_file_in_thread", "threads.changing", "the sandbox forbids"},
    {"shared_scratch", "threads.eight_at_once", "seven others"},
    {"slow", "speed.analyze", "100 ms"},
};

}  // namespace

TEST_CASE("each mistake fails the test that is meant for it, and no other") {
  std::set<std::string> covered;
  for (const Mistake& mistake : mistakes) {
    INFO("plugin " << mistake.plugin);
    ValidateOptions options;
    options.file = folder("STRATDOCK_BAD_PLUGINS") + "/" + mistake.plugin + ".so";
    options.only = mistake.only;
    options.test_limit_ms = std::string(mistake.reason).find("1000 ms") != std::string::npos ? 1'000 : 10'000;
    const ValidateReport report = validated(options);
    INFO(failures(report));
    CHECK(failed_names(report) == std::set<std::string>{mistake.test});
    CHECK(failures(report).find(mistake.reason) != std::string::npos);
    CHECK_FALSE(report.good());
    covered.insert(mistake.test);
  }
  for (const TestSpec& test : test_table()) CHECK(covered.count(test.name) == 1);
}

TEST_CASE("the strategy without a mistake passes every test, and none is skipped") {
  for (const uint64_t seed : seeds()) {
    ValidateOptions options;
    options.file = folder("STRATDOCK_BAD_PLUGINS") + "/good.so";
    options.seed = seed;
    const ValidateReport report = validated(options);
    INFO("seed " << seed << "\n" << failures(report));
    CHECK(report.count(Verdict::passed) == test_table().size());
  }
}

TEST_CASE("our plugins and the one in plain C pass every test") {
  std::vector<std::string> files{folder("STRATDOCK_ABI_PLUGINS") + "/plain_c.so"};
  for (const char* name : {"volatile", "enhanced", "simple_profitable", "ticker_news"}) files.push_back(folder("STRATDOCK_PLUGINS") + "/" + name + ".so");
  for (const uint64_t seed : seeds()) {
    for (const std::string& file : files) {
      ValidateOptions options;
      options.file = file;
      options.seed = seed;
      const ValidateReport report = validated(options);
      INFO(file << ", seed " << seed << "\n" << failures(report));
      CHECK(report.count(Verdict::failed) == 0);
      CHECK(report.count(Verdict::passed) >= 29);
    }
  }
}

TEST_CASE("a failure is repeated by its name and seed alone") {
  ValidateOptions options;
  options.file = folder("STRATDOCK_BAD_PLUGINS") + "/nan_in_between.so";
  options.seed = 99;
  const ValidateReport whole = validated(options);
  options.only = "^create.random$";
  const ValidateReport alone = validated(options);
  REQUIRE(alone.results.size() == 1);
  for (const TestResult& result : whole.results)
    if (result.name == "create.random") CHECK(result.outcome.reason == alone.results[0].outcome.reason);
  CHECK(alone.results[0].command.find("--only '^create.random$' --seed 99") != std::string::npos);
}

TEST_CASE("what a failure leaves open is skipped, and names it") {
  ValidateOptions options;
  options.file = folder("STRATDOCK_BAD_PLUGINS") + "/one_candle_crash.so";
  const ValidateReport report = validated(options);
  CHECK(report.count(Verdict::failed) == 1);
  CHECK(report.count(Verdict::skipped) > 20);
  for (const TestResult& result : report.results)
    if (result.outcome.verdict == Verdict::skipped) CHECK(result.outcome.reason == "says nothing while analyze.one_candle fails");
}

TEST_CASE("what cannot be tested is an error that says why") {
  const auto refusal = [](ValidateOptions options) {
    options.executable = folder("STRATDOCK_VALIDATE_CHILD");
    const auto report = validate_plugin(options, [](const TestResult&) {});
    return report ? std::string() : report.error().text();
  };
  ValidateOptions options;
  options.file = folder("STRATDOCK_BAD_PLUGINS") + "/nothing_here.so";
  CHECK(refusal(options).find("no such file") != std::string::npos);
  options.file = folder("STRATDOCK_SOURCE_DIR") + "/README.md";
  CHECK(refusal(options).find("no shared library") != std::string::npos);
  options.file = folder("STRATDOCK_BAD_PLUGINS") + "/good.so";
  options.only = "meaning.no_look_ahed";
  CHECK(refusal(options).find("did you mean meaning.no_look_ahead") != std::string::npos);
  options.only = "(";
  CHECK(refusal(options).find("no regular expression") != std::string::npos);
  options.only = "";
  options.strategy = "other";
  CHECK(refusal(options).find("it has test.averages") != std::string::npos);
}

TEST_CASE("a library that does not load is never good, whatever was asked for") {
  ValidateOptions options;
  options.file = folder("STRATDOCK_BAD_PLUGINS") + "/missing_symbol.so";
  options.only = "meaning";
  CHECK_FALSE(validated(options).good());
}
