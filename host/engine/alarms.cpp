#include "host/engine/alarms.hpp"

namespace stratdock {
namespace {

constexpr std::string_view unchanged = "stop-loss and take-profit stay as they are";
constexpr std::string_view resting = "stop-loss and take-profit stay at the exchange, which does not carry them out meanwhile";
constexpr std::string_view watched = "the engine watches both prices itself and sells at market";

constexpr AlarmKind kinds[] = {
    {"WAITING_FOR_MONEY", "warning", "the trade amount exceeds the unallocated money", "nothing is held", "stratdock bot funds {bot} allot AMOUNT"},
    {"LOW_BALANCE", "warning", "the bot's cash is below what the exchange accepts for a BUY", "nothing is held", "stratdock bot funds {bot} allot AMOUNT"},
    {"ENTRY_BLOCKED", "warning", "a risk limit or the exchange's state blocks entries", unchanged, "stratdock bot show {bot}"},
    {"EXIT_BLOCKED", "warning", "what is held is too small to sell", unchanged, "stratdock bot show {bot}"},
    {"ORDER_REFUSED", "error", "the exchange refused an order", unchanged, "stratdock bot logs {bot}"},
    {"ORDER_UNKNOWN", "error", "nobody knows whether the exchange took an order; it is not sent again", unchanged, "stratdock bot show {bot}, then look for the order at the exchange"},
    {"BUY_EXPIRED", "warning", "a BUY ended without a fill", "nothing is held", "stratdock bot logs {bot}"},
    {"UNKNOWN_SYMBOL", "error", "the exchange does not know the bot's symbol", unchanged, "stratdock bot update {bot} --symbol SYMBOL"},
    {"SYMBOL_HALTED", "warning", "the exchange has halted the symbol and no candles come: its bots make no decisions until it trades again", resting, "stratdock bot show {bot}"},
    {"PROTECTION_WATCHED", "warning", "stop-loss and take-profit cannot rest at the exchange", watched, "stratdock bot show {bot}"},
    {"PROTECTION_REFUSED", "error", "the exchange refused stop-loss and take-profit", watched, "stratdock bot show {bot}"},
    {"PROTECTION_CANCELLED", "warning", "somebody else cancelled stop-loss and take-profit; they were placed again", unchanged, "stratdock bot logs {bot}"},
    {"PROTECTION_CANCELLED_AGAIN", "error", "somebody else cancelled stop-loss and take-profit twice; the bot is paused", watched, "stratdock bot start {bot}"},
    {"STRATEGY_MISSING", "error", "no loaded plugin offers the bot's strategy", unchanged, "stratdock strategy list"},
    {"FEED_MISSING", "error", "the strategy needs candles, news or an assessment that are not there", unchanged, "stratdock bot show {bot}"},
    {"PARAMETERS_REFUSED", "error", "the strategy does not accept the bot's parameters", unchanged, "stratdock bot show {bot}"},
    {"STRATEGY_FAILED", "warning", "the strategy answered with an error; the bot holds for that candle", unchanged, "stratdock bot logs {bot}"},
    {"PLUGIN_CRASHED", "error", "the strategy's code crashed; the bot held for that candle and goes on", unchanged, "stratdock bot logs {bot}"},
    {"PLUGIN_TIMED_OUT", "error", "the strategy did not answer in time; the bot held for that candle and goes on", unchanged, "stratdock bot logs {bot}"},
    {"BOT_QUARANTINED", "error", "the strategy's code failed three times for this bot: it is no longer evaluated", unchanged, "stratdock bot start {bot}"},
    {"PLUGIN_QUARANTINED", "error", "the plugin failed for two bots within ten minutes: none of its bots is evaluated", unchanged, "put a repaired file in its place, or: stratdock bot start {bot}"},
    {"PLUGIN_REFUSED", "warning", "a file in the plugin folder was not taken", unchanged, "stratdock strategy list"},
    {"SWAP_REFUSED", "warning", "a newer plugin file was not taken over; the old one goes on", unchanged, "stratdock strategy list"},
    {"SANDBOX_REDUCED", "warning", "the kernel lacks a part of the plugins' sandbox", unchanged, "stratdock check"},
    {"BOOKS_DISAGREE", "error", "the ledger and the exchange hold different amounts: bots may exit and protect, not enter", unchanged, "stratdock backup FILE, then compare stratdock bot list with the exchange"},
    {"EXCHANGE_SILENT", "error", "the exchange has told nothing of the account for a minute: the network, the key or the exchange is gone", unchanged, "stratdock check"},
    {"ACCOUNT_CHANGED", "info", "the exchange's account changed without any bot: a deposit, a withdrawal or a trade by hand; it was booked to unallocated", unchanged, "stratdock status"},
    {"JOURNAL_FAILED", "error", "the journal cannot be written (disk full?): nothing is traded until it can", unchanged, "free space on the disk of the data folder"},
    {"CONFIGURATION_REFUSED", "warning", "the edited configuration has errors; the one read before stays in force", unchanged, "stratdock check CONFIG"},
    {"RESTART_NEEDED", "info", "an edited setting is picked up at the next start only", unchanged, "stratdock shutdown, then stratdock run CONFIG"},
    {"MARKET_FAILED", "error", "the market's candles cannot be read", unchanged, "stratdock check"},
    {"MARKET_ENDED", "info", "the recorded market is at its end: no further candles come", unchanged, "stratdock shutdown"},
    {"NO_ALERT_CHANNEL", "warning", "an alert was recorded, but there is no channel to send it by", unchanged, "name a channel in the configuration"},
    {"UNKNOWN", "warning", "something else", unchanged, "stratdock bot logs {bot}"},
};

}  // namespace

std::span<const AlarmKind> alarm_kinds() { return kinds; }

const AlarmKind& alarm_kind(std::string_view code) {
  for (const AlarmKind& kind : kinds)
    if (kind.code == code) return kind;
  return *(std::end(kinds) - 1);
}

}  // namespace stratdock
