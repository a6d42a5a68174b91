// Commands about the running program as a whole. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

int status_command(const std::vector<std::string>& words);
int shutdown_command(const std::vector<std::string>& words);
int token_command(const std::vector<std::string>& words);
int backup_command(const std::vector<std::string>& words);
int restore_command(const std::vector<std::string>& words);
int import_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
