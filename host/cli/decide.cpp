// `decide`: what a strategy says at every candle of a file.
#include "host/cli/decide.hpp"

#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>

#include "host/cli/command.hpp"
#include "host/cli/output.hpp"
#include "host/cli/strategy_run.hpp"

namespace stratdock::cli {
namespace {

// 0.07 * 100 is 7.000000000000001: people expect the 7 that, divided again, gives the same confidence.
std::string confidence_text(double confidence) {
  const double exact = confidence * 100;
  const double plain = std::round(exact * 1e9) / 1e9;
  return double_text(plain / 100 == confidence ? plain : exact);
}

// A reason a line in the strategy's words; one field here.
std::string one_line(const std::string& reasons) {
  std::string text;
  for (const char c : reasons) {
    if (c == '\n') text += "; ";
    else if (c != '\r') text += c;
  }
  while (text.ends_with("; ")) text.resize(text.size() - 2);
  return text;
}

std::string row_text(int64_t open_time_ms, const EvaluateAnswer& answer) {
  const Decision& decision = answer.decision;
  const std::string reasons = answer.kind == AnswerKind::ok ? one_line(decision.reasons) : "failed: " + one_line(answer.cause);
  return csv_record({std::to_string(open_time_ms), std::string(text(decision.action)), confidence_text(decision.confidence), double_text(decision.size_fraction),
                     decision.stop_loss ? double_text(*decision.stop_loss) : "", decision.take_profit ? double_text(*decision.take_profit) : "", reasons});
}

struct CloseFile {
  void operator()(std::FILE* file) const {
    if (file != stdout) std::fclose(file);
  }
};

}  // namespace

int decide_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_run_options(visible, true);
  visible.add_options()("window", options::value<uint32_t>()->default_value(0, "off"), "a fresh instance for each candle, anchored so many rows back")(
      "out", options::value<std::string>(), "write here instead of to the terminal");
  const Parsed parsed = parse(words, "decide --strategy ID --candles FILE [--param KEY=VALUE]... [--window N] [--out FILE]",
                              "Prints what a strategy says at every candle, as CSV: open_time,action,confidence,size_fraction,stop_loss,take_profit,reasons.\n"
                              "The position is flat; candle feeds come from the files given, news and assessments are absent. One instance sees all candles from the first row on.",
                              "stratdock decide --strategy enhanced --candles BTCUSDT-5m-2024-01.csv --out decisions.csv", visible);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto recording = load_recording(parsed.values);
  if (!recording) return fail(recording.error());
  auto worker = OfflineWorker::open(plugin_options(words_of(parsed.values, "plugins"), parsed.values), parsed.values["strategy"].as<std::string>());
  if (!worker) return fail(worker.error());
  auto parameters = parameters_of(worker->strategy(), words_of(parsed.values, "param"));
  if (!parameters) return fail(parameters.error());

  const std::string out = parsed.values.count("out") == 0 ? "" : parsed.values["out"].as<std::string>();
  const std::unique_ptr<std::FILE, CloseFile> file(out.empty() ? stdout : std::fopen(out.c_str(), "wb"));
  if (!file) return fail({"writing the decisions to " + out + ": the file cannot be made", "check the folder and its rights", 0});
  const std::string head = csv_record({"open_time", "action", "confidence", "size_fraction", "stop_loss", "take_profit", "reasons"});
  bool written = std::fwrite(head.data(), 1, head.size(), file.get()) == head.size();
  size_t failures = 0;
  std::string first_failure;
  RecordedHistory feeds = history_of(*recording);
  const Status done = worker->decide({std::move(*parameters), 1, recording->symbol.rules.name, recording->candles, &feeds}, parsed.values["window"].as<uint32_t>(),
                                     [&](size_t row, const EvaluateAnswer& answer) {
                                       if (answer.kind != AnswerKind::ok && failures++ == 0) first_failure = answer.cause;
                                       const std::string line = row_text(recording->candles.open_time_ms()[row], answer);
                                       written = std::fwrite(line.data(), 1, line.size(), file.get()) == line.size() && written;
                                     });
  written = std::fflush(file.get()) == 0 && written;
  if (!done) return fail(done.error());
  if (!written) return fail({"writing the decisions to " + (out.empty() ? "the terminal" : out) + ": not everything could be written", "check the space that is left", 0});
  if (failures > 0)
    return fail({"deciding with strategy " + worker->strategy().id + ": it failed on " + std::to_string(failures) + " of " + std::to_string(recording->candles.size()) +
                     " candles; the first time: " + first_failure,
                 "those rows say HOLD and why", 0});
  return exit_success;
}

}  // namespace stratdock::cli
