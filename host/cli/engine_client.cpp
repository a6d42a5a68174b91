#include "host/cli/engine_client.hpp"

#include <chrono>
#include <iostream>
#include <random>
#include <thread>

#include <nlohmann/json.hpp>

#include "core/parameter.hpp"
#include "host/cli/output.hpp"

namespace stratdock::cli {
namespace {

int64_t steady_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

}  // namespace

int64_t now_ms() { return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count(); }

bool holds(const store::BotRow& bot) { return bot.entry_price.is_positive() && bot.quantity.is_positive(); }

Result<store::CommandResultRow> ask_engine(const Place& place, const std::string& kind, const std::string& bot, const nlohmann::json& arguments, int64_t patience_ms) {
  const std::string folder = place.folder.string();
  if (!place.note)
    return failure("asking the engine on " + folder + " for '" + kind + "': no engine runs there", "start it with `stratdock run CONFIG`");
  auto commands = store::open_commands(folder);
  if (!commands) return tl::unexpected(commands.error());
  auto journal = store::open_journal_reader(folder);
  if (!journal) return tl::unexpected(journal.error());
  store::CommandRow row;
  row.at_ms = now_ms();
  row.origin = "cli";
  row.kind = kind;
  row.bot = bot;
  row.arguments = arguments.dump();
  auto id = (*commands)->add(row);
  if (!id) return tl::unexpected(id.error());
  const int64_t until_ms = steady_ms() + patience_ms;
  // The doorbell is lossy: it is rung again now and then, and a dead engine is noticed.
  constexpr int64_t first_pause_ms = 1, longest_pause_ms = 20, ring_every_ms = 1'000;
  int64_t pause_ms = first_pause_ms, ring_ms = 0;
  for (;;) {
    if (const int64_t now = steady_ms(); now >= ring_ms) {
      store::ring_doorbell(folder, "engine");
      ring_ms = now + ring_every_ms;
    }
    if (auto result = (*journal)->command_result(*id)) return *result;
    if (Status failed = (*journal)->take_failure(); !failed) return tl::unexpected(failed.error());
    const std::string stays = "; command " + std::to_string(*id) + " stays in the queue and is carried out when the engine comes to it";
    if (pause_ms == longest_pause_ms && !read_note(place.folder)) return failure("asking the engine on " + folder + " for '" + kind + "': it was shut down meanwhile" + stays);
    if (steady_ms() >= until_ms)
      return failure("asking the engine on " + folder + " for '" + kind + "': not done after " + duration_text(patience_ms) + stays, "`stratdock bot show` tells what became of it; --timeout waits longer");
    std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
    pause_ms = std::min(pause_ms * 2, longest_pause_ms);
  }
}

int report(const store::CommandResultRow& result, bool as_json) {
  const bool done = result.status == "done";
  if (as_json) {
    nlohmann::json json{{"command_id", std::to_string(result.command_id)}, {"status", result.status}, {"message", result.message}};
    if (!done) json["code"] = result.code;
    json["data"] = result.data.empty() ? nlohmann::json::object() : nlohmann::json::parse(result.data, nullptr, false);
    std::cout << json.dump(2) << "\n";
    return done ? exit_success : exit_failure;
  }
  if (!done) return fail({result.message, "", 0});
  std::cout << result.message << "\n";
  return exit_success;
}

Result<store::BotRow> find_bot(store::JournalReader& journal, const std::string& name_or_id) {
  const std::vector<store::BotRow> bots = journal.bots();
  if (Status failed = journal.take_failure(); !failed) return tl::unexpected(failed.error());
  std::vector<std::string> names;
  for (const store::BotRow& bot : bots) {
    if (bot.settings.name == name_or_id || std::to_string(bot.id) == name_or_id) return bot;
    names.push_back(bot.settings.name);
  }
  const std::string nearest = nearest_name(name_or_id, names);
  return failure("looking for the bot '" + name_or_id + "': there is no such bot", nearest.empty() ? "`stratdock bot list` shows them" : "did you mean '" + nearest + "'?");
}

}  // namespace stratdock::cli
