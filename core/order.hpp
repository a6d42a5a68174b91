// Orders, lists and fills in the exchange's own terms. What Binance calls them is kept letter for letter where text crosses the wire.
// Thread rule: plain values. Source: Binance Spot REST "New order", "Order lists", "Enums".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"

namespace stratdock {

enum class Side : uint8_t { buy, sell };
enum class OrderType : uint8_t { limit, market, stop_loss, stop_loss_limit, take_profit, take_profit_limit, limit_maker };
enum class TimeInForce : uint8_t { none, gtc, ioc, fok };
enum class OrderStatus : uint8_t { pending_new, new_, partially_filled, filled, canceled, rejected, expired, expired_in_match };
enum class ListKind : uint8_t { oco, oto, otoco, opo, opoco };

std::string_view text(Side side);            // "BUY"
std::string_view text(OrderType type);       // "STOP_LOSS_LIMIT"
std::string_view text(TimeInForce tif);      // "GTC"; "" for none
std::string_view text(OrderStatus status);   // "PARTIALLY_FILLED"
bool is_terminal(OrderStatus status);        // filled, canceled, rejected or one of the expired

// One order as it is asked for. Fields that a type does not use stay zero.
struct OrderRequest {
  std::string symbol;
  Side side = Side::buy;
  OrderType type = OrderType::market;
  TimeInForce time_in_force = TimeInForce::none;
  Decimal quantity;        // base asset
  Decimal quote_quantity;  // quoteOrderQty, MARKET only; exactly one of the two is positive
  Decimal price;
  Decimal stop_price;
  Decimal iceberg_quantity;    // zero: not an iceberg; then time_in_force must be GTC
  int trailing_delta_bips = 0; // of triggered types: hundredths of a percent between the best price seen and the trigger; 0: a fixed stop
  std::string client_id;  // ^[a-zA-Z0-9-_]{1,36}$; empty: the exchange makes one
};

// A list. `working` is the first order of OTO kinds and unused for OCO. OCO legs: above/below mean price.
// For OPO kinds the pending quantity is left zero: the exchange takes what the working order bought, net of commission.
struct OrderListRequest {
  ListKind kind = ListKind::oco;
  std::string symbol;
  std::string list_client_id;
  OrderRequest working;
  OrderRequest above;  // OCO / OTOCO / OPOCO; the single pending order of OTO / OPO
  OrderRequest below;  // OCO / OTOCO / OPOCO
};

struct Fill {
  int64_t trade_id = 0;  // unique per symbol
  int64_t order_id = 0;
  std::string symbol;
  std::string client_id;
  Side side = Side::buy;
  Decimal price;
  Decimal quantity;        // base asset
  Decimal quote_quantity;  // price * quantity, rounded down to eight digits
  Decimal commission;
  std::string commission_asset;
  int64_t time_ms = 0;
  bool is_maker = false;
};

struct Order {
  int64_t order_id = 0;
  int64_t list_id = -1;  // -1: in no list
  std::string client_id;
  std::string symbol;
  Side side = Side::buy;
  OrderType type = OrderType::market;
  TimeInForce time_in_force = TimeInForce::none;
  OrderStatus status = OrderStatus::new_;
  Decimal quantity;                 // origQty
  Decimal requested_quote_quantity; // origQuoteOrderQty
  Decimal price, stop_price;
  Decimal iceberg_quantity;
  int trailing_delta_bips = 0;
  int64_t trailing_ms = 0; // when a trailing order began to follow the price; 0: not yet
  Decimal executed_quantity, executed_quote_quantity;
  int64_t time_ms = 0, update_ms = 0;
  bool is_working = false;          // false: waits for its trigger or for its list
  std::string expiry_reason;        // the exchange's word, e.g. "OCO_TRIGGER"; empty when there is none
};

}  // namespace stratdock
