// The command line's frame: a table of commands, each with its options, its help and an example.
// Thread rule: the main thread. Invariant: exit code 0 only on success; results on stdout, everything else on stderr.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>

#include "core/result.hpp"

namespace stratdock::cli {

namespace options = boost::program_options;

constexpr int exit_success = 0;
constexpr int exit_failure = 1;
constexpr int exit_usage = 2;

struct Command {
  std::string_view name;     // "bot list" has a space
  std::string_view summary;  // one line
  int (*run)(const std::vector<std::string>& words);
};
std::span<const Command> commands();

// Reads a command's words. Prints help (with the usage line and the example) for --help, or an error; then `exit_code` is set
// and the caller returns it.
struct Parsed {
  options::variables_map values;
  int exit_code = -1;  // -1: go on
};
Parsed parse(const std::vector<std::string>& words, const std::string& usage, const std::string& about, const std::string& example,
             options::options_description visible, const std::vector<std::pair<std::string, int>>& positional = {});

// Says "stratdock: TEXT" on stderr and gives exit_failure.
int fail(const Error& error);

// Folders that belong to this program, wherever it was installed.
std::filesystem::path program_file();
std::filesystem::path shipped_plugins();

}  // namespace stratdock::cli
