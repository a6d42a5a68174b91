// REST bodies: the first byte picks the parser ('a' the first one), the rest is the body.
#include <array>

#include "expect.hpp"
#include "host/binance/account_messages.hpp"
#include "host/binance/exchange_info.hpp"
#include "host/binance/market_messages.hpp"
#include "host/binance/order_messages.hpp"

using namespace stratdock::binance;

namespace {

template <auto parse>
void parse_and_check(std::string_view text) {
  fuzz::check(parse(text));
}

// Reckons with what was read, as the program would.
void parse_commission_and_use_it(std::string_view text) {
  const auto report = parse_commission(text);
  fuzz::check(report);
  if (report) static_cast<void>(commission_rate(*report, stratdock::Side::sell, true, true));
}

constexpr std::array parsers = {
    parse_and_check<parse_exchange_info>, // a
    parse_and_check<parse_rate_limits>,
    parse_and_check<parse_server_time>,
    parse_and_check<parse_klines>, // d
    parse_and_check<parse_prices>,
    parse_and_check<parse_book_tickers>,
    parse_and_check<parse_tickers>, // g
    parse_and_check<parse_depth>,
    parse_and_check<parse_average_price>,
    parse_and_check<parse_trades>, // j
    parse_and_check<parse_aggregate_trades>,
    parse_and_check<parse_reference_price>,
    parse_and_check<parse_account>, // m
    parse_commission_and_use_it,
    parse_and_check<parse_key_permissions>,
    parse_and_check<parse_account_trades>, // p
    parse_and_check<parse_order>,
    parse_and_check<parse_orders>,
    parse_and_check<parse_orders_and_lists>, // s
    parse_and_check<parse_order_list>,
    parse_and_check<parse_order_lists>,
    parse_and_check<parse_cancel_replace>, // v
    parse_and_check<parse_amend>,
};

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  parsers[static_cast<size_t>(data[0] - uint8_t{'a'}) % parsers.size()](fuzz::view(data + 1, size - 1));
  return 0;
}
