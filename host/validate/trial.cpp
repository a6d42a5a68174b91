#include "host/validate/trial.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <sstream>

#include "core/decision.hpp"
#include "host/plugin/decision_check.hpp"
#include "host/validate/struct_slot.hpp"

namespace stratdock::validate {
namespace {

constexpr size_t canary_bytes = 64;
constexpr char canary = '\xc5';
constexpr uint32_t rows_in_a_ten = 10;

const void* no_extension(const dock_host*, const char*) noexcept { return nullptr; }

// FNV-1a, for telling answers apart, not for safety. Source: RFC 9923.
void mix(uint64_t& hash, const void* data, size_t size) {
  for (size_t i = 0; i < size; ++i) hash = (hash ^ static_cast<const unsigned char*>(data)[i]) * 0x100000001b3u;
}

std::string shown(double value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

struct Blob {
  std::string* out = nullptr;
  std::string_view in;
  size_t step = 1;
};

int64_t write_some(const dock_writer* writer, const void* bytes, uint64_t size) noexcept {
  auto& blob = *static_cast<Blob*>(writer->data);
  constexpr size_t limit = 64u << 20;
  const size_t taken = std::min<uint64_t>(size, blob.step);
  if (blob.out->size() + taken > limit) return DOCK_FAILED;
  blob.out->append(static_cast<const char*>(bytes), taken);
  return static_cast<int64_t>(taken);
}

int64_t read_some(const dock_reader* reader, void* bytes, uint64_t size) noexcept {
  auto& blob = *static_cast<Blob*>(reader->data);
  const size_t given = std::min<uint64_t>({size, blob.step, blob.in.size()});
  std::memcpy(bytes, blob.in.data(), given);
  blob.in.remove_prefix(given);
  return static_cast<int64_t>(given);
}

}  // namespace

struct Trial::Memory {
  explicit Memory(Shape shape)
      : host(shape, false), config(shape, false), requirements(shape, true), input(shape, false), candles(shape, false),
        decision(shape, true), writer(shape, false), reader(shape, false) {}
  StructSlot<dock_host> host;
  StructSlot<dock_config> config;
  StructSlot<dock_requirements> requirements;
  StructSlot<dock_input> input;
  StructSlot<dock_candles> candles;
  StructSlot<dock_decision> decision;
  StructSlot<dock_writer> writer;
  StructSlot<dock_reader> reader;
  // One for each feed, where the shape is not today's.
  std::vector<std::unique_ptr<StructSlot<dock_feed_data>>> feeds;
  std::vector<const dock_feed_data*> feed_pointers;
};

std::string status_words(int32_t status) {
  switch (status) {
    case DOCK_OK: return "DOCK_OK";
    case DOCK_BAD_PARAMETERS: return "DOCK_BAD_PARAMETERS";
    case DOCK_BAD_INPUT: return "DOCK_BAD_INPUT";
    case DOCK_BAD_STATE: return "DOCK_BAD_STATE";
    case DOCK_OUT_OF_MEMORY: return "DOCK_OUT_OF_MEMORY";
    case DOCK_UNSUPPORTED: return "DOCK_UNSUPPORTED";
    default: return status < 0 ? "DOCK_FAILED (" + std::to_string(status) + ")" : "the status " + std::to_string(status) + ", which the ABI does not have";
  }
}

uint64_t Advice::hash() const {
  uint64_t hash = 0xcbf29ce484222325u;
  mix(hash, &status, sizeof status), mix(hash, &action, sizeof action), mix(hash, &set, sizeof set), mix(hash, &confidence, sizeof confidence);
  if (set & DOCK_SET_SIZE) mix(hash, &size_fraction, sizeof size_fraction);
  if (set & DOCK_SET_STOP_LOSS) mix(hash, &stop_loss, sizeof stop_loss);
  if (set & DOCK_SET_TAKE_PROFIT) mix(hash, &take_profit, sizeof take_profit);
  for (const auto* text : {&reasons, &recommended_symbol, &error}) mix(hash, text->data(), text->size() + 1);
  return hash;
}

bool Advice::same_numbers(const Advice& other) const {
  Advice mine = *this, theirs = other;
  for (Advice* one : {&mine, &theirs}) one->reasons.clear(), one->recommended_symbol.clear(), one->error.clear();
  return mine.same(theirs);
}

std::string Advice::text() const {
  if (status != DOCK_OK) return status_words(status) + (error.empty() ? "" : ": " + error);
  const char* const names[] = {"HOLD", "BUY", "SELL"};
  std::string out = action >= 0 && action <= 2 ? names[action] : "action " + std::to_string(action);
  out += " " + shown(confidence);
  if (set & DOCK_SET_SIZE) out += ", size " + shown(size_fraction);
  if (set & DOCK_SET_STOP_LOSS) out += ", stop-loss " + shown(stop_loss);
  if (set & DOCK_SET_TAKE_PROFIT) out += ", take-profit " + shown(take_profit);
  return out + (reasons.empty() ? "" : " (" + reasons.substr(0, 120) + ")");
}

std::optional<std::string> Advice::fault() const {
  if (status != DOCK_OK) return "analyze gave " + text();
  if (action < DOCK_HOLD || action > DOCK_SELL) return "the action is " + std::to_string(action) + "; it must be 0 (HOLD), 1 (BUY) or 2 (SELL)";
  Decision decision;
  decision.action = static_cast<Action>(action);
  decision.confidence = confidence;
  if (set & DOCK_SET_SIZE) decision.size_fraction = size_fraction;
  if (set & DOCK_SET_STOP_LOSS) decision.stop_loss = stop_loss;
  if (set & DOCK_SET_TAKE_PROFIT) decision.take_profit = take_profit;
  decision.recommended_symbol = recommended_symbol;
  if (auto checked = check_decision(decision); !checked) return checked.error().message;
  return std::nullopt;
}

MadePosition position_at(const Candles& market, uint32_t row) {
  const uint32_t ten = row / rows_in_a_ten;
  if (ten % 2 == 0) return {};
  const uint32_t entry = ten * rows_in_a_ten;
  return {ten % 4 == 1 ? 1.0 : 0.4, market.close(entry), market.end_ms(entry)};
}

Trial::Trial(const dock_strategy& strategy, std::span<const dock_value> values, const TrialOptions& options)
    : strategy_(strategy), options_(options), memory_(std::make_unique<Memory>(options.shape)) {
  text_.resize(options.text_capacity + options.symbol_capacity + options.error_capacity + 3 * canary_bytes);
  dock_host host{};
  host.abi_minor = options.shape == Shape::newer ? DOCK_ABI_MINOR + 7 : options.shape == Shape::oldest ? 0 : DOCK_ABI_MINOR;
  host.name = "stratdock validator";
  host.version = "1";
  host.get_extension = no_extension;
  dock_config config{};
  config.value_count = strategy.param_count;
  config.values = values.empty() ? nullptr : values.data();
  config.seed = options.seed;
  const auto error_room = room(0, options.error_capacity);
  dock_buffer error{error_room.data(), options.error_capacity, 0};
  status_ = strategy.create(&memory_->host.set(host), &memory_->config.set(config), &instance_, &error);
  error_length_ = error.length;
  error_.assign(error_room.data(), std::min(error.length, options.error_capacity));
  if (error_room[options.error_capacity] != canary) overrun_ = "create wrote its error text beyond the room for it";
  if (ok()) read_requirements();
}

Trial::~Trial() {
  if (instance_) strategy_.destroy(instance_);
}

// A buffer inside text_, filled with the canary behind its capacity.
std::span<char> Trial::room(size_t at, uint64_t capacity) {
  std::fill_n(text_.begin() + static_cast<std::ptrdiff_t>(at), capacity + canary_bytes, canary);
  return {text_.data() + at, capacity + canary_bytes};
}

void Trial::read_requirements() {
  const auto error_room = room(0, options_.error_capacity);
  dock_buffer error{error_room.data(), options_.error_capacity, 0};
  memory_->requirements.set({});
  status_ = strategy_.requirements(instance_, memory_->requirements.get(), &error);
  error_.assign(error_room.data(), std::min(error.length, options_.error_capacity));
  needs_ = memory_->requirements.value();
  if (memory_->requirements.tail_touched()) overrun_ = "requirements wrote into fields that this host did not say it has";
  if (status_ == DOCK_OK && needs_.feeds) feeds_.ask({needs_.feeds, needs_.feed_count}, options_.seed, options_.optional_feeds);
}

std::span<const dock_feed_data* const> Trial::shaped(std::span<const dock_feed_data* const> feeds) {
  if (options_.shape == Shape::today) return feeds;
  memory_->feed_pointers.clear();
  for (size_t i = 0; i < feeds.size(); ++i) {
    if (i == memory_->feeds.size()) memory_->feeds.push_back(std::make_unique<StructSlot<dock_feed_data>>(options_.shape, false));
    memory_->feed_pointers.push_back(&memory_->feeds[i]->set(*feeds[i]));
  }
  return memory_->feed_pointers;
}

Advice Trial::analyze(const Candles& market, uint32_t end, uint32_t new_count) {
  // As the host shows rows: from the first one fed on, at most the window behind the first new one.
  const uint32_t window = std::max({needs_.window, needs_.warm_up_candles, 1u});
  const uint32_t first_new = end - new_count;
  const uint32_t first = first_new - std::min(first_new, window - (new_count > 0 ? 1 : 0));
  dock_candles rows = market.view(first, end - first, new_count);
  if (!options_.optional_columns) rows.quote_volume = rows.taker_buy_volume = rows.trade_count = nullptr;
  const MadePosition position = end == 0 ? MadePosition{} : position_at(market, end - 1);
  const int64_t now_ms = end == 0 ? 0 : market.end_ms(end - 1);
  const auto feeds = shaped(feeds_.at(market, now_ms, first_new == 0 ? 0 : market.end_ms(first_new - 1)));
  dock_input input{};
  input.feed_count = static_cast<uint32_t>(feeds.size());
  input.now_ms = now_ms;
  input.symbol = options_.symbol;
  input.candles = &memory_->candles.set(rows);
  input.feeds = feeds.empty() ? nullptr : feeds.data();
  input.position_fraction = position.fraction;
  input.entry_price = position.entry_price;
  input.entry_time_ms = position.entry_time_ms;
  const auto reasons = room(0, options_.text_capacity);
  const auto symbol = room(reasons.size(), options_.symbol_capacity);
  const auto error_room = room(reasons.size() + symbol.size(), options_.error_capacity);
  dock_buffer error{options_.error_capacity ? error_room.data() : nullptr, options_.error_capacity, 0};
  dock_decision blank{};
  blank.reasoning = {options_.text_capacity ? reasons.data() : nullptr, options_.text_capacity, 0};
  blank.recommended_symbol = {options_.symbol_capacity ? symbol.data() : nullptr, options_.symbol_capacity, 0};
  memory_->decision.set(blank);
  Advice advice;
  advice.status = strategy_.analyze(instance_, &memory_->input.set(input), memory_->decision.get(), &error);
  const dock_decision decision = memory_->decision.value();
  advice.action = decision.action;
  advice.set = decision.set;
  advice.confidence = decision.confidence;
  advice.size_fraction = decision.size_fraction;
  advice.stop_loss = decision.stop_loss_fraction;
  advice.take_profit = decision.take_profit_fraction;
  advice.reasons_length = decision.reasoning.length;
  advice.symbol_length = decision.recommended_symbol.length;
  advice.reasons.assign(reasons.data(), std::min(decision.reasoning.length, options_.text_capacity));
  advice.recommended_symbol.assign(symbol.data(), std::min(decision.recommended_symbol.length, options_.symbol_capacity));
  advice.error.assign(error_room.data(), std::min(error.length, options_.error_capacity));
  const auto check = [&](std::span<char> where, uint64_t capacity, const char* what) {
    if (where[capacity] != canary) advice.overrun = std::string(what) + " was written beyond its " + std::to_string(capacity) + " bytes of room";
  };
  check(reasons, options_.text_capacity, "the reasoning");
  check(symbol, options_.symbol_capacity, "the recommended symbol");
  check(error_room, options_.error_capacity, "the error text");
  if (memory_->decision.tail_touched()) advice.overrun = "analyze wrote into fields of the decision that it cannot know";
  return advice;
}

std::vector<Advice> Trial::each(const Candles& market, uint32_t from, uint32_t to) {
  std::vector<Advice> answers;
  for (uint32_t row = from; row < to; ++row) answers.push_back(analyze(market, row + 1, 1));
  return answers;
}

int32_t Trial::save(std::string& blob, size_t step) {
  Blob stream{&blob, {}, step};
  const auto error_room = room(0, options_.error_capacity);
  dock_buffer error{error_room.data(), options_.error_capacity, 0};
  const int32_t status = strategy_.save_state(instance_, &memory_->writer.set({0, 0, &stream, write_some}), &error);
  error_.assign(error_room.data(), std::min(error.length, options_.error_capacity));
  return status;
}

int32_t Trial::load(std::string_view blob, size_t step) {
  Blob stream{nullptr, blob, step};
  const auto error_room = room(0, options_.error_capacity);
  dock_buffer error{error_room.data(), options_.error_capacity, 0};
  const int32_t status = strategy_.load_state(instance_, &memory_->reader.set({0, 0, &stream, read_some}), &error);
  error_.assign(error_room.data(), std::min(error.length, options_.error_capacity));
  return status;
}

std::optional<std::string> first_difference(std::span<const Advice> expected, std::span<const Advice> found, uint32_t first_row) {
  for (size_t i = 0; i < std::min(expected.size(), found.size()); ++i)
    if (!expected[i].same(found[i]))
      return "candle " + std::to_string(first_row + i + 1) + ": " + found[i].text() + " instead of " + expected[i].text();
  return std::nullopt;
}

}  // namespace stratdock::validate
