#include "host/binance/session.hpp"

#include <ctime>

#include "core/check.hpp"
#include "host/binance/http_transport.hpp"

namespace stratdock::binance {
namespace {

int64_t machine_clock_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1'000'000;
}

std::optional<LimitKind> kind_of(const std::string& type) {
  if (type == "REQUEST_WEIGHT") return LimitKind::request_weight;
  if (type == "RAW_REQUESTS") return LimitKind::raw_requests;
  if (type == "ORDERS") return LimitKind::orders;
  return std::nullopt;
}

}  // namespace

Instant Session::now() const {
  const int64_t steady_ms = steady_now_ms();
  if (clock.known()) last_offset_ms_ = clock.server_ms(steady_ms) - steady_ms;
  return {steady_ms, last_offset_ms_ ? steady_ms + *last_offset_ms_ : machine_clock_ms()};
}

void Session::settle(uint64_t ticket, const Verdict& verdict, const std::vector<ReportedUse>& reported) {
  const Instant instant = now();
  int64_t wait_ms = -1;
  if (verdict.until_ms) wait_ms = std::max<int64_t>(0, *verdict.until_ms - instant.server_ms);
  if (verdict.wait_ms) wait_ms = std::max(wait_ms, *verdict.wait_ms);
  switch (verdict.kind) {
  case AnswerKind::rate_limited:
  case AnswerKind::order_rate_limited: budget.refused(ticket, RefusalKind::too_many, wait_ms, instant); break;
  case AnswerKind::banned: budget.refused(ticket, RefusalKind::banned, wait_ms, instant); break;
  case AnswerKind::firewall: budget.refused(ticket, RefusalKind::firewall, wait_ms, instant); break;
  case AnswerKind::clock: clock.refused(); [[fallthrough]];
  default: budget.finish(ticket, reported, instant); return;
  }
  budget.report(reported, instant);
}

Status Session::may_call(const Call& call, Purpose purpose) const {
  const std::string doing = std::string(text(call.verb)) + " " + call.path;
  if (call.changes())
    if (Status allowed = orders_allowed(endpoints.venue); !allowed) return allowed;
  if (call.security == Security::open) return {};
  if (!signer) return failure(doing + ": it needs an API key, and there is none", "put key and secret into the environment or the .env file");
  if (!clock.known()) return failure(doing + ": the exchange's clock is not known yet; nothing was sent", "it is asked for again and again; is the network up?");
  const int64_t steady_ms = steady_now_ms();
  if (purpose == Purpose::entry && !clock.certain(steady_ms))
    return failure(doing + ": the exchange's clock is known to " + std::to_string(clock.uncertainty_ms(steady_ms)) + " ms only; nothing was sent", "entries go on when it is known to 500 ms");
  return {};
}

SigningTime Session::signing_time(int64_t recv_window_ms) const {
  STRATDOCK_CHECK(clock.known());
  return {clock.server_ms(steady_now_ms()), recv_window_ms};
}

std::vector<RequestLimit> request_limits(const std::vector<RateLimit>& limits) {
  std::vector<RequestLimit> known;
  for (const RateLimit& limit : limits)
    if (const auto kind = kind_of(limit.type); kind && limit.window_ms() > 0 && limit.limit > 0) known.push_back({*kind, limit.window_ms(), limit.limit});
  return known;
}

std::vector<ReportedUse> reported_uses(const std::vector<RateLimit>& limits) {
  std::vector<ReportedUse> uses;
  for (const RateLimit& limit : limits)
    if (const auto kind = kind_of(limit.type); kind && limit.window_ms() > 0 && limit.count >= 0) uses.push_back({*kind, limit.window_ms(), limit.count});
  return uses;
}

}  // namespace stratdock::binance
