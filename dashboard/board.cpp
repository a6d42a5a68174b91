#include "dashboard/board.hpp"

#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "dashboard/row_json.hpp"

namespace stratdock::dashboard {

namespace {

constexpr int64_t overview_at_most_every_ms = 200;
constexpr int64_t overview_grace_ms = 500;  // how much older it may be while somebody makes the next one
constexpr int64_t overview_wanted_for_ms = 15'000;
constexpr size_t alarms_in_overview = 20;

// Raw deflate at the quickest level: the overview is made again many times a minute.
std::string deflated(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return result == Z_STREAM_END ? out : std::string();
}

}  // namespace

Board::Board(std::string mode, std::string version, std::string asset_version)
    : version_(std::move(version)), asset_version_(std::move(asset_version)), default_mode_(std::move(mode)) {}

bool Board::ready() const {
  const std::lock_guard lock(mutex_);
  return ready_;
}

int64_t Board::seen_rev() const {
  const std::lock_guard lock(mutex_);
  return seen_rev_;
}

void Board::with_world(const std::function<void(const World&)>& read) const {
  const std::lock_guard lock(mutex_);
  read(world_);
}

std::shared_ptr<const std::string> Board::text_of(BotCard& card) {
  if (!card.json) card.json = std::make_shared<const std::string>(bot_json(world_, card));
  return card.json;
}

std::shared_ptr<const std::string> Board::bot_text(int64_t id) {
  const std::lock_guard lock(mutex_);
  const auto card = world_.bots.find(id);
  return card == world_.bots.end() ? nullptr : text_of(card->second);
}

bool Board::overview_wanted(int64_t wall_ms) const {
  const std::lock_guard lock(overview_mutex_);
  return shown_ && overview_asked_ms_ != 0 && wall_ms - overview_asked_ms_ < overview_wanted_for_ms && overview_number_ != state_number_ &&
         wall_ms - (overview_ ? overview_->built_ms : 0) >= std::max(overview_at_most_every_ms, 10 * overview_cost_ms_);
}

// The one there is, where it is the newest, new enough, or about to be replaced; else null.
std::shared_ptr<const Overview> Board::last_overview(int64_t wall_ms, bool asked) const {
  const std::lock_guard lock(overview_mutex_);
  const bool kept_current = asked && overview_asked_ms_ != 0 && wall_ms - overview_asked_ms_ < overview_wanted_for_ms;
  if (asked) overview_asked_ms_ = wall_ms;
  if (!overview_ || (overview_due_ && overview_number_ != state_number_)) return nullptr;
  const int64_t age = wall_ms - overview_->built_ms, fresh_for = std::max(overview_at_most_every_ms, 10 * overview_cost_ms_);
  if (overview_number_ == state_number_ || age < fresh_for) return overview_;
  // The watcher makes it anew for those who poll; nobody needs to wait for that.
  if (kept_current && age < fresh_for + overview_grace_ms) return overview_;
  return nullptr;
}

std::shared_ptr<const Overview> Board::overview(const std::function<int64_t()>& rev, int64_t wall_ms, bool asked) {
  if (!shown_) return nullptr;
  if (auto last = last_overview(wall_ms, asked)) return last;
  const std::lock_guard lock(mutex_);
  if (!ready_) return nullptr;
  if (auto last = last_overview(wall_ms, asked)) return last;
  const uint64_t number = state_number_;
  const auto start = std::chrono::steady_clock::now();
  auto made = std::make_shared<Overview>();
  made->rev = rev();
  made->built_ms = wall_ms;
  made->etag = "\"o" + std::to_string(made->rev) + "-" + std::to_string(number) + "\"";
  std::string& text = made->rest;
  text.reserve(world_.bots.size() * 2'000 + 4'000);
  text = "\"rev\":" + std::to_string(made->rev) + ",\"version\":" + dump(version_) + ",\"asset_version\":" + dump(asset_version_) +
         ",\"engine\":" + engine_json(world_.engine) + ",\"totals\":" + totals_json(world_, wall_ms) + ",\"bots\":[";
  bool first = true;
  for (auto& [id, card] : world_.bots) {
    if (!first) text += ',';
    first = false;
    text += *text_of(card);
  }
  text += "],\"alarms\":" + open_alarms_json(world_, alarms_in_overview) + ",\"open_alarms\":" + std::to_string(world_.alarms.size()) + "}";
  made->rest_deflated = deflated(text);
  made->rest_crc = static_cast<uint32_t>(crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())));
  made->clock = world_.clock;
  const std::lock_guard publishing(overview_mutex_);
  overview_due_ = false;
  overview_ = made;
  overview_number_ = number;
  overview_cost_ms_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
  return overview_;
}

std::string Board::head_json(const MarketClock& clock, int64_t wall_ms) {
  return "\"server_ms\":" + std::to_string(wall_ms) + ",\"market_ms\":" + std::to_string(clock.now(wall_ms)) + ",\"speed\":" + dump(number_json(clock.speed)) + ",";
}

std::string Board::heartbeat_json(int64_t rev, int64_t wall_ms) const {
  const std::lock_guard lock(mutex_);
  return "{" + head_json(world_.clock, wall_ms) + "\"rev\":" + std::to_string(rev) + ",\"asset_version\":" + dump(asset_version_) + ",\"engine\":" + engine_json(world_.engine) + "}";
}

}  // namespace stratdock::dashboard
