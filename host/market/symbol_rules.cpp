#include "host/market/symbol_rules.hpp"

#include <algorithm>
#include <cmath>

#include "core/check.hpp"

namespace stratdock {
namespace {

// Source: the exchange's exchangeInfo of 2024-09-08, pairs with USDT.
struct KnownSymbol {
  std::string_view base, title, tick, step, max_quantity, max_market_quantity, min_notional;
};
constexpr KnownSymbol known_symbols[] = {
    {"BTC", "Bitcoin", "0.01", "0.00001", "9000", "129.84957276", "5"},
    {"ETH", "Ethereum", "0.01", "0.0001", "9000", "3125.75267907", "5"},
    {"BNB", "BNB", "0.1", "0.001", "900000", "4883.5223682", "5"},
    {"SOL", "Solana", "0.01", "0.001", "90000", "64306.31937238", "5"},
    {"XRP", "XRP", "0.0001", "1", "9222449", "4886361.72803347", "5"},
    {"ADA", "Cardano", "0.0001", "0.1", "900000", "1922825.07447698", "5"},
    {"DOGE", "Dogecoin", "0.00001", "1", "9000000", "19499637.40167364", "1"},
    {"LTC", "Litecoin", "0.01", "0.001", "90000", "16571.04371129", "5"},
    {"DOT", "Polkadot", "0.001", "0.01", "90000", "133560.54163179", "5"},
    {"LINK", "Chainlink", "0.01", "0.01", "90000", "79751.87573221", "5"},
    {"AVAX", "Avalanche", "0.01", "0.01", "90000", "40749.41242677", "5"},
    {"TRX", "TRON", "0.0001", "0.1", "9000000", "6926732.66234309", "5"},
    {"SHIB", "Shiba Inu", "0.00000001", "1", "46116860414", "46116860414", "1"},
    {"PEPE", "Pepe", "0.00000001", "1", "92233720368", "92233720368", "1"},
    {"UNI", "Uniswap", "0.001", "0.01", "90000", "58302.4153138", "5"},
    {"ATOM", "Cosmos", "0.001", "0.01", "90000", "84879.08995815", "5"},
    {"XLM", "Stellar", "0.0001", "1", "9000000", "3502136.22594142", "5"},
    {"NEAR", "NEAR Protocol", "0.001", "0.1", "900000", "206314.98117154", "5"},
    {"APT", "Aptos", "0.01", "0.01", "92141578", "98509.75037656", "5"},
    {"ARB", "Arbitrum", "0.0001", "0.1", "92141578", "941413.86778242", "5"},
    {"OP", "Optimism", "0.001", "0.01", "92141578", "361677.50698744", "5"},
    {"SUI", "Sui", "0.0001", "0.1", "92141578", "1688552.32301255", "5"},
    {"FIL", "Filecoin", "0.001", "0.01", "9222449", "158566.70175732", "5"},
    {"ETC", "Ethereum Classic", "0.01", "0.01", "90000", "21033.83912133", "5"},
    {"BCH", "Bitcoin Cash", "0.1", "0.001", "90000", "1700.607", "5"},
    {"ICP", "Internet Computer", "0.001", "0.01", "922327", "62364.54497907", "5"},
    {"HBAR", "Hedera", "0.0001", "1", "9000000", "5685538.67782426", "5"},
    {"INJ", "Injective", "0.01", "0.01", "90000", "29726.35966527", "5"},
    {"AAVE", "Aave", "0.01", "0.001", "900000", "4754.51539748", "5"},
    {"TON", "Toncoin", "0.001", "0.01", "92141578", "249715.21945606", "5"},
};

// Longest first where one ends in another.
constexpr std::pair<std::string_view, std::string_view> quote_assets[] = {
    {"FDUSD", "First Digital USD"}, {"TUSD", "TrueUSD"}, {"BUSD", "Binance USD"}, {"USDT", "Tether"}, {"USDC", "USD Coin"}, {"DAI", "Dai"},
    {"EUR", "Euro"}, {"GBP", "Pound"}, {"TRY", "Turkish Lira"}, {"BRL", "Real"}, {"JPY", "Yen"}, {"BTC", "Bitcoin"}, {"ETH", "Ethereum"}, {"BNB", "BNB"}};

Decimal decimal(std::string_view text) {
  const auto value = Decimal::parse(text);
  STRATDOCK_CHECK(value.has_value());
  return *value;
}

// 10^exponent, kept within what a Decimal can say.
Decimal power_of_ten(int exponent) {
  int128 units = 1;
  for (int i = std::clamp(exponent, -8, 8); i > -8; --i) units *= 10;
  return Decimal::from_units(units);
}

void set_common_rules(Symbol& symbol) {
  symbol.price.min = symbol.price.tick;
  symbol.lot.min = symbol.lot.step;
  symbol.percent_price.present = true;
  symbol.percent_price.bid_up = symbol.percent_price.ask_up = Decimal::from_integer(5);
  symbol.percent_price.bid_down = symbol.percent_price.ask_down = decimal("0.2");
  symbol.notional.max = Decimal::from_integer(9'000'000);
  symbol.notional.min_applies_to_market = true;
  symbol.order_types = {"LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"};
}

// As the exchange does it: about five significant digits in a price, and steps worth about as much as a tick moves.
void set_rules_by_price(Symbol& symbol, double reference_price, Decimal smallest_digit) {
  const int magnitude = reference_price > 0 ? static_cast<int>(std::floor(std::log10(reference_price))) : 0;
  symbol.price.tick = smallest_digit.is_positive() ? smallest_digit : power_of_ten(std::min(magnitude - 4, -2));
  symbol.price.max = power_of_ten(magnitude + 3);
  symbol.lot.step = power_of_ten(std::min(-(magnitude + 1), 0));
  symbol.lot.max = Decimal::from_integer(90'000'000);
  symbol.notional.min = Decimal::from_integer(5);
}

}  // namespace

Decimal default_price(std::string_view symbol) {
  constexpr std::pair<std::string_view, std::string_view> prices[] = {{"BTC", "50000"}, {"ETH", "2500"}, {"BNB", "500"}, {"SOL", "150"}, {"XRP", "0.55"}, {"ADA", "0.4"}, {"DOGE", "0.12"}, {"LTC", "70"}, {"LINK", "12"}, {"AVAX", "25"}};
  const std::string base = split_symbol(symbol).first;
  for (const auto& [asset, price] : prices)
    if (asset == base) return decimal(price);
  return Decimal::from_integer(1);
}

std::pair<std::string, std::string> split_symbol(std::string_view name) {
  for (const auto& [quote, title] : quote_assets)
    if (name.size() > quote.size() && name.ends_with(quote)) return {std::string(name.substr(0, name.size() - quote.size())), std::string(quote)};
  return {std::string(name), std::string()};
}

MarketSymbol paper_market_symbol(const std::string& name, double reference_price, int64_t interval_ms, Decimal smallest_digit) {
  MarketSymbol result;
  result.interval_ms = interval_ms;
  Symbol& symbol = result.rules;
  symbol.name = name;
  std::tie(symbol.base_asset, symbol.quote_asset) = split_symbol(name);
  const auto known = std::find_if(std::begin(known_symbols), std::end(known_symbols), [&](const KnownSymbol& one) { return one.base == symbol.base_asset; });
  const bool is_known = known != std::end(known_symbols);
  if (is_known && symbol.quote_asset == "USDT") {
    symbol.price.tick = decimal(known->tick);
    symbol.price.max = Decimal::from_integer(1'000'000);
    symbol.lot.step = decimal(known->step);
    symbol.lot.max = decimal(known->max_quantity);
    symbol.market_lot.max = decimal(known->max_market_quantity);
    symbol.notional.min = decimal(known->min_notional);
  } else {
    set_rules_by_price(symbol, reference_price, smallest_digit);
  }
  set_common_rules(symbol);
  result.title = is_known ? std::string(known->title) : symbol.base_asset;
  for (const auto& [quote, title] : quote_assets)
    if (quote == symbol.quote_asset) result.title += " / " + std::string(title);
  return result;
}

}  // namespace stratdock
