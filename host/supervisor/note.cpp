#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>

#include "host/supervisor/note.hpp"

namespace stratdock {
namespace {

std::filesystem::path note_file(const std::filesystem::path& data_folder) { return data_folder / "supervisor.json"; }

}  // namespace

void write_note(const std::filesystem::path& data_folder, const SupervisorNote& note) {
  nlohmann::json json{{"pid", note.pid},
                      {"engine_pid", note.engine_pid},
                      {"dashboard_pid", note.dashboard_pid},
                      {"port", note.port},
                      {"started_ms", note.started_ms},
                      {"engine_restarts", note.engine_restarts},
                      {"dashboard_restarts", note.dashboard_restarts},
                      {"configuration", note.configuration}};
  std::filesystem::path temporary = note_file(data_folder).string() + ".new";
  std::ofstream(temporary) << json.dump() << "\n";
  std::error_code ignored;  // a note that cannot be written costs `status` its answer, nothing else
  std::filesystem::rename(temporary, note_file(data_folder), ignored);
}

void remove_note(const std::filesystem::path& data_folder) {
  std::error_code ignored;
  std::filesystem::remove(note_file(data_folder), ignored);
}

std::optional<SupervisorNote> read_note(const std::filesystem::path& data_folder) {
  std::ifstream in(note_file(data_folder));
  nlohmann::json json = nlohmann::json::parse(in, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  SupervisorNote note;
  note.pid = json.value("pid", 0);
  note.engine_pid = json.value("engine_pid", 0);
  note.dashboard_pid = json.value("dashboard_pid", 0);
  note.port = json.value("port", 0);
  note.started_ms = json.value("started_ms", int64_t{0});
  note.engine_restarts = json.value("engine_restarts", 0);
  note.dashboard_restarts = json.value("dashboard_restarts", 0);
  note.configuration = json.value("configuration", "");
  // A note may outlive its writer (kill -9, power loss); the process id may be somebody else's by now.
  std::ifstream command("/proc/" + std::to_string(note.pid) + "/cmdline");
  std::string words((std::istreambuf_iterator<char>(command)), {});
  if (note.pid <= 0 || ::kill(note.pid, 0) != 0 || words.find("stratdock") == std::string::npos) return std::nullopt;
  return note;
}

}  // namespace stratdock
