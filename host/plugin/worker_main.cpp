#include "host/plugin/worker_main.hpp"

#include <cstdio>

#include "host/plugin/description.hpp"
#include "host/plugin/library.hpp"
#include "host/plugin/protocol.hpp"
#include "host/plugin/sandbox.hpp"
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

}  // namespace

int worker_main(int socket_fd) {
  if (auto left = Sandbox::leave_parent(socket_fd); !left) {
    std::fprintf(stderr, "stratdock worker: %s\n", left.error().text().c_str());
    return 1;
  }
  Message message;
  if (receive_message(socket_fd, message, true) != TransferResult::done || message.type != MessageType::load) return 1;
  MessageReader reader(message.bytes);
  SandboxOptions options;
  options.library_path = reader.get_text();
  options.memory_limit_bytes = reader.get<int64_t>();
  if (!reader.ok()) return 1;

  Sandbox sandbox;
  sandbox.enter(options);
  sandbox.close_for_loading();
  auto library = StrategyLibrary::load(options.library_path);
  sandbox.close_for_running();
  Status opened = library ? library->open() : Status(tl::unexpected(library.error()));
  if (!opened) {
    send_loaded(socket_fd, false, opened.error().text(), sandbox.report());
    return 0;
  }
  send_loaded(socket_fd, true, description_to_json({library->build_info(), library->describe()}), sandbox.report());
  return WorkerSession(socket_fd, std::move(*library)).serve();
}

}  // namespace stratdock
