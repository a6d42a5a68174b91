// Which installation a command speaks to: the data folder, and whether a supervisor runs on it.
// Thread rule: free functions. Invariant: never a guess between several; they are listed and the user is asked for one.
#pragma once

#include <filesystem>
#include <optional>

#include "host/cli/command.hpp"
#include "host/supervisor/supervisor.hpp"

namespace stratdock::cli {

struct Place {
  std::filesystem::path folder;
  std::optional<SupervisorNote> note;  // none: nothing runs there
};

// Adds --data and --config.
void add_place_options(options::options_description& description);

enum class Wanted {
  running,  // a supervisor must run there
  existing  // a journal is enough
};
// --data, else the data folder that --config names, else the only one under the default data home that is running (or,
// where that is enough, the only one that exists).
Result<Place> find_place(const options::variables_map& values, Wanted wanted);

// Where data folders lie unless a configuration says otherwise: $XDG_DATA_HOME/stratdock or ~/.local/share/stratdock.
std::filesystem::path data_home();
// Where probed plugins are kept for commands that need no data folder: $XDG_CACHE_HOME/stratdock or ~/.cache/stratdock.
std::filesystem::path cache_home();

}  // namespace stratdock::cli
