// The sections of a configuration as tables of fields: the schema itself. What is not named here does not exist.
// Thread rule: immutable after first use. Invariant: a section's keys are unique.
#pragma once

#include "host/config/schema.hpp"

namespace stratdock {

const Fields<DeclaredBot>& bot_fields();  // of "defaults:" and of each bot under "bots:"
const Fields<MarketSettings>& market_fields();
const Fields<DashboardSettings>& dashboard_fields();
const Fields<ExchangeSettings>& exchange_fields();
const Fields<PaperAccount>& paper_fields();
const Fields<RiskLimits>& risk_fields();
const Fields<PluginSettings>& plugin_fields();
const Fields<LogSettings>& log_fields();
const Fields<FeedSettings>& feed_fields();
const Fields<Configuration>& top_fields();  // the whole file but for defaults and bots, which load.cpp reads last

// "real", "full" or "300x".
std::string speed_text(const Speed& speed);

}  // namespace stratdock
