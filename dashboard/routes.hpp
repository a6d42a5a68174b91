// The handlers behind the table of routes: plain functions from a request to an answer.
// Thread rule: any thread. Invariant: none waits for the engine; what must be awaited is said in Response::wait.
#pragma once

#include "dashboard/app.hpp"

namespace stratdock::dashboard {

Response page_index(App& app, const Request& request);
Response page_asset(App& app, const Request& request);
Response read_metrics(App& app, const Request& request);
Response session_create(App& app, const Request& request);
Response session_read(App& app, const Request& request);
Response session_end(App& app, const Request& request);
Response read_openapi(App& app, const Request& request);
Response read_overview(App& app, const Request& request);
Response read_events(App& app, const Request& request);
Response read_bots(App& app, const Request& request);
Response read_bot(App& app, const Request& request);
Response read_candles(App& app, const Request& request);
Response read_indicators(App& app, const Request& request);
Response read_trades(App& app, const Request& request);
Response read_decisions(App& app, const Request& request);
Response read_orders(App& app, const Request& request);
Response read_equity(App& app, const Request& request);
Response read_logs(App& app, const Request& request);
Response read_close_preview(App& app, const Request& request);
Response read_alarms(App& app, const Request& request);
Response read_audit(App& app, const Request& request);
Response read_strategies(App& app, const Request& request);
Response read_schema(App& app, const Request& request);
Response read_markets(App& app, const Request& request);
Response read_plugins(App& app, const Request& request);
Response read_account(App& app, const Request& request);
Response read_command(App& app, const Request& request);
Response read_system(App& app, const Request& request);
Response change_create(App& app, const Request& request);
Response change_start(App& app, const Request& request);
Response change_pause(App& app, const Request& request);
Response change_stop(App& app, const Request& request);
Response change_close(App& app, const Request& request);
Response change_evaluate(App& app, const Request& request);
Response change_funds(App& app, const Request& request);
Response change_update(App& app, const Request& request);
Response change_adopt(App& app, const Request& request);
Response change_delete(App& app, const Request& request);
Response change_acknowledge(App& app, const Request& request);
Response change_rescan(App& app, const Request& request);
Response old_overview(App& app, const Request& request);
Response old_details(App& app, const Request& request);
Response old_start(App& app, const Request& request);
Response old_stop(App& app, const Request& request);
Response old_update(App& app, const Request& request);
Response old_create(App& app, const Request& request);
Response old_search(App& app, const Request& request);
Response old_alert(App& app, const Request& request);

}  // namespace stratdock::dashboard
