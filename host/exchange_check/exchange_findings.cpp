#include "host/exchange_check/exchange_findings.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>

namespace stratdock::exchange_check {
namespace {

using binance::FindingKind, binance::ListedSymbol;

constexpr int64_t worrying_offset_ms = 1'000;
constexpr int64_t unusable_uncertainty_ms = 500;  // entries wait above it (order_path)
constexpr int64_t much_of_budget_percent = 50;
constexpr size_t balances_listed = 12;
// What fees and rounding to the lot may take of a stake until its stop-loss is placed.
constexpr double kept_after_fees = 0.995;

class Judge {
public:
  Judge(const Answers& answers, const std::vector<BotSettings>& bots) : answers_(answers), bots_(bots) {}

  std::vector<Finding> run() {
    for (const Reached& way : answers_.reached) judge_way(way);
    judge_clock();
    judge_budget();
    if (answers_.account) judge_account();
    if (answers_.info) judge_bots();
    else if (!bots_.empty()) add(FindingKind::wrong, "symbols", answers_.info.error().message, answers_.info.error().hint);
    return std::move(findings_);
  }

private:
  void add(FindingKind kind, std::string subject, std::string text, std::string hint = {}) { findings_.push_back({kind, std::move(subject), std::move(text), std::move(hint)}); }

  void judge_way(const Reached& way) {
    const std::string subject = "connection, " + way.what;
    if (way.status) add(FindingKind::good, subject, way.address + " answered in " + std::to_string(way.took_ms) + " ms");
    else add(FindingKind::wrong, subject, way.status.error().message, way.status.error().hint.empty() ? "is the network up?" : way.status.error().hint);
  }

  void judge_clock() {
    if (!answers_.clock) return;  // the connection's finding says why
    const ClockReading& clock = *answers_.clock;
    const int64_t off_ms = std::llabs(clock.offset_ms);
    const std::string text = "this machine's clock is " + std::to_string(off_ms) + " ms " + (clock.offset_ms >= 0 ? "ahead of" : "behind") + " the exchange's (known to " + std::to_string(clock.uncertainty_ms) + " ms)";
    if (clock.uncertainty_ms > unusable_uncertainty_ms) add(FindingKind::warning, "clock", text + ": no bot enters as long as it is not known to " + std::to_string(unusable_uncertainty_ms) + " ms", "the way to the exchange is slow; look at the network");
    else if (off_ms > worrying_offset_ms) add(FindingKind::warning, "clock", text + "; orders are signed by the exchange's, but logs and charts are off", "let a time service (systemd-timesyncd, chrony) set it");
    else add(FindingKind::good, "clock", text);
  }

  void judge_budget() {
    if (!answers_.budget || answers_.budget->limit <= 0) return;
    const auto [used, limit] = *answers_.budget;
    const std::string text = std::to_string(used) + " of " + std::to_string(limit) + " request weight used in this minute";
    if (used * 100 > limit * much_of_budget_percent) add(FindingKind::warning, "request budget", text, "other programs at this address use it as well: they may starve the bots");
    else add(FindingKind::good, "request budget", text);
  }

  void judge_account() {
    for (Finding& one : binance::judge_key_permissions(answers_.venue, answers_.account->permissions, answers_.server_ms)) findings_.push_back(std::move(one));
    const auto& account = answers_.account->account;
    if (!account) return add(FindingKind::wrong, "account", account.error().message, account.error().hint.empty() ? "try again" : account.error().hint);
    if (account->can_trade) add(FindingKind::good, "account", "it can trade");
    else add(FindingKind::wrong, "account", "the exchange does not let it trade", "look at the account's state at the exchange");
    std::string there;
    size_t count = 0;
    for (const binance::Balance& balance : account->balances) {
      if (balance.free.is_zero() && balance.locked.is_zero()) continue;
      if (++count <= balances_listed) there += (there.empty() ? "" : ", ") + balance.free.text() + " " + balance.asset + (balance.locked.is_zero() ? "" : " and " + balance.locked.text() + " in orders");
    }
    if (count > balances_listed) there += " and " + std::to_string(count - balances_listed) + " more assets";
    add(FindingKind::good, "balances", count == 0 ? "none" : there);
    judge_money();
  }

  void judge_money() {
    if (!answers_.info) return;
    std::map<std::string, Decimal> asked;
    for (const BotSettings& bot : bots_)
      if (const ListedSymbol* listed = answers_.info->find(bot.symbol)) asked[listed->symbol.quote_asset] += bot.trade_amount;
    for (const auto& [asset, amount] : asked) {
      Decimal there;
      for (const binance::Balance& balance : answers_.account->account->balances)
        if (balance.asset == asset) there = balance.free;
      const std::string text = "the bots ask for " + amount.text() + " " + asset + ", free are " + there.text();
      if (there < amount) add(FindingKind::warning, "money", text + ": bots that have no money yet wait for it", "bring money to the account, or lower trade_amount; what bots hold already counts as theirs");
      else add(FindingKind::good, "money", text);
    }
  }

