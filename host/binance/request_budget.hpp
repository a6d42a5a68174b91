// What one IP address may ask of the exchange, shared by all bots.
//
// Limits are counted as the exchange counts them: in windows aligned to its clock, REQUEST_WEIGHT and RAW_REQUESTS per IP,
// ORDERS per account (one account a process). What the exchange itself reports (X-MBX-USED-WEIGHT-*, X-MBX-ORDER-COUNT-*,
// the WebSocket API's rateLimits) is taken over whenever it is more than our own count, so that other programs on this
// address are seen. A request that is on its way when a window ends counts in both, since nobody knows in which it arrives.
//
// Entries may use 80 % of each limit, market data 90 %; the rest stays for queries, cancels and protection. After a 429 or a
// 418 nothing at all is sent before Retry-After, after a 403 (firewall) not for a growing pause: who sends on is banned.
// Sources: Binance Spot "LIMITS", "Rate limits" of the WebSocket API, "FAQ: order count decrement".
// Thread rule: a plain object of one thread; time comes from outside. Invariant: no permit is given before blocked_until,
// and in no window more than the limit by our own count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace stratdock::binance {

enum class Purpose { entry, market_data, query, cancel, protection };
enum class LimitKind { request_weight, raw_requests, orders, connections };

struct RequestLimit {
  LimitKind kind = LimitKind::request_weight;
  int64_t interval_ms = 60'000;
  int64_t limit = 6'000;
  friend bool operator==(const RequestLimit&, const RequestLimit&) = default;
};

// Now, on both clocks. `server_ms` is what ClockOffset says; before it is known, the machine's own clock.
struct Instant {
  int64_t steady_ms = 0;
  int64_t server_ms = 0;
};

// What one request costs.
struct RequestCost {
  int64_t weight = 1;
  int64_t orders = 0;
  bool is_connection = false;  // a WebSocket handshake
};

// A figure the exchange reported.
struct ReportedUse {
  LimitKind kind = LimitKind::request_weight;
  int64_t interval_ms = 0;
  int64_t used = 0;
};

enum class RefusalKind { too_many, banned, firewall };  // 429, 418, 403

class RequestBudget {
public:
  static constexpr int entry_percent = 80, market_data_percent = 90;

  // Begins with what the exchange has published; set_limits() brings what exchangeInfo says.
  RequestBudget();

  // Limits of the kinds given replace ours; kinds not given stay. Counts in windows that stay the same are kept.
  void set_limits(const std::vector<RequestLimit>& limits);
  const std::vector<RequestLimit>& limits() const { return limits_; }

  struct Permit {
    uint64_t ticket = 0;             // 0: not now
    int64_t not_before_steady_ms = 0;  // when asking again may help; only where ticket is 0
    std::string reason;              // for a log; only where ticket is 0
    explicit operator bool() const { return ticket != 0; }
  };
  // Takes the cost out of the budget, or says when to ask again. Every ticket must come back by finish().
  Permit ask(Purpose purpose, const RequestCost& cost, const Instant& now);
  // The request has ended. `reported`: what the answer said; empty when there was none.
  void finish(uint64_t ticket, const std::vector<ReportedUse>& reported, const Instant& now);
  // The exchange refused. `retry_after_ms` from now on; negative where the answer named no time.
  void refused(uint64_t ticket, RefusalKind kind, int64_t retry_after_ms, const Instant& now);
  // What a message without a request of its own reported (a stream's answer).
  void report(const std::vector<ReportedUse>& reported, const Instant& now);

  int64_t blocked_until_steady_ms() const { return blocked_until_ms_; }
  bool blocked(const Instant& now) const { return now.steady_ms < blocked_until_ms_; }
  // Used of a limit in its present window, requests on their way included; by index into limits().
  int64_t used(size_t limit, const Instant& now);

private:
  struct Window {
    int64_t number = -1;  // server time / interval
    int64_t told = 0;     // the most that the exchange reported
    int64_t untold = 0;   // ended requests that no report of their own tells of; one of another may or may not include them
    int64_t next = 0;     // what the exchange may have counted in the window after this one
    int64_t counted() const { return told + untold; }
  };
  struct Flight {
    RequestCost cost;
    int64_t sent_steady_ms = 0;
  };

  static int64_t cost_of(LimitKind kind, const RequestCost& cost);
  int64_t in_flight(LimitKind kind) const;
  void turn_windows(const Instant& now);
  void block(int64_t until_steady_ms);

  std::vector<RequestLimit> limits_;
  std::vector<Window> windows_;  // by limit
  std::map<uint64_t, Flight> flights_;
  uint64_t last_ticket_ = 0;
  int64_t blocked_until_ms_ = 0;
  int refusals_in_a_row_ = 0;
};

// What response headers say of use. Names in lower case; others are ignored.
// "x-mbx-used-weight-1m" -> request_weight over 60,000 ms.
std::vector<ReportedUse> reported_in_headers(const std::map<std::string, std::string>& headers);
// 'S', 'M', 'H' or 'D' (either case), or "SECOND", "MINUTE", "HOUR", "DAY" -> milliseconds; 0 for anything else.
int64_t limit_interval_ms(int64_t count, std::string_view unit);

}  // namespace stratdock::binance
