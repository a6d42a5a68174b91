#include "host/binance/algo_slots.hpp"

#include <algorithm>

namespace stratdock::binance {

void AlgoSlots::set_limit(const std::string& symbol, int limit) { books_[symbol].limit = std::max(0, limit); }
void AlgoSlots::set_foreign(const std::string& symbol, int count) { books_[symbol].foreign = std::max(0, count); }

bool AlgoSlots::take(const std::string& symbol, int64_t holder) {
  Book& book = books_[symbol];
  if (book.holders.contains(holder)) return true;
  if (free(symbol) <= 0) return false;
  book.holders.insert(holder);
  return true;
}

void AlgoSlots::release(const std::string& symbol, int64_t holder) {
  const auto book = books_.find(symbol);
  if (book != books_.end()) book->second.holders.erase(holder);
}

int AlgoSlots::held(const std::string& symbol) const {
  const auto book = books_.find(symbol);
  return book == books_.end() ? 0 : static_cast<int>(book->second.holders.size());
}

int AlgoSlots::free(const std::string& symbol) const {
  const auto book = books_.find(symbol);
  if (book == books_.end()) return Book{}.limit;
  return std::max(0, book->second.limit - book->second.foreign - held(symbol));
}

}  // namespace stratdock::binance
