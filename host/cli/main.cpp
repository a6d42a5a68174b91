// The program: one binary in four roles.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <iostream>

#include "core/parameter.hpp"
#include "host/cli/command.hpp"
#include "host/cli/run.hpp"
#include "host/config/secrets.hpp"
#include "host/engine/explain_role.hpp"
#include "host/plugin/worker_main.hpp"
#include "host/validate/child.hpp"

namespace stratdock::cli {
namespace {

// All commands, or those of one group ("bot").
int usage(std::ostream& out, const std::string& group = {}) {
  out << "usage: stratdock " << (group.empty() ? "" : group + " ") << "COMMAND [OPTIONS]      (--help behind a command explains it)\n\n";
  for (const Command& command : commands()) {
    std::string name(command.name);
    if (!group.empty() && !name.starts_with(group + " ")) continue;
    name.resize(std::max<size_t>(name.size(), 18), ' ');
    out << "  " << name << "  " << command.summary << "\n";
  }
  return exit_usage;
}

int dispatch(const std::vector<std::string>& words) {
  if (words.empty()) return usage(std::cerr);
  if (words[0] == "--help" || words[0] == "-h" || words[0] == "help") return usage(std::cout), exit_success;
  if (words[0] == "--version") return std::puts("stratdock " STRATDOCK_VERSION), exit_success;
  const Command* found = nullptr;
  size_t used = 0;
  for (const Command& command : commands()) {
    size_t space = command.name.find(' ');
    bool two = space != std::string_view::npos;
    bool matches = two ? words.size() > 1 && command.name.substr(0, space) == words[0] && command.name.substr(space + 1) == words[1] : command.name == words[0];
    if (matches && (found == nullptr || two)) {
      found = &command;
      used = two ? 2 : 1;
    }
  }
  if (found != nullptr) return found->run({words.begin() + static_cast<std::ptrdiff_t>(used), words.end()});
  const bool is_group = std::any_of(commands().begin(), commands().end(), [&](const Command& command) { return command.name.starts_with(words[0] + " "); });
  if (is_group && (words.size() == 1 || words[1] == "--help" || words[1] == "-h")) return usage(words.size() == 1 ? std::cerr : std::cout, words[0]), words.size() == 1 ? exit_usage : exit_success;
  std::cerr << "stratdock: there is no command '" << words[0] << (words.size() > 1 ? " " + words[1] : "") << "'";
  std::vector<std::string> names;
  for (const Command& command : commands()) names.emplace_back(command.name);
  const std::string nearest = nearest_name(words.size() > 1 && is_group ? words[0] + " " + words[1] : words[0], names);
  std::cerr << (nearest.empty() ? "" : " (did you mean '" + nearest + "'?)") << "\n";
  if (!nearest.empty()) return exit_usage;
  return usage(std::cerr, is_group ? words[0] : "");
}

}  // namespace
}  // namespace stratdock::cli

int main(int argc, char** argv) {
  using namespace stratdock;
  forbid_core_files();
  // A worker is started with nothing but its name, its role and one socket.
  if (argc == 2 && std::strcmp(argv[1], "worker") == 0) return worker_main(worker_socket_fd);
  if (argc == 2 && std::strcmp(argv[1], validate::child_role) == 0) return validate::child_main(worker_socket_fd);
  std::vector<std::string> words(argv + 1, argv + argc);
  try {
    if (words.size() == 1 && words[0] == "explain-role") return explain_main();
    if (!words.empty() && words[0] == "engine-role") return cli::engine_role({words.begin() + 1, words.end()});
    if (!words.empty() && words[0] == "dashboard-role") return cli::dashboard_role({words.begin() + 1, words.end()});
    return cli::dispatch(words);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stratdock: unexpected failure: %s\n", error.what());
    return cli::exit_failure;
  }
}
