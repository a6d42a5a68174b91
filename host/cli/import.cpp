// `import`: the old system's files, every field of them, and stopped paper bots made from them.
#include <iostream>

#include <nlohmann/json.hpp>

#include "host/cli/engine_client.hpp"
#include "host/cli/output.hpp"
#include "host/cli/strategy_run.hpp"
#include "host/cli/system_commands.hpp"
#include "host/import/old_system.hpp"

namespace stratdock::cli {
namespace {

using Json = nlohmann::json;

const char* text(ImportedField::Fate fate) {
  switch (fate) {
    case ImportedField::Fate::taken: return "taken over";
    case ImportedField::Fate::left: return "left out";
    case ImportedField::Fate::wrong: break;
  }
  return "wrong";
}

struct Made {
  std::string bot, status, message;  // made | possible | refused | skipped | not checked
};

Json arguments_of(const OldSystem& system, const OldBot& bot, bool dry_run) {
  // The engine makes the same name of the old one and keeps that as the title, unless another bot has it.
  Json arguments{{"name", bot_name_of(bot.name) == bot.bot_name ? bot.name : bot.bot_name}, {"symbol", bot.symbol}, {"strategy", bot.strategy}, {"trade_amount", bot.trade_amount.text()}, {"origin", "import"}};
  if (system.stop_loss) arguments["stop_loss"] = *system.stop_loss;
  if (system.take_profit) arguments["take_profit"] = *system.take_profit;
  if (system.evaluate_every_ms) arguments["evaluate_every_ms"] = *system.evaluate_every_ms;
  if (dry_run) arguments["dry_run"] = true;
  return arguments;
}

Result<std::vector<Made>> make_bots(const OldSystem& system, const Place* place, bool dry_run) {
  std::vector<Made> all;
  for (const OldBot& bot : system.bots) {
    const std::string name = bot.bot_name.empty() ? "(bot " + bot.number + ")" : bot.bot_name;
    if (!bot.usable) {
      all.push_back({name, "skipped", "a field it needs is missing or wrong"});
      continue;
    }
    if (place == nullptr) {
      all.push_back({name, "not checked", "nothing runs that could say whether its symbol and strategy exist"});
      continue;
    }
    auto result = ask_engine(*place, "create", "", arguments_of(system, bot, dry_run));
    if (!result) return tl::unexpected(result.error());
    const bool done = result->status == "done";
    std::string message = result->message;
    if (done)
      for (const Json& warning : Json::parse(result->data.empty() ? "{}" : result->data).value("warnings", Json::array())) message += "; " + warning.get<std::string>();
    all.push_back({name, done ? (dry_run ? "possible" : "made") : "refused", message});
  }
  return all;
}

std::string holding_text(const OldBot& bot) {
  const OldPosition& position = *bot.position;
  return bot.bot_name + " held " + (position.symbol.empty() ? bot.symbol : position.symbol) + (position.entry_price.empty() ? "" : " bought at " + position.entry_price) +
         (position.initial_investment.empty() ? "" : " for " + position.initial_investment) + (position.stop_loss.empty() ? "" : ", stop-loss " + position.stop_loss) +
         (position.take_profit.empty() ? "" : ", take-profit " + position.take_profit) +
         ": NOT taken over. A paper bot begins flat, and assigning a holding to a bot is not possible yet. The coins stay in your exchange account and nothing here protects them: sell them there, or place stop-loss and take-profit there yourself.";
}

void print_report(const OldSystem& system, const std::vector<Made>& made) {
  std::vector<std::vector<std::string>> rows;
  for (const ImportedField& field : system.fields) rows.push_back({field.file, field.field, text(field.fate), field.text});
  std::cout << table_text({"FILE", "FIELD", "", "WHAT BECOMES OF IT"}, rows) << "\n";
  rows.clear();
  for (const Made& one : made) rows.push_back({one.bot, one.status, one.message});
  if (!rows.empty()) std::cout << table_text({"BOT", "", "NOTE"}, rows);
  for (const OldBot& bot : system.bots)
    if (bot.position) std::cout << "\n" << holding_text(bot) << "\n";
}

Json report_json(const OldSystem& system, const std::vector<Made>& made, bool dry_run) {
  Json fields = Json::array(), bots = Json::array(), holdings = Json::array();
  for (const ImportedField& field : system.fields) fields.push_back({{"file", field.file}, {"field", field.field}, {"fate", text(field.fate)}, {"text", field.text}});
  for (const Made& one : made) bots.push_back({{"bot", one.bot}, {"status", one.status}, {"message", one.message}});
  for (const OldBot& bot : system.bots)
    if (bot.position) holdings.push_back({{"bot", bot.bot_name}, {"symbol", bot.position->symbol}, {"entry_price", bot.position->entry_price}, {"taken_over", false}, {"text", holding_text(bot)}});
  return {{"dry_run", dry_run}, {"fields", fields}, {"bots", bots}, {"holdings", holdings}};
}

}  // namespace

int import_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("dry-run", "only report; makes nothing")("json", "print as JSON");
  const Parsed parsed = parse(words, "import DIR [--dry-run]",
                              "Reads the files of the old Python system in DIR (.env, active_bots.json, bot_X_position.json), says of every field what\n"
                              "becomes of it, and makes stopped paper bots in the Stratdock that runs. Keys are named, never copied or shown.",
                              "stratdock import ~/trading-bot --dry-run", visible, {{"folder", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("folder") == 0) return fail({"reading the command line: no folder is named", "stratdock import DIR", 0}), exit_usage;
  const bool dry_run = parsed.values.count("dry-run") != 0;
  auto system = read_old_system(words_of(parsed.values, "folder").front());
  if (!system) return fail(system.error());
  const bool named = parsed.values.count("data") != 0 || parsed.values.count("config") != 0;
  auto place = find_place(parsed.values, Wanted::running);
  if (!place && (!dry_run || named)) return fail(place.error());
  auto made = make_bots(*system, place ? &*place : nullptr, dry_run);
  if (!made) return fail(made.error());
  if (parsed.values.count("json") != 0) std::cout << report_json(*system, *made, dry_run).dump(2) << "\n";
  else print_report(*system, *made);
  size_t failed = 0;
  for (const Made& one : *made) failed += one.status == "refused" || one.status == "skipped" ? 1 : 0;
  if (failed > 0) return fail({"importing: " + std::to_string(failed) + " of " + std::to_string(made->size()) + " bots " + (dry_run ? "cannot be made" : "were not made"), "the report says why", 0});
  return exit_success;
}

}  // namespace stratdock::cli
