#include "host/binance/request_budget.hpp"

#include <algorithm>
#include <charconv>

#include "core/check.hpp"

namespace stratdock::binance {
namespace {

// How far our idea of the exchange's clock may be off where windows meet: a window is taken as new only when the exchange
// has surely begun it.
constexpr int64_t window_guard_ms = 250;
// On top of every Retry-After: it counts whole seconds, and from the exchange's clock.
constexpr int64_t retry_guard_ms = 1'000;

struct Pause {
  int64_t first_ms, longest_ms;
};
Pause default_pause(RefusalKind kind) {
  switch (kind) {
  case RefusalKind::too_many: return {10'000, 15 * 60'000};
  case RefusalKind::banned: return {2 * 60'000, 3 * 24 * 60 * 60'000};  // bans last from two minutes to three days
  case RefusalKind::firewall: return {30'000, 60 * 60'000};
  }
  return {0, 0};
}

int64_t share_percent(Purpose purpose) {
  if (purpose == Purpose::entry) return RequestBudget::entry_percent;
  if (purpose == Purpose::market_data) return RequestBudget::market_data_percent;
  return 100;
}

std::string_view name_of(LimitKind kind) {
  switch (kind) {
  case LimitKind::request_weight: return "request weight";
  case LimitKind::raw_requests: return "requests";
  case LimitKind::orders: return "orders";
  case LimitKind::connections: return "connections";
  }
  return "";
}

std::vector<RequestLimit> published_limits() {
  constexpr int64_t minute = 60'000, day = 24 * 60 * minute;
  return {{LimitKind::request_weight, minute, 6'000}, {LimitKind::raw_requests, 5 * minute, 61'000}, {LimitKind::orders, 10'000, 50},
          {LimitKind::orders, day, 160'000},          {LimitKind::connections, 5 * minute, 300}};
}

}  // namespace

RequestBudget::RequestBudget() : limits_(published_limits()), windows_(limits_.size()) {}

void RequestBudget::set_limits(const std::vector<RequestLimit>& limits) {
  std::vector<RequestLimit> next;
  std::vector<Window> next_windows;
  const auto take = [&](const RequestLimit& limit) {
    if (limit.interval_ms <= 0 || limit.limit <= 0) return;
    next.push_back(limit);
    next_windows.emplace_back();
    for (size_t i = 0; i < limits_.size(); ++i)
      if (limits_[i].kind == limit.kind && limits_[i].interval_ms == limit.interval_ms) next_windows.back() = windows_[i];
  };
  for (const RequestLimit& limit : limits) take(limit);
  for (const RequestLimit& old : limits_)
    if (std::none_of(limits.begin(), limits.end(), [&](const RequestLimit& given) { return given.kind == old.kind; })) take(old);
  limits_ = std::move(next);
  windows_ = std::move(next_windows);
}

int64_t RequestBudget::cost_of(LimitKind kind, const RequestCost& cost) {
  switch (kind) {
  case LimitKind::request_weight: return cost.weight;
  case LimitKind::raw_requests: return 1;
  case LimitKind::orders: return cost.orders;
  case LimitKind::connections: return cost.is_connection ? 1 : 0;
  }
  return 0;
}

int64_t RequestBudget::in_flight(LimitKind kind) const {
  int64_t sum = 0;
  for (const auto& [ticket, flight] : flights_) sum += cost_of(kind, flight.cost);
  return sum;
}

void RequestBudget::turn_windows(const Instant& now) {
  for (size_t i = 0; i < limits_.size(); ++i) {
    const int64_t number = (now.server_ms - window_guard_ms) / limits_[i].interval_ms;
    // Our idea of the exchange's clock was corrected backwards: what was counted is kept.
    if (number < windows_[i].number) windows_[i].number = number;
    if (number == windows_[i].number) continue;
    // More than one window on, what was counted ahead is over as well.
    windows_[i] = {number, 0, number == windows_[i].number + 1 ? windows_[i].next : 0, 0};
  }
}

int64_t RequestBudget::used(size_t limit, const Instant& now) {
  turn_windows(now);
  return windows_.at(limit).counted() + in_flight(limits_[limit].kind);
}

RequestBudget::Permit RequestBudget::ask(Purpose purpose, const RequestCost& cost, const Instant& now) {
  if (blocked(now)) return {0, blocked_until_ms_, "the exchange asked for a pause"};
  turn_windows(now);
  for (size_t i = 0; i < limits_.size(); ++i) {
    const RequestLimit& limit = limits_[i];
    const int64_t asked = cost_of(limit.kind, cost);
    if (asked == 0) continue;
    const int64_t allowed = limit.limit * share_percent(purpose) / 100;
    if (windows_[i].counted() + in_flight(limit.kind) + asked <= allowed) continue;
    const int64_t next_window_server_ms = (windows_[i].number + 1) * limit.interval_ms + window_guard_ms;
    return {0, now.steady_ms + std::max<int64_t>(1, next_window_server_ms - now.server_ms),
            "the limit of " + std::to_string(limit.limit) + " " + std::string(name_of(limit.kind)) + " in " + std::to_string(limit.interval_ms / 1000) + " s" +
                (allowed < limit.limit ? ", of which " + std::to_string(share_percent(purpose)) + " % are for this," : "") + " is used up"};
  }
  // Where two windows meet the exchange may count it in the later one already.
  for (size_t i = 0; i < limits_.size(); ++i)
    if ((now.server_ms + window_guard_ms) / limits_[i].interval_ms > windows_[i].number) windows_[i].next += cost_of(limits_[i].kind, cost);
  flights_[++last_ticket_] = {cost, now.steady_ms};
  return {last_ticket_, 0, {}};
}

void RequestBudget::finish(uint64_t ticket, const std::vector<ReportedUse>& reported, const Instant& now) {
  const auto flight = flights_.find(ticket);
  STRATDOCK_CHECK(flight != flights_.end());
  const RequestCost cost = flight->second.cost;
  const int64_t sent_ago_ms = now.steady_ms - flight->second.sent_steady_ms;
  flights_.erase(flight);
  turn_windows(now);
  for (size_t i = 0; i < limits_.size(); ++i) {
    const bool told = std::any_of(reported.begin(), reported.end(), [&](const ReportedUse& use) { return use.kind == limits_[i].kind && use.interval_ms == limits_[i].interval_ms; });
    // A request that began in the window before may have been reported there: then it counts here as well.
    const bool began_here = (now.server_ms - sent_ago_ms - window_guard_ms) / limits_[i].interval_ms == windows_[i].number;
    if (!told || !began_here) windows_[i].untold += cost_of(limits_[i].kind, cost);
  }
  report(reported, now);
  refusals_in_a_row_ = blocked(now) ? refusals_in_a_row_ : 0;
}

void RequestBudget::report(const std::vector<ReportedUse>& reported, const Instant& now) {
  turn_windows(now);
  for (size_t i = 0; i < limits_.size(); ++i)
    for (const ReportedUse& use : reported)
      if (use.kind == limits_[i].kind && use.interval_ms == limits_[i].interval_ms) windows_[i].told = std::max(windows_[i].told, use.used);
}

void RequestBudget::block(int64_t until_steady_ms) { blocked_until_ms_ = std::max(blocked_until_ms_, until_steady_ms); }

void RequestBudget::refused(uint64_t ticket, RefusalKind kind, int64_t retry_after_ms, const Instant& now) {
  const auto flight = flights_.find(ticket);
  STRATDOCK_CHECK(flight != flights_.end());
  const RequestCost cost = flight->second.cost;
  // Requests that were on their way together are refused together: one refusal, not many.
  const bool same_storm = flight->second.sent_steady_ms < blocked_until_ms_;
  flights_.erase(flight);
  turn_windows(now);
  for (size_t i = 0; i < limits_.size(); ++i) windows_[i].untold += cost_of(limits_[i].kind, cost);
  const Pause pause = default_pause(kind);
  constexpr int most_doublings = 20;
  if (!same_storm) ++refusals_in_a_row_;
  const int64_t growing_ms = std::min(pause.longest_ms, pause.first_ms << std::clamp(refusals_in_a_row_ - 1, 0, most_doublings));
  block(now.steady_ms + (retry_after_ms >= 0 ? retry_after_ms + retry_guard_ms : growing_ms));
}

int64_t limit_interval_ms(int64_t count, std::string_view unit) {
  if (count <= 0 || count > 100'000 || unit.empty()) return 0;
  constexpr int64_t second = 1'000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
  const auto is = [&](char letter, std::string_view word) { return unit == word || (unit.size() == 1 && (unit[0] | 0x20) == letter); };
  if (is('s', "SECOND")) return count * second;
  if (is('m', "MINUTE")) return count * minute;
  if (is('h', "HOUR")) return count * hour;
  if (is('d', "DAY")) return count * day;
  return 0;
}

std::vector<ReportedUse> reported_in_headers(const std::map<std::string, std::string>& headers) {
  std::vector<ReportedUse> uses;
  constexpr std::pair<std::string_view, LimitKind> families[] = {{"x-mbx-used-weight-", LimitKind::request_weight}, {"x-mbx-order-count-", LimitKind::orders}};
  for (const auto& [name, value] : headers)
    for (const auto& [prefix, kind] : families) {
      if (name.size() < prefix.size() + 2 || std::string_view(name).substr(0, prefix.size()) != prefix) continue;
      int64_t count = 0, used = 0;
      const char* begin = name.data() + prefix.size();
      const auto [unit, error] = std::from_chars(begin, name.data() + name.size(), count);
      const auto [end, error_2] = std::from_chars(value.data(), value.data() + value.size(), used);
      const int64_t interval_ms = error == std::errc{} ? limit_interval_ms(count, {unit, static_cast<size_t>(name.data() + name.size() - unit)}) : 0;
      if (interval_ms > 0 && error_2 == std::errc{} && used >= 0) uses.push_back({kind, interval_ms, used});
    }
  return uses;
}

}  // namespace stratdock::binance
