// `candles fetch`: past candles from Binance, or from a paper exchange, into a file.
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "host/cli/candles_fetch.hpp"
#include "host/cli/command.hpp"
#include "host/config/value_reader.hpp"
#include "host/history/fetch.hpp"

namespace stratdock::cli {
namespace {

using history::FetchProgress;
using history::FetchRequest;
using history::FetchSummary;
using history::Gap;

constexpr size_t gaps_listed = 10;

// One line that is written over, on a terminal only.
class ProgressLine {
public:
  ~ProgressLine() { clear(); }
  void show(const FetchProgress& progress) {
    if (!is_terminal_) return;
    const int64_t percent = progress.expected > 0 ? std::min<int64_t>(100, 100 * progress.candles / progress.expected) : 0;
    std::cerr << "\r\033[K" << percent << " %, " << progress.candles << " candles: " << progress.step << std::flush;
    is_shown_ = true;
  }
  void say(const std::string& line) {
    clear();
    std::cerr << line << std::endl;
  }
  void clear() {
    if (is_shown_) std::cerr << "\r\033[K" << std::flush;
    is_shown_ = false;
  }

private:
  const bool is_terminal_ = ::isatty(STDERR_FILENO) == 1;
  bool is_shown_ = false;
};

Result<int64_t> time_of(const std::string& text, const char* which) {
  if (text == "now") return INT64_MAX / 2;
  if (const auto time_ms = parse_utc_time(text)) return *time_ms;
  return failure("reading " + std::string(which) + ": found '" + text + "', expected a time in UTC", "write 2024-01-31, 2024-01-31T09:30, or now");
}

std::string compact(const std::string& time) {
  std::string digits;
  std::copy_if(time.begin(), time.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  constexpr size_t date_digits = 8;
  return digits.size() > date_digits && digits.find_first_not_of('0', date_digits) == std::string::npos ? digits.substr(0, date_digits) : digits;
}

bool is_symbol(const std::string& text) {
  return !text.empty() && text.size() <= 30 && text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string::npos;
}

Result<history::Source> source_of(const std::string& text) {
  if (text == "auto") return history::Source::automatic;
  if (text == "archive") return history::Source::archive;
  if (text == "rest") return history::Source::rest;
  return failure("reading --source: found '" + text + "'", "use auto, archive or rest");
}

Result<std::filesystem::path> file_of(const options::variables_map& values, const std::string& symbol, const std::string& interval, int64_t from_ms, const std::string& to) {
  if (values.count("out") != 0 && values.count("folder") != 0) return failure("reading the command line: both --out and --folder are given", "give one of them");
  std::filesystem::path file;
  if (values.count("out") != 0) {
    file = values["out"].as<std::string>();
    if (file.extension() == ".zip" || file.extension() == ".gz") return failure("writing candles to " + file.string() + ": the file is written as plain CSV", "name it .csv");
  } else {
    const std::filesystem::path folder = values.count("folder") == 0 ? "." : values["folder"].as<std::string>();
    file = folder / (symbol + "-" + interval + "-" + compact(utc_time_text(from_ms)) + "_" + (to == "now" ? to : compact(utc_time_text(*parse_utc_time(to)))) + ".csv");
  }
  std::error_code code;
  if (!file.parent_path().empty()) std::filesystem::create_directories(file.parent_path(), code);
  if (code) return failure("making the folder " + file.parent_path().string() + ": " + code.message(), "check its rights");
  return file;
}

Result<FetchRequest> request_of(const options::variables_map& values, const std::vector<std::string>& words) {
  FetchRequest request;
  request.symbol = words[0];
  if (!is_symbol(request.symbol)) return failure("reading SYMBOL: found '" + request.symbol + "'", "write it as the exchange does, such as BTCUSDT: capitals, nothing between them");
  const auto interval = parse_interval(words[1]);
  if (!interval) return tl::unexpected(interval.error());
  request.interval_ms = *interval;
  const std::string to_text = words.size() > 3 ? words[3] : "now";
  const auto from = time_of(words[2], "FROM"), to = time_of(to_text, "TO");
  if (!from) return tl::unexpected(from.error());
  if (!to) return tl::unexpected(to.error());
  if (words[2] == "now") return failure("reading FROM: candles from now on have not closed yet", "choose an earlier beginning");
  if (*from >= *to) return failure("reading FROM and TO: " + words[2] + " is not before " + to_text, "FROM is the first candle's opening, TO the end: exchange them?");
  request.from_ms = *from;
  request.to_ms = *to;
  const auto source = source_of(values["source"].as<std::string>());
  if (!source) return tl::unexpected(source.error());
  request.source = *source;
  auto file = file_of(values, request.symbol, words[1], *from, to_text);
  if (!file) return tl::unexpected(file.error());
  request.file = std::move(*file);
  return request;
}

Result<binance::Endpoints> endpoints_of(const options::variables_map& values) {
  if (values.count("url") == 0) return binance::endpoints_of(binance::Venue::mainnet);
  return binance::paper_endpoints(values["url"].as<std::string>(), values.count("certificate") == 0 ? "" : values["certificate"].as<std::string>());
}

int64_t missing(const Gap& gap, int64_t interval_ms) { return (gap.to_ms - gap.from_ms) / interval_ms; }

void print_json(const FetchRequest& request, const FetchSummary& summary) {
  nlohmann::json gaps = nlohmann::json::array();
  for (const Gap& gap : summary.gaps) gaps.push_back({{"from_ms", gap.from_ms}, {"to_ms", gap.to_ms}, {"missing", missing(gap, request.interval_ms)}});
  const auto opens = summary.candles.open_time_ms();
  std::cout << nlohmann::json{{"file", request.file.string()}, {"symbol", request.symbol}, {"interval", interval_text(request.interval_ms)}, {"candles", summary.candles.size()},
                              {"first_open_ms", opens.front()}, {"last_open_ms", opens.back()}, {"fetched", summary.fetched}, {"kept", summary.kept}, {"gaps", gaps}}
                   .dump(2)
            << "\n";
}

void print_text(const FetchRequest& request, const FetchSummary& summary) {
  std::cout << request.file.string() << ": " << summary.report.text(summary.candles) << "\n";
  if (summary.kept > 0) std::cout << summary.fetched << " fetched, " << summary.kept << " were there\n";
  for (size_t i = 0; i < std::min(gaps_listed, summary.gaps.size()); ++i) {
    const Gap& gap = summary.gaps[i];
    std::cout << "  gap: " << utc_time_text(gap.from_ms) << " to " << utc_time_text(gap.to_ms) << ", " << missing(gap, request.interval_ms) << " missing\n";
  }
  if (summary.gaps.size() > gaps_listed) std::cout << "  and " << summary.gaps.size() - gaps_listed << " more gaps (--json lists all)\n";
}

}  // namespace

int candles_fetch_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  visible.add_options()("out", options::value<std::string>(), "the file; one that is there is gone on with")(
      "folder", options::value<std::string>(), "where SYMBOL-INTERVAL-FROM_TO.csv goes (the current folder)")(
      "source", options::value<std::string>()->default_value("auto"), "auto; archive: only data.binance.vision; rest: only the API")(
      "url", options::value<std::string>(), "a paper exchange, http://127.0.0.1:PORT, in place of Binance")("certificate", options::value<std::string>(), "PEM file that its https is known by")(
      "json", "print as JSON");
  const Parsed parsed = parse(words, "candles fetch SYMBOL INTERVAL FROM [TO] [--out FILE | --folder DIR]",
                              "Fetches past candles from Binance, without a key, as a file for backtest, decide and replay. FROM and TO are times in UTC (2024-01-31 or\n"
                              "2024-01-31T09:30); TO itself is not included, and is now unless given. Started again, it goes on where it ended.",
                              "stratdock candles fetch BTCUSDT 5m 2024-01-01 2024-02-01", visible, {{"place", -1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  const auto places = parsed.values.count("place") == 0 ? std::vector<std::string>{} : parsed.values["place"].as<std::vector<std::string>>();
  if (places.size() < 3 || places.size() > 4) {
    std::cerr << "stratdock: reading the command line: SYMBOL, INTERVAL, FROM and perhaps TO are needed, found " << places.size() << " words\nusage: stratdock candles fetch SYMBOL INTERVAL FROM [TO]\n(stratdock candles fetch --help shows all options)\n";
    return exit_usage;
  }
  const auto request = request_of(parsed.values, places);
  if (!request) return fail(request.error());
  const auto endpoints = endpoints_of(parsed.values);
  if (!endpoints) return fail(endpoints.error());
  ProgressLine line;
  history::CandleFetch fetch(*endpoints, *request, {[&](const FetchProgress& progress) { line.show(progress); }, [&](const std::string& text) { line.say(text); }});
  const auto summary = fetch.run();
  line.clear();
  if (!summary) return fail(summary.error());
  if (parsed.values.count("json") != 0) print_json(*request, *summary);
  else print_text(*request, *summary);
  const int64_t end_ms = summary->candles.open_time_ms().back() + request->interval_ms;
  if (end_ms + request->interval_ms <= summary->wanted_to_ms)
    std::cerr << "the candles end at " << utc_time_text(end_ms) << ": " << (request->source == history::Source::archive ? "there are no later archives yet; --source auto asks the API as well" : "the exchange has no later ones") << "\n";
  return exit_success;
}

}  // namespace stratdock::cli
