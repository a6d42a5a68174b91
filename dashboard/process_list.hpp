// The processes of this program as the page lists them: supervisor, engine, dashboard, and a worker for each plugin in use.
// What the supervisor wrote into the data folder says who they are, /proc what memory they hold.
// Thread rule: any thread. Invariant: what cannot be told is null.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "dashboard/app.hpp"

namespace stratdock::dashboard {

// Resident memory of a process in bytes; null when there is no such process.
nlohmann::json memory_json(int pid);
nlohmann::json process_list(const App& app, const World& world);

}  // namespace stratdock::dashboard
