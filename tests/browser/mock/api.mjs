// The routes of the mock: just enough behind them to walk through the page, and switches for a test to break things.
import { randomBytes, randomUUID } from "node:crypto";
import { makeBot, makeBots, makeHistory, parameterSchema, strategies } from "./data.mjs";
import { intervalMs } from "./market.mjs";

const failure = (status, code, message, extra = {}) => ({ status, body: { error: { code, message, hint: "", ...extra } } });

export class Api {
  constructor(version, count) {
    this.version = version;
    this.bots = makeBots(count);
    this.history = new Map();
    this.tokens = new Set();
    this.sessions = new Map();
    this.rev = 1;
    this.ring = [];
    this.streams = new Set();
    this.commands = [];
    this.seen = new Map();
    this.silent = this.refuseStreams = false;
    this.pending_ms = 0;
    this.engine = { state: "running", since_ms: Date.now() - 86400000, seen_ms: Date.now(), text: null };
    this.log_seq = 100;
    this.alarms = [{ id: 1, code: "BOT_QUARANTINED", severity: "danger", bot_id: 5, bot: "doge-scalp", title: "A bot is quarantined", text: "doge-scalp is out: its plugin scalp.so ended with a segmentation fault three times.", cause: "A fault in the plugin's own code.", money_at_risk: null, currency: null, protected: null, next_step: "stratdock strategy validate plugins/scalp.so", since_ms: Date.now() - 3600000, last_ms: Date.now() - 600000, count: 3, acknowledged_ms: null, resolved_ms: null }];
    this.timers = [setInterval(() => this.emit("heartbeat", this.beat(), false), 10000), setInterval(() => this.movePrices(), 400), setInterval(() => this.writeLog(), 900)];
  }
  stop() { this.timers.forEach(clearInterval); for (const stream of this.streams) stream.response.end(); }
  newToken() { const token = randomBytes(16).toString("hex"); this.tokens.add(token); return token; }
  beat() { const now = Date.now(); return { server_ms: now, market_ms: now, speed: 1, rev: this.rev, asset_version: this.version, engine: this.engine }; }

