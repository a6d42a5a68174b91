// Secrets: API keys from the environment or a .env file of mode 0600. Never from YAML.
// Thread rule: plain values. Invariant: a Secret has no way into a stream, a log or an error but reveal().
#pragma once

#include <filesystem>
#include <ostream>
#include <string>

#include "host/config/config.hpp"

namespace stratdock {

class Secret {
public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  ~Secret() { wipe(); }
  Secret(const Secret& other) = default;
  Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { other.wipe(); }
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;

  bool empty() const { return value_.empty(); }
  // The value itself: for signing and for sending, nothing else.
  const std::string& reveal() const { return value_; }
  // What may be shown: "set" or "not set", nothing of the value.
  std::string_view masked() const { return value_.empty() ? "not set" : "set (hidden)"; }

private:
  void wipe();
  std::string value_;
};
std::ostream& operator<<(std::ostream& stream, const Secret& secret) = delete;

struct Secrets {
  Secret api_key, api_secret;                // of the exchange, for the mode asked for
  std::string api_key_name, api_secret_name; // the variables they come from, e.g. BINANCE_TESTNET_API_KEY
  Secret openai_api_key, cryptonews_api_key;
};

struct SecretsResult {
  Secrets secrets;
  ConfigurationErrors errors;  // every fault; empty: use the secrets. Never names a value.
};

// Neither this process nor any that it starts leaves a core file, on the disk or with a crash handler: keys would be in it.
void forbid_core_files();

// The secrets of one mode. A variable of the environment wins over the file. A missing file is no error, and missing
// keys are none either: whether a mode needs them is for the caller to say. `file` is the .env file, usually beside the
// configuration.
SecretsResult load_secrets(Mode mode, const std::filesystem::path& file, const Environment& environment);

}  // namespace stratdock
