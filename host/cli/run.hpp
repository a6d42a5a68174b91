// `run` and the roles that it starts. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

int run_command(const std::vector<std::string>& words);
// Started by the supervisor only; not shown in the help.
int engine_role(const std::vector<std::string>& words);
int dashboard_role(const std::vector<std::string>& words);

}  // namespace stratdock::cli