  void judge_bots() {
    std::map<std::string, int> bots_on;
    for (const BotSettings& bot : bots_) {
      ++bots_on[bot.symbol];
      judge_bot(bot);
    }
    for (const auto& [name, count] : bots_on) {
      const ListedSymbol* listed = answers_.info->find(name);
      if (listed == nullptr || listed->symbol.max_algo_orders <= 0 || count <= listed->symbol.max_algo_orders) continue;
      add(FindingKind::warning, "symbol " + name, std::to_string(count) + " bots trade it, but the exchange lets only " + std::to_string(listed->symbol.max_algo_orders) + " stop orders rest on it: the others cannot enter at the same time",
          "spread them over more symbols");
    }
  }

  void judge_bot(const BotSettings& bot) {
    const size_t before = findings_.size();
    const std::string subject = "bot " + bot.name;
    const ListedSymbol* listed = answers_.info->find(bot.symbol);
    if (listed == nullptr) return judge_unlisted(bot, subject);
    judge_symbol(*listed, subject);
    judge_amount(bot, listed->symbol, subject);
    if (findings_.size() == before) add(FindingKind::good, subject, bot.symbol + " trades, and its filters let it work");
  }

  void judge_unlisted(const BotSettings& bot, const std::string& subject) {
    const auto& unreadable = answers_.info->unreadable;
    const auto found = std::find_if(unreadable.begin(), unreadable.end(), [&](const binance::UnreadableSymbol& one) { return one.name == bot.symbol; });
    if (found != unreadable.end()) add(FindingKind::wrong, subject, "what the exchange says of " + bot.symbol + " cannot be read: " + found->reason, "trade another symbol until this program knows it");
    else add(FindingKind::wrong, subject, "the exchange does not list " + bot.symbol, "check its spelling; test networks list fewer symbols");
  }

  void judge_symbol(const ListedSymbol& listed, const std::string& subject) {
    const Symbol& symbol = listed.symbol;
    if (symbol.status != SymbolStatus::trading)
      add(FindingKind::warning, subject, symbol.name + " is not trading at the moment (" + listed.status_text + ")", "the bot waits until it does; choose another symbol if it was delisted");
    if (!listed.spot_trading_allowed || !is_permitted(listed)) add(FindingKind::wrong, subject, "this account may not trade " + symbol.name + " on spot", "choose another symbol");
    const auto allows = [&](const char* type) { return std::find(symbol.order_types.begin(), symbol.order_types.end(), type) != symbol.order_types.end(); };
    std::string lacking;
    if (!allows("MARKET")) lacking += "MARKET orders";
    if (!symbol.oco_allowed || !allows("LIMIT_MAKER") || (!allows("STOP_LOSS") && !allows("STOP_LOSS_LIMIT"))) lacking += std::string(lacking.empty() ? "" : " and ") + "a stop-loss with a take-profit (OCO)";
    if (!lacking.empty()) add(FindingKind::wrong, subject, "the exchange does not allow " + lacking + " for " + symbol.name, "choose another symbol: a position could not be protected there");
  }

  // One of each set is needed. Without an account nothing is known.
  bool is_permitted(const ListedSymbol& listed) const {
    if (!answers_.account || !answers_.account->account) return true;
    const auto& has = answers_.account->account->permissions;
    if (has.empty()) return true;
    return std::all_of(listed.permission_sets.begin(), listed.permission_sets.end(), [&](const std::vector<std::string>& set) {
      return set.empty() || std::any_of(set.begin(), set.end(), [&](const std::string& one) { return std::find(has.begin(), has.end(), one) != has.end(); });
    });
  }

  void judge_amount(const BotSettings& bot, const Symbol& symbol, const std::string& subject) {
    const Decimal least = std::max(minimum_notional(symbol, true), minimum_notional(symbol, false));
    if (least.is_zero()) return;
    const std::string text = "trade_amount " + bot.trade_amount.text() + " " + symbol.quote_asset;
    const Decimal at_stop = multiply(bot.trade_amount, Decimal::from_double((1 - bot.stop_loss.value_or(default_stop_loss)) * kept_after_fees), Rounding::down);
    if (bot.trade_amount < least)
      add(FindingKind::wrong, subject, text + " is less than the smallest order of " + symbol.name + ", " + least.text() + " " + symbol.quote_asset, "raise it");
    else if (at_stop < least)
      add(FindingKind::warning, subject, text + " falls to about " + at_stop.text_fixed(2) + " at the stop-loss, below the smallest order of " + symbol.name + ", " + least.text() + ": it could not be sold", "raise it");
  }

  const Answers& answers_;
  const std::vector<BotSettings>& bots_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> judge_exchange(const Answers& answers, const std::vector<BotSettings>& bots) { return Judge(answers, bots).run(); }

}  // namespace stratdock::exchange_check
