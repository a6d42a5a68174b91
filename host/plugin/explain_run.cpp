#include "host/plugin/explain_run.hpp"

#include <algorithm>

#include "host/plugin/decision_check.hpp"
#include "host/plugin/parameter_wire.hpp"

namespace stratdock {
namespace {

constexpr uint32_t series_id = 1;

bool send_candles(WorkerProcess& worker, const ExplainRun& run) {
  MessageWriter writer;
  writer.put(series_id);
  writer.put_text(run.symbol);
  writer.put(run.candles.interval_ms());
  writer.put(uint64_t{0});  // all rows are kept
  bool sent = worker.send(MessageType::open_series, writer);
  for (size_t first = 0; sent && first < run.candles.size(); first += feed_chunk_rows) {
    writer.clear();
    writer.put(series_id);
    put_rows(writer, run.candles, first, std::min(feed_chunk_rows, run.candles.size() - first));
    sent = worker.send(MessageType::append_rows, writer);
  }
  return sent;
}

}  // namespace

Result<Explanation> run_explain(const WorkerOptions& options, const ExplainRun& run) {
  auto started = WorkerProcess::spawn(options);
  if (!started) return tl::unexpected(started.error());
  WorkerProcess& worker = **started;
  // The engine has let this very file in, whatever this machine lacks of the sandbox.
  if (auto loaded = worker.load(run.library_path, false); !loaded) return tl::unexpected(loaded.error());
  MessageWriter writer;
  writer.put(series_id);
  writer.put_text(run.strategy_id);
  put_values(writer, run.values);
  writer.put(run.seed);
  writer.put_text(run.symbol);
  writer.put(static_cast<uint64_t>(run.rows));
  Message message;
  if (!send_candles(worker, run) || !worker.send(MessageType::run_explain, writer) || !worker.wait_message(message, steady_now_ms(), options.call_deadline_ms))
    return failure("the plugin ended while it was asked for its chart: " + worker.end(worker.pending_end()).cause);
  MessageReader reader(message.bytes);
  if (message.type != MessageType::explain_done) return failure("the worker's answer makes no sense");
  if (reader.get<uint8_t>() == 0) return failure(clean_text(reader.get_text(), 1'024));
  return get_explanation(reader);
}

}  // namespace stratdock
