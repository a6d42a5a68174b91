#include "host/binance/symbol_watch.hpp"

#include <utility>

namespace stratdock::binance {
namespace {

constexpr int bad_symbol = -1121;

}  // namespace

void SymbolWatch::want(size_t symbol, const std::string& name) {
  if (looks_.size() <= symbol) looks_.resize(symbol + 1);
  looks_[symbol].name = name;
  looks_[symbol].wanted = true;
}

void SymbolWatch::due(size_t symbol) {
  if (symbol < looks_.size()) looks_[symbol].not_before_ms = 0;
}

void SymbolWatch::poll(int64_t steady_ms) {
  std::vector<size_t> asked;
  std::vector<std::string> names;
  for (size_t i = 0; i < looks_.size(); ++i) {
    Look& look = looks_[i];
    if (!std::exchange(look.wanted, false) || asking_ || steady_ms < look.not_before_ms || names.size() >= names_at_once) continue;
    if (look.alone && !names.empty()) continue;
    asked.push_back(i);
    names.push_back(look.name);
    if (look.alone) break;
  }
  if (names.empty()) return;
  const auto handler = [this, alive = std::weak_ptr<char>(alive_), asked, steady_ms](const Reply<ExchangeInfo>& reply) {
    if (!alive.expired()) answered(asked, steady_ms, reply);
  };
  asking_ = true;
  for (const size_t i : asked) looks_[i].not_before_ms = steady_ms + look_again_ms;
  if (ask_(names, handler)) return;
  asking_ = false;
  for (const size_t i : asked) looks_[i].not_before_ms = steady_ms + retry_ms;
}

void SymbolWatch::answered(const std::vector<size_t>& asked, int64_t steady_ms, const Reply<ExchangeInfo>& reply) {
  asking_ = false;
  const bool is_unlisted = !reply.ok() && reply.verdict.code == bad_symbol;
  for (const size_t i : asked) {
    Look& look = looks_[i];
    look.alone = is_unlisted;
    if (reply.ok()) {
      const ListedSymbol* listed = reply.value->find(look.name);
      tell_(i, listed == nullptr ? nullptr : &listed->symbol);
    } else if (is_unlisted && asked.size() == 1) {
      tell_(i, nullptr);
    } else {
      look.not_before_ms = is_unlisted ? 0 : steady_ms + retry_ms;
    }
  }
}

}  // namespace stratdock::binance