  emit(kind, data, counts = true) {
    if (counts) { this.rev++; this.ring.push({ rev: this.rev, kind, data: structuredClone(data) }); if (this.ring.length > 1000) this.ring.shift(); }
    if (this.silent) return;
    for (const stream of this.streams) if (kind !== "log" || stream.logs === "all" || Number(stream.logs) === data.bot_id) stream.response.write(`id: ${this.rev}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  movePrices() {
    const bots = {};
    for (const bot of this.bots.slice(0, 50)) {
      const price = Number(bot.price) * (1 + (Math.random() - 0.5) * 0.0004);
      bot.price = price.toFixed(bot.price_decimals);
      bot.price_ms = Date.now();
      if (bot.position) { const value = price * Number(bot.quantity), open = value - Number(bot.entry_cost); Object.assign(bot, { position_value: value.toFixed(4), unrealised: open.toFixed(4), unrealised_fraction: open / Number(bot.entry_cost), net_pnl: (Number(bot.profit) + open).toFixed(4), equity: (Number(bot.cash) + value).toFixed(4) }); }
      bots[bot.id] = { price: bot.price, price_ms: bot.price_ms, position_value: bot.position_value, unrealised: bot.unrealised, unrealised_fraction: bot.unrealised_fraction, net_pnl: bot.net_pnl, equity: bot.equity };
    }
    this.emit("price", { bots });
  }
  writeLog() { this.emit("log", { seq: ++this.log_seq, ms: Date.now(), bot_id: 1, level: "info", text: `📊 Position: LONG @ $84210.00 | Current: $${this.bots[0]?.price} | P&L: +0.58%` }); }
  totals() {
    const modes = [...new Set(this.bots.map((bot) => bot.mode))];
    return modes.map((mode) => { const bots = this.bots.filter((bot) => bot.mode === mode); const sum = (key) => bots.reduce((total, bot) => total + Number(bot[key] ?? 0), 0); const equity = sum("equity"), net = sum("net_pnl"); return { mode, currency: "USDT", bots: bots.length, running: bots.filter((bot) => bot.status === "running").length, equity: equity.toFixed(4), allotted: sum("allotted").toFixed(2), net_pnl: net.toFixed(4), net_pnl_fraction: net / sum("allotted"), today: sum("today").toFixed(4), today_fraction: sum("today") / equity, at_stop: sum("at_stop").toFixed(4), at_stop_fraction: sum("at_stop") / equity, open_positions: bots.filter((bot) => bot.position).length, unprotected: 0, unallocated: "2500", balance: (equity + 2500).toFixed(2) }; });
  }
  historyOf(bot) { if (!this.history.has(bot.id)) this.history.set(bot.id, makeHistory(bot)); return this.history.get(bot.id); }

  answer(request, url, body, response) {
    const session = this.sessions.get(/stratdock_session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
    const path = url.pathname;
    if (path === "/api/v1/events") { this.openStream(session, request, url, response); return; }
    const { status = 200, body: out, headers = {} } = this.route(request, path, url.searchParams, body ? JSON.parse(body) : {}, session);
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(out));
  }
  openStream(session, request, url, response) {
    if (!session || this.refuseStreams) { response.writeHead(session ? 503 : 401); response.end(); return; }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const since = Number(request.headers["last-event-id"] ?? url.searchParams.get("since") ?? this.rev);
    if (!this.silent) response.write(`id: ${this.rev}\nevent: heartbeat\ndata: ${JSON.stringify(this.beat())}\n\n`);
    for (const event of this.ring) if (event.rev > since && event.kind !== "log") response.write(`id: ${event.rev}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.data)}\n\n`);
    const stream = { response, logs: url.searchParams.get("logs") };
    this.streams.add(stream);
    response.on("close", () => this.streams.delete(stream));
  }
  dropStreams() { for (const stream of this.streams) stream.response.destroy(); }

  route(request, path, query, body, session) {
    if (path === "/api/v1/session" && request.method === "POST") {
      if (!this.tokens.delete(body.token)) return failure(401, "TOKEN_INVALID", "This link was used already, or is too old.");
      const id = randomBytes(32).toString("hex"), made = { csrf: randomUUID(), created_ms: Date.now(), expires_ms: Date.now() + 43200000, idle_ms: 1800000, version: "0.1.0", asset_version: this.version };
      this.sessions.set(id, made);
      return { body: made, headers: { "Set-Cookie": `stratdock_session=${id}; Path=/; HttpOnly; SameSite=Strict` } };
    }
    if (!session) return failure(401, "SESSION_REQUIRED", "Sign in first.");
    if (request.method === "GET") return this.read(path, query, session);
    if (request.headers["x-stratdock-csrf"] !== session.csrf) return failure(403, "CSRF", "The CSRF header is missing or wrong.");
    const key = request.headers["idempotency-key"];
    if (!key) return failure(400, "IDEMPOTENCY_KEY_MISSING", "Every change needs an Idempotency-Key.");
    if (this.seen.has(key)) return this.seen.get(key);
    if (path === "/api/v1/session/end") { this.sessions.clear(); return { body: { status: "done" }, headers: { "Set-Cookie": "stratdock_session=; Path=/; Max-Age=0" } }; }
    const answer = this.change(path, query, body);
    this.seen.set(key, answer);
    return answer;
  }

  read(path, query, session) {
    const now = Date.now();
    const table = (rows) => { const limit = Number(query.get("limit") ?? 100); const before = Number(query.get("before") ?? 0); const from = before ? rows.findIndex((row) => row.id === before) + 1 : 0; const part = rows.slice(from, from + limit); return { body: { rows: part, next_before: from + limit < rows.length ? part[part.length - 1].id : null } }; };
    const snapshot = { rev: this.rev, server_ms: now, market_ms: now, speed: 1, version: "0.1.0", asset_version: this.version, engine: this.engine, totals: this.totals(), bots: this.bots, alarms: this.alarms.filter((alarm) => alarm.acknowledged_ms === null), open_alarms: this.alarms.filter((alarm) => alarm.acknowledged_ms === null).length };
    switch (path) {
      case "/api/v1/session": return { body: session };
      case "/api/v1/overview": return { body: snapshot };
      case "/api/v1/strategies": return { body: { strategies } };
      case "/api/v1/alarms": return table(query.get("state") === "all" ? this.alarms : snapshot.alarms);
      case "/api/v1/audit": return table([...this.commands].reverse());
      case "/api/v1/account": return { body: { accounts: ["live", "paper"].map((mode) => ({ mode, asset: "USDT", free: "5000", locked: "0", allotted: "2500", unallocated: "2500" })) } };
      case "/api/v1/markets": { const q = (query.get("query") ?? "").toUpperCase(); return { body: { symbols: ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LTC", "LINK"].filter((base) => (base + "USDT").includes(q)).map((base) => ({ symbol: base + "USDT", base_asset: base, quote_asset: "USDT", status: "TRADING", price: "84702.5", tick_size: "0.01", step_size: "0.00001", min_notional: "5", price_decimals: 2 })) } }; }
      case "/api/v1/plugins": return { body: { folders: ["/home/you/stratdock/plugins"], plugins: [...strategies.map((each, at) => ({ file: each.plugin_file, path: "/home/you/stratdock/plugins/" + each.plugin_file, sha256: "3f1c9a".repeat(10) + "beef", state: "loaded", error: null, hint: null, abi: "1.0", build_info: "g++ 12.2", size_bytes: 182340, modified_ms: now - 86400000, loaded_ms: now, worker: { pid: 4100 + at, state: "running", restarts: 0, memory_bytes: 9 * 1048576 }, strategies: [each], bots: this.bots.filter((bot) => bot.strategy === each.short).slice(0, 8).map(({ id, name }) => ({ id, name })) })), { file: "scalp.so", path: "/home/you/stratdock/plugins/scalp.so", sha256: "77aa01".repeat(10) + "cafe", state: "quarantined", error: "It ended with a segmentation fault three times in ten minutes.", hint: "Replace the file; it is tried again at once. To see where: stratdock strategy validate plugins/scalp.so", abi: "1.0", build_info: "g++ 12.2", size_bytes: 51200, modified_ms: now - 7200000, loaded_ms: null, worker: null, strategies: [], bots: [{ id: 5, name: "doge-scalp" }] }, { file: "old.so", path: "/home/you/stratdock/plugins/old.so", sha256: "11bb22".repeat(10) + "dead", state: "refused", error: "It was built for plugin ABI 2; this host speaks 1.", hint: "Rebuild it with this version's plugin_api.", abi: "2.0", build_info: null, size_bytes: 40960, modified_ms: now, loaded_ms: null, worker: null, strategies: [], bots: [] }] } };
      case "/api/v1/system": return { body: { version: "0.1.0", build: "release, g++ 12.2", server_ms: now, started_ms: now - 7200000, data_folder: "/home/you/.local/share/stratdock", configuration: "configs/demo.yaml", log_folder: "/home/you/.local/share/stratdock/logs", time_zone: "UTC", mode: ["paper"], engine: this.engine, market: { source: "synthetic, seed 1", state: "running", text: null, last_candle_ms: now - 40000 }, processes: [["supervisor", 4001], ["engine", 4002], ["dashboard", 4003], ["worker volatile.so", 4100]].map(([role, pid]) => ({ role, pid, state: "running", since_ms: now - 7200000, restarts: 0, memory_bytes: 18 * 1048576 })), store: { schema_version: 1, journal_bytes: 8400000, free_bytes: 52 * 2 ** 30 }, streams: this.streams.size, sessions: this.sessions.size } };
    }
    if (/^\/api\/v1\/strategies\/[^/]+\/schema$/.test(path)) return { body: { strategy: strategies[0], parameters: parameterSchema, candles_needed: 500 } };
    const command = /^\/api\/v1\/commands\/(.+)$/.exec(path);
    if (command) return { body: this.commands.find((each) => each.command_id === command[1]) };
    const [, id, what] = /^\/api\/v1\/bots\/(\d+)(?:\/([a-z-]+))?$/.exec(path) ?? [];
    const bot = this.bots.find((each) => each.id === Number(id));
    if (!bot) return failure(404, id ? "BOT_NOT_FOUND" : "NOT_FOUND", `There is no ${id ? "bot " + id : path}.`);
    const { rows, trades, decisions } = this.historyOf(bot);
    switch (what) {
      case undefined: return { body: { rev: this.rev, bot: { ...bot, parameters: Object.fromEntries(parameterSchema.map((each) => [each.key, each.default])), parameters_set: [], settings: { stop_loss: null, take_profit: null, symbols: [bot.symbol] }, log_file: `/home/you/.local/share/stratdock/logs/${bot.name}.log` }, open_orders: [] } };
      case "candles": { const step = intervalMs(query.get("interval") ?? "5m"), from = Number(query.get("from") ?? 0), to = Number(query.get("to") ?? Infinity), limit = Number(query.get("limit") ?? 500); return { body: { symbol: bot.symbol, interval: query.get("interval") ?? "5m", interval_ms: step, price_decimals: bot.price_decimals, columns: ["open_ms", "open", "high", "low", "close", "volume"], rows: rows.filter((row) => row[0] >= from && row[0] <= to && row[0] % step === 0).slice(-limit) } }; }
      case "trades": return table(trades.filter((row) => query.get("open") === "1" || row.exit_ms !== null));
      case "decisions": return table(decisions.filter((row) => (!query.get("outcome") || row.outcome === query.get("outcome")) && (!query.get("action") || row.action === query.get("action"))));
      case "orders": return table(trades.slice(0, 30).map((row) => ({ id: row.id, bot_id: bot.id, bot: bot.name, symbol: bot.symbol, mode: bot.mode, purpose: "entry", side: "BUY", type: "MARKET", state: "FILLED", status: "FILLED", client_id: "sd-x", exchange_order_id: row.id, list_id: null, quantity: row.quantity, quote_quantity: null, price: null, stop_price: null, executed_quantity: row.quantity, executed_quote: row.cost, average_price: row.entry_price, fees: [], created_ms: row.entry_ms, updated_ms: row.entry_ms, reason: null })));
      case "equity": return { body: { columns: ["ms", "equity", "net_pnl", "drawdown"], rows: bot.trades ? rows.filter((_, at) => at % 3 === 0).map((row, at) => { const net = Number(bot.net_pnl) * (at / 460) + 20 * Math.sin(at / 9); return [row[0], (Number(bot.allotted) + net).toFixed(2), net.toFixed(2), Math.min(0, -0.02 * (1 + Math.sin(at / 9 + 3.1)))]; }) : [] } };
      case "logs": { const after = Number(query.get("after") ?? 0); return { body: { rows: Array.from({ length: 60 }, (_, at) => ({ seq: 40 + at, ms: now - (60 - at) * 15000, bot_id: bot.id, level: at % 17 === 5 ? "warning" : "info", text: at % 17 === 5 ? "⚠️ Insufficient balance: needs 5.00 USDT, has 3.20 USDT" : `⏳ Waiting for signal... (Current: HOLD, Price: $${bot.price})` })).filter((line) => line.seq > after && (query.get("level") !== "warning" || line.level === "warning")), last_seq: this.log_seq, time_zone: "UTC" } }; }
      case "close-preview": { const q = Number(bot.quantity ?? 0), value = q * Number(bot.price); return { body: { quantity: bot.quantity ?? "0", base_asset: bot.base_asset, price: bot.price, value: value.toFixed(4), fee: (value * 0.001).toFixed(4), result: (value * 0.999 - Number(bot.entry_cost ?? 0)).toFixed(4), result_fraction: (value * 0.999) / Number(bot.entry_cost || 1) - 1, quote_asset: bot.quote_asset, cancels: 2, dust: "0", possible: q > 0, text: q > 0 ? "" : "It holds nothing." } }; }
    }
    return failure(404, "NOT_FOUND", `There is no ${path}.`);
  }

  change(path, query, body) {
    const finish = (action, bot, message, effect, detail = null) => {
      const command = { id: this.commands.length + 1, command_id: randomUUID(), status: "done", message, bot_id: bot?.id ?? null, ms: Date.now(), who: "dashboard", action, bot: bot?.name ?? null, detail };
      this.commands.push(command);
      const act = () => { effect?.(); command.status = "done"; if (bot && this.bots.includes(bot)) this.emit("bot", bot); this.emit("command", command); };
      if (this.pending_ms) { command.status = "pending"; setTimeout(act, this.pending_ms); return { status: 202, body: structuredClone(command) }; }
      act();
      return { body: command };
    };
    if (path === "/api/v1/bots") {
      if (this.bots.some((bot) => bot.name === body.name)) return failure(422, "INVALID", "The bot cannot be made like this.", { fields: { name: `There is a bot named ${body.name} already.` } });
      if ((body.parameters?.rsi_low ?? 35) >= 50) return failure(422, "INVALID", "The bot cannot be made like this.", { fields: { "parameters.rsi_low": "must be below rsi_high (65)" } });
      if (query.get("dry_run") === "1") return { body: { status: "done", message: "It can be made.", warnings: [] } };
      const bot = makeBot(Math.max(...this.bots.map((each) => each.id)) + 1, { name: body.name, symbol: body.symbol, strategy: body.strategy, price: 84702.5, allotted: Number(body.trade_amount), state: "stopped", last_decision: null, spark: [] });
      this.bots.push(bot);
      return finish("create", bot, `${bot.name} is made and stopped.`);
    }
    const alarm = this.alarms.find((each) => path === `/api/v1/alarms/${each.id}/acknowledge`);
    if (alarm) { alarm.acknowledged_ms = Date.now(); this.emit("alarm", alarm); return finish("acknowledge", null, "Acknowledged."); }
    if (path === "/api/v1/plugins/rescan") return finish("rescan", null, "The folders were read again.");
    const [, id, what] = /^\/api\/v1\/bots\/(\d+)\/([a-z]+)$/.exec(path) ?? [];
    const bot = this.bots.find((each) => each.id === Number(id));
    if (!bot) return failure(404, "BOT_NOT_FOUND", `There is no bot ${id}.`);
    const state = (next) => () => Object.assign(bot, { state: next, wanted_state: next, status: next === "stopped" ? "stopped" : "running", next_evaluation_ms: next === "stopped" ? null : Date.now() + 60000 });
    const flat = () => Object.assign(bot, { position: null, entry_price: null, stop_loss: null, take_profit: null, quantity: null, entry_cost: null, entry_ms: null, position_value: "0", cash: bot.equity, profit: bot.net_pnl, unrealised: "0", unrealised_fraction: null, at_stop: null, at_take: null, protection: null, trades: bot.trades + 1 });
    switch (what) {
      case "start": return finish(what, bot, `${bot.name} is running.`, state("running"));
      case "pause": return finish(what, bot, `${bot.name} makes no new entries; exits go on.`, state("paused"));
      case "stop": return finish(what, bot, `${bot.name} is stopped.`, state("stopped"));
      case "evaluate": return finish(what, bot, "Evaluated: HOLD.");
      case "close": return body.quantity !== bot.quantity ? failure(409, "QUANTITY_CHANGED", "It holds another quantity by now.") : finish(what, bot, `Sold ${body.quantity} ${bot.base_asset} at ${bot.price}.`, () => { flat(); state("stopped")(); });
      case "funds": return finish(what, bot, `${body.action === "allot" ? "Allotted" : "Released"} ${body.amount} ${bot.quote_asset}.`, null, `${body.action} ${body.amount}`);
      case "update": return query.get("dry_run") === "1" ? { body: { status: "done", message: "A new instance with a new anchor begins; the position stays.", warnings: [] } } : finish(what, bot, "Changed.", null, JSON.stringify(body));
      case "delete": if (bot.position && !body.release_holding) return failure(409, "NOT_FLAT", "It still holds a position."); this.bots = this.bots.filter((each) => each !== bot); this.emit("bot_removed", { id: bot.id }); return finish(what, bot, `${bot.name} is deleted.`);
    }
    return failure(404, "NOT_FOUND", `There is no ${path}.`);
  }
}
