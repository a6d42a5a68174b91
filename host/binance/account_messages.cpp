#include "host/binance/account_messages.hpp"

#include "host/binance/message_parts.hpp"

namespace stratdock::binance {
namespace {

// A fraction; a rebate is negative.
Decimal read_rate(const MessageReader& rates, const char* key, Decimal otherwise = {}) {
  const Decimal rate = rates.decimal_or(key, otherwise);
  if (rate.abs() > Decimal::from_integer(1)) rates.at(key).fault("a rate between -1 and 1");
  return rate;
}

CommissionRates read_rates(const MessageReader& rates) {
  return {read_rate(rates, "maker"), read_rate(rates, "taker"), read_rate(rates, "buyer"), read_rate(rates, "seller")};
}

// Whole numbers of hundredths of a percent: 15 is 0.0015.
Decimal old_rate(const MessageReader& account, const char* key) {
  return divide(Decimal::from_integer(account.integer_or(key, 0)), Decimal::from_integer(10'000), Rounding::half_even);
}

AccountReport read_account(const MessageReader& message) {
  AccountReport account;
  message.at("balances").each([&](const MessageReader& balance) {
    account.balances.push_back({balance.text("asset"), balance.decimal("free"), balance.decimal("locked")});
  });
  if (message.has("commissionRates"))
    account.commission = read_rates(message.at("commissionRates"));
  else
    account.commission = {old_rate(message, "makerCommission"), old_rate(message, "takerCommission"),
                          old_rate(message, "buyerCommission"), old_rate(message, "sellerCommission")};
  account.can_trade = message.flag_or("canTrade", false);
  account.can_withdraw = message.flag_or("canWithdraw", false);
  account.can_deposit = message.flag_or("canDeposit", false);
  account.requires_self_trade_prevention = message.flag_or("requireSelfTradePrevention", false);
  account.update_ms = message.integer_or("updateTime", 0);
  account.account_type = message.text_or("accountType", "");
  account.permissions = message.texts_or_empty("permissions");
  account.account_id = message.integer_or("uid", 0);
  return account;
}

CommissionReport read_commission(const MessageReader& message) {
  CommissionReport report;
  report.symbol = message.text_or("symbol", "");
  // A test order names the same parts of this very order.
  const bool of_order = message.has("standardCommissionForOrder");
  const auto part = [&](const char* of_symbol, const char* of_test) {
    const char* key = of_order ? of_test : of_symbol;
    return message.has(key) ? read_rates(message.at(key)) : CommissionRates{};
  };
  if (!of_order) message.at("standardCommission"); // without it this is another message
  report.standard = part("standardCommission", "standardCommissionForOrder");
  report.special = part("specialCommission", "specialCommissionForOrder");
  report.tax = part("taxCommission", "taxCommissionForOrder");
  if (message.has("discount")) {
    const MessageReader discount = message.at("discount");
    report.discount_for_account = discount.flag_or("enabledForAccount", false);
    report.discount_for_symbol = discount.flag_or("enabledForSymbol", false);
    report.discount_asset = discount.text_or("discountAsset", "");
    report.discount_factor = read_rate(discount, "discount", Decimal::from_integer(1));
  }
  return report;
}

KeyPermissions read_permissions(const MessageReader& message) {
  KeyPermissions permissions;
  permissions.ip_restricted = message.flag_or("ipRestrict", false);
  permissions.reading = message.flag("enableReading");
  permissions.spot_and_margin_trading = message.flag_or("enableSpotAndMarginTrading", false);
  permissions.withdrawals = message.flag("enableWithdrawals");
  permissions.internal_transfer = message.flag_or("enableInternalTransfer", false);
  permissions.universal_transfer = message.flag_or("permitsUniversalTransfer", false);
  permissions.margin = message.flag_or("enableMargin", false);
  permissions.futures = message.flag_or("enableFutures", false);
  permissions.create_time_ms = message.integer_or("createTime", 0);
  permissions.trading_ends_ms = message.integer_or("tradingAuthorityExpirationTime", 0);
  return permissions;
}

Fill read_account_trade(const MessageReader& message) {
  Fill fill;
  fill.trade_id = message.integer("id");
  fill.order_id = message.integer("orderId");
  fill.symbol = message.text("symbol");
  fill.side = message.flag("isBuyer") ? Side::buy : Side::sell;
  fill.price = message.decimal("price");
  fill.quantity = message.decimal("qty");
  fill.quote_quantity =
      message.has("quoteQty") ? message.decimal("quoteQty") : read_product(message, fill.price, fill.quantity);
  fill.commission = message.decimal("commission");
  fill.commission_asset = message.text("commissionAsset");
  fill.time_ms = message.integer("time");
  fill.is_maker = message.flag("isMaker");
  return fill;
}

} // namespace

Decimal commission_rate(const CommissionReport& report, Side side, bool is_maker, bool with_discount) {
  const auto rate = [&](const CommissionRates& rates) {
    return (is_maker ? rates.maker : rates.taker) + (side == Side::buy ? rates.buyer : rates.seller);
  };
  Decimal standard = rate(report.standard);
  if (with_discount && report.discount_for_account && report.discount_for_symbol)
    standard = multiply(standard, report.discount_factor, Rounding::up);
  return standard + rate(report.special) + rate(report.tax);
}

Result<AccountReport> parse_account(std::string_view text) {
  return read_message("account", text, read_account);
}

Result<CommissionReport> parse_commission(std::string_view text) {
  return read_message("account/commission", text, read_commission);
}

Result<KeyPermissions> parse_key_permissions(std::string_view text) {
  return read_message("account/apiRestrictions", text, read_permissions);
}

Result<std::vector<Fill>> parse_account_trades(std::string_view text) {
  return read_messages("myTrades", text, read_account_trade);
}

} // namespace stratdock::binance
