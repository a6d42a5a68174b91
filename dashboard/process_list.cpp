#include "dashboard/process_list.hpp"

#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

using nlohmann::json;

namespace {

json process_json(const std::string& role, const json& pid, const std::string& state, int64_t since_ms, const json& restarts) {
  return {{"role", role}, {"pid", pid}, {"state", state}, {"since_ms", time_json(since_ms)}, {"restarts", restarts},
          {"memory_bytes", pid.is_number_integer() ? memory_json(pid.get<int>()) : json()}};
}

}  // namespace

json memory_json(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
  int64_t all_pages = 0, resident_pages = 0;
  if (!(file >> all_pages >> resident_pages) || resident_pages == 0) return {};
  return resident_pages * sysconf(_SC_PAGESIZE);
}

json process_list(const App& app, const World& world) {
  std::ifstream file(app.options.data_folder / "supervisor.json");
  json note = json::parse(file, nullptr, false);
  // Run alone (tests, development) the dashboard has no supervisor; an old note is not this one's.
  const bool is_ours = note.is_object() && note.value("pid", 0) == getppid();
  if (!is_ours) note = json::object();
  const auto noted = [&](const char* key) { return note.contains(key) ? note[key] : json(); };
  json engine_pid = noted("engine_pid");
  for (const auto& row : world.health)
    if (row.key == words::pid && world.engine.state != "away") engine_pid = std::atoll(row.value.c_str());
  json list = json::array();
  if (is_ours) list.push_back(process_json("supervisor", note["pid"], "running", note.value("started_ms", int64_t{0}), 0));
  list.push_back(process_json("engine", engine_pid, world.engine.state, world.engine.since_ms, noted("engine_restarts")));
  list.push_back(process_json("dashboard", getpid(), "running", app.started_ms, noted("dashboard_restarts")));
  for (const auto& plugin : world.plugins) {
    const json worker = json::parse(plugin.worker, nullptr, false);
    if (!worker.is_object()) continue;
    const std::string name = plugin.file.substr(plugin.file.find_last_of('/') + 1);
    list.push_back(process_json("worker of " + name, worker.value("pid", json()), worker.value("state", "running"), 0, worker.value("restarts", json())));
  }
  return list;
}

}  // namespace stratdock::dashboard
