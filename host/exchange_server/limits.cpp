#include "host/exchange_server/limits.hpp"

#include <algorithm>

namespace stratdock::exchange_server {

namespace {
constexpr int64_t second_ms = 1000, minute_length_ms = 60 * second_ms, day_length_ms = 24 * 60 * minute_length_ms;
constexpr int64_t longest_ban_ms = 3 * day_length_ms;
} // namespace

int64_t& Limits::Counter::at(int64_t now_ms, int64_t length_ms) {
  const int64_t start = now_ms - now_ms % length_ms;
  if (window_start_ms != start) {
    window_start_ms = start;
    count = 0;
  }
  return count;
}

Limits::Verdict Limits::charge(const std::string& name, int weight, int64_t now_ms) {
  Peer& peer = peers_[name];
  if (now_ms < peer.banned_until_ms) return {418, peer.banned_until_ms};
  int64_t& used = peer.weight.at(now_ms, minute_length_ms);
  int64_t& raw = peer.raw.at(now_ms, 5 * minute_length_ms);
  if (used == 0) peer.ignored = 0; // a new minute
  used += weight;
  raw += 1;
  const bool too_heavy = used > settings_.weight_per_minute, too_many = raw > settings_.raw_per_5_minutes;
  if (!too_heavy && !too_many) return {};
  if (++peer.ignored > settings_.ban_after) {
    peer.next_ban_ms = peer.next_ban_ms == 0 ? settings_.first_ban_ms : std::min(peer.next_ban_ms * 2, longest_ban_ms);
    peer.banned_until_ms = now_ms + peer.next_ban_ms;
    peer.ignored = 0;
    return {418, peer.banned_until_ms};
  }
  return {429, window_end(now_ms, too_many ? 5 * minute_length_ms : minute_length_ms)};
}

void Limits::give_back(const std::string& name, int weight, int64_t now_ms) {
  int64_t& used = peers_[name].weight.at(now_ms, minute_length_ms);
  used = std::max<int64_t>(0, used - weight);
}

int64_t Limits::used_weight(const std::string& name, int64_t now_ms) {
  return peers_[name].weight.at(now_ms, minute_length_ms);
}

bool Limits::may_connect(const std::string& name, int64_t now_ms) {
  return ++peers_[name].connections.at(now_ms, 5 * minute_length_ms) <= settings_.connections_per_5_minutes;
}

LimitWindow Limits::exceeded(const std::string& account, int orders, int64_t now_ms) {
  for (const LimitWindow& window : of_account(account, now_ms))
    if (window.count + orders > window.limit) return window;
  return {};
}

void Limits::add_orders(const std::string& account, int orders, int64_t now_ms) {
  Orders& counts = orders_[account];
  counts.ten_seconds.at(now_ms, 10 * second_ms) += orders;
  counts.day.at(now_ms, day_length_ms) += orders;
}

void Limits::order_filled(const std::string& account, bool is_maker, int64_t now_ms) {
  Orders& counts = orders_[account];
  for (int64_t* count : {&counts.ten_seconds.at(now_ms, 10 * second_ms), &counts.day.at(now_ms, day_length_ms)})
    *count = std::max<int64_t>(0, *count - (is_maker ? 5 : 1));
}

std::vector<LimitWindow> Limits::of_peer(const std::string& name, int64_t now_ms) {
  Peer& peer = peers_[name];
  return {{"REQUEST_WEIGHT", "MINUTE", 1, settings_.weight_per_minute, minute_length_ms,
           peer.weight.at(now_ms, minute_length_ms)},
          {"RAW_REQUESTS", "MINUTE", 5, settings_.raw_per_5_minutes, 5 * minute_length_ms,
           peer.raw.at(now_ms, 5 * minute_length_ms)}};
}

std::vector<LimitWindow> Limits::of_account(const std::string& account, int64_t now_ms) {
  Orders& counts = orders_[account];
  return {{"ORDERS", "SECOND", 10, settings_.orders_per_10_seconds, 10 * second_ms,
           counts.ten_seconds.at(now_ms, 10 * second_ms)},
          {"ORDERS", "DAY", 1, settings_.orders_per_day, day_length_ms, counts.day.at(now_ms, day_length_ms)}};
}

} // namespace stratdock::exchange_server
