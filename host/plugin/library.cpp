#include "host/plugin/library.hpp"

#include <boost/dll/shared_library.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <deque>
#include <utility>

#include "host/plugin/decision_check.hpp"

namespace stratdock {
namespace {

std::string copied(const char* text) { return text ? clean_text(text, 16'384) : std::string(); }

// A library that was loaded stays loaded for the life of the process: after dlclose a replaced file at the same path can
// run the old code, and live instances would lose theirs. A deque never moves its elements and is never destroyed.
boost::dll::shared_library& keep(boost::dll::shared_library library) {
  static auto& kept = *new std::deque<boost::dll::shared_library>;
  return kept.emplace_back(std::move(library));
}

std::string version_text(uint32_t major, uint32_t minor) { return std::to_string(major) + "." + std::to_string(minor); }

ParameterSchema describe_parameter(const dock_param& param) {
  ParameterSchema schema;
  schema.key = copied(param.key);
  schema.name = copied(param.name);
  schema.doc = copied(param.doc);
  schema.unit = copied(param.unit);
  schema.live_changeable = param.flags & DOCK_PARAM_LIVE;
  schema.advanced = param.flags & DOCK_PARAM_ADVANCED;
  const dock_value& value = param.default_value;
  switch (param.type) {
    case DOCK_TYPE_INTEGER: schema.type = ParameterType::integer, schema.default_value = value.i64; break;
    case DOCK_TYPE_BOOLEAN: schema.type = ParameterType::boolean, schema.default_value = value.i64 != 0; break;
    case DOCK_TYPE_TEXT: schema.type = ParameterType::text, schema.default_value = copied(value.text); break;
    case DOCK_TYPE_CHOICE: schema.type = ParameterType::choice, schema.default_value = copied(value.text); break;
    default: schema.type = ParameterType::real, schema.default_value = value.f64; break;
  }
  const bool has_range = param.type == DOCK_TYPE_INTEGER || param.type == DOCK_TYPE_NUMBER;
  if (has_range && !(param.min == 0 && param.max == 0)) {
    if (!std::isinf(param.min)) schema.minimum = param.min;
    if (!std::isinf(param.max)) schema.maximum = param.max;
  }
  for (uint32_t i = 0; i < param.choice_count && param.choices; ++i) schema.choices.push_back(copied(param.choices[i]));
  // A choice's default may come as its index alone.
  if (param.type == DOCK_TYPE_CHOICE && !value.text && value.i64 >= 0 && static_cast<size_t>(value.i64) < schema.choices.size())
    schema.default_value = schema.choices[static_cast<size_t>(value.i64)];
  return schema;
}

Result<dock_value> to_value(const dock_param& param, const ParameterValue& value) {
  dock_value result{};
  result.type = param.type;
  const auto wrong_type = [&] { return failure("parameter " + copied(param.key) + ": the value has another type than its schema"); };
  switch (param.type) {
    case DOCK_TYPE_INTEGER:
      if (const auto* integer = std::get_if<int64_t>(&value)) return result.i64 = *integer, result;
      return wrong_type();
    case DOCK_TYPE_BOOLEAN:
      if (const auto* boolean = std::get_if<bool>(&value)) return result.i64 = *boolean, result;
      return wrong_type();
    case DOCK_TYPE_NUMBER:
      if (const auto* real = std::get_if<double>(&value)) return result.f64 = *real, result;
      return wrong_type();
    default: break;
  }
  const auto* text = std::get_if<std::string>(&value);
  if (!text) return wrong_type();
  result.text = text->c_str();
  if (param.type == DOCK_TYPE_TEXT) return result;
  for (uint32_t i = 0; i < param.choice_count; ++i)
    if (*text == param.choices[i]) return result.i64 = i, result.text = param.choices[i], result;
  return failure("parameter " + copied(param.key) + ": \"" + *text + "\" is none of its choices");
}

Status check_strategy_table(const dock_strategy* strategy) {
  if (!strategy || !DOCK_HAS(strategy, get_extension) || !strategy->id || !strategy->create || !strategy->destroy ||
      !strategy->requirements || !strategy->analyze || (strategy->param_count && !strategy->params))
    return failure("one of its strategies lacks a required field");
  for (uint32_t i = 0; i < strategy->param_count; ++i) {
    const dock_param* param = strategy->params[i];
    if (!param || !DOCK_HAS(param, choices) || !param->key || (param->choice_count && !param->choices))
      return failure("parameter " + std::to_string(i) + " of strategy " + copied(strategy->id) + " lacks a required field");
    if (param->type < DOCK_TYPE_INTEGER || param->type > DOCK_TYPE_CHOICE)
      return failure("parameter " + copied(param->key) + " of strategy " + copied(strategy->id) + " is of type " + std::to_string(param->type) +
                         ", which this host (strategy ABI " + version_text(DOCK_ABI_MAJOR, DOCK_ABI_MINOR) + ") does not know",
                     "update stratdock, or get an older build of the plugin");
  }
  return {};
}

constexpr size_t error_bytes = 1'024, reasoning_bytes = 4'096, symbol_bytes = 64;

// What was written, cut to the capacity; a marker shows a cut.
std::string buffer_text(const dock_buffer& buffer) {
  std::string text = clean_text({buffer.data, std::min(buffer.length, buffer.capacity)}, buffer.capacity);
  if (buffer.length > buffer.capacity) text += " ...";
  return text;
}

std::string status_text(int32_t status) {
  switch (status) {
    case DOCK_BAD_PARAMETERS: return "refuses these parameters";
    case DOCK_BAD_INPUT: return "refuses its input";
    case DOCK_OUT_OF_MEMORY: return "ran out of memory";
    case DOCK_UNSUPPORTED: return "does not support this";
    default: return "failed";
  }
}

FeedKind feed_kind(uint32_t kind) {
  switch (kind) {
    case DOCK_FEED_CANDLES: return FeedKind::candles;
    case DOCK_FEED_NEWS: return FeedKind::news;
    case DOCK_FEED_ASSESSMENT: return FeedKind::assessment;
    default: return FeedKind::unknown;
  }
}

Error refusal(const dock_strategy& strategy, int32_t status, const dock_buffer& error) {
  const std::string text = buffer_text(error);
  return {"strategy " + copied(strategy.id) + " " + status_text(status) + (text.empty() ? " and gives no reason" : ": " + text), "", 0};
}

}  // namespace

Result<StrategyLibrary> StrategyLibrary::load(const std::filesystem::path& path) {
  StrategyLibrary result;
  try {
    using namespace boost::dll;
    // Bound now: with lazy binding a library that lacks a symbol loads and dies at its first trade.
    boost::dll::shared_library& library = keep(shared_library(path, load_mode::rtld_now | load_mode::rtld_local));
    if (!library.has(DOCK_ENTRY_NAME))
      return failure("not a plugin: it exports no " DOCK_ENTRY_NAME, "build it with stratdock_add_strategy()");
    result.entry_ = &library.get<std::remove_pointer_t<dock_entry_function>>(DOCK_ENTRY_NAME);
  } catch (const std::exception& error) {
    return failure(std::string("it cannot be loaded: ") + clean_text(error.what(), 1'024), "a plugin must be a shared library for this machine with nothing missing");
  }
  return result;
}

Status StrategyLibrary::open() {
  library_ = entry_();
  // Sizes are asked for up to the last field of 1.0, never sizeof: a library of an older minor stays loadable when a struct grows.
  if (!library_ || !DOCK_HAS(library_, build_info)) return failure("its entry gives no valid library table");
  const dock_library& library = *library_;
  if (library.abi_major != DOCK_ABI_MAJOR || library.min_host_minor > DOCK_ABI_MINOR)
    return failure("it was built for strategy ABI " + version_text(library.abi_major, library.built_minor) + " and needs a host of at least " +
                       version_text(library.abi_major, library.min_host_minor) + "; this host has " +
                       version_text(DOCK_ABI_MAJOR, DOCK_ABI_MINOR),
                   library.abi_major > DOCK_ABI_MAJOR || library.min_host_minor > DOCK_ABI_MINOR ? "update stratdock, or get an older build of the plugin"
                                                                                                : "get a newer build of the plugin");
  if (library.strategy_count == 0 || library.strategy_count > 1'000 || !library.strategies) return failure("it offers no strategy");
  for (const dock_strategy* strategy : strategies())
    if (auto checked = check_strategy_table(strategy); !checked) return checked;
  return {};
}

const dock_strategy* StrategyLibrary::find(std::string_view strategy_id) const {
  for (const dock_strategy* strategy : strategies())
    if (strategy_id == strategy->id) return strategy;
  return nullptr;
}

std::string StrategyLibrary::build_info() const { return copied(library_->build_info); }

std::vector<StrategyInfo> StrategyLibrary::describe() const {
  std::vector<StrategyInfo> result;
  for (const dock_strategy* strategy : strategies()) {
    StrategyInfo& info = result.emplace_back();
    info.id = copied(strategy->id);
    for (uint32_t i = 0; i < strategy->alias_count && strategy->aliases; ++i) info.aliases.push_back(copied(strategy->aliases[i]));
    info.name = copied(strategy->name);
    info.version = copied(strategy->version);
    info.vendor = copied(strategy->vendor);
    info.doc = copied(strategy->doc);
    info.state_version = strategy->state_version;
    for (uint32_t i = 0; i < strategy->param_count; ++i)
      if (strategy->params[i]) info.parameters.push_back(describe_parameter(*strategy->params[i]));
  }
  return result;
}

void StrategyInstance::write_line(const dock_host* host, int32_t level, const char* text) noexcept {
  if (host == nullptr || host->data == nullptr || text == nullptr) return;
  auto& me = *static_cast<StrategyInstance*>(host->data);
  if (me.lines_.size() >= strategy_line_limit) return void(++me.dropped_lines_);
  const auto known = static_cast<StrategyLine::Level>(std::clamp(level, DOCK_LOG_DEBUG, DOCK_LOG_ERROR));
  me.lines_.push_back({known, std::string(text, strnlen(text, strategy_line_bytes))});
}

const void* StrategyInstance::host_extension(const dock_host*, const char* id) noexcept {
  static constexpr dock_log log{sizeof(dock_log), 0, &StrategyInstance::write_line};
  return id != nullptr && std::strcmp(id, DOCK_EXTENSION_LOG) == 0 ? &log : nullptr;
}

std::vector<StrategyLine> StrategyInstance::take_lines() {
  if (dropped_lines_ > 0) lines_.push_back({StrategyLine::Level::warning, std::to_string(dropped_lines_) + " further lines of this decision were dropped"});
  dropped_lines_ = 0;
  return std::exchange(lines_, {});
}

StrategyInstance::StrategyInstance(const dock_strategy& strategy, std::string symbol)
    : strategy_(strategy), symbol_(std::move(symbol)), text_(error_bytes + reasoning_bytes + symbol_bytes) {
  host_.struct_size = sizeof host_;
  host_.abi_minor = DOCK_ABI_MINOR;
  host_.name = "stratdock";
  host_.version = "0.1.0";
  host_.data = this;
  host_.get_extension = host_extension;
}

namespace {

Result<std::vector<dock_value>> to_values(const dock_strategy& strategy, std::span<const ParameterValue> values) {
  if (values.size() != strategy.param_count)
    return failure("strategy " + copied(strategy.id) + " has " + std::to_string(strategy.param_count) + " parameters, not " +
                   std::to_string(values.size()));
  std::vector<dock_value> result;
  for (uint32_t i = 0; i < strategy.param_count; ++i) {
    auto value = to_value(*strategy.params[i], values[i]);
    if (!value) return tl::unexpected(value.error());
    result.push_back(*value);
  }
  return result;
}

dock_config config_of(const std::vector<dock_value>& values, uint64_t seed) {
  dock_config config{};
  config.struct_size = sizeof config;
  config.value_count = static_cast<uint32_t>(values.size());
  config.values = values.data();
  config.seed = seed;
  return config;
}

}  // namespace

Result<std::unique_ptr<StrategyInstance>> StrategyInstance::create(const dock_strategy& strategy, std::span<const ParameterValue> values,
                                                                   uint64_t seed, std::string symbol) {
  const auto dock_values = to_values(strategy, values);
  if (!dock_values) return tl::unexpected(dock_values.error());
  const dock_config config = config_of(*dock_values, seed);
  std::unique_ptr<StrategyInstance> instance(new StrategyInstance(strategy, std::move(symbol)));
  dock_buffer error{instance->text_.data(), error_bytes, 0};
  instance->seed_ = seed;
  const int32_t status = strategy.create(&instance->host_, &config, &instance->instance_, &error);
  if (status != DOCK_OK || !instance->instance_) return tl::unexpected(refusal(strategy, status, error));
  if (auto asked = instance->read_requirements(); !asked) return tl::unexpected(asked.error());
  return instance;
}

Result<bool> StrategyInstance::change(std::span<const ParameterValue> values) {
  const auto* live = strategy_.get_extension == nullptr ? nullptr : static_cast<const dock_live_params*>(strategy_.get_extension(DOCK_EXTENSION_PARAMS));
  if (live == nullptr || !DOCK_HAS(live, change) || live->change == nullptr) return false;
  const auto dock_values = to_values(strategy_, values);
  if (!dock_values) return tl::unexpected(dock_values.error());
  const dock_config config = config_of(*dock_values, seed_);
  dock_buffer error{text_.data(), error_bytes, 0};
  const int32_t status = live->change(instance_, &config, &error);
  if (status != DOCK_OK) return tl::unexpected(refusal(strategy_, status, error));
  return true;
}

StrategyInstance::~StrategyInstance() {
  if (instance_) strategy_.destroy(instance_);
}

Status StrategyInstance::read_requirements() {
  dock_requirements asked{};
  asked.struct_size = sizeof asked;
  dock_buffer error{text_.data(), error_bytes, 0};
  const int32_t status = strategy_.requirements(instance_, &asked, &error);
  if (status != DOCK_OK) return tl::unexpected(refusal(strategy_, status, error));
  requirements_.warmup_candles = asked.warm_up_candles;
  requirements_.window_candles = std::max(asked.window, asked.warm_up_candles);
  constexpr uint32_t window_limit = 100'000, feed_limit = 32;
  if (requirements_.window_candles > window_limit || asked.feed_count > feed_limit || (asked.feed_count && !asked.feeds))
    return failure("strategy " + copied(strategy_.id) + " asks for " + std::to_string(requirements_.window_candles) + " candles and " +
                   std::to_string(asked.feed_count) + " feeds; at most 100000 and 32 are given");
  for (uint32_t i = 0; i < asked.feed_count; ++i) {
    if (!asked.feeds[i] || !DOCK_HAS(asked.feeds[i], answer_schema))
      return failure("strategy " + copied(strategy_.id) + " asks for a feed that lacks fields of strategy ABI 1.0");
    const dock_feed& feed = *asked.feeds[i];
    FeedRequirement& requirement = requirements_.feeds.emplace_back();
    requirement.kind = feed_kind(feed.kind);
    requirement.asked_kind = feed.kind;
    // A strategy of a later minor may know more kinds; it said that it copes without.
    if (requirement.kind == FeedKind::unknown && feed.required)
      return failure("strategy " + copied(strategy_.id) + " requires a feed of unknown kind " + std::to_string(feed.kind), "update stratdock, or get an older build of the plugin");
    requirement.required = feed.required != 0;
    requirement.symbol = feed.symbol ? copied(feed.symbol) : symbol_;
    requirement.interval_ms = feed.interval_ms;
    requirement.refresh_ms = feed.refresh_ms;
    requirement.min_rows = feed.min_rows;
    requirement.max_rows = feed.max_rows;
    requirement.prompt = copied(feed.prompt);
    requirement.answer_schema = copied(feed.answer_schema);
    dock_feed_data& absent = absent_feeds_.emplace_back();
    absent = {};
    absent.struct_size = sizeof absent;
    absent.kind = feed.kind;
    absent.fault = requirement.kind == FeedKind::unknown ? "this host does not know the kind of feed" : "the feed is not connected";
  }
  for (const auto& absent : absent_feeds_) absent_feed_pointers_.push_back(&absent);
  return {};
}

Result<Decision> StrategyInstance::analyze(const AnalyzeInput& input) {
  const auto feeds = input.feeds.empty() ? std::span<const dock_feed_data* const>(absent_feed_pointers_) : input.feeds;
  dock_input dock{};
  dock.struct_size = sizeof dock;
  dock.feed_count = static_cast<uint32_t>(feeds.size());
  dock.now_ms = input.now_ms;
  dock.symbol = symbol_.c_str();
  dock.candles = input.candles;
  dock.feeds = feeds.empty() ? nullptr : feeds.data();
  dock.position_fraction = input.position.fraction;
  dock.entry_price = input.position.entry_price;
  dock.entry_time_ms = input.position.entry_time_ms;
  dock_decision advice{};
  advice.struct_size = sizeof advice;
  dock_buffer error{text_.data(), error_bytes, 0};
  const uint64_t reasoning_room = input.wants_texts ? reasoning_bytes : 0, symbol_room = input.wants_texts ? symbol_bytes : 0;
  advice.reasoning = {text_.data() + error_bytes, reasoning_room, 0};
  advice.recommended_symbol = {text_.data() + error_bytes + reasoning_bytes, symbol_room, 0};
  const int32_t status = strategy_.analyze(instance_, &dock, &advice, &error);
  if (status != DOCK_OK) return tl::unexpected(refusal(strategy_, status, error));
  if (advice.action < DOCK_HOLD || advice.action > DOCK_SELL)
    return failure("the strategy's action is " + std::to_string(advice.action) + "; it must be 0 (HOLD), 1 (BUY) or 2 (SELL)");
  Decision decision;
  decision.action = static_cast<Action>(advice.action);
  decision.confidence = advice.confidence;
  if (advice.set & DOCK_SET_SIZE) decision.size_fraction = advice.size_fraction;
  if (advice.set & DOCK_SET_STOP_LOSS) decision.stop_loss = advice.stop_loss_fraction;
  if (advice.set & DOCK_SET_TAKE_PROFIT) decision.take_profit = advice.take_profit_fraction;
  // The plugin had these structs in its hands: read the texts from our own pointers.
  if (input.wants_texts) {
    decision.reasons = buffer_text({text_.data() + error_bytes, reasoning_room, advice.reasoning.length});
    decision.recommended_symbol = buffer_text({text_.data() + error_bytes + reasoning_bytes, symbol_room, advice.recommended_symbol.length});
  }
  if (auto checked = check_decision(decision); !checked) return tl::unexpected(checked.error());
  return decision;
}

}  // namespace stratdock
