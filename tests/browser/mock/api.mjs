// The routes of the mock: just enough behind them to walk through the page, and switches for a test to break things.
import { randomBytes, randomUUID } from "node:crypto";
import { change } from "./change.mjs";
import { makeBots } from "./data.mjs";
import { failure } from "./failure.mjs";
import { makeHistory } from "./history.mjs";
import { read } from "./read.mjs";

export class Api {
  constructor(version, count) {
    this.version = version;
    this.bots = makeBots(count);
    this.history = new Map();
    /** What is said of a bot's chart instead of it: {state, reason} by id. */
    this.charts = new Map();
    /** Coins that belong to no bot: asset -> quantity. */
    this.unallocated = {};
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
    this.alarms = [
      {
        id: 1,
        code: "BOT_QUARANTINED",
        severity: "danger",
        bot_id: 5,
        bot: "doge-scalp",
        title: "A bot is quarantined",
        text: "doge-scalp is out: its plugin scalp.so ended with a segmentation fault three times.",
        cause: "A fault in the plugin's own code.",
        money_at_risk: null,
        currency: null,
        protected: null,
        next_step: "stratdock strategy validate plugins/scalp.so",
        since_ms: Date.now() - 3600000,
        last_ms: Date.now() - 600000,
        count: 3,
        acknowledged_ms: null,
        resolved_ms: null,
      },
    ];
    this.timers = [
      setInterval(() => this.emit("heartbeat", this.beat(), false), 10000),
      setInterval(() => this.movePrices(), 400),
      setInterval(() => this.writeLog(), 900),
    ];
  }
  stop() {
    this.timers.forEach(clearInterval);
    for (const stream of this.streams) stream.response.end();
  }
  newToken() {
    const token = randomBytes(16).toString("hex");
    this.tokens.add(token);
    return token;
  }
  beat() {
    const now = Date.now();
    return { server_ms: now, market_ms: now, speed: 1, rev: this.rev, asset_version: this.version, engine: this.engine };
  }

