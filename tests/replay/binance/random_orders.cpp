// Draws random orders for every symbol of an exchangeInfo answer (standard input), rounds them as core rounds, and
// prints each with core's own judgement: "SYMBOL side type price average quantity filter", the filter "-" where all
// hold. usage: random_orders SEED ORDERS < exchangeInfo.json   (as many orders per symbol that hold)
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <iterator>
#include <random>

#include "host/binance/exchange_info.hpp"

using namespace stratdock;

namespace {

struct Draw {
  Decimal price, average, quantity;
  bool is_buy = false, is_market = false;
};

double between(std::mt19937_64& random, double low, double high) {
  return std::exp(std::uniform_real_distribution<>(std::log(low), std::log(high))(random));
}

// Prices that the symbol could have: at least a hundred ticks, and such that its smallest order is not above its
// largest.
double typical_price(std::mt19937_64& random, const Symbol& symbol) {
  const double tick = std::max(symbol.price.tick.to_double(), 1e-8);
  const double least = std::max(symbol.price.min.to_double(), tick * 100);
  const double most_quantity = symbol.lot.max.is_positive() ? symbol.lot.max.to_double() : 1e9;
  const double enough = symbol.notional.min.to_double() * 100 / most_quantity;
  const double low = std::max(least, enough);
  const double top = symbol.price.max.is_positive() ? symbol.price.max.to_double() / 10 : 1e6;
  return between(random, low, std::max(low * 1.01, std::min(top, low * 1e4)));
}

Draw draw(std::mt19937_64& random, const Symbol& symbol, double typical) {
  Draw order;
  order.is_buy = random() % 2 == 0;
  order.is_market = random() % 3 == 0;
  order.average = Decimal::from_double(typical).floor_to(symbol.price.tick);
  const double price = order.is_market ? typical : typical * between(random, 0.5, 2);
  order.price = order.is_market ? order.average : Decimal::from_double(price).floor_to(symbol.price.tick);
  const double smallest = std::max(symbol.notional.min.to_double(), symbol.lot.min.to_double() * typical);
  const double money = between(random, std::max(smallest, 1e-8) * 0.7, std::max(smallest, 1e-8) * 1000);
  const double quantity = std::min(money / std::max(price, 1e-12), 1e15);
  order.quantity = sellable_quantity(symbol, Decimal::from_double(quantity), order.is_market);
  return order;
}

std::string judgement(const Symbol& symbol, const Draw& order) {
  std::string broken = order.is_market ? "" : broken_price_filter(symbol, order.price);
  if (broken.empty() && !order.is_market)
    broken = broken_percent_price_filter(symbol, order.price, order.average, order.is_buy);
  if (broken.empty()) broken = broken_lot_filter(symbol, order.quantity, order.is_market);
  if (broken.empty()) broken = broken_notional_filter(symbol, order.price, order.quantity, order.is_market);
  return broken.empty() ? "-" : broken;
}

} // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  std::ios::sync_with_stdio(false);
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  const auto info = binance::parse_exchange_info(text);
  if (!info) {
    std::cerr << info.error().text() << '\n';
    return 2;
  }
  std::mt19937_64 random(std::strtoull(argv[1], nullptr, 10));
  const int wanted = std::atoi(argv[2]);
  for (const binance::ListedSymbol& listed : info->symbols) {
    const Symbol& symbol = listed.symbol;
    // Twenty draws for each that holds: a symbol on which so few hold would be a fault of the rounding.
    for (int held = 0, drawn = 0; held < wanted && drawn < wanted * 20; ++drawn) {
      const Draw order = draw(random, symbol, typical_price(random, symbol));
      const std::string broken = judgement(symbol, order);
      held += broken == "-";
      std::cout << symbol.name << (order.is_buy ? " BUY " : " SELL ") << (order.is_market ? "MARKET " : "LIMIT ")
                << order.price.text() << ' ' << order.average.text() << ' ' << order.quantity.text() << ' ' << broken
                << '\n';
    }
  }
}
