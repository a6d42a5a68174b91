// `check`: everything of a configuration that can be known before it runs. Trades nothing, changes nothing.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>

#include "host/cli/check_exchange.hpp"
#include "host/cli/command.hpp"
#include "host/cli/faults.hpp"
#include "host/cli/output.hpp"
#include "host/cli/place.hpp"
#include "host/market/candle_source.hpp"
#include "host/config/secrets.hpp"

namespace stratdock::cli {
namespace {

struct Finding {
  enum class Kind { good, warning, wrong } kind;
  std::string subject, text;
};

class Checker {
public:
  // Of a configuration without errors.
  Checker(const Configuration& configuration, const FoundPlugins& found) : configuration_(configuration), found_(found) {}
  std::vector<Finding> run();
  // Only keys and exchange: of a configuration that is refused for other reasons.
  std::vector<Finding> run_exchange();

private:
  void good(std::string subject, std::string text) { findings_.push_back({Finding::Kind::good, std::move(subject), std::move(text)}); }
  void warn(std::string subject, std::string text) { findings_.push_back({Finding::Kind::warning, std::move(subject), std::move(text)}); }
  void wrong(std::string subject, std::string text) { findings_.push_back({Finding::Kind::wrong, std::move(subject), std::move(text)}); }
  void check_folder();
  void check_port();
  void check_secrets();
  void check_market();
  void check_exchange_market();
  void check_plugins();
  void list_bots();
  void check_money();

