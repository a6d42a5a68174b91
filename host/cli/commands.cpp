// The table of commands.
#include "host/cli/command.hpp"
#include "host/cli/run.hpp"

namespace stratdock::cli {
namespace {

constexpr Command table[] = {
    {"run", "start the engine and the dashboard", run_command},
};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace stratdock::cli
