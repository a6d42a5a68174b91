#include "host/cli/place.hpp"

#include <cstdlib>
#include <vector>

#include "host/config/config.hpp"

namespace stratdock::cli {
namespace {

std::filesystem::path home_folder(const char* variable, const char* otherwise) {
  if (const char* given = std::getenv(variable); given != nullptr && given[0] == '/') return std::filesystem::path(given) / "stratdock";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "." : home) / otherwise / "stratdock";
}

Result<Place> checked(Place place, Wanted wanted) {
  if (wanted == Wanted::running && !place.note)
    return failure("looking for a running Stratdock on " + place.folder.string() + ": none runs there", "start it with `stratdock run CONFIG`");
  if (wanted == Wanted::existing && !std::filesystem::exists(place.folder / "journal.db"))
    return failure("opening the data folder " + place.folder.string() + ": it holds no journal.db", "name the folder that `stratdock run` printed at its start");
  return place;
}

}  // namespace

std::filesystem::path data_home() { return home_folder("XDG_DATA_HOME", ".local/share"); }
std::filesystem::path cache_home() { return home_folder("XDG_CACHE_HOME", ".cache"); }

void add_place_options(options::options_description& description) {
  description.add_options()("data", options::value<std::string>(), "the data folder (printed at start)")(
      "config", options::value<std::string>(), "the configuration whose data folder is meant");
}

Result<Place> find_place(const options::variables_map& values, Wanted wanted) {
  if (values.count("data") != 0) {
    const std::filesystem::path folder = std::filesystem::absolute(values["data"].as<std::string>());
    return checked({folder, read_note(folder)}, wanted);
  }
  if (values.count("config") != 0) {
    auto configuration = load_configuration(values["config"].as<std::string>(), process_environment());
    if (!configuration) return failure("reading the configuration:\n" + errors_text(configuration.error()));
    return checked({configuration->data_folder, read_note(configuration->data_folder)}, wanted);
  }
  std::vector<Place> running, existing;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(data_home(), code)) {
    Place place{entry.path(), read_note(entry.path())};
    if (place.note) running.push_back(place);
    if (std::filesystem::exists(place.folder / "journal.db")) existing.push_back(place);
  }
  std::vector<Place>& found = running.empty() && wanted == Wanted::existing ? existing : running;
  if (found.size() == 1) return found.front();
  if (found.empty())
    return failure("looking for a running Stratdock under " + data_home().string() + ": there is none",
                   "start one with `stratdock run CONFIG`, or name its folder with --data DIR or --config FILE");
  std::string names;
  for (const Place& place : found) names += "\n  --data " + place.folder.string() + (place.note ? "   (" + place.note->configuration + ")" : "");
  return failure("looking for the Stratdock that is meant: there are " + std::to_string(found.size()) + ", name one:" + names);
}

}  // namespace stratdock::cli
