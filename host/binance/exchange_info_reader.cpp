#include "host/binance/exchange_info_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/binance/message_reader.hpp"
#include "host/binance/words.hpp"

namespace stratdock::binance {
namespace {

constexpr size_t deepest_place = 32;

// What nlohmann's parser calls. Its texts are its own buffers.
struct SaxEvents {
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  ExchangeInfoReader& reader;

  bool plain(PlainValue::Kind kind, std::string_view text, int64_t number) {
    reader.value({kind, text, number});
    return true;
  }
  bool null() { return plain(PlainValue::Kind::other, "null", 0); }
  bool boolean(bool value) { return plain(PlainValue::Kind::flag, value ? "true" : "false", value ? 1 : 0); }
  bool number_integer(number_integer_t value) { return plain(PlainValue::Kind::integer, {}, value); }
  bool number_unsigned(number_unsigned_t value) {
    if (value > uint64_t{INT64_MAX}) return plain(PlainValue::Kind::other, "a number above 63 bits", 0);
    return plain(PlainValue::Kind::integer, {}, static_cast<int64_t>(value));
  }
  bool number_float(number_float_t, const string_t& text) { return plain(PlainValue::Kind::other, text, 0); }
  bool string(string_t& text) { return plain(PlainValue::Kind::text, text, 0); }
  bool binary(binary_t&) { return false; }
  bool start_object(size_t) { return reader.open(); }
  bool key(string_t& name) {
    reader.key(name);
    return true;
  }
  bool end_object() {
    reader.close();
    return true;
  }
  bool start_array(size_t) { return reader.open(); }
  bool end_array() { return end_object(); }
  bool parse_error(size_t, const std::string&, const nlohmann::json::exception&) { return false; }
};

} // namespace

ExchangeInfoReader::Place ExchangeInfoReader::inside() const {
  switch (place()) {
  case Place::nothing:
    return Place::root;
  case Place::root:
    if (key_ == "rateLimits") return Place::rate_limits;
    if (key_ == "exchangeFilters") return Place::exchange_filters;
    if (key_ == "symbols") return Place::symbols;
    return Place::skipped;
  case Place::rate_limits:
    return Place::rate_limit;
  case Place::exchange_filters:
    return Place::exchange_filter;
  case Place::symbols:
    return Place::symbol;
  case Place::symbol:
    if (key_ == "filters") return Place::filters;
    if (key_ == "permissionSets") return Place::permission_sets;
    if (key_ == "orderTypes" || key_ == "permissions" || key_ == "allowedSelfTradePreventionModes")
      return Place::symbol_texts;
    return Place::skipped;
  case Place::filters:
    return Place::filter;
  case Place::permission_sets:
    return Place::permission_set;
  default:
    return Place::skipped;
  }
}

bool ExchangeInfoReader::open() {
  if (places_.size() >= deepest_place) return false;
  const Place next = inside();
  if (next == Place::symbol) {
    current_ = {};
    // Rules that an old answer does not name did not exist: then such orders are not allowed.
    current_.symbol.oco_allowed = current_.symbol.oto_allowed = current_.symbol.opo_allowed = false;
    current_.symbol.quote_order_quantity_allowed = false;
    fault_.clear();
  }
  if (next == Place::symbols) has_symbols_ = true;
  if (next == Place::symbol_texts) texts_key_ = key_;
  if (next == Place::rate_limit) info_.rate_limits.emplace_back();
  if (next == Place::permission_set) current_.permission_sets.emplace_back();
  if (next == Place::filter || next == Place::exchange_filter) {
    field_count_ = 0;
    filter_type_.clear();
  }
  places_.push_back(next);
  return true;
}

void ExchangeInfoReader::close() {
  const Place ended = place();
  places_.pop_back();
  if (ended == Place::filter || ended == Place::exchange_filter) end_filter();
  if (ended == Place::symbol) end_symbol();
  if (ended == Place::rate_limit && info_.rate_limits.back().type.empty()) info_.rate_limits.pop_back();
}

void ExchangeInfoReader::key(std::string_view name) {
  key_ = name;
}

void ExchangeInfoReader::value(const PlainValue& value) {
  switch (place()) {
  case Place::root:
    return root_value(value);
  case Place::rate_limit:
    return rate_limit_value(value);
  case Place::symbol:
    return symbol_value(value);
  case Place::filter:
  case Place::exchange_filter:
    if (key_ == "filterType") {
      filter_type_ = value.text;
      return;
    }
    if (field_count_ == fields_.size()) fields_.emplace_back();
    fields_[field_count_].name = key_;
    fields_[field_count_].text = value.text;
    fields_[field_count_].kind = value.kind;
    fields_[field_count_].integer = value.integer;
    ++field_count_;
    return;
  case Place::symbol_texts:
  case Place::permission_set:
    if (std::vector<std::string>* into = value.kind == PlainValue::Kind::text ? texts() : nullptr)
      into->emplace_back(value.text);
    return;
  default:
    return;
  }
}

void ExchangeInfoReader::root_value(const PlainValue& value) {
  if (key_ == "serverTime" && value.kind == PlainValue::Kind::integer) {
    info_.server_time_ms = value.integer;
    has_time_ = true;
  }
  if (key_ == "code" && value.kind == PlainValue::Kind::integer) refusal_code = value.integer;
  if (key_ == "msg" && value.kind == PlainValue::Kind::text) refusal_text = short_quote(value.text, 200);
}

void ExchangeInfoReader::rate_limit_value(const PlainValue& value) {
  RateLimit& limit = info_.rate_limits.back();
  if (value.kind == PlainValue::Kind::text) {
    if (key_ == "rateLimitType") limit.type = value.text;
    if (key_ == "interval") limit.interval = value.text;
  } else if (value.kind == PlainValue::Kind::integer) {
    if (key_ == "intervalNum") limit.interval_count = value.integer;
    if (key_ == "limit") limit.limit = value.integer;
    if (key_ == "count") limit.count = value.integer;
  }
}

void ExchangeInfoReader::symbol_value(const PlainValue& value) {
  Symbol& symbol = current_.symbol;
  const bool set = value.kind == PlainValue::Kind::flag && value.integer == 1;
  if (value.kind == PlainValue::Kind::text) {
    if (key_ == "symbol")
      symbol.name = value.text;
    else if (key_ == "status")
      symbol.status = read_symbol_status(current_.status_text = value.text);
    else if (key_ == "baseAsset")
      symbol.base_asset = value.text;
    else if (key_ == "quoteAsset")
      symbol.quote_asset = value.text;
    else if (key_ == "defaultSelfTradePreventionMode")
      current_.self_trade_prevention = value.text;
  } else if (value.kind == PlainValue::Kind::integer) {
    const bool base = key_ == "baseAssetPrecision";
    if (!base && key_ != "quoteAssetPrecision") return;
    // Decimals here have eight digits; an asset with more could not be traded exactly.
    if (value.integer < 0 || value.integer > Decimal::digits)
      return symbol_fault(key_ + " is " + std::to_string(value.integer) + ", 0 to 8 can be used");
    (base ? symbol.base_precision : symbol.quote_precision) = static_cast<int>(value.integer);
  } else if (value.kind == PlainValue::Kind::flag) {
    if (key_ == "ocoAllowed")
      symbol.oco_allowed = set;
    else if (key_ == "otoAllowed")
      symbol.oto_allowed = set;
    else if (key_ == "opoAllowed")
      symbol.opo_allowed = set;
    else if (key_ == "quoteOrderQtyMarketAllowed")
      symbol.quote_order_quantity_allowed = set;
    else if (key_ == "isSpotTradingAllowed")
      current_.spot_trading_allowed = set;
    else if (key_ == "icebergAllowed")
      current_.iceberg_allowed = set;
    else if (key_ == "allowTrailingStop")
      current_.trailing_stop_allowed = set;
    else if (key_ == "cancelReplaceAllowed")
      current_.cancel_replace_allowed = set;
    else if (key_ == "amendAllowed")
      current_.amend_allowed = set;
  }
}

std::vector<std::string>* ExchangeInfoReader::texts() {
  if (place() == Place::permission_set) return &current_.permission_sets.back();
  if (texts_key_ == "orderTypes") return &current_.symbol.order_types;
  if (texts_key_ == "allowedSelfTradePreventionModes") return &current_.self_trade_preventions;
  // `permissions` is empty since permission sets came; before, it was the one set.
  if (current_.permission_sets.empty()) current_.permission_sets.emplace_back();
  return &current_.permission_sets.front();
}

void ExchangeInfoReader::end_symbol() {
  const Symbol& symbol = current_.symbol;
  if (symbol.name.empty()) symbol_fault("it has no name");
  if (symbol.base_asset.empty() || symbol.quote_asset.empty()) symbol_fault("it names no base or quote asset");
  if (current_.status_text.empty()) symbol_fault("it has no status");
  if (fault_.empty())
    info_.symbols.push_back(std::move(current_));
  else
    info_.unreadable.push_back({symbol.name, std::move(fault_)});
}

void ExchangeInfoReader::symbol_fault(const std::string& reason) {
  if (fault_.empty()) fault_ = reason;
}

Result<ExchangeInfo> parse_exchange_info(std::string_view text) {
  const std::string doing = "reading Binance's message \"exchangeInfo\": ";
  ExchangeInfoReader reader;
  SaxEvents events{reader};
  if (!nlohmann::json::sax_parse(text, &events)) {
    // Small and broken, or a page: the other reader has the words for it.
    const Status fault = visit_message("exchangeInfo", text, RefusalIs::an_error, [](const MessageReader&) {});
    return fault ? failure(doing + "it is not what the exchange sends") : tl::unexpected<Error>(fault.error());
  }
  if (reader.refusal_code < 0) {
    const auto code = static_cast<int>(std::max<int64_t>(reader.refusal_code, INT32_MIN));
    return failure(doing + "the exchange refused: " + std::to_string(code) + " \"" + reader.refusal_text + '"', {},
                   code);
  }
  if (!reader.complete()) return failure(doing + "it has no serverTime or no symbols", "a message of another kind");
  return reader.take();
}

} // namespace stratdock::binance
