// Commands that the engine carries out on bots.
#include <iostream>

#include <nlohmann/json.hpp>

#include "host/cli/bot_commands.hpp"
#include "host/cli/engine_client.hpp"
#include "host/cli/output.hpp"
#include "host/cli/strategy_run.hpp"

namespace stratdock::cli {
namespace {

using Json = nlohmann::json;

void add_change_options(options::options_description& visible) {
  add_place_options(visible);
  visible.add_options()("json", "print the engine's answer as JSON")("timeout", options::value<int>()->default_value(30), "seconds to wait for the engine");
}

int64_t patience_ms(const Parsed& parsed) { return int64_t{parsed.values["timeout"].as<int>()} * 1'000; }

// The name as the engine knows it, or an error that names the nearest.
Result<std::string> known_bot(const Place& place, const std::string& given) {
  auto journal = store::open_journal_reader(place.folder.string());
  if (!journal) return tl::unexpected(journal.error());
  auto bot = find_bot(**journal, given);
  if (!bot) return tl::unexpected(bot.error());
  return bot->settings.name;
}

int change(const Parsed& parsed, const std::string& kind, const std::string& given, const Json& arguments) {
  auto place = find_place(parsed.values, Wanted::running);
  if (!place) return fail(place.error());
  auto bot = known_bot(*place, given);
  if (!bot) return fail(bot.error());
  auto result = ask_engine(*place, kind, *bot, arguments, patience_ms(parsed));
  return result ? report(*result, parsed.values.count("json") != 0) : fail(result.error());
}

// start, pause, stop: of several bots at once, or of all.
int change_several(const std::vector<std::string>& words, const std::string& kind, const std::string& about) {
  options::options_description visible("options");
  add_change_options(visible);
  visible.add_options()("all", "all bots");
  const Parsed parsed = parse(words, "bot " + kind + " BOT... [--all]", about, "stratdock bot " + kind + " btc_enhanced", visible, {{"bot", -1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  std::vector<std::string> bots = words_of(parsed.values, "bot");
  if (parsed.values.count("all") != 0) {
    auto place = find_place(parsed.values, Wanted::running);
    if (!place) return fail(place.error());
    auto journal = store::open_journal_reader(place->folder.string());
    if (!journal) return fail(journal.error());
    for (const store::BotRow& bot : (*journal)->bots()) bots.push_back(bot.settings.name);
  }
  if (bots.empty()) return fail({"reading the command line: no bot is named", "stratdock bot " + kind + " BOT, or --all", 0}), exit_usage;
  int code = exit_success;
  for (const std::string& bot : bots)
    if (int one = change(parsed, kind, bot, Json::object()); one != exit_success) code = one;
  return code;
}

// One bot, nothing else to say.
int change_one(const std::vector<std::string>& words, const std::string& kind, const std::string& about) {
  options::options_description visible("options");
  add_change_options(visible);
  const Parsed parsed = parse(words, "bot " + kind + " BOT", about, "stratdock bot " + kind + " btc_enhanced", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("bot") == 0) return fail({"reading the command line: no bot is named", "stratdock bot " + kind + " BOT", 0}), exit_usage;
  return change(parsed, kind, words_of(parsed.values, "bot").front(), Json::object());
}

void add_settings_options(options::options_description& visible) {
  visible.add_options()("symbol", options::value<std::string>(), "BTCUSDT")("strategy", options::value<std::string>(), "id or short name (stratdock strategy list)")(
      "trade-amount", options::value<std::string>(), "its whole stake, in the quote asset")("interval", options::value<std::string>(), "candle length; the market's unless given")(
      "evaluate-every", options::value<std::string>(), "15m")("stop-loss", options::value<std::string>(), "2%; `none`: the strategy's, else 2%")(
      "take-profit", options::value<std::string>(), "5%; `none`: the strategy's, else 5%")("param", options::value<std::vector<std::string>>()->composing(),
                                                                                              "KEY=VALUE of the strategy; KEY= resets it to its default")(
      "follow", options::value<std::vector<std::string>>()->composing(), "a symbol it may change to when the strategy recommends it")("dry-run", "only check");
}

Result<Json> settings_of(const options::variables_map& values) {
  Json arguments = Json::object();
  for (const char* option : {"symbol", "strategy", "interval"})
    if (values.count(option) != 0) arguments[option] = values[option].as<std::string>();
  if (values.count("trade-amount") != 0) {
    auto amount = parse_amount(values["trade-amount"].as<std::string>(), "trade-amount");
    if (!amount) return tl::unexpected(amount.error());
    arguments["trade_amount"] = amount->text();
  }
  if (values.count("evaluate-every") != 0) {
    auto every = parse_interval(values["evaluate-every"].as<std::string>());
    if (!every) return tl::unexpected(every.error());
    arguments["evaluate_every_ms"] = *every;
  }
  for (const auto& [option, key] : {std::pair{"stop-loss", "stop_loss"}, std::pair{"take-profit", "take_profit"}}) {
    if (values.count(option) == 0) continue;
    const std::string text = values[option].as<std::string>();
    arguments[key] = nullptr;
    if (text == "none") continue;
    auto fraction = parse_fraction(text, option);
    if (!fraction) return tl::unexpected(fraction.error());
    arguments[key] = *fraction;
  }
  for (const std::string& text : words_of(values, "param")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return failure("reading --param: found '" + text + "', expected KEY=VALUE", "for instance --param rsi_period=14");
    const std::string value = text.substr(equals + 1);
    arguments["parameters"][text.substr(0, equals)] = value.empty() ? Json(nullptr) : Json(value);
  }
  if (values.count("follow") != 0) arguments["symbols"] = words_of(values, "follow");
  if (values.count("dry-run") != 0) arguments["dry_run"] = true;
  return arguments;
}

}  // namespace

int bot_start_command(const std::vector<std::string>& words) {
  return change_several(words, "start", "Starts a bot, ends its pause, or gives a quarantined one another try.");
}
int bot_pause_command(const std::vector<std::string>& words) { return change_several(words, "pause", "No new entries; exits go on. `bot start` ends it."); }
int bot_stop_command(const std::vector<std::string>& words) {
  return change_several(words, "stop", "No more evaluations. What it holds stays, and so do its stop-loss and take-profit; `bot close` sells it.");
}
int bot_delete_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_change_options(visible);
  visible.add_options()("release-holding", "what it holds becomes unallocated, unsold; its stop-loss and take-profit are cancelled and nobody watches it");
  const Parsed parsed = parse(words, "bot delete BOT [--release-holding]",
                              "Deletes a bot that holds nothing and is not declared in the configuration. Its history stays in the journal.",
                              "stratdock bot delete btc_enhanced", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("bot") == 0) return fail({"reading the command line: no bot is named", "stratdock bot delete BOT", 0}), exit_usage;
  return change(parsed, "delete", words_of(parsed.values, "bot").front(), {{"release_holding", parsed.values.count("release-holding") != 0}});
}
int bot_evaluate_command(const std::vector<std::string>& words) { return change_one(words, "evaluate", "Lets a bot look at the market now, and act on what its strategy says."); }

int bot_close_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_change_options(visible);
  visible.add_options()("quantity", options::value<std::string>(), "only if it holds exactly this now");
  const Parsed parsed = parse(words, "bot close BOT [--quantity Q]", "Sells what a bot holds, then stops it. Done when the sale is filled: with the next candle.",
                              "stratdock bot close btc_enhanced", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("bot") == 0) return fail({"reading the command line: no bot is named", "stratdock bot close BOT", 0}), exit_usage;
  Json arguments = Json::object();
  if (parsed.values.count("quantity") != 0) arguments["quantity"] = parsed.values["quantity"].as<std::string>();
  return change(parsed, "close", words_of(parsed.values, "bot").front(), arguments);
}

int bot_funds_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_change_options(visible);
  const Parsed parsed = parse(words, "bot funds BOT allot|release AMOUNT", "Gives a bot more of the account's unallocated money, or takes some of its cash back.",
                              "stratdock bot funds btc_enhanced allot 50", visible, {{"bot", 1}, {"action", 1}, {"amount", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("amount") == 0)
    return fail({"reading the command line: bot, action or amount is missing", "stratdock bot funds BOT allot 50", 0}), exit_usage;
  return change(parsed, "funds", words_of(parsed.values, "bot").front(),
                {{"action", words_of(parsed.values, "action").front()}, {"amount", words_of(parsed.values, "amount").front()}});
}

int bot_adopt_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_change_options(visible);
  visible.add_options()("quantity", options::value<std::string>(), "how much of its coin, at most what is unallocated")("entry-price", options::value<std::string>(), "what a coin was bought for: profit and levels count from it")(
      "stop-loss", options::value<std::string>(), "a price; the bot's own level unless given")("take-profit", options::value<std::string>(), "a price; the bot's own level unless given");
  const Parsed parsed = parse(words, "bot adopt BOT --quantity Q --entry-price P [--stop-loss P] [--take-profit P]",
                              "Gives a bot coins of the account that belong to no bot (`stratdock status` names them). Its stop-loss and take-profit are\n"
                              "placed at once, and its strategy decides when to sell. The bot must trade that coin and hold nothing.",
                              "stratdock bot adopt btc_enhanced --quantity 0.5 --entry-price 61250", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("bot") == 0) return fail({"reading the command line: no bot is named", "stratdock bot adopt BOT --quantity Q --entry-price P", 0}), exit_usage;
  Json arguments = Json::object();
  struct Figure { const char *option, *key; bool is_needed; };
  for (const auto& [option, key, is_needed] : {Figure{"quantity", "quantity", true}, {"entry-price", "entry_price", true}, {"stop-loss", "stop_loss", false}, {"take-profit", "take_profit", false}}) {
    if (parsed.values.count(option) == 0 && !is_needed) continue;
    if (parsed.values.count(option) == 0) return fail({std::string("reading the command line: --") + option + " is missing", "stratdock bot adopt --help", 0}), exit_usage;
    auto amount = parse_amount(parsed.values[option].as<std::string>(), option);
    if (!amount) return fail(amount.error()), exit_usage;
    arguments[key] = amount->text();
  }
  return change(parsed, "adopt", words_of(parsed.values, "bot").front(), arguments);
}

int bot_create_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_change_options(visible);
  add_settings_options(visible);
  const Parsed parsed = parse(words, "bot create NAME --symbol S --strategy ID --trade-amount A [OPTIONS]", "Makes a bot. It is stopped; `bot start` starts it.",
                              "stratdock bot create eth_swings --symbol ETHUSDT --strategy volatile --trade-amount 250", visible, {{"name", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  for (const char* needed : {"name", "symbol", "strategy", "trade-amount"})
    if (parsed.values.count(needed) == 0)
      return fail({std::string("reading the command line: ") + (std::string(needed) == "name" ? "the name" : "--" + std::string(needed)) + " is missing", "stratdock bot create --help", 0}), exit_usage;
  auto arguments = settings_of(parsed.values);
  if (!arguments) return fail(arguments.error());
  (*arguments)["name"] = words_of(parsed.values, "name").front();
  (*arguments)["origin"] = "cli";
  auto place = find_place(parsed.values, Wanted::running);
  if (!place) return fail(place.error());
  auto result = ask_engine(*place, "create", "", *arguments, patience_ms(parsed));
  if (!result) return fail(result.error());
  if (result->status == "done")
    for (const Json& warning : Json::parse(result->data).value("warnings", Json::array())) std::cerr << "stratdock: " << warning.get<std::string>() << "\n";
  return report(*result, parsed.values.count("json") != 0);
}

int bot_update_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  add_change_options(visible);
  add_settings_options(visible);
  visible.add_options()("name", options::value<std::string>(), "a new name");
  const Parsed parsed = parse(words, "bot update BOT [OPTIONS]", "Changes a bot's settings. Those of a declared bot are changed in its configuration.",
                              "stratdock bot update eth_swings --trade-amount 300 --stop-loss 3%", visible, {{"bot", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  if (parsed.values.count("bot") == 0) return fail({"reading the command line: no bot is named", "stratdock bot update BOT", 0}), exit_usage;
  auto arguments = settings_of(parsed.values);
  if (!arguments) return fail(arguments.error());
  if (parsed.values.count("name") != 0) (*arguments)["name"] = parsed.values["name"].as<std::string>();
  if (arguments->empty()) return fail({"changing a bot: nothing to change is given", "stratdock bot update --help", 0}), exit_usage;
  return change(parsed, "update", words_of(parsed.values, "bot").front(), *arguments);
}

}  // namespace stratdock::cli
