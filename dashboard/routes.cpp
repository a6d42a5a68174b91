// The one table of all routes: ours, and those of the system before.
#include "dashboard/routes.hpp"

namespace stratdock::dashboard {

const std::vector<Route>& routes() {
  constexpr const char* page = "limit,before,format";
  static const std::vector<Route> table{
      // The page and its files.
      {"GET", "/", Entry::anybody, page_index, "The page", ""},
      {"GET", "/bots", Entry::anybody, page_index, "The page", ""},
      {"GET", "/bots/:id", Entry::anybody, page_index, "The page", ""},
      {"GET", "/bots/:id/:tab", Entry::anybody, page_index, "The page", ""},
      {"GET", "/account", Entry::anybody, page_index, "The page", ""},
      {"GET", "/strategies", Entry::anybody, page_index, "The page", ""},
      {"GET", "/alerts", Entry::anybody, page_index, "The page", ""},
      {"GET", "/system", Entry::anybody, page_index, "The page", ""},
      {"GET", "/about", Entry::anybody, page_index, "The page", ""},
      {"GET", "/login", Entry::anybody, page_index, "The page", ""},
      {"GET", "/assets/:version/*", Entry::anybody, page_asset, "A file of the page", ""},
      {"GET", "/metrics", Entry::read, read_metrics, "Figures for Prometheus", ""},
      // Signing in.
      {"POST", "/api/v1/session", Entry::sign_in, session_create, "Trade a set-up token for a session", ""},
      {"GET", "/api/v1/session", Entry::read, session_read, "The session", ""},
      {"POST", "/api/v1/session/end", Entry::session_change, session_end, "End the session", ""},
      // Reads.
      {"GET", "/api/v1/openapi.json", Entry::read, read_openapi, "This description", ""},
      {"GET", "/api/v1/overview", Entry::read, read_overview, "Everything at a glance, at one rev", ""},
      {"GET", "/api/v1/events", Entry::read, read_events, "Server-sent events", "since,logs"},
      {"GET", "/api/v1/bots", Entry::read, read_bots, "All bots", "format"},
      {"GET", "/api/v1/bots/:id", Entry::read, read_bot, "One bot", ""},
      {"GET", "/api/v1/bots/:id/candles", Entry::read, read_candles, "Candles of the bot's symbol", "interval,from,to,limit"},
      {"GET", "/api/v1/bots/:id/indicators", Entry::read, read_indicators, "What the bot's strategy draws", "limit,from"},
      {"GET", "/api/v1/bots/:id/trades", Entry::read, read_trades, "The bot's closed trades", "limit,before,format,open"},
      {"GET", "/api/v1/bots/:id/decisions", Entry::read, read_decisions, "The bot's decisions", "limit,before,format,outcome,action,from"},
      {"GET", "/api/v1/bots/:id/orders", Entry::read, read_orders, "The bot's orders", "limit,before,format,open"},
      {"GET", "/api/v1/bots/:id/equity", Entry::read, read_equity, "The bot's equity over time", "from,to,points"},
      {"GET", "/api/v1/bots/:id/logs", Entry::read, read_logs, "The bot's log", "lines,after,level,q"},
      {"GET", "/api/v1/bots/:id/close-preview", Entry::read, read_close_preview, "What closing now would do", ""},
      {"GET", "/api/v1/trades", Entry::read, read_trades, "Closed trades of all bots", "limit,before,format"},
      {"GET", "/api/v1/decisions", Entry::read, read_decisions, "Decisions of all bots", "limit,before,format,outcome,action,from"},
      {"GET", "/api/v1/orders", Entry::read, read_orders, "Orders of all bots", "limit,before,format,open"},
      {"GET", "/api/v1/logs", Entry::read, read_logs, "All logs", "lines,after,level,q"},
      {"GET", "/api/v1/alarms", Entry::read, read_alarms, "Alarms", "limit,before,format,state"},
      {"GET", "/api/v1/audit", Entry::read, read_audit, "Every command, by whom", page},
      {"GET", "/api/v1/strategies", Entry::read, read_strategies, "Strategies", ""},
      {"GET", "/api/v1/strategies/:id/schema", Entry::read, read_schema, "A strategy's parameters", ""},
      {"GET", "/api/v1/markets", Entry::read, read_markets, "Symbols", "query,limit"},
      {"GET", "/api/v1/plugins", Entry::read, read_plugins, "Plugins", ""},
      {"GET", "/api/v1/account", Entry::read, read_account, "Balances", ""},
      {"GET", "/api/v1/commands/:id", Entry::read, read_command, "What became of a command", ""},
      {"GET", "/api/v1/system", Entry::read, read_system, "Processes, store, versions", ""},
      // Changes.
      {"POST", "/api/v1/bots", Entry::change, change_create, "Make a bot", "dry_run"},
      {"POST", "/api/v1/bots/:id/start", Entry::change, change_start, "Start evaluations", ""},
      {"POST", "/api/v1/bots/:id/pause", Entry::change, change_pause, "No entries, exits go on", ""},
      {"POST", "/api/v1/bots/:id/stop", Entry::change, change_stop, "No evaluations; protective orders stay", ""},
      {"POST", "/api/v1/bots/:id/close", Entry::change, change_close, "Sell what the bot holds, then stop it", ""},
      {"POST", "/api/v1/bots/:id/evaluate", Entry::change, change_evaluate, "One evaluation now", ""},
      {"POST", "/api/v1/bots/:id/funds", Entry::change, change_funds, "Allot or release money", ""},
      {"POST", "/api/v1/bots/:id/adopt", Entry::change, change_adopt, "Give the bot coins that belong to no bot", ""},
      {"POST", "/api/v1/bots/:id/update", Entry::change, change_update, "Change settings", "dry_run"},
      {"POST", "/api/v1/bots/:id/delete", Entry::change, change_delete, "Delete a bot", ""},
      {"POST", "/api/v1/alarms/:id/acknowledge", Entry::change, change_acknowledge, "Mark an alarm as seen", ""},
      {"POST", "/api/v1/plugins/rescan", Entry::change, change_rescan, "Look into the plugin folders now", ""},
      // The routes of the system before.
      {"GET", "/api/overview", Entry::old_read, old_overview, "All bots (as before)", ""},
      {"GET", "/api/bot/:id/details", Entry::old_read, old_details, "One bot (as before)", ""},
      {"POST", "/api/bot/:id/start", Entry::old_change, old_start, "Start a bot (as before)", ""},
      {"POST", "/api/bot/:id/stop", Entry::old_change, old_stop, "Stop a bot (as before)", ""},
      {"POST", "/api/bot/:id/update", Entry::old_change, old_update, "Change a bot (as before)", ""},
      {"POST", "/api/create-bot", Entry::old_change, old_create, "Make a bot (as before)", ""},
      {"GET", "/api/search-coins", Entry::old_read, old_search, "Search symbols (as before)", "q"},
      {"POST", "/api/send_alert", Entry::old_change, old_alert, "Send an alert (as before)", ""},
  };
  return table;
}

}  // namespace stratdock::dashboard
