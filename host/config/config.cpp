#include "host/config/config.hpp"

#include <algorithm>

extern char** environ;

namespace stratdock {

std::string_view text(Mode mode) {
  switch (mode) {
  case Mode::paper: return "paper";
  case Mode::testnet: return "testnet";
  case Mode::demo: return "demo";
  case Mode::live: return "live";
  }
  return "?";
}

std::string_view text(MarketSource source) {
  switch (source) {
  case MarketSource::synthetic: return "synthetic";
  case MarketSource::replay: return "replay";
  case MarketSource::exchange: return "exchange";
  }
  return "?";
}

std::string ConfigurationError::text() const {
  std::string line = position.file;
  if (position.line > 0) line += ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
  line += ": ";
  if (!path.empty()) line += path + ": ";
  line += message;
  if (!hint.empty()) line += " (" + hint + ")";
  return line;
}

void sort_by_place(ConfigurationErrors& errors) {
  std::stable_sort(errors.begin(), errors.end(), [](const ConfigurationError& a, const ConfigurationError& b) {
    return std::pair(a.position.line, a.position.column) < std::pair(b.position.line, b.position.column);
  });
}

std::string errors_text(const ConfigurationErrors& errors) {
  std::string lines;
  for (const ConfigurationError& error : errors) lines += error.text() + "\n";
  lines += std::to_string(errors.size()) + (errors.size() == 1 ? " error" : " errors") + "; nothing was started.\n";
  return lines;
}

const DeclaredBot* Configuration::find_bot(std::string_view bot_name) const {
  const auto found = std::find_if(bots.begin(), bots.end(), [&](const DeclaredBot& bot) { return bot.name == bot_name; });
  return found == bots.end() ? nullptr : &*found;
}

Environment process_environment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const size_t equals = line.find('=');
    if (equals != std::string_view::npos) environment.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return environment;
}

bool is_bot_name(std::string_view name) {
  if (name.empty() || name.size() > 32) return false;
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return plain(name[0]) && std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '_' || c == '-'; });
}

}  // namespace stratdock
