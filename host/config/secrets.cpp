#include "host/config/secrets.hpp"

#include <fcntl.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>

namespace stratdock {
namespace {

constexpr size_t max_env_file_bytes = 64 * 1024;

// Every name that a .env may carry.
const std::vector<std::string>& secret_names() {
  static const std::vector<std::string> names = {
      "BINANCE_API_KEY",      "BINANCE_API_SECRET",      "BINANCE_TESTNET_API_KEY", "BINANCE_TESTNET_API_SECRET",
      "BINANCE_DEMO_API_KEY", "BINANCE_DEMO_API_SECRET", "OPENAI_API_KEY",          "CRYPTONEWS_API_KEY",
      "TWILIO_ACCOUNT_SID",   "TWILIO_AUTH_TOKEN",       "TWILIO_PHONE_NUMBER",     "ALERT_PHONE_NUMBER"};
  return names;
}

// Settings that the system before this one kept in .env, and the YAML key that holds each now. A name that ends in '_'
// stands for all that begin with it; the first match counts.
struct MovedSetting {
  std::string_view name, yaml_key;
};
constexpr MovedSetting moved_settings[] = {
    {"MODE", "mode"}, {"TRADING_MODE", "mode"}, {"USE_TESTNET", "mode"}, {"TESTNET", "mode"}, {"BINANCE_TESTNET", "mode"},
    {"BINANCE_USE_TESTNET", "mode"}, {"PAPER_TRADING", "mode"}, {"DRY_RUN", "mode"},
    {"SYMBOL", "bots.<name>.symbol"}, {"TRADING_SYMBOL", "bots.<name>.symbol"}, {"DEFAULT_SYMBOL", "bots.<name>.symbol"},
    {"TRADING_PAIR", "bots.<name>.symbol"}, {"STRATEGY", "bots.<name>.strategy"}, {"TRADING_STRATEGY", "bots.<name>.strategy"},
    {"TRADE_AMOUNT", "bots.<name>.trade_amount"}, {"TRADING_AMOUNT", "bots.<name>.trade_amount"},
    {"DEFAULT_TRADE_AMOUNT", "bots.<name>.trade_amount"}, {"INITIAL_INVESTMENT", "bots.<name>.trade_amount"},
    {"INTERVAL", "bots.<name>.interval"}, {"TRADING_INTERVAL", "bots.<name>.interval"}, {"CANDLE_INTERVAL", "bots.<name>.interval"},
    {"KLINE_INTERVAL", "bots.<name>.interval"}, {"TIMEFRAME", "bots.<name>.interval"}, {"CHECK_INTERVAL", "bots.<name>.evaluate_every"},
    {"EVALUATE_EVERY", "bots.<name>.evaluate_every"}, {"STOP_LOSS", "bots.<name>.stop_loss"}, {"STOP_LOSS_", "bots.<name>.stop_loss"},
    {"TAKE_PROFIT", "bots.<name>.take_profit"}, {"TAKE_PROFIT_", "bots.<name>.take_profit"}, {"RSI_", "bots.<name>.parameters"},
    {"MACD_", "bots.<name>.parameters"}, {"EMA_", "bots.<name>.parameters"}, {"SMA_", "bots.<name>.parameters"},
    {"BB_", "bots.<name>.parameters"}, {"BOLLINGER_", "bots.<name>.parameters"}, {"ATR_", "bots.<name>.parameters"},
    {"ADX_", "bots.<name>.parameters"}, {"VOLUME_", "bots.<name>.parameters"}, {"MAX_DAILY_LOSS", "risk.max_daily_loss"},
    {"MAX_DAILY_LOSS_", "risk.max_daily_loss"}, {"MAX_POSITION_", "risk.max_bot_exposure"}, {"MAX_OPEN_POSITIONS", "risk.max_open_positions"},
    {"RISK_", "risk"}, {"PORT", "dashboard.port"}, {"FLASK_PORT", "dashboard.port"}, {"DASHBOARD_PORT", "dashboard.port"},
    {"LOG_", "logs"}, {"INITIAL_BALANCE", "paper.balances"}, {"PAPER_BALANCE", "paper.balances"}};

std::string yaml_key_of(const std::string& name) {
  for (const MovedSetting& moved : moved_settings)
    if (name == moved.name || (moved.name.ends_with('_') && name.starts_with(moved.name))) return std::string(moved.yaml_key);
  return {};
}

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
  return text;
}

// The file's text; nothing where there is no file or it cannot be read. A file that others can read is read for its faults
// all the same, so that one run names them all.
std::optional<std::string> read_private_file(const std::filesystem::path& file, ConfigurationErrors& errors) {
  const auto refuse = [&](std::string message, std::string hint) { errors.push_back({{file.string(), 0, 0}, {}, std::move(message), std::move(hint)}); };
  const int descriptor = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    if (errno != ENOENT && errno != ENOTDIR) refuse("cannot be opened", "it must belong to the user who runs stratdock");
    return std::nullopt;
  }
  struct stat status {};
  std::optional<std::string> text;
  const bool regular = fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  if (regular && (status.st_mode & 077) != 0) refuse("has mode " + octal(status.st_mode) + ", so that other users may read its secrets", "chmod 600 " + file.string());
  if (!regular) {
    refuse("is not a regular file", "");
  } else if (static_cast<size_t>(status.st_size) > max_env_file_bytes) {
    refuse("is longer than " + std::to_string(max_env_file_bytes) + " bytes", "is this the right file?");
  } else {
    std::string content(max_env_file_bytes, '\0');
    size_t length = 0;
    for (ssize_t got = 1; got > 0 && length < content.size(); length += got > 0 ? static_cast<size_t>(got) : 0)
      got = read(descriptor, content.data() + length, content.size() - length);
    text.emplace(content, 0, length);
    explicit_bzero(content.data(), content.size());
  }
  close(descriptor);
  return text;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) text.remove_suffix(1);
  return text;
}

