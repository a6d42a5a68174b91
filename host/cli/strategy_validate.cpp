// `strategy validate`: every test of the plugin ABI on one library.
#include <iostream>
#include <string>

#include "host/cli/command.hpp"
#include "host/cli/strategy_commands.hpp"
#include "host/validate/report.hpp"
#include "host/validate/validator.hpp"

namespace stratdock::cli {

int strategy_validate_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  visible.add_options()("strategy", options::value<std::string>(), "this one of the library's strategies alone")(
      "quick", "what takes less than 3 seconds: smaller counts, no measuring")(
      "only", options::value<std::string>(), "tests whose name matches this regular expression")(
      "seed", options::value<uint64_t>()->default_value(1), "of all that is made up: markets, parameters, damaged snapshots")(
      "limit", options::value<double>()->default_value(10), "seconds that one test may take")("list", "name the tests, and run none")("brief", "print what failed, and the summary")("json", "print as JSON");
  const Parsed parsed = parse(words, "strategy validate FILE",
                              "Tests a plugin as the host will use it: loading, parameters, odd markets, snapshots, threads, speed, and that a decision depends on\n"
                              "nothing but what the strategy was told. Each test runs in a sandboxed process of its own. Exit code 0: none failed.",
                              "stratdock strategy validate ./my_strategy.so --only meaning --seed 7", visible, {{"file", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("list") != 0) return std::cout << validate::table_text(), exit_success;
  if (parsed.values.count("file") == 0) return fail({"reading the command line: no file is named", "stratdock strategy validate FILE", 0}), exit_usage;
  validate::ValidateOptions settings;
  settings.file = parsed.values["file"].as<std::vector<std::string>>().front();
  settings.quick = parsed.values.count("quick") != 0;
  settings.seed = parsed.values["seed"].as<uint64_t>();
  if (parsed.values.count("strategy") != 0) settings.strategy = parsed.values["strategy"].as<std::string>();
  if (parsed.values.count("only") != 0) settings.only = parsed.values["only"].as<std::string>();
  const double limit_s = parsed.values["limit"].as<double>();
  if (!(limit_s >= 0.1 && limit_s <= 3'600)) return fail({"reading the command line: --limit is " + std::to_string(limit_s), "seconds from 0.1 to 3600", 0}), exit_usage;
  settings.test_limit_ms = static_cast<int64_t>(limit_s * 1'000);
  const bool json = parsed.values.count("json") != 0, brief = parsed.values.count("brief") != 0;
  const auto report = validate::validate_plugin(settings, [&](const validate::TestResult& result) {
    if (!json && (!brief || result.outcome.verdict == validate::Verdict::failed)) std::cout << validate::result_text(result, settings.seed) << std::flush;
  });
  if (!report) return fail(report.error());
  std::cout << (json ? validate::report_json(*report) : validate::summary_text(*report));
  return report->good() ? exit_success : exit_failure;
}

}  // namespace stratdock::cli
