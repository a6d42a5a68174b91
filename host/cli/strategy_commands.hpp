// `strategy ...` and `check`. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

int strategy_list_command(const std::vector<std::string>& words);
int strategy_show_command(const std::vector<std::string>& words);
int strategy_rollback_command(const std::vector<std::string>& words);
int strategy_install_command(const std::vector<std::string>& words);
int strategy_validate_command(const std::vector<std::string>& words);
int check_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
