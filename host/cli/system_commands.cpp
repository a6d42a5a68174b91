#include "host/cli/system_commands.hpp"

#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstring>
#include <iostream>
#include <map>

#include <nlohmann/json.hpp>

#include "dashboard/access.hpp"
#include "dashboard/holdings.hpp"
#include "host/cli/engine_client.hpp"
#include "host/cli/output.hpp"
#include "host/cli/place.hpp"
#include "host/cli/strategy_run.hpp"
#include "host/store/store.hpp"

namespace stratdock::cli {
namespace {

using Json = nlohmann::json;



// "btc: 0.01 BTCUSDT, stop-loss 49000, take-profit 52500"
std::string holding_text(const store::BotRow& bot) {
  return bot.settings.name + ": " + bot.quantity.text() + " of " + bot.symbol + (bot.stop_price ? ", stop-loss " + bot.stop_price->text() : "") +
         (bot.take_profit_price ? ", take-profit " + bot.take_profit_price->text() : "");
}

// Coins that belong to no bot, as far as the live view tells the symbols.
Json holdings_json(store::JournalReader& journal, store::LiveReader& live) {
  dashboard::AccountView view;
  view.accounts = journal.account_balances();
  for (const store::BotRow& bot : journal.bots()) view.bots.push_back({bot.id, bot.settings.name, bot.symbol, !holds(bot)});
  constexpr int all = 100'000;
  for (auto& row : live.symbols("", all)) view.symbols.emplace(row.symbol, std::move(row));
  for (const auto& row : live.prices()) view.prices.emplace(row.symbol, row.price);
  Json list = Json::array();
  for (const dashboard::Holding& one : dashboard::find_holdings(view)) {
    Json takers = Json::array();
    for (const auto& bot : one.takers) takers.push_back(bot.name);
    list.push_back({{"asset", one.asset}, {"symbol", one.symbol}, {"unallocated", one.unallocated.text()}, {"price", one.price ? Json(one.price->text()) : Json()}, {"is_traded", one.is_traded}, {"takers", takers}});
  }
  return list;
}

Result<Json> status_json(const Place& place) {
  const SupervisorNote& note = *place.note;
  Json json{{"data_folder", place.folder.string()}, {"configuration", note.configuration}, {"pid", note.pid}, {"started_ms", note.started_ms}, {"dashboard_port", note.port},
            {"engine", {{"pid", note.engine_pid}, {"restarts", note.engine_restarts}}}, {"dashboard", {{"pid", note.dashboard_pid}, {"restarts", note.dashboard_restarts}}}};
  Json health = Json::object();
  auto live = store::open_live_reader(place.folder.string());
  if (live) {
    int64_t seen_ms = 0;
    for (const store::HealthRow& row : (*live)->health()) {
      health[row.key] = row.value;
      seen_ms = std::max(seen_ms, row.at_ms);
    }
    json["engine"]["seen_ms"] = seen_ms;
  }
  json["health"] = health;
  auto journal = store::open_journal_reader(place.folder.string());
  if (!journal) return tl::unexpected(journal.error());
  std::map<std::string, int> states;
  int open = 0;
  for (const store::BotRow& bot : (*journal)->bots()) {
    ++states[bot.state];
    open += holds(bot) ? 1 : 0;
  }
  json["bots"] = states;
  json["open_positions"] = open;
  json["holdings"] = live ? holdings_json(**journal, **live) : Json::array();
  json["alarms"] = Json::array();
  for (const store::AlarmRow& alarm : (*journal)->alarms(0, {.limit = 1'000}))
    if (alarm.cleared_ms == 0) json["alarms"].push_back({{"id", alarm.id}, {"code", alarm.code}, {"severity", alarm.severity}, {"cause", alarm.cause}, {"at_ms", alarm.at_ms}});
  if (Status failed = (*journal)->take_failure(); !failed) return tl::unexpected(failed.error());
  return json;
}

std::string process_text(const Json& process) {
  if (process["pid"].get<int>() <= 0) return "not running";
  const int restarts = process["restarts"].get<int>();
  return "pid " + std::to_string(process["pid"].get<int>()) + (restarts == 0 ? "" : ", started again " + std::to_string(restarts) + (restarts == 1 ? " time" : " times"));
}

void line(const std::string& name, const std::string& value) {
  if (!value.empty()) std::cout << "  " << name << std::string(16 - std::min<size_t>(name.size(), 15), ' ') << value << "\n";
}

// One line for each that a bot trades; a test network's account is full of others, which are counted.
void print_holdings(const Json& holdings) {
  size_t others = 0;
  for (const Json& one : holdings) {
    if (!one["is_traded"].get<bool>()) {
      ++others;
      continue;
    }
    std::string takers;
    for (const Json& name : one["takers"]) takers += (takers.empty() ? "" : " or ") + name.get<std::string>();
    line("without a bot", one["unallocated"].get<std::string>() + " " + one["asset"].get<std::string>() +
                              (takers.empty() ? ": its bots hold a position already" : "; `stratdock bot adopt` gives it to " + takers));
  }
  if (others > 0) line("without a bot", std::to_string(others) + (others == 1 ? " coin" : " coins") + " that no bot trades; --json names them");
}

void print_status(const Json& json) {
  const int64_t now = now_ms();
  const Json& health = json["health"];
  std::cout << "Stratdock runs in " << health.value("mode", "paper") << " mode, for " << duration_text(now - json["started_ms"].get<int64_t>()) << "\n";
  line("data folder", json["data_folder"].get<std::string>());
  line("configuration", json["configuration"].get<std::string>());
  line("supervisor", "pid " + std::to_string(json["pid"].get<int>()));
  std::string engine = process_text(json["engine"]);
  constexpr int64_t away_after_ms = 5'000;
  if (const int64_t seen_ms = json["engine"].value("seen_ms", int64_t{0}); seen_ms > 0 && now - seen_ms > away_after_ms) engine += ", no sign of life for " + duration_text(now - seen_ms);
  line("engine", engine);
  line("dashboard", process_text(json["dashboard"]) + (json["dashboard"]["pid"].get<int>() > 0 ? ", http://127.0.0.1:" + std::to_string(json["dashboard_port"].get<int>()) : ""));
  if (const std::string market_ms = health.value("market_ms", ""); !market_ms.empty()) {
    const std::string speed = health.value("speed", "");
    line("market", health.value("market_source", "") + (health.value("market_state", "") == "ended" ? ", ended at " : ", now at ") + time_text(std::stoll(market_ms)) + " UTC" +
                       (speed.empty() || speed == "1" ? "" : ", " + speed + " times as fast"));
  }
  std::string bots;
  for (const auto& [state, count] : json["bots"].items()) bots += (bots.empty() ? "" : ", ") + std::to_string(count.get<int>()) + " " + state;
  line("bots", (bots.empty() ? "none" : bots) + ", " + std::to_string(json["open_positions"].get<int>()) + " open positions");
  line("sandbox", health.value("sandbox", "").empty() ? "complete" : "reduced: " + health.value("sandbox", ""));
  print_holdings(json["holdings"]);
  for (const Json& alarm : json["alarms"]) line("alarm", alarm["code"].get<std::string>() + ": " + alarm["cause"].get<std::string>());
}

}  // namespace

int status_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("json", "print as JSON");
  const Parsed parsed = parse(words, "status", "Says what runs, and how it is. Exit code 0 only if it runs.", "stratdock status", visible);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto place = find_place(parsed.values, Wanted::running);
  if (!place) return fail(place.error());
  auto json = status_json(*place);
  if (!json) return fail(json.error());
  if (parsed.values.count("json") != 0) std::cout << json->dump(2) << "\n";
  else print_status(*json);
  return exit_success;
}

int shutdown_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("timeout", options::value<int>()->default_value(30), "seconds to wait for its end");
  const Parsed parsed = parse(words, "shutdown", "Stops the engine and the dashboard and waits until they are down. Positions and their protective orders stay.", "stratdock shutdown", visible);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  auto place = find_place(parsed.values, Wanted::running);
  if (!place) return fail(place.error());
  const int pid = place->note->pid;
  const std::string doing = "shutting down Stratdock on " + place->folder.string() + " (pid " + std::to_string(pid) + ")";
  // A descriptor of the process: it cannot come to mean another one, and it tells when the process is gone.
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (process < 0 || ::syscall(SYS_pidfd_send_signal, process, SIGTERM, nullptr, 0) != 0) return fail({doing + ": " + std::strerror(errno), "do you own that process?", 0});
  pollfd waits{process, POLLIN, 0};
  const int ended = ::poll(&waits, 1, parsed.values["timeout"].as<int>() * 1'000);
  ::close(process);
  if (ended <= 0) return fail({doing + ": it still runs after " + std::to_string(parsed.values["timeout"].as<int>()) + " s", "wait longer with --timeout", 0});
  std::string open;
  if (auto journal = store::open_journal_reader(place->folder.string()))
    for (const store::BotRow& bot : (*journal)->bots())
      if (holds(bot)) open += "\n  " + holding_text(bot);
  std::cout << "Stratdock on " << place->folder.string() << " is down" << (open.empty() ? "; no position is open" : "; these positions stay open:" + open) << "\n";
  return exit_success;
}

int token_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("link", "instead: a link that signs one browser in, good once and for ten minutes")("name", options::value<std::string>()->default_value("cli"), "tells tokens apart; a second one of the same name replaces the first");
  const Parsed parsed = parse(words, "token [--link] [--name N]", "Makes a token for programs (Authorization: Bearer TOKEN). It is shown once.", "stratdock token --name grafana", visible);
  if (parsed.exit_code >= 0) return parsed.exit_code;
  const bool link = parsed.values.count("link") != 0;
  auto place = find_place(parsed.values, link ? Wanted::running : Wanted::existing);
  if (!place) return fail(place.error());
  if (link && place->note->port == 0) return fail({"making a link to the dashboard: its port is not known, the configuration leaves it open", "set `dashboard: {port: 5001}`", 0});
  auto made = link ? dashboard::new_setup_link(place->folder.string(), place->note->port) : dashboard::create_api_token(place->folder.string(), parsed.values["name"].as<std::string>());
  if (!made) return fail(made.error());
  std::cout << *made << "\n";
  return exit_success;
}

int backup_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  const Parsed parsed = parse(words, "backup FILE", "Writes a copy of journal and commands into one file; also while it runs.", "stratdock backup stratdock-monday.db", visible, {{"file", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("file") == 0) return fail({"reading the command line: no file is named", "stratdock backup FILE", 0}), exit_usage;
  auto place = find_place(parsed.values, Wanted::existing);
  if (!place) return fail(place.error());
  const std::string file = words_of(parsed.values, "file").front();
  if (Status done = store::backup(place->folder.string(), file); !done) return fail(done.error());
  std::error_code code;
  std::cout << "backed up " << place->folder.string() << " to " << file << " (" << std::filesystem::file_size(file, code) / 1024 << " KiB)\n";
  return exit_success;
}

int restore_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("replace", "the folder holds a journal already: keep that beside and put this one in place");
  const Parsed parsed = parse(words, "restore FILE --data DIR [--replace]", "Puts a backup into a data folder. Nothing may run there.",
                              "stratdock restore stratdock-monday.db --data ~/.local/share/stratdock/demo --replace", visible, {{"file", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("file") == 0) return fail({"reading the command line: no file is named", "stratdock restore FILE --data DIR", 0}), exit_usage;
  if (parsed.values.count("data") == 0 && parsed.values.count("config") == 0)
    return fail({"restoring a backup: no data folder is named", "name it with --data DIR or --config FILE", 0}), exit_usage;
  std::filesystem::path folder;
  if (parsed.values.count("data") != 0) {
    folder = std::filesystem::absolute(parsed.values["data"].as<std::string>());
  } else {
    auto configuration = load_configuration(parsed.values["config"].as<std::string>(), process_environment());
    if (!configuration) return fail({"reading the configuration:\n" + errors_text(configuration.error()), "", 0});
    folder = configuration->data_folder;
  }
  const std::string file = words_of(parsed.values, "file").front();
  if (Status done = store::restore(file, folder.string(), parsed.values.count("replace") != 0); !done) return fail(done.error());
  std::cout << "restored " << file << " into " << folder.string() << "\n";
  return exit_success;
}

}  // namespace stratdock::cli
