#include "host/engine/explain_role.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <csignal>
#include <cstdio>

#include <nlohmann/json.hpp>

#include "host/plugin/explain_run.hpp"
#include "host/store/store.hpp"

namespace stratdock {

using OrderedJson = nlohmann::ordered_json;

namespace {

constexpr size_t most_candles = 2'000'000;       // of five minutes: 19 years; 80 bytes each, here and in the worker
constexpr int64_t plugin_deadline_ms = 5'000;    // taking them all in, a million a second, and telling the values
constexpr int polite = 10;                       // decisions go first on a busy machine

std::string read_all(int fd, size_t limit) {
  std::string text;
  char buffer[16'384];
  for (ssize_t n; text.size() < limit && (n = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  return text;
}

bool write_all(int fd, const std::string& text) {
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t n = ::write(fd, text.data() + sent, text.size() - sent);
    if (n <= 0) return false;
    sent += static_cast<size_t>(n);
  }
  return true;
}

std::string chart_json(const Explanation& chart) {
  OrderedJson panes = OrderedJson::array(), series = OrderedJson::array(), levels = OrderedJson::array();
  for (const auto& pane : chart.panes)
    panes.push_back({{"key", pane.key}, {"name", pane.name}, {"min", pane.min < pane.max ? OrderedJson(pane.min) : OrderedJson()}, {"max", pane.min < pane.max ? OrderedJson(pane.max) : OrderedJson()}});
  for (const auto& one : chart.series)
    series.push_back({{"key", one.key}, {"name", one.name}, {"unit", one.unit}, {"pane", one.pane}, {"style", text(one.style)}});
  for (const auto& level : chart.levels)
    levels.push_back({{"pane", level.pane}, {"name", level.name}, {"value", level.value}, {"style", text(level.style)}});
  return OrderedJson{{"panes", panes}, {"series", series}, {"levels", levels}}.dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

// Shortest texts that read back as the same doubles.
std::string rows_text(const Explanation& chart) {
  std::string text;
  const size_t width = chart.series.size();
  text.reserve(chart.open_time_ms.size() * (16 + width * 20));
  char number[64];
  for (size_t row = 0; row < chart.open_time_ms.size(); ++row) {
    text += "[" + std::to_string(chart.open_time_ms[row]);
    for (size_t i = 0; i < width; ++i) {
      const double value = chart.values[row * width + i];
      text += ',';
      if (!std::isfinite(value))
        text += "null";
      else
        text.append(number, std::to_chars(number, number + sizeof number, value).ptr);
    }
    text += "]\n";
  }
  return text;
}

ExplainAsk decode_ask(const std::string& text) {
  const OrderedJson json = OrderedJson::parse(text);
  ExplainAsk ask;
  ask.data_folder = json.at("data_folder");
  ask.library_path = json.at("library_path");
  ask.worker_executable = json.at("worker_executable");
  ask.strategy_id = json.at("strategy_id");
  ask.seed = json.at("seed");
  ask.symbol = json.at("symbol");
  ask.interval_ms = json.at("interval_ms");
  ask.anchor_ms = json.at("anchor_ms");
  ask.rows = json.at("rows");
  ask.parent_pid = json.at("parent_pid");
  for (const auto& value : json.at("values")) {
    if (value.is_boolean()) ask.values.emplace_back(value.get<bool>());
    else if (value.is_number_integer()) ask.values.emplace_back(value.get<int64_t>());
    else if (value.is_number()) ask.values.emplace_back(value.get<double>());
    else ask.values.emplace_back(value.get<std::string>());
  }
  return ask;
}

ExplainAnswer failed(std::string reason) { return {"failed", std::move(reason), 0, "{}", ""}; }

}  // namespace

std::string encode_ask(const ExplainAsk& ask) {
  OrderedJson values = OrderedJson::array();
  for (const auto& value : ask.values) values.push_back(std::visit([](const auto& v) { return OrderedJson(v); }, value));
  return OrderedJson{{"data_folder", ask.data_folder}, {"library_path", ask.library_path}, {"worker_executable", ask.worker_executable}, {"strategy_id", ask.strategy_id},
              {"values", values},               {"seed", ask.seed},                 {"symbol", ask.symbol},                       {"interval_ms", ask.interval_ms},
              {"anchor_ms", ask.anchor_ms},     {"rows", ask.rows},                 {"parent_pid", ask.parent_pid}}
      .dump(-1, ' ', false, OrderedJson::error_handler_t::replace);
}

// Four lines, then the rows: the engine takes it apart without reading the numbers.
std::string encode_answer(const ExplainAnswer& answer) {
  std::string reason = answer.reason;
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  return answer.state + "\n" + reason + "\n" + std::to_string(answer.as_of_ms) + "\n" + answer.chart + "\n" + answer.rows;
}

ExplainAnswer decode_answer(const std::string& text) {
  std::string lines[4];
  size_t at = 0;
  for (std::string& line : lines) {
    const size_t end = text.find('\n', at);
    if (end == std::string::npos) return failed("the process that asks the strategy for its chart ended without an answer");
    line = text.substr(at, end - at);
    at = end + 1;
  }
  ExplainAnswer answer{lines[0], lines[1], 0, lines[3], text.substr(at)};
  std::from_chars(lines[2].data(), lines[2].data() + lines[2].size(), answer.as_of_ms);
  const bool whole = answer.rows.empty() || answer.rows.ends_with("]\n");
  const bool known = answer.state == "ready" || answer.state == "none" || answer.state == "failed";
  return whole && known ? answer : failed("the process that asks the strategy for its chart broke off in its answer");
}

ExplainAnswer explain(const ExplainAsk& ask) {
  auto journal = store::open_journal_reader(ask.data_folder);
  if (!journal) return failed(journal.error().text());
  const CandleSeries candles = (*journal)->candles(ask.symbol, ask.interval_ms, ask.anchor_ms, INT64_MAX, most_candles + 1);
  if (auto read = (*journal)->take_failure(); !read) return failed("reading the candles of " + ask.symbol + ": " + read.error().text());
  if (candles.size() > most_candles) return failed("there are more than " + std::to_string(most_candles) + " candles since the bot's start; stop and start it for a new beginning");
  WorkerOptions options;
  options.executable = ask.worker_executable;
  options.call_deadline_ms = plugin_deadline_ms;
  const auto chart = run_explain(options, {ask.library_path, ask.strategy_id, ask.values, ask.seed, ask.symbol, ask.rows, candles});
  if (!chart) return failed(chart.error().text());
  ExplainAnswer answer;
  answer.state = chart->offered ? "ready" : "none";
  answer.as_of_ms = candles.empty() ? 0 : candles.back().open_time_ms;
  answer.chart = chart_json(*chart);
  answer.rows = rows_text(*chart);
  return answer;
}

int explain_main() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::setpriority(PRIO_PROCESS, 0, polite);
  ExplainAnswer answer;
  try {
    const ExplainAsk ask = decode_ask(read_all(STDIN_FILENO, explain_answer_limit));
    if (::getppid() != ask.parent_pid) return 1;  // it ended before its death was a signal for us
    answer = explain(ask);
  } catch (const std::exception& error) {
    answer = failed(std::string("asking the strategy for its chart: ") + error.what());
  }
  return write_all(STDOUT_FILENO, encode_answer(answer)) ? 0 : 1;
}

}  // namespace stratdock
