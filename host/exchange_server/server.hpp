// The whole paper exchange as a server: venue, market driver, doors and control port on one event loop.
// Owns: all of it. Thread rule: open() and run() on one thread; stop() from any. Invariant: after open() succeeds both
// ports listen and the first candle has begun.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "host/config/config.hpp"
#include "host/exchange_server/driver.hpp"
#include "host/exchange_server/limits.hpp"
#include "host/exchange_server/traffic.hpp"

namespace stratdock::exchange_server {

struct ServerSettings {
  MarketSettings market; // what is played; its speed is the driver's
  DriverSettings driver;
  bool is_market_time = false;
  std::vector<AccountSettings> accounts;
  LimitSettings limits;
  ListenerSettings listener; // of the exchange's own port
  bool has_control = false;
  uint16_t control_port = 0;
  std::filesystem::path log_file;    // empty: none
  std::filesystem::path faults_file; // JSON lines, FAULTS.md; empty: none
};

class Server {
public:
  static Result<std::unique_ptr<Server>> open(const ServerSettings& settings);
  ~Server();

  void run();  // until stop(), SIGINT or SIGTERM
  void stop(); // tells stream clients, then ends run()

  uint16_t port() const;
  uint16_t control_port() const; // 0: none
  Venue& venue();
  MarketDriver& driver();

private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// The account there is when nobody names one: 10,000 of each quote asset and a key whose text is always the same.
AccountSettings demo_account(const std::vector<std::string>& quote_assets);
// Accounts from a JSON file: {"accounts": [{"name", "balances": {"USDT": "10000"}, "maker_fee", "taker_fee",
// "pay_fees_with_bnb", "keys": [{"id", "secret" | "public_key_file", "may_read", "may_trade", "may_withdraw"}]}]}.
// `paper` holds what all accounts share.
Result<std::vector<AccountSettings>> load_accounts(const std::filesystem::path& file, const PaperSettings& paper);

} // namespace stratdock::exchange_server
