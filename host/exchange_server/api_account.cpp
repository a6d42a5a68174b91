// The account: balances, commission, limits, the key's own permissions, and what clients ask of Binance beside trading.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "host/exchange_server/api_helpers.hpp"

namespace stratdock::exchange_server {

namespace {

Json rates(Decimal maker, Decimal taker) {
  return {{"maker", price_text(maker)}, {"taker", price_text(taker)}};
}

Json commission_json(Decimal maker, Decimal taker) {
  Json json = rates(maker, taker);
  json["buyer"] = price_text(Decimal());
  json["seller"] = price_text(Decimal());
  return json;
}

Json discount_json(const PaperFees& fees) {
  return {{"enabledForAccount", fees.pay_with_bnb},
          {"enabledForSymbol", fees.pay_with_bnb},
          {"discountAsset", "BNB"},
          {"discount", price_text(fees.bnb_discount)}};
}

// In units of 1/10000, as the account tells it.
int64_t basis_points(Decimal rate) {
  return static_cast<int64_t>(rate.units() / (Decimal::units_per_one / 10'000));
}

} // namespace

Json test_commission_json(const Account& account) {
  const PaperFees& fees = account.settings().fees;
  return {{"standardCommissionForOrder", rates(fees.maker, fees.taker)},
          {"specialCommissionForOrder", rates({}, {})},
          {"taxCommissionForOrder", rates({}, {})},
          {"discount", discount_json(fees)}};
}

namespace account_calls {

std::string account(Api&, Call& call) {
  const bool omit_zero = call.parameters().flag_or("omitZeroBalances", false);
  const PaperFees& fees = call.account->settings().fees;
  Json balances = Json::array();
  for (const auto& [asset, balance] : call.account->exchange().balances())
    if (!omit_zero || balance.free.is_positive() || balance.locked.is_positive())
      balances.push_back({{"asset", asset}, {"free", price_text(balance.free)}, {"locked", price_text(balance.locked)}});
  const Json json = {{"makerCommission", basis_points(fees.maker)},
                     {"takerCommission", basis_points(fees.taker)},
                     {"buyerCommission", 0},
                     {"sellerCommission", 0},
                     {"commissionRates", commission_json(fees.maker, fees.taker)},
                     {"canTrade", call.key->may_trade},
                     {"canWithdraw", false},
                     {"canDeposit", false},
                     {"brokered", false},
                     {"requireSelfTradePrevention", false},
                     {"preventSor", false},
                     {"updateTime", call.time(call.account->update_ms())},
                     {"accountType", "SPOT"},
                     {"balances", std::move(balances)},
                     {"permissions", Json::array({"SPOT"})},
                     {"uid", call.account->uid()}};
  return json.dump();
}

std::string commission(Api& api, Call& call) {
  const Symbol& symbol = tape_of(api, call).symbol();
  const PaperFees& fees = call.account->settings().fees;
  const Json json = {{"symbol", symbol.name},
                     {"standardCommission", commission_json(fees.maker, fees.taker)},
                     {"specialCommission", commission_json({}, {})},
                     {"taxCommission", commission_json({}, {})},
                     {"discount", discount_json(fees)}};
  return json.dump();
}

std::string order_limits(Api& api, Call& call) {
  Json rows = Json::array();
  for (const LimitWindow& window : api.limits().of_account(call.account->name(), api.venue().now_ms()))
    rows.push_back({{"rateLimitType", std::string(window.kind)},
                    {"interval", std::string(window.interval)},
                    {"intervalNum", window.interval_number},
                    {"limit", window.limit},
                    {"count", window.count}});
  return rows.dump();
}

std::string my_filters(Api& api, Call& call) {
  static_cast<void>(tape_of(api, call));
  return "{\"exchangeFilters\":[],\"symbolFilters\":[],\"assetFilters\":[]}";
}

std::string restrictions(Api&, Call& call) {
  const Json json = {{"ipRestrict", call.key->is_ip_restricted},
                     {"createTime", int64_t{1'700'000'000'000} * call.time_unit},
                     {"enableReading", call.key->may_read},
                     {"enableSpotAndMarginTrading", call.key->may_trade},
                     {"enableWithdrawals", call.key->may_withdraw},
                     {"enableInternalTransfer", false},
                     {"enableMargin", false},
                     {"enableFutures", false},
                     {"permitsUniversalTransfer", false},
                     {"enableVanillaOptions", false},
                     {"enableFixApiTrade", false},
                     {"enableFixReadOnly", false},
                     {"enablePortfolioMarginTrading", false}};
  return json.dump();
}

std::string trade_fee(Api& api, Call& call) {
  const PaperFees& fees = call.account->settings().fees;
  Json rows = Json::array();
  const std::string wanted = call.parameters().text_or("symbol", "");
  for (const auto& tape : api.venue().tapes())
    if (wanted.empty() || tape->symbol().name == wanted)
      rows.push_back({{"symbol", tape->symbol().name},
                      {"makerCommission", fees.maker.text()},
                      {"takerCommission", fees.taker.text()}});
  return rows.dump();
}

std::string system_status(Api&, Call&) {
  return "{\"status\":0,\"msg\":\"normal\"}";
}
std::string account_status(Api&, Call&) {
  return "{\"data\":\"Normal\"}";
}
std::string empty_array(Api&, Call&) {
  return "[]";
}
std::string no_symbols(Api&, Call&) {
  return "{\"symbols\":[]}";
}

} // namespace account_calls

} // namespace stratdock::exchange_server