  emit(kind, data, counts = true) {
    if (counts) {
      this.rev++;
      this.ring.push({ rev: this.rev, kind, data: structuredClone(data) });
      if (this.ring.length > 1000) this.ring.shift();
    }
    if (this.silent) return;
    for (const stream of this.streams)
      if (kind !== "log" || stream.logs === "all" || Number(stream.logs) === data.bot_id)
        stream.response.write(`id: ${this.rev}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  movePrices() {
    const bots = {};
    for (const bot of this.bots.slice(0, 50)) {
      const price = Number(bot.price) * (1 + (Math.random() - 0.5) * 0.0004);
      bot.price = price.toFixed(bot.price_decimals);
      bot.price_ms = Date.now();
      if (bot.position) {
        const value = price * Number(bot.quantity),
          open = value - Number(bot.entry_cost);
        Object.assign(bot, {
          position_value: value.toFixed(4),
          unrealised: open.toFixed(4),
          unrealised_fraction: open / Number(bot.entry_cost),
          net_pnl: (Number(bot.profit) + open).toFixed(4),
          equity: (Number(bot.cash) + value).toFixed(4),
        });
      }
      bots[bot.id] = {
        price: bot.price,
        price_ms: bot.price_ms,
        position_value: bot.position_value,
        unrealised: bot.unrealised,
        unrealised_fraction: bot.unrealised_fraction,
        net_pnl: bot.net_pnl,
        equity: bot.equity,
      };
    }
    this.emit("price", { bots });
  }
  writeLog() {
    this.emit("log", {
      seq: ++this.log_seq,
      ms: Date.now(),
      bot_id: 1,
      level: "info",
      text: `📊 Position: LONG @ $84210.00 | Current: $${this.bots[0]?.price} | P&L: +0.58%`,
    });
  }
  totals() {
    const modes = [...new Set(this.bots.map((bot) => bot.mode))];
    return modes.map((mode) => {
      const bots = this.bots.filter((bot) => bot.mode === mode);
      const sum = (key) => bots.reduce((total, bot) => total + Number(bot[key] ?? 0), 0);
      const equity = sum("equity"),
        net = sum("net_pnl");
      return {
        mode,
        currency: "USDT",
        bots: bots.length,
        running: bots.filter((bot) => bot.status === "running").length,
        equity: equity.toFixed(4),
        allotted: sum("allotted").toFixed(2),
        net_pnl: net.toFixed(4),
        net_pnl_fraction: net / sum("allotted"),
        today: sum("today").toFixed(4),
        today_fraction: sum("today") / equity,
        at_stop: sum("at_stop").toFixed(4),
        at_stop_fraction: sum("at_stop") / equity,
        open_positions: bots.filter((bot) => bot.position).length,
        unprotected: 0,
        unallocated: "2500",
        balance: (equity + 2500).toFixed(2),
      };
    });
  }
  historyOf(bot) {
    if (!this.history.has(bot.id)) this.history.set(bot.id, makeHistory(bot));
    return this.history.get(bot.id);
  }

  answer(request, url, body, response) {
    const session = this.sessions.get(/stratdock_session=([^;]+)/.exec(request.headers.cookie ?? "")?.[1]);
    const path = url.pathname;
    if (path === "/api/v1/events") {
      this.openStream(session, request, url, response);
      return;
    }
    const { status = 200, body: out, headers = {} } = this.route(request, path, url.searchParams, body ? JSON.parse(body) : {}, session);
    response.writeHead(status, { "Content-Type": "application/json", ...headers });
    response.end(JSON.stringify(out));
  }
  openStream(session, request, url, response) {
    if (!session || this.refuseStreams) {
      response.writeHead(session ? 503 : 401);
      response.end();
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    const since = Number(request.headers["last-event-id"] ?? url.searchParams.get("since") ?? this.rev);
    if (!this.silent) response.write(`id: ${this.rev}\nevent: heartbeat\ndata: ${JSON.stringify(this.beat())}\n\n`);
    for (const event of this.ring)
      if (event.rev > since && event.kind !== "log")
        response.write(`id: ${event.rev}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.data)}\n\n`);
    const stream = { response, logs: url.searchParams.get("logs") };
    this.streams.add(stream);
    response.on("close", () => this.streams.delete(stream));
  }
  dropStreams() {
    for (const stream of this.streams) stream.response.destroy();
  }

  route(request, path, query, body, session) {
    if (path === "/api/v1/session" && request.method === "POST") {
      if (!this.tokens.delete(body.token)) return failure(401, "TOKEN_INVALID", "This link was used already, or is too old.");
      const id = randomBytes(32).toString("hex"),
        made = {
          csrf: randomUUID(),
          created_ms: Date.now(),
          expires_ms: Date.now() + 43200000,
          idle_ms: 1800000,
          version: "0.1.0",
          asset_version: this.version,
        };
      this.sessions.set(id, made);
      return { body: made, headers: { "Set-Cookie": `stratdock_session=${id}; Path=/; HttpOnly; SameSite=Strict` } };
    }
    if (!session) return failure(401, "SESSION_REQUIRED", "Sign in first.");
    if (request.method === "GET") return read(this, path, query, session);
    if (request.headers["x-stratdock-csrf"] !== session.csrf) return failure(403, "CSRF", "The CSRF header is missing or wrong.");
    const key = request.headers["idempotency-key"];
    if (!key) return failure(400, "IDEMPOTENCY_KEY_MISSING", "Every change needs an Idempotency-Key.");
    if (this.seen.has(key)) return this.seen.get(key);
    if (path === "/api/v1/session/end") {
      this.sessions.clear();
      return { body: { status: "done" }, headers: { "Set-Cookie": "stratdock_session=; Path=/; Max-Age=0" } };
    }
    const answer = change(this, path, query, body);
    this.seen.set(key, answer);
    return answer;
  }
}
