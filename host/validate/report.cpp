#include "host/validate/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "host/validate/test_table.hpp"

namespace stratdock::validate {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t name_width = 34;

std::string padded(std::string text, size_t width) {
  text.resize(std::max(width, text.size() + 1), ' ');
  return text;
}

const char* word(Verdict verdict) { return verdict == Verdict::passed ? "passed" : verdict == Verdict::failed ? "FAILED" : "skipped"; }

std::string figure_text(double value) {
  char text[64];
  std::snprintf(text, sizeof text, value >= 1'000 || value == std::floor(value) ? "%.0f" : "%.3g", value);
  return text;
}

std::string seconds_text(int64_t duration_ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(duration_ms) / 1e3);
  return text;
}

}  // namespace

std::string result_text(const TestResult& result, uint64_t seed) {
  std::string said = result.strategy.empty() ? "" : result.strategy + ": ";
  for (const Figure& figure : result.outcome.figures) said += figure.name + " " + figure_text(figure.value) + "  ";
  said += result.outcome.reason;
  std::string line = padded(word(result.outcome.verdict), 8) + padded(result.name, name_width) + said;
  while (line.ends_with(' ')) line.pop_back();
  if (line.ends_with(':')) line.pop_back();
  line += "\n";
  if (result.outcome.verdict != Verdict::failed) return line;
  return line + "        what to do: " + result.advice + "\n        seed " + std::to_string(seed) + "; again: " + result.command + "\n";
}

std::string summary_text(const ValidateReport& report) {
  std::string text;
  for (const auto& line : report.sandbox_report) text += "note: " + line + "\n";
  return text + std::to_string(report.results.size()) + (report.results.size() == 1 ? " test: " : " tests: ") + std::to_string(report.count(Verdict::passed)) + " passed, " + std::to_string(report.count(Verdict::failed)) +
         " failed, " + std::to_string(report.count(Verdict::skipped)) + " skipped; seed " + std::to_string(report.seed) + (report.quick ? ", quick" : "") + ", " +
         seconds_text(report.duration_ms) + "\n";
}

std::string report_json(const ValidateReport& report) {
  Json tests = Json::array();
  for (const TestResult& result : report.results) {
    const Verdict verdict = result.outcome.verdict;
    Json test{{"name", result.name}, {"strategy", result.strategy}, {"verdict", verdict == Verdict::failed ? "failed" : word(verdict)}, {"reason", result.outcome.reason},
              {"advice", result.advice}, {"command", result.command}, {"duration_ms", result.duration_ms}, {"figures", Json::object()}};
    for (const Figure& figure : result.outcome.figures) test["figures"][figure.name] = figure.value;
    tests.push_back(std::move(test));
  }
  const Json whole{{"file", report.file}, {"sha256", report.sha256}, {"seed", report.seed}, {"quick", report.quick}, {"good", report.good()},
                   {"passed", report.count(Verdict::passed)}, {"failed", report.count(Verdict::failed)}, {"skipped", report.count(Verdict::skipped)},
                   {"duration_ms", report.duration_ms}, {"sandbox_lacks", report.sandbox_report}, {"tests", tests}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string table_text() {
  std::string text;
  for (const TestSpec& test : test_table()) text += padded(test.name, name_width) + test.about + (test.quick ? "" : "  (not in --quick)") + "\n";
  return text;
}

}  // namespace stratdock::validate
