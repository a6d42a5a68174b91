// How a change becomes a command: one row in commands.db and a ring at the engine's door. The dashboard checks the form,
// the engine decides. Kinds and their arguments (a JSON object) are those of API.md's "Changes".
// Thread rule: free functions, any thread.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "dashboard/app.hpp"

namespace stratdock::dashboard {

constexpr int64_t command_wait_ms = 2'000;

struct Change {
  std::string kind;       // "start"
  std::string bot;        // its name; empty for changes of none
  int64_t bot_id = 0;     // 0: none, or not yet
  std::string arguments;  // JSON object
};

// Faults of a form, by the field's path; empty: well formed. `whole` asks for everything a new bot needs.
std::map<std::string, std::string> check_bot_form(const nlohmann::json& form, bool whole, const World& world);
Response invalid_form(const std::map<std::string, std::string>& fields);

// Adds the command and answers when its result is there, or "pending" after command_wait_ms.
// `shape` may turn that answer into another form (the old routes').
Response submit(App& app, const Request& request, const Change& change, std::function<Response(Response)> shape = {});
// The answer that tells of a command's result; nullopt: pending.
Response command_response(int64_t id, const std::optional<store::CommandResultRow>& result, int64_t bot_id, bool dry_run);

// The bot that a path names, as a change to it; or the refusal.
tl::expected<Change, Response> change_of_bot(App& app, const Request& request, const std::string& kind);
// The body as an object (an empty one counts as {}); or the refusal.
tl::expected<nlohmann::json, Response> body_object(const Request& request);
// 409 with the file and line of a bot that the configuration owns; nullopt for others.
std::optional<Response> refuse_declared(App& app, int64_t bot_id);

}  // namespace stratdock::dashboard
