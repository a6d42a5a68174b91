// The exchange's limits: request weight and raw requests per address, orders per account, and the ban of who goes on.
// Windows are aligned to the clock's boundaries. Owns: the counters. Thread rule: one thread. Times are the server's.
// Source: Binance Spot REST "Limits".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stratdock::exchange_server {

struct LimitSettings {
  int weight_per_minute = 6000, raw_per_5_minutes = 300'000;
  int orders_per_10_seconds = 100, orders_per_day = 200'000;
  int connections_per_5_minutes = 300; // WebSockets, per address
  int ban_after = 20;             // calls that go on in spite of 429 before the ban
  int64_t first_ban_ms = 120'000; // doubles each time, up to three days
};

struct LimitWindow {
  std::string_view kind, interval; // "REQUEST_WEIGHT", "MINUTE"
  int interval_number = 1;
  int limit = 0;
  int64_t length_ms = 0;
  int64_t count = 0;
};

class Limits {
public:
  explicit Limits(LimitSettings settings) : settings_(settings) {}
  const LimitSettings& settings() const { return settings_; }
  void set_settings(const LimitSettings& settings) { settings_ = settings; }

  struct Verdict {
    int status = 200; // 429 or 418
    int64_t retry_at_ms = 0;
  };
  // Charges one raw request and its weight, and says whether it may go on.
  Verdict charge(const std::string& peer, int weight, int64_t now_ms);
  void give_back(const std::string& peer, int weight, int64_t now_ms); // of an order call that succeeded
  int64_t used_weight(const std::string& peer, int64_t now_ms);

  bool may_connect(const std::string& peer, int64_t now_ms); // counts the attempt

  // Orders of an account. exceeded() names the window that has no room for `orders` more; its limit is 0 when all have.
  LimitWindow exceeded(const std::string& account, int orders, int64_t now_ms);
  void add_orders(const std::string& account, int orders, int64_t now_ms);
  // A taker's first fill gives one back, a maker's five.
  void order_filled(const std::string& account, bool is_maker, int64_t now_ms);

  // For rateLimits of the WebSocket API and rateLimit/order: the windows with their counts.
  std::vector<LimitWindow> of_peer(const std::string& peer, int64_t now_ms);
  std::vector<LimitWindow> of_account(const std::string& account, int64_t now_ms);
  static int64_t window_end(int64_t now_ms, int64_t length_ms) { return now_ms - now_ms % length_ms + length_ms; }

private:
  struct Counter {
    int64_t window_start_ms = -1, count = 0;
    int64_t& at(int64_t now_ms, int64_t length_ms);
  };
  struct Peer {
    Counter weight, raw, connections;
    int ignored = 0;
    int64_t banned_until_ms = 0, next_ban_ms = 0;
  };
  struct Orders {
    Counter ten_seconds, day;
  };

  LimitSettings settings_;
  std::map<std::string, Peer> peers_;
  std::map<std::string, Orders> orders_;
};

} // namespace stratdock::exchange_server
