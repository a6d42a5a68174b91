#include "host/plugin/offline_worker.hpp"

#include <algorithm>
#include <deque>

#include "host/plugin/backtest_json.hpp"
#include "host/plugin/catalog.hpp"
#include "host/plugin/decision_check.hpp"
#include "host/plugin/parameter_wire.hpp"
#include "host/plugin/plugin_runner.hpp"
#include "host/plugin/worker_session.hpp"

namespace stratdock {
namespace {

constexpr uint32_t handle = 1, series_id = 1;

WorkerOptions worker_options(const PluginHostOptions& options) {
  WorkerOptions worker;
  worker.executable = options.worker_executable;
  worker.call_deadline_ms = options.call_deadline_ms;
  worker.memory_limit_bytes = options.memory_limit_bytes;
  worker.pass_stderr = options.pass_worker_stderr;
  worker.missing_parts = options.missing_sandbox_parts;
  return worker;
}

Error ended(WorkerProcess& worker, const std::string& doing) { return {doing + ": " + worker.end(worker.pending_end()).cause, "", 0}; }

bool open_series(WorkerProcess& worker, const OfflineWorker::Run& run, uint64_t keep_rows) {
  MessageWriter writer;
  writer.put(series_id);
  writer.put_text(run.symbol);
  writer.put(run.candles.interval_ms());
  writer.put(keep_rows);
  return worker.send(MessageType::open_series, writer);
}

bool append(WorkerProcess& worker, const CandleSeries& candles, size_t first, size_t count) {
  MessageWriter writer;
  writer.put(series_id);
  put_rows(writer, candles, first, count);
  return worker.send(MessageType::append_rows, writer);
}

Result<InstanceRequirements> create_instance(WorkerProcess& worker, const StrategyInfo& strategy, const OfflineWorker::Run& run, int64_t deadline_ms) {
  MessageWriter writer;
  writer.put(handle);
  writer.put_text(strategy.id);
  writer.put(run.seed);
  writer.put_text(run.symbol);
  writer.put(run.candles.empty() ? int64_t{0} : run.candles.open_time_ms().front());
  put_values(writer, run.values);
  Message message;
  const std::string doing = "creating an instance of strategy " + strategy.id;
  if (!worker.send(MessageType::create_instance, writer) || !worker.wait_message(message, steady_now_ms(), deadline_ms))
    return tl::unexpected(ended(worker, doing));
  auto needs = message.type == MessageType::created ? read_created(message) : Result<InstanceRequirements>(failure("the worker's answer makes no sense"));
  if (!needs) return failure(doing + ": " + needs.error().text());
  writer.clear();
  writer.put(handle);
  writer.put(series_id);
  if (!worker.send(MessageType::bind_instance, writer)) return tl::unexpected(ended(worker, doing));
  return needs;
}

// Every candle of the feeds that the strategy asks for.
class OfflineFeeds {
public:
  OfflineFeeds(const InstanceRequirements& needs, const OfflineWorker::Run& run) {
    parts_.resize(std::min<size_t>(needs.feeds.size(), 32));
    for (size_t i = 0; i < parts_.size(); ++i) {
      const FeedRequirement& asked = needs.feeds[i];
      if (asked.kind != FeedKind::candles || !run.feeds || run.candles.empty()) continue;
      const int64_t interval_ms = asked.interval_ms == 0 ? run.candles.interval_ms() : asked.interval_ms;
      CandleSeries& series = candles_.emplace_back(interval_ms);
      const int64_t first_ms = feed_start_ms(asked, interval_ms, run.candles.open_time_ms().front());
      const Status read = run.feeds->read(asked.symbol.empty() ? run.symbol : asked.symbol, interval_ms, first_ms, INT64_MAX,
                                          [&](const CandleSeries& rows) { series.append(rows, 0, rows.size()); });
      if (read) parts_[i].candles = &series;
      else parts_[i].fault = faults_.emplace_back(read.error().text());
    }
  }
  uint8_t count() const { return static_cast<uint8_t>(parts_.size()); }
  std::span<const FeedPart> parts() const { return parts_; }
  // They go once; afterwards only that they are there.
  void sent() {
    for (CandleSeries& series : candles_) series.clear();
  }

private:
  std::vector<FeedPart> parts_;
  std::deque<CandleSeries> candles_;
  std::deque<std::string> faults_;
};

EvaluateAnswer to_answer(const WireAnswer& wire) {
  const Status checked = wire.ok ? check_decision(wire.decision) : Status(failure(clean_text(wire.error, 2'048)));
  if (!checked) return {AnswerKind::failed, {}, checked.error().text(), {}};
  EvaluateAnswer answer{AnswerKind::ok, wire.decision, {}, {}};
  answer.decision.reasons = clean_text(answer.decision.reasons, 8'192);
  return answer;
}

}  // namespace

OfflineWorker::OfflineWorker(StrategyInfo strategy, PluginHostOptions options, std::shared_ptr<const PluginVersion> version)
    : strategy_(std::move(strategy)), options_(std::move(options)), version_(std::move(version)) {}
OfflineWorker::OfflineWorker(OfflineWorker&&) noexcept = default;
OfflineWorker& OfflineWorker::operator=(OfflineWorker&&) noexcept = default;
OfflineWorker::~OfflineWorker() = default;

Result<OfflineWorker> OfflineWorker::open(const PluginHostOptions& options, std::string_view strategy_id) {
  Catalog catalog(options.plugin_folders, options.cache_folder, worker_options(options), options.trust);
  if (auto started = catalog.start(); !started) return tl::unexpected(started.error());
  const auto version = catalog.find(strategy_id);
  if (!version) {
    std::string refused;
    for (const auto& [file, entry] : catalog.entries())
      if (!entry.reason.empty()) refused += "; " + file + ": " + entry.reason;
    return failure("looking for strategy " + std::string(strategy_id) + ": no plugin offers it" + refused, "`stratdock strategy list` shows what there is");
  }
  return OfflineWorker(*version->find(catalog.full_id(strategy_id)), options, version);
}

Result<std::vector<PluginInfo>> OfflineWorker::list(const PluginHostOptions& options) {
  struct NoHistory : CandleHistory {
    Status read(std::string_view, int64_t, int64_t, int64_t, const std::function<void(const CandleSeries&)>&) override { return {}; }
  } history;
  PluginHost host(options, history);
  if (auto started = host.start(); !started) return tl::unexpected(started.error());
  return host.plugins();
}

Result<std::unique_ptr<WorkerProcess>> OfflineWorker::start() const {
  auto worker = WorkerProcess::spawn(worker_options(options_));
  if (!worker) return worker;
  if (auto loaded = (*worker)->load(version_->library_path, version_->needs_complete_sandbox); !loaded) return tl::unexpected(loaded.error());
  return worker;
}

Status OfflineWorker::take_decisions(WorkerProcess& worker, const Run& run, size_t row, size_t end_row, const DecisionHandler& on_decision) const {
  Message message;
  const auto doing = [&](size_t at) { return "deciding on the candle that opens at " + std::to_string(run.candles.open_time_ms()[at]) + " ms"; };
  while (row < end_row) {
    if (!worker.wait_message(message, steady_now_ms(), options_.call_deadline_ms))
      // Every row has had one answer, so the worker's count is that of the row it was at.
      return tl::unexpected(ended(worker, doing(std::clamp<size_t>(worker.answered(), row, end_row - 1))));
    MessageReader reader(message.bytes);
    if (message.type != MessageType::answers) return failure(doing(row) + ": the worker's answer makes no sense");
    do {
      WireAnswer wire;
      if (row == end_row || !get_answer(reader, wire)) return failure(doing(std::min(row, end_row - 1)) + ": the worker's answer makes no sense");
      on_decision(row++, to_answer(wire));
    } while (!reader.at_end());
  }
  return {};
}

Status OfflineWorker::decide(const Run& run, uint32_t window_rows, const DecisionHandler& on_decision) {
  auto started = start();
  if (!started) return tl::unexpected(started.error());
  WorkerProcess& worker = **started;
  // All rows are kept: windows and instances may look back as far as they like.
  if (!open_series(worker, run, 0)) return tl::unexpected(ended(worker, "sending candles"));
  auto needs = create_instance(worker, strategy_, run, options_.call_deadline_ms);
  if (!needs) return tl::unexpected(needs.error());
  OfflineFeeds feeds(*needs, run);
  WireRequest request;
  request.handle = handle;
  request.each_row = 1;
  request.window_rows = window_rows;
  request.feed_count = feeds.count();
  for (size_t first = 0; first < run.candles.size(); first += feed_chunk_rows) {
    const size_t count = std::min(feed_chunk_rows, run.candles.size() - first);
    MessageWriter writer;
    writer.put(request);
    put_feeds(writer, feeds.parts());
    feeds.sent();
    if (!append(worker, run.candles, first, count) || !worker.send(MessageType::evaluate, writer))
      return tl::unexpected(ended(worker, "sending candles"));
    if (Status done = take_decisions(worker, run, first, first + count, on_decision); !done) return done;
  }
  return {};
}

Result<BacktestResult> OfflineWorker::backtest(const Run& run, const BacktestSettings& settings, int64_t limit_ms) {
  auto started = start();
  if (!started) return tl::unexpected(started.error());
  WorkerProcess& worker = **started;
  worker.expect_long_messages();
  bool sent = open_series(worker, run, 0);
  for (size_t first = 0; sent && first < run.candles.size(); first += feed_chunk_rows)
    sent = append(worker, run.candles, first, std::min(feed_chunk_rows, run.candles.size() - first));
  // What it needs depends on its parameters; an instance tells.
  auto needs = sent ? create_instance(worker, strategy_, run, options_.call_deadline_ms) : Result<InstanceRequirements>(InstanceRequirements{});
  if (!needs) return tl::unexpected(needs.error());
  const OfflineFeeds feeds(*needs, run);
  MessageWriter writer;
  writer.put(series_id);
  writer.put_text(strategy_.id);
  put_values(writer, run.values);
  writer.put(run.seed);
  writer.put_text(run.symbol);
  writer.put_text(backtest_settings_to_json(settings));
  writer.put(feeds.count());
  put_feeds(writer, feeds.parts());
  Message message;
  if (!sent || !worker.send(MessageType::run_backtest, writer) || !worker.wait_message(message, steady_now_ms(), limit_ms))
    return tl::unexpected(ended(worker, "running a backtest of strategy " + strategy_.id));
  MessageReader reader(message.bytes);
  const bool accepted = reader.get<uint8_t>() != 0;
  const std::string text = reader.get_text();
  if (!reader.ok() || message.type != MessageType::backtest_done) return failure("running a backtest: the worker's answer makes no sense");
  if (!accepted) return failure("running a backtest of strategy " + strategy_.id + ": " + clean_text(text, 2'048));
  return backtest_result_from_json(text);
}

}  // namespace stratdock
