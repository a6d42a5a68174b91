#include "host/cli/command.hpp"

#include <cstdio>
#include <iostream>
#include <sstream>

namespace stratdock::cli {

Parsed parse(const std::vector<std::string>& words, const std::string& usage, const std::string& about, const std::string& example,
             options::options_description visible, const std::vector<std::pair<std::string, int>>& positional) {
  Parsed parsed;
  visible.add_options()("help,h", "show this text");
  options::options_description all;
  all.add(visible);
  options::options_description hidden;
  options::positional_options_description places;
  for (const auto& [name, count] : positional) {
    places.add(name.c_str(), count);
    if (visible.find_nothrow(name, false) == nullptr) hidden.add_options()(name.c_str(), options::value<std::vector<std::string>>());
  }
  all.add(hidden);
  try {
    options::store(options::command_line_parser(words).options(all).positional(places).run(), parsed.values);
    if (parsed.values.count("help") != 0) {
      std::ostringstream text;
      text << "usage: stratdock " << usage << "\n\n" << about << "\n\n" << visible << "\nexample: " << example << "\n";
      std::cout << text.str();
      parsed.exit_code = exit_success;
      return parsed;
    }
    options::notify(parsed.values);
  } catch (const options::error& error) {
    std::cerr << "stratdock: reading the command line: " << error.what() << "\nusage: stratdock " << usage << "\n(stratdock " << usage.substr(0, usage.find_first_of(" [")) << " --help shows all options)\n";
    parsed.exit_code = exit_usage;
  }
  return parsed;
}

int fail(const Error& error) {
  std::cerr << "stratdock: " << error.text() << "\n";
  return exit_failure;
}

std::filesystem::path program_file() { return std::filesystem::read_symlink("/proc/self/exe"); }

std::filesystem::path shipped_plugins() {
  const std::filesystem::path bin = program_file().parent_path();
  // Installed: <prefix>/bin and <prefix>/lib/stratdock/plugins. Built: build/release/bin and build/release/plugins.
  for (const std::filesystem::path& folder : {bin.parent_path() / "lib" / "stratdock" / "plugins", bin.parent_path() / "plugins"})
    if (std::filesystem::is_directory(folder)) return folder;
  return bin.parent_path() / "plugins";
}

}  // namespace stratdock::cli
