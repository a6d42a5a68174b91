// Commands from the dashboard and the command line: each is carried out once, its result in the same transaction as its effect.
// Thread rule: the engine's thread. Invariant: a command the engine has answered is never carried out again, also not after a crash.
#pragma once

#include <set>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "host/engine/engine_state.hpp"

namespace stratdock {

// A free-text name of the old forms ("BTC Bot") as a bot's name ("btc-bot").
std::string as_bot_name(const std::string& text);

class CommandRunner {
public:
  explicit CommandRunner(Engine& engine) : engine_(engine) {}
  // The result to journal; an empty status means that the result comes later (a close that is not filled yet).
  store::CommandResultRow run(const store::CommandRow& command);
  // Whether it needs a plugin that is busy with a round of decisions.
  bool must_wait(const store::CommandRow& command);
  // Whom the command is about: two commands that share one of these keep their order.
  std::set<std::string> subjects(const store::CommandRow& command);

private:
  using Result = store::CommandResultRow;
  Result done(std::string message, std::string data = "{}");
  Result refused(std::string code, std::string message, std::string data = "{}");
  Result refused_declared(const Bot& bot);
  Bot* find(const std::string& name_or_id);

  Result start(Bot& bot);
  Result pause(Bot& bot);
  Result stop(Bot& bot);
  Result close(Bot& bot, const nlohmann::json& arguments, int64_t command_id);
  Result evaluate(Bot& bot, int64_t command_id);
  Result funds(Bot& bot, const nlohmann::json& arguments);
  Result adopt(Bot& bot, const nlohmann::json& arguments);
  Result update(Bot& bot, const nlohmann::json& arguments);
  Result remove(Bot& bot, const nlohmann::json& arguments);
  Result create(const nlohmann::json& arguments);
  Result send_alert(const nlohmann::json& arguments);
  Result acknowledge(const nlohmann::json& arguments);
  // The settings that `arguments` ask for on top of `settings`; fills `fields` with what is wrong, by JSON path.
  BotSettings changed(BotSettings settings, const nlohmann::json& arguments, nlohmann::json& fields) const;
  void check(const BotSettings& settings, nlohmann::json& fields) const;

  Engine& engine_;
};

}  // namespace stratdock
