#include "host/validate/validator.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <regex>

#include "core/parameter.hpp"
#include "host/plugin/decision_check.hpp"
#include "host/plugin/plugin_file.hpp"
#include "host/plugin/worker_process.hpp"
#include "host/validate/child.hpp"
#include "host/validate/test_table.hpp"

namespace stratdock::validate {
namespace {

// Removed with all that is in it.
class PrivateFolder {
public:
  PrivateFolder() {
    std::string path = (std::filesystem::temp_directory_path() / "stratdock-validate-XXXXXX").string();
    if (mkdtemp(path.data())) path_ = path;
  }
  ~PrivateFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

class Run {
public:
  Run(const ValidateOptions& options, std::filesystem::path copy, ValidateReport& report, const std::function<void(const TestResult&)>& on_result)
      : options_(options), copy_(std::move(copy)), report_(report), on_result_(on_result) {}

  // Loads it once to learn which strategies it has. False: it cannot be loaded; the report has why.
  bool look();
  Status choose_strategy();
  void run_all(const std::vector<const TestSpec*>& chosen);

private:
  Finding run_child(const TestSpec& test, uint32_t strategy, uint32_t run) const;
  Outcome run_test(const TestSpec& test, uint32_t strategy) const;
  void report(const TestSpec& test, const std::string& strategy, Outcome outcome, int64_t duration_ms);
  // By test: the one that failed, itself or what it needs.
  using Failures = std::map<std::string, std::string>;
  void run_one(const TestSpec& test, uint32_t strategy, const std::string& id, Failures& failures);

