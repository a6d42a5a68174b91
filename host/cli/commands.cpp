// The table of commands.
#include "host/cli/bot_commands.hpp"
#include "host/cli/candles_fetch.hpp"
#include "host/cli/command.hpp"
#include "host/cli/decide.hpp"
#include "host/cli/paper_exchange.hpp"
#include "host/cli/run.hpp"
#include "host/cli/strategy_commands.hpp"
#include "host/cli/strategy_new.hpp"
#include "host/cli/system_commands.hpp"

namespace stratdock::cli {
namespace {

constexpr Command table[] = {
    {"run", "start the engine and the dashboard", run_command},
    {"status", "what runs, and how it is", status_command},
    {"shutdown", "stop it and wait until it is down", shutdown_command},
    {"bot list", "the bots, what they are worth and hold", bot_list_command},
    {"bot show", "one bot in full", bot_show_command},
    {"bot create", "make a bot", bot_create_command},
    {"bot update", "change a bot's settings", bot_update_command},
    {"bot start", "start bots", bot_start_command},
    {"bot pause", "no new entries; exits go on", bot_pause_command},
    {"bot stop", "no more evaluations; protection stays", bot_stop_command},
    {"bot close", "sell what a bot holds, then stop it", bot_close_command},
    {"bot delete", "delete a bot that holds nothing, or release its holding", bot_delete_command},
    {"bot evaluate", "one look at the market now", bot_evaluate_command},
    {"bot funds", "give a bot money or take some back", bot_funds_command},
    {"bot adopt", "give a bot coins that lie unallocated", bot_adopt_command},
    {"bot logs", "print or follow the log", bot_logs_command},
    {"bot export", "bots as YAML", bot_export_command},
    {"backtest", "trade recorded candles with a strategy, or a configuration's bots", backtest_command},
    {"decide", "what a strategy says at every candle of a file", decide_command},
    {"paper-exchange", "a simulated Binance on this machine, for any client of it", paper_exchange_command},
    {"candles fetch", "past candles from Binance into a file", candles_fetch_command},
    {"strategy list", "what the plugins offer", strategy_list_command},
    {"strategy show", "a strategy and its parameters", strategy_show_command},
    {"strategy new", "a folder in which a strategy of your own begins", strategy_new_command},
    {"strategy rollback", "put back the version of a plugin that was in force before", strategy_rollback_command},
    {"strategy install", "check a plugin and put it into the data folder", strategy_install_command},
    {"strategy validate", "test a plugin as the host will use it", strategy_validate_command},
    {"check", "what is wrong with a configuration, and what to do", check_command},
    {"token", "a token for programs, or a link for a browser", token_command},
    {"backup", "copy journal and commands into one file", backup_command},
    {"import", "bots of the old Python system, as stopped paper bots", import_command},
    {"restore", "put a backup into a data folder", restore_command},
};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace stratdock::cli