bool is_name(std::string_view name) {
  const auto good = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::all_of(name.begin(), name.end(), good);
}

// The value without its quotes or its comment; nothing where a quote stays open.
std::optional<std::string> unquote(std::string_view value) {
  value = trim(value);
  if (!value.empty() && (value[0] == '"' || value[0] == '\'')) {
    const size_t end = value.find(value[0], 1);
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(value.substr(1, end - 1));
  }
  return std::string(trim(value.substr(0, std::min(value.find(" #"), value.size()))));
}

class EnvFile {
public:
  EnvFile(const std::filesystem::path& file, ConfigurationErrors& errors) : file_(file.string()), errors_(errors) {
    const size_t errors_before = errors.size();
    std::optional<std::string> text = read_private_file(file, errors);
    if (!text) return;
    const bool is_private = errors.size() == errors_before;
    std::string_view rest = *text;
    for (int line = 1; !rest.empty(); ++line) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      read_line(trim(rest.substr(0, end)), line);
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    explicit_bzero(text->data(), text->size());
    if (!is_private) values_.clear();  // not to be used, whatever it says
  }

  const std::map<std::string, std::string>& values() const { return values_; }

private:
  void refuse(int line, std::string message, std::string hint) { errors_.push_back({{file_, line, 1}, {}, std::move(message), std::move(hint)}); }

  // Never shows the line itself: what stands where it should not may be a secret.
  void read_line(std::string_view line, int number) {
    if (line.empty() || line[0] == '#') return;
    if (line.starts_with("export ")) line = trim(line.substr(7));
    const size_t equals = line.find('=');
    const std::string name(trim(line.substr(0, std::min(equals, line.size()))));
    if (equals == std::string_view::npos || !is_name(name)) return refuse(number, "this line is not NAME=value", "one NAME=value to a line, # begins a comment");
    if (const std::string key = yaml_key_of(name); !key.empty())
      return refuse(number, name + " is a trading setting; .env holds secrets only", "set " + key + " in the YAML file and delete this line");
    const auto& known = secret_names();
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const std::string near = nearest_name(name, known);
      if (!near.empty()) refuse(number, name + " is not a known name", "did you mean '" + near + "'?");
      return;  // something else's variable: a .env may serve several programs
    }
    const auto value = unquote(line.substr(equals + 1));
    if (!value) return refuse(number, "the quote of " + name + " is not closed", "close it on the same line");
    if (!values_.emplace(name, *value).second) refuse(number, name + " is here a second time", "keep one of them");
  }

  std::string file_;
  ConfigurationErrors& errors_;
  std::map<std::string, std::string> values_;
};

}  // namespace

Secret& Secret::operator=(const Secret& other) {
  if (this != &other) {
    wipe();
    value_ = other.value_;
  }
  return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this != &other) {
    wipe();
    value_ = std::move(other.value_);
    other.wipe();
  }
  return *this;
}

void Secret::wipe() {
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

void forbid_core_files() {
  // Zero would do for files, but a handler that core_pattern names is asked regardless; one byte keeps the kernel from both
  // (do_coredump() in its fs/coredump.c).
  const rlimit limit{1, 1};
  // One that cannot be set was lower before.
  (void)setrlimit(RLIMIT_CORE, &limit);
}

SecretsResult load_secrets(Mode mode, const std::filesystem::path& file, const Environment& environment) {
  SecretsResult result;
  const EnvFile env_file(file, result.errors);
  const auto find = [&](const std::string& name) {
    if (const auto set = environment.find(name); set != environment.end() && !set->second.empty()) return Secret(set->second);
    const auto in_file = env_file.values().find(name);
    return in_file == env_file.values().end() ? Secret() : Secret(in_file->second);
  };
  Secrets& secrets = result.secrets;
  if (mode != Mode::paper) {
    const std::string prefix = mode == Mode::testnet ? "BINANCE_TESTNET_" : mode == Mode::demo ? "BINANCE_DEMO_" : "BINANCE_";
    secrets.api_key_name = prefix + "API_KEY";
    secrets.api_secret_name = prefix + "API_SECRET";
    secrets.api_key = find(secrets.api_key_name);
    secrets.api_secret = find(secrets.api_secret_name);
  }
  secrets.openai_api_key = find("OPENAI_API_KEY");
  secrets.cryptonews_api_key = find("CRYPTONEWS_API_KEY");
  return result;
}

}  // namespace stratdock
