#include "host/plugin/worker_main.hpp"

#include <cstdio>

#include "host/plugin/crash_note.hpp"
#include "host/plugin/description.hpp"
#include "host/plugin/library.hpp"
#include "host/plugin/needed_libraries.hpp"
#include "host/plugin/progress_page.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/sandbox.hpp"
#include "host/plugin/unused_libraries.hpp"
#include "host/plugin/worker_session.hpp"

namespace stratdock {
namespace {

void send_loaded(int socket_fd, bool ok, const std::string& text, const SandboxReport& report) {
  MessageWriter writer;
  writer.put(static_cast<uint8_t>(ok));
  writer.put_text(text);
  writer.put(static_cast<uint32_t>(report.size()));
  for (const auto& line : report) writer.put_text(line);
  send_message(socket_fd, MessageType::loaded, writer.bytes());
}

std::string incomplete_text(const SandboxReport& report) {
  std::string text = "the sandbox is incomplete on this machine, so the plugin was not opened: ";
  for (const auto& line : report) text += (&line == report.data() ? "" : "; ") + line;
  return text;
}

}  // namespace

int worker_main(int socket_fd) {
  ProgressPage progress = ProgressPage::join(worker_progress_fd);
  if (auto left = Sandbox::leave_parent(socket_fd); !left) {
    std::fprintf(stderr, "stratdock worker: %s\n", left.error().text().c_str());
    return 1;
  }
  Message message;
  if (MessageReceiver(message_limit_bytes).receive(socket_fd, message, true) != TransferResult::done || message.type != MessageType::load) return 1;
  MessageReader reader(message.bytes);
  SandboxOptions options;
  options.library_path = reader.get_text();
  options.memory_limit_bytes = reader.get<int64_t>();
  options.namespaces = reader.get<WorkerNamespaces>();
  options.missing_parts = reader.get<uint8_t>();
  const bool needs_complete_sandbox = reader.get<uint8_t>() != 0;
  if (!reader.ok()) return 1;

  load_allowed_libraries();
  if (!is_instrumented_build()) {
    crash_note::install(socket_fd);
    forget_unused_libraries();
  }
  Sandbox sandbox;
  sandbox.enter(options);
  sandbox.close_for_loading();
  const bool only_tried = options.library_path.empty();
  if (only_tried) sandbox.close_for_running();
  if (only_tried || (needs_complete_sandbox && !sandbox.report().empty() && !is_instrumented_build())) {
    send_loaded(socket_fd, false, only_tried ? "no library was named" : incomplete_text(sandbox.report()), sandbox.report());
    return 0;
  }
  auto library = StrategyLibrary::load(sandbox.library_path());
  sandbox.close_for_running();
  Status opened = library ? library->open() : Status(tl::unexpected(library.error()));
  if (!opened) {
    send_loaded(socket_fd, false, opened.error().text(), sandbox.report());
    return 0;
  }
  send_loaded(socket_fd, true, description_to_json({library->build_info(), library->describe()}), sandbox.report());
  return WorkerSession(socket_fd, std::move(*library), progress).serve();
}

}  // namespace stratdock
