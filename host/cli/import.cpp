// `import`: the old system's files, every field of them, and stopped paper bots made from them.
#include <algorithm>
#include <iostream>
#include <map>

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
  std::string bot, status, message;  // made | possible | exists | refused | skipped | not checked
};

// Holdings whose owner said --adopt: bot name -> the quantity said, or none for what its money bought.
using Confirmed = std::map<std::string, std::optional<Decimal>>;

struct Holding {
  const OldBot* bot = nullptr;
  bool adopted = false, refused = false;
  std::string text;
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

// Whether an earlier import made it: then it is not made twice.
bool is_imported(const Place& place, const std::string& name) {
  auto journal = store::open_journal_reader(place.folder.string());
  if (!journal) return false;
  const auto bot = (*journal)->bot_named(name);
  return bot && bot->deleted_ms == 0 && bot->origin == "import";
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
    if (is_imported(*place, name)) {
      all.push_back({name, "exists", "was imported before and stays as it is"});
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

std::string position_text(const OldBot& bot) {
  const OldPosition& position = *bot.position;
  return bot.bot_name + " held " + (position.symbol.empty() ? bot.symbol : position.symbol) + (position.entry_price.empty() ? "" : " bought at " + position.entry_price) +
         (position.initial_investment.empty() ? "" : " for " + position.initial_investment) + (position.stop_loss.empty() ? "" : ", stop-loss " + position.stop_loss) +
         (position.take_profit.empty() ? "" : ", take-profit " + position.take_profit);
}

// The bots that --adopt names must hold something, and its quantity be known.
Result<Confirmed> confirmed_holdings(const OldSystem& system, const std::vector<std::string>& words) {
  Confirmed confirmed;
  for (const std::string& word : words) {
    const std::string name = word.substr(0, word.find('='));
    const auto bot = std::find_if(system.bots.begin(), system.bots.end(), [&](const OldBot& one) { return one.bot_name == name && one.position; });
    if (bot == system.bots.end()) return failure("reading --adopt: no imported bot '" + name + "' held anything", "`--dry-run` lists the holdings");
    std::optional<Decimal> quantity = bot->position->estimated_quantity();
    if (word.size() > name.size()) {
      const auto said = parse_amount(word.substr(name.size() + 1), "adopt");
      if (!said) return tl::unexpected(said.error());
      quantity = *said;
    }
    if (!quantity) return failure("reading --adopt: the old files do not tell how much '" + name + "' holds", "write --adopt " + name + "=QUANTITY");
    confirmed[name] = quantity;
  }
  return confirmed;
}

Result<Holding> adopt(const OldBot& bot, const Confirmed& confirmed, const Place* place, const std::vector<Made>& made, bool dry_run) {
  Holding holding{&bot, false, false, position_text(bot)};
  const auto found = confirmed.find(bot.bot_name);
  const auto estimate = bot.position->estimated_quantity();
  if (found == confirmed.end()) {
    holding.text += ": not taken over. The coins stay where they are and nothing here watches them. To give the bot a paper copy of the holding, confirm it with --adopt " + bot.bot_name +
                    (estimate ? "=" + estimate->text() + " (what its money bought at that price)" : "=QUANTITY");
    return holding;
  }
  if (dry_run || place == nullptr) {
    holding.text += ": would be given to the bot as " + found->second->text() + " on paper";
    return holding;
  }
  const auto one = std::find_if(made.begin(), made.end(), [&](const Made& each) { return each.bot == bot.bot_name; });
  holding.refused = one == made.end() || (one->status != "made" && one->status != "exists");
  if (holding.refused || (!bot.position->symbol.empty() && bot.position->symbol != bot.symbol)) {
    holding.text += holding.refused ? ": not taken over, its bot was not made" : ": not taken over, its bot trades another symbol, " + bot.symbol;
    holding.refused = true;
    return holding;
  }
  // Paper: the coins are put into the paper account; nothing happens at an exchange.
  Json arguments{{"quantity", found->second->text()}, {"entry_price", bot.position->entry_price}, {"deposit", true}};
  if (!bot.position->stop_loss.empty()) arguments["stop_loss"] = bot.position->stop_loss;
  if (!bot.position->take_profit.empty()) arguments["take_profit"] = bot.position->take_profit;
  auto result = ask_engine(*place, "adopt", bot.bot_name, arguments);
  if (!result) return tl::unexpected(result.error());
  holding.adopted = result->status == "done";
  holding.refused = !holding.adopted;
  holding.text += (holding.adopted ? ": " : ": not taken over, ") + result->message;
  return holding;
}

void print_report(const OldSystem& system, const std::vector<Made>& made, const std::vector<Holding>& holdings) {
  std::vector<std::vector<std::string>> rows;
  for (const ImportedField& field : system.fields) rows.push_back({field.file, field.field, text(field.fate), field.text});
  std::cout << table_text({"FILE", "FIELD", "", "WHAT BECOMES OF IT"}, rows) << "\n";
  rows.clear();
  for (const Made& one : made) rows.push_back({one.bot, one.status, one.message});
  if (!rows.empty()) std::cout << table_text({"BOT", "", "NOTE"}, rows);
  for (const Holding& holding : holdings) std::cout << "\n" << holding.text << "\n";
}

Json report_json(const OldSystem& system, const std::vector<Made>& made, const std::vector<Holding>& held, bool dry_run) {
  Json fields = Json::array(), bots = Json::array(), holdings = Json::array();
  for (const ImportedField& field : system.fields) fields.push_back({{"file", field.file}, {"field", field.field}, {"fate", text(field.fate)}, {"text", field.text}});
  for (const Made& one : made) bots.push_back({{"bot", one.bot}, {"status", one.status}, {"message", one.message}});
  for (const Holding& one : held)
    holdings.push_back({{"bot", one.bot->bot_name}, {"symbol", one.bot->position->symbol}, {"entry_price", one.bot->position->entry_price}, {"taken_over", one.adopted}, {"text", one.text}});
  return {{"dry_run", dry_run}, {"fields", fields}, {"bots", bots}, {"holdings", holdings}};
}

}  // namespace

int import_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_place_options(visible);
  visible.add_options()("dry-run", "only report; makes nothing")("adopt", options::value<std::vector<std::string>>()->composing(),
                                                                 "BOT or BOT=QUANTITY: yes, give this bot its old holding, on paper")("json", "print as JSON");
  const Parsed parsed = parse(words, "import DIR [--dry-run] [--adopt BOT[=QUANTITY]]...",
                              "Reads the files of the old Python system in DIR (.env, active_bots.json, bot_X_position.json), says of every field what\n"
                              "becomes of it, and makes stopped paper bots in the Stratdock that runs. Keys are named, never copied or shown.",
                              "stratdock import ~/trading-bot --dry-run", visible, {{"folder", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("folder") == 0) return fail({"reading the command line: no folder is named", "stratdock import DIR", 0}), exit_usage;
  const bool dry_run = parsed.values.count("dry-run") != 0;
  auto system = read_old_system(words_of(parsed.values, "folder").front());
  if (!system) return fail(system.error());
  auto confirmed = confirmed_holdings(*system, words_of(parsed.values, "adopt"));
  if (!confirmed) return fail(confirmed.error());
  const bool named = parsed.values.count("data") != 0 || parsed.values.count("config") != 0;
  auto place = find_place(parsed.values, Wanted::running);
  if (!place && (!dry_run || named)) return fail(place.error());
  auto made = make_bots(*system, place ? &*place : nullptr, dry_run);
  if (!made) return fail(made.error());
  std::vector<Holding> holdings;
  for (const OldBot& bot : system->bots) {
    if (!bot.position) continue;
    auto holding = adopt(bot, *confirmed, place ? &*place : nullptr, *made, dry_run);
    if (!holding) return fail(holding.error());
    holdings.push_back(std::move(*holding));
  }
  if (parsed.values.count("json") != 0) std::cout << report_json(*system, *made, holdings, dry_run).dump(2) << "\n";
  else print_report(*system, *made, holdings);
  size_t failed = 0;
  for (const Made& one : *made) failed += one.status == "refused" || one.status == "skipped" ? 1 : 0;
  for (const Holding& holding : holdings)
    if (holding.refused) return fail({"importing: the holding of " + holding.bot->bot_name + " was not taken over", "the report says why", 0});
  if (failed > 0) return fail({"importing: " + std::to_string(failed) + " of " + std::to_string(made->size()) + " bots " + (dry_run ? "cannot be made" : "were not made"), "the report says why", 0});
  return exit_success;
}

}  // namespace stratdock::cli