  const Configuration& configuration_;
  const FoundPlugins& found_;
  std::vector<Finding> findings_;
  std::vector<MarketSymbol> symbols_;
  bool market_known_ = false;
};

std::string size_text(uint64_t bytes) {
  constexpr uint64_t mib = 1024 * 1024;
  return bytes >= 10 * 1024 * mib ? std::to_string(bytes / (1024 * mib)) + " GiB" : std::to_string(bytes / mib) + " MiB";
}

void Checker::check_folder() {
  // The folder itself may not be there yet: its nearest parent is asked.
  std::filesystem::path folder = configuration_.data_folder;
  std::error_code code;
  while (!std::filesystem::exists(folder, code) && folder.has_parent_path() && folder != folder.parent_path()) folder = folder.parent_path();
  const auto note = read_note(configuration_.data_folder);
  if (::access(folder.c_str(), W_OK | X_OK) != 0) wrong("data folder", configuration_.data_folder.string() + ": nothing can be written to " + folder.string() + " (name another with `data:`, or change its rights)");
  else good("data folder", configuration_.data_folder.string() + (note ? ", in use by pid " + std::to_string(note->pid) : folder == configuration_.data_folder ? "" : ", will be made"));
  struct statvfs space {};
  if (::statvfs(folder.c_str(), &space) != 0) return;
  const uint64_t free_bytes = uint64_t{space.f_bavail} * space.f_frsize;
  constexpr uint64_t too_little = 100ull << 20, little = 1ull << 30;
  if (free_bytes < too_little) wrong("disk space", size_text(free_bytes) + " left: the journal needs 100 MiB at least");
  else if (free_bytes < little) warn("disk space", size_text(free_bytes) + " left: journal and backups grow");
  else good("disk space", size_text(free_bytes) + " left");
}

void Checker::check_port() {
  const DashboardSettings& dashboard = configuration_.dashboard;
  if (!dashboard.enabled) return good("dashboard", "switched off");
  const std::string name = "127.0.0.1:" + std::to_string(dashboard.port);
  const auto note = read_note(configuration_.data_folder);
  if (note && note->port == dashboard.port) return good("dashboard", name + ", serving");
  if (dashboard.port == 0) return good("dashboard", "on any free port");
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(dashboard.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  const std::string owner = free ? "" : port_owner(dashboard.port);
  if (free) good("dashboard", name + " is free");
  else wrong("dashboard", name + " is taken" + (owner.empty() ? "" : " by " + owner) + " (end that program, or set `dashboard: {port: ...}`)");
}

void Checker::check_secrets() {
  const SecretsResult result = load_secrets(configuration_.mode, configuration_.file.parent_path() / ".env", process_environment());
  if (configuration_.mode == Mode::paper) return good("secrets", "paper trading needs none");
  if (result.secrets.api_key.empty() || result.secrets.api_secret.empty())
    wrong("secrets", std::string(text(configuration_.mode)) + " trading needs " + result.secrets.api_key_name + " and " + result.secrets.api_secret_name + " (in the environment or in .env beside the configuration)");
  else good("secrets", result.secrets.api_key_name + " is set");
}

void Checker::check_market() {
  if (configuration_.market.source == MarketSource::exchange) return check_exchange_market();
  auto source = make_candle_source(configuration_.market);
  if (!source) return wrong("market", source.error().text());
  symbols_ = (*source)->symbols();
  market_known_ = true;
  std::string names;
  for (const MarketSymbol& symbol : symbols_) names += (names.empty() ? "" : ", ") + symbol.rules.name + " " + interval_text(symbol.interval_ms);
  good("market", std::string(text(configuration_.market.source)) + ": " + names);
}

void Checker::check_exchange_market() {
  const ExchangeChecked checked = check_exchange(configuration_);
  for (const binance::Finding& one : checked.findings) {
    const std::string text = one.hint.empty() ? one.text : one.text + " (" + one.hint + ")";
    if (one.kind == binance::FindingKind::good) good(one.subject, text);
    else if (one.kind == binance::FindingKind::warning) warn(one.subject, text);
    else wrong(one.subject, text);
  }
  for (const Symbol& symbol : checked.symbols) symbols_.push_back({symbol, "", 0});
  market_known_ = !symbols_.empty();
}

void Checker::check_plugins() {
  for (const PluginInfo& plugin : found_.plugins) {
    const std::string name = std::filesystem::path(plugin.file).filename().string();
    if (plugin.state != PluginState::ready) {
      warn("plugin " + name, std::string(text(plugin.state)) + ": " + plugin.reason);
      continue;
    }
    std::string offered;
    for (const StrategyInfo& strategy : plugin.strategies) offered += (offered.empty() ? "" : ", ") + strategy.id + " " + strategy.version;
    good("plugin " + name, offered);
  }
  if (found_.sandbox_lacks.empty()) good("sandbox", "complete");
  for (const std::string& line : found_.sandbox_lacks) warn("sandbox", line);
}

void Checker::list_bots() {
  for (const DeclaredBot& bot : configuration_.bots) good("bot " + bot.name, bot.strategy + " on " + bot.symbol + " with " + bot.trade_amount.text());
}

void Checker::check_money() {
  if (!market_known_ || configuration_.mode != Mode::paper) return;
  std::map<std::string, Decimal> asked;
  for (const DeclaredBot& bot : configuration_.bots)
    for (const MarketSymbol& symbol : symbols_)
      if (symbol.rules.name == bot.symbol && bot.start) asked[symbol.rules.quote_asset] += bot.trade_amount;
  for (const auto& [asset, amount] : asked) {
    const auto balance = configuration_.paper.balances.find(asset);
    const Decimal there = balance == configuration_.paper.balances.end() ? Decimal() : balance->second;
    if (there < amount) warn("money", "the bots ask for " + amount.text() + " " + asset + ", the account begins with " + there.text() + ": the last ones will wait");
    else good("money", "the bots ask for " + amount.text() + " of " + there.text() + " " + asset);
  }
}

std::vector<Finding> Checker::run() {
  good("mode", std::string(text(configuration_.mode)));
  check_folder();
  check_port();
  check_secrets();
  check_market();
  check_plugins();
  list_bots();
  check_money();
  return std::move(findings_);
}

std::vector<Finding> Checker::run_exchange() {
  check_secrets();
  check_exchange_market();
  return std::move(findings_);
}

// The one that is named, else the one that runs.
Result<std::filesystem::path> configuration_file(const options::variables_map& values) {
  if (values.count("config") != 0) return std::filesystem::path(values["config"].as<std::string>());
  const auto place = find_place(values, Wanted::running);
  if (!place) return failure("checking a configuration: none is named; " + place.error().message, "name it: stratdock check FILE");
  return std::filesystem::path(place->note->configuration);
}

}  // namespace

int check_command(const std::vector<std::string>& words) {
  options::options_description visible("options");
  visible.add_options()("config", options::value<std::string>(), "the configuration, a YAML file; the one that runs unless given")("json", "print as JSON");
  const Parsed parsed = parse(words, "check [CONFIG]", "Checks a configuration: settings, data folder, port, secrets, market, plugins, bots, money. Of an exchange: connection, clock, what the key may do,\n"
                              "balances, symbols and their filters. Nothing is traded; it may be asked while the engine runs.", "stratdock check configs/demo.yaml", visible, {{"config", 1}});
  if (parsed.exit_code >= 0) return parsed.exit_code;
  const auto file = configuration_file(parsed.values);
  if (!file) return fail(file.error());
  const CheckedConfiguration checked = check_configuration(*file);
  std::vector<Finding> findings;
  for (const ConfigurationError& error : checked.errors) findings.push_back({Finding::Kind::wrong, "settings", error.text()});
  if (findings.empty()) {
    findings = Checker(checked.configuration, checked.found).run();
  } else if (checked.configuration.mode == Mode::live) {
    // Live trading is refused, but its key can be looked at.
    const auto more = Checker(checked.configuration, checked.found).run_exchange();
    findings.insert(findings.end(), more.begin(), more.end());
  }
  const auto wrongs = std::count_if(findings.begin(), findings.end(), [](const Finding& one) { return one.kind == Finding::Kind::wrong; });
  constexpr const char* names[] = {"ok", "warning", "wrong"};
  nlohmann::json rows = nlohmann::json::array();
  for (const Finding& one : findings) {
    const char* kind = names[static_cast<int>(one.kind)];
    if (parsed.values.count("json") != 0) {
      rows.push_back({{"kind", kind}, {"subject", one.subject}, {"text", one.text}});
    } else {
      std::ostream& out = one.kind == Finding::Kind::wrong ? std::cerr : std::cout;
      out << std::string(kind) << std::string(9 - std::string(kind).size(), ' ') << one.subject << ": " << one.text << std::endl;
    }
  }
  if (parsed.values.count("json") != 0) std::cout << nlohmann::json{{"ok", wrongs == 0}, {"findings", rows}}.dump(2) << "\n";
  else (wrongs == 0 ? std::cout : std::cerr) << (wrongs == 0 ? "It can run." : std::to_string(wrongs) + (wrongs == 1 ? " thing is" : " things are") + " wrong; it would not start.") << "\n";
  return wrongs == 0 ? exit_success : exit_failure;
}

}  // namespace stratdock::cli