  const ValidateOptions& options_;
  std::filesystem::path copy_;
  ValidateReport& report_;
  const std::function<void(const TestResult&)>& on_result_;
  Outcome loaded_;
  std::vector<std::string> strategies_;
  std::vector<uint32_t> chosen_strategies_;
};

Finding Run::run_child(const TestSpec& test, uint32_t strategy, uint32_t run) const {
  Finding finding;
  WorkerOptions worker_options;
  worker_options.executable = options_.executable;
  worker_options.role = child_role;
  worker_options.call_deadline_ms = options_.test_limit_ms;
  // A test that waits for ever looks like one that the machine does not let run: it gets a second limit, no more.
  worker_options.starved_factor = 2;
  auto worker = WorkerProcess::spawn(worker_options);
  if (!worker) {
    finding.outcome = failed(worker.error().text());
    return finding;
  }
  MessageWriter writer;
  put_task(writer, {copy_.string(), test.name, strategy, run, options_.seed, options_.quick, (*worker)->namespaces()});
  std::string doing;
  const int64_t start_ms = steady_now_ms();
  Message message;
  if ((*worker)->send(MessageType::validate_test, writer)) {
    while ((*worker)->wait_message(message, start_ms, options_.test_limit_ms)) {
      MessageReader reader(message.bytes);
      if (message.type == MessageType::validated && get_finding(reader, finding)) return finding;
      if (message.type == MessageType::validate_note) doing = clean_text(reader.get_text(), 400);
    }
  }
  const WorkerDeath death = (*worker)->end((*worker)->pending_end());
  finding = {};
  finding.outcome = failed((death.end == WorkerEnd::timed_out ? "it hangs: " : "its process died: ") + death.cause + (doing.empty() ? "" : " (" + doing + ")"));
  return finding;
}

// A test that is run in two processes passes when both decide the same.
Outcome Run::run_test(const TestSpec& test, uint32_t strategy) const {
  Outcome first = run_child(test, strategy, 0).outcome;
  if (test.runs < 2 || first.verdict != Verdict::passed) return first;
  const Outcome second = run_child(test, strategy, 1).outcome;
  if (second.verdict != Verdict::passed || second.digest == first.digest) return second;
  constexpr size_t hash_bytes = sizeof(uint64_t);
  size_t candle = 0;
  while ((candle + 1) * hash_bytes <= std::min(first.digest.size(), second.digest.size()) &&
         std::memcmp(first.digest.data() + candle * hash_bytes, second.digest.data() + candle * hash_bytes, hash_bytes) == 0)
    ++candle;
  return failed("two processes fed the same candles part at candle " + std::to_string(candle + 1));
}

bool Run::look() {
  const TestSpec& loads = *find_test("library.loads");
  const Finding finding = run_child(loads, 0, 0);
  loaded_ = finding.outcome;
  strategies_ = finding.strategies;
  report_.sandbox_report = finding.sandbox_report;
  for (uint32_t i = 0; i < strategies_.size(); ++i) chosen_strategies_.push_back(i);
  return loaded_.verdict == Verdict::passed;
}

Status Run::choose_strategy() {
  if (options_.strategy.empty()) return {};
  for (uint32_t i = 0; i < strategies_.size(); ++i)
    if (strategies_[i] == options_.strategy || strategies_[i].ends_with("." + options_.strategy)) return chosen_strategies_ = {i}, Status();
  std::string known;
  for (const auto& id : strategies_) known += (known.empty() ? "" : ", ") + id;
  return failure("validating " + options_.file.string() + ": it has no strategy " + options_.strategy, known.empty() ? "it could not be loaded at all" : "it has " + known);
}

void Run::report(const TestSpec& test, const std::string& strategy, Outcome outcome, int64_t duration_ms) {
  TestResult result{test.name, strategy, std::move(outcome), {}, {}, duration_ms};
  if (result.outcome.verdict == Verdict::failed) {
    result.advice = test.advice;
    result.command = "stratdock strategy validate '" + options_.file.string() + "' --only '^" + test.name + "$' --seed " + std::to_string(options_.seed);
    if (!strategy.empty() && strategies_.size() > 1) result.command += " --strategy " + strategy;
    if (options_.quick) result.command += " --quick";
  }
  report_.results.push_back(std::move(result));
  on_result_(report_.results.back());
}

void Run::run_one(const TestSpec& test, uint32_t strategy, const std::string& id, Failures& failures) {
  if (const auto cause = failures.find(test.needs); cause != failures.end()) {
    const std::string root = cause->second;
    failures.emplace(test.name, root);
    return report(test, id, skipped("says nothing while " + root + " fails"), 0);
  }
  const int64_t start_ms = steady_now_ms();
  const bool looked = test.name == std::string_view("library.loads");
  Outcome outcome = looked ? loaded_ : run_test(test, strategy);
  if (outcome.verdict == Verdict::failed) failures.emplace(test.name, test.name);
  report(test, id, std::move(outcome), steady_now_ms() - start_ms);
}

void Run::run_all(const std::vector<const TestSpec*>& chosen) {
  Failures failures;
  // Also where it was not asked for: nobody may take a library that does not load for a good one.
  const TestSpec* loads = find_test("library.loads");
  if (loaded_.verdict != Verdict::passed && std::find(chosen.begin(), chosen.end(), loads) == chosen.end()) run_one(*loads, 0, {}, failures);
  for (const TestSpec* test : chosen)
    if (test->stage == Stage::file || test->stage == Stage::loading || test->stage == Stage::library) run_one(*test, 0, {}, failures);
  for (const uint32_t strategy : chosen_strategies_) {
    Failures failures_here = failures;
    for (const TestSpec* test : chosen)
      if (test->stage == Stage::strategy || test->stage == Stage::threads) run_one(*test, strategy, strategies_[strategy], failures_here);
  }
}

Result<std::vector<const TestSpec*>> choose_tests(const ValidateOptions& options) {
  std::vector<const TestSpec*> chosen;
  std::vector<std::string> names;
  try {
    const std::regex pattern(options.only);
    for (const TestSpec& test : test_table()) {
      names.emplace_back(test.name);
      // A test that is named goes before --quick leaves it away.
      const bool named = !options.only.empty() && std::regex_search(test.name, pattern);
      if (options.only.empty() ? test.quick || !options.quick : named) chosen.push_back(&test);
    }
  } catch (const std::regex_error& error) {
    return failure("choosing tests: --only '" + options.only + "' is no regular expression: " + error.what());
  }
  if (!chosen.empty()) return chosen;
  const std::string nearest = nearest_name(options.only, names);
  return failure("choosing tests: no test's name matches --only '" + options.only + "'", nearest.empty() ? "--list names them" : "did you mean " + nearest + "?");
}

}  // namespace

size_t ValidateReport::count(Verdict verdict) const {
  return static_cast<size_t>(std::count_if(results.begin(), results.end(), [&](const TestResult& result) { return result.outcome.verdict == verdict; }));
}

Result<ValidateReport> validate_plugin(const ValidateOptions& options, const std::function<void(const TestResult&)>& on_result) {
  const std::string doing = "validating " + options.file.string();
  const int64_t start_ms = steady_now_ms();
  auto chosen = choose_tests(options);
  if (!chosen) return tl::unexpected(chosen.error());
  std::error_code code;
  if (!std::filesystem::is_regular_file(options.file, code)) return failure(doing + ": there is no such file");
  const FileShape shape = file_shape(options.file);
  if (shape == FileShape::incomplete) return failure(doing + ": the file is incomplete", "is it still being copied?");
  if (shape == FileShape::not_a_library) return failure(doing + ": it is no shared library for this machine", "build it with stratdock_add_strategy()");
  // A copy of its own: the sandbox lets the library see this folder, and nothing changes the file meanwhile.
  const PrivateFolder folder;
  if (folder.path().empty()) return failure(doing + ": no folder can be made in " + std::filesystem::temp_directory_path(code).string());
  auto copy = copy_into_cache(options.file, folder.path());
  if (!copy) return tl::unexpected(copy.error());

  ValidateReport report;
  report.file = options.file.string();
  report.sha256 = copy->sha256;
  report.seed = options.seed;
  report.quick = options.quick;
  Run run(options, copy->copy, report, on_result);
  if (run.look())
    if (auto known = run.choose_strategy(); !known) return tl::unexpected(known.error());
  run.run_all(*chosen);
  report.duration_ms = steady_now_ms() - start_ms;
  return report;
}

}  // namespace stratdock::validate
