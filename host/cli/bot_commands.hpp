// `bot ...`: looking at bots in the journal, and asking the engine to change them. Thread rule: the main thread.
#pragma once

#include <string>
#include <vector>

namespace stratdock::cli {

// Read from the store, so they also work while nothing runs.
int bot_list_command(const std::vector<std::string>& words);
int bot_show_command(const std::vector<std::string>& words);
int bot_logs_command(const std::vector<std::string>& words);
int bot_export_command(const std::vector<std::string>& words);
// Carried out by the engine.
int bot_create_command(const std::vector<std::string>& words);
int bot_update_command(const std::vector<std::string>& words);
int bot_start_command(const std::vector<std::string>& words);
int bot_pause_command(const std::vector<std::string>& words);
int bot_stop_command(const std::vector<std::string>& words);
int bot_close_command(const std::vector<std::string>& words);
int bot_delete_command(const std::vector<std::string>& words);
int bot_evaluate_command(const std::vector<std::string>& words);
int bot_funds_command(const std::vector<std::string>& words);
int bot_adopt_command(const std::vector<std::string>& words);

}  // namespace stratdock::cli
