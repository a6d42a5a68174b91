// Answers of the account endpoints: balances, commission, what a key may do, trades of the account.
// Thread rule: plain values. Invariant: money and rates are exact decimals; a rate is a fraction (0.001 = 0.1 %).
// Source: Binance Spot "Account Endpoints", "Commission FAQ"; Wallet "Get API Key Permission".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/decimal.hpp"
#include "core/order.hpp"
#include "core/result.hpp"

namespace stratdock::binance {

struct Balance {
  std::string asset;
  Decimal free, locked;
};

struct CommissionRates {
  Decimal maker, taker, buyer, seller;
};

struct AccountReport {
  std::vector<Balance> balances;
  CommissionRates commission;
  bool can_trade = false, can_withdraw = false, can_deposit = false;
  bool requires_self_trade_prevention = false;
  int64_t update_ms = 0;
  std::string account_type;              // "SPOT"
  std::vector<std::string> permissions;  // of the account, e.g. "SPOT"
  int64_t account_id = 0;                // 0 where not given
};

struct CommissionReport {
  std::string symbol;  // empty in the answer to a test order
  CommissionRates standard, special, tax;
  bool discount_for_account = false, discount_for_symbol = false;
  std::string discount_asset;
  Decimal discount_factor = Decimal::from_integer(1);  // 0.75: pay three quarters of the standard rate
};

// What is taken of a trade: (maker or taker) + (buyer or seller) of standard, special and tax; the discount multiplies the
// standard part only, and only where it is enabled for both (`with_discount`: and the account holds its asset).
Decimal commission_rate(const CommissionReport& report, Side side, bool is_maker, bool with_discount);

// sapi/v1/account/apiRestrictions. A right that the answer does not name is absent: false.
struct KeyPermissions {
  bool ip_restricted = false, reading = false, spot_and_margin_trading = false, withdrawals = false;
  bool internal_transfer = false, universal_transfer = false, margin = false, futures = false;
  int64_t create_time_ms = 0, trading_ends_ms = 0;  // 0 where not given
};

Result<AccountReport> parse_account(std::string_view text);
Result<CommissionReport> parse_commission(std::string_view text);
Result<KeyPermissions> parse_key_permissions(std::string_view text);
// myTrades. A trade does not name its order's client id: `client_id` is empty.
Result<std::vector<Fill>> parse_account_trades(std::string_view text);

}  // namespace stratdock::binance
