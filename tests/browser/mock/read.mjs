// What the mock answers to GET.
import { account } from "./account.mjs";
import { parameterSchema, strategies } from "./data.mjs";
import { failure } from "./failure.mjs";
import { indicators } from "./indicators.mjs";
import { intervalMs } from "./market.mjs";

export function read(api, path, query, session) {
  const now = Date.now();
  const table = (rows) => {
    const limit = Number(query.get("limit") ?? 100);
    const before = Number(query.get("before") ?? 0);
    const from = before ? rows.findIndex((row) => row.id === before) + 1 : 0;
    const part = rows.slice(from, from + limit);
    return { body: { rows: part, next_before: from + limit < rows.length ? part[part.length - 1].id : null } };
  };
  const snapshot = {
    rev: api.rev,
    server_ms: now,
    market_ms: now,
    speed: 1,
    version: "0.1.0",
    asset_version: api.version,
    engine: api.engine,
    totals: api.totals(),
    bots: api.bots,
    alarms: api.alarms.filter((alarm) => alarm.acknowledged_ms === null),
    open_alarms: api.alarms.filter((alarm) => alarm.acknowledged_ms === null).length,
  };
  switch (path) {
    case "/api/v1/session":
      return { body: session };
    case "/api/v1/overview":
      return { body: snapshot };
    case "/api/v1/strategies":
      return { body: { strategies } };
    case "/api/v1/alarms":
      return table(query.get("state") === "all" ? api.alarms : snapshot.alarms);
    case "/api/v1/audit":
      return table([...api.commands].reverse());
    case "/api/v1/account":
      return { body: account(api, now) };
    case "/api/v1/markets": {
      const q = (query.get("query") ?? "").toUpperCase();
      return {
        body: {
          symbols: ["BTC", "ETH", "SOL", "XRP", "DOGE", "ADA", "LTC", "LINK"]
            .filter((base) => (base + "USDT").includes(q))
            .map((base) => ({
              symbol: base + "USDT",
              base_asset: base,
              quote_asset: "USDT",
              status: "TRADING",
              price: "84702.5",
              tick_size: "0.01",
              step_size: "0.00001",
              min_notional: "5",
              price_decimals: 2,
            })),
        },
      };
    }
    case "/api/v1/plugins":
      return {
        body: {
          folders: ["/home/you/stratdock/plugins"],
          plugins: [
            ...strategies.map((each, at) => ({
              file: each.plugin_file,
              path: "/home/you/stratdock/plugins/" + each.plugin_file,
              sha256: "3f1c9a".repeat(10) + "beef",
              state: "loaded",
              error: null,
              hint: null,
              abi: "1.0",
              build_info: "g++ 12.2",
              size_bytes: 182340,
              modified_ms: now - 86400000,
              loaded_ms: now,
              worker: { pid: 4100 + at, state: "running", restarts: 0, memory_bytes: 9 * 1048576 },
              strategies: [each],
              bots: api.bots
                .filter((bot) => bot.strategy === each.short)
                .slice(0, 8)
                .map(({ id, name }) => ({ id, name })),
            })),
            {
              file: "scalp.so",
              path: "/home/you/stratdock/plugins/scalp.so",
              sha256: "77aa01".repeat(10) + "cafe",
              state: "quarantined",
              error: "It ended with a segmentation fault three times in ten minutes.",
              hint: "Replace the file; it is tried again at once. To see where: stratdock strategy validate plugins/scalp.so",
              abi: "1.0",
              build_info: "g++ 12.2",
              size_bytes: 51200,
              modified_ms: now - 7200000,
              loaded_ms: null,
              worker: null,
              strategies: [],
              bots: [{ id: 5, name: "doge-scalp" }],
            },
            {
              file: "old.so",
              path: "/home/you/stratdock/plugins/old.so",
              sha256: "11bb22".repeat(10) + "dead",
              state: "refused",
              error: "It was built for plugin ABI 2; this host speaks 1.",
              hint: "Rebuild it with this version's plugin_api.",
              abi: "2.0",
              build_info: null,
              size_bytes: 40960,
              modified_ms: now,
              loaded_ms: null,
              worker: null,
              strategies: [],
              bots: [],
            },
          ],
        },
      };
    case "/api/v1/system":
      return {
        body: {
          version: "0.1.0",
          build: "release, g++ 12.2",
          server_ms: now,
          started_ms: now - 7200000,
          data_folder: "/home/you/.local/share/stratdock",
          configuration: "configs/demo.yaml",
          log_folder: "/home/you/.local/share/stratdock/logs",
          time_zone: "UTC",
          mode: ["paper"],
          engine: api.engine,
          market: { source: "synthetic, seed 1", state: "running", text: null, last_candle_ms: now - 40000 },
          processes: [
            ["supervisor", 4001],
            ["engine", 4002],
            ["dashboard", 4003],
            ["worker volatile.so", 4100],
          ].map(([role, pid]) => ({ role, pid, state: "running", since_ms: now - 7200000, restarts: 0, memory_bytes: 18 * 1048576 })),
          store: { schema_version: 1, journal_bytes: 8400000, free_bytes: 52 * 2 ** 30 },
          streams: api.streams.size,
          sessions: api.sessions.size,
        },
      };
  }
  if (/^\/api\/v1\/strategies\/[^/]+\/schema$/.test(path))
    return { body: { strategy: strategies[0], parameters: parameterSchema, candles_needed: 500 } };
  const command = /^\/api\/v1\/commands\/(.+)$/.exec(path);
  if (command) return { body: api.commands.find((each) => each.command_id === command[1]) };
  const [, id, what] = /^\/api\/v1\/bots\/(\d+)(?:\/([a-z-]+))?$/.exec(path) ?? [];
  const bot = api.bots.find((each) => each.id === Number(id));
  if (!bot) return failure(404, id ? "BOT_NOT_FOUND" : "NOT_FOUND", `There is no ${id ? "bot " + id : path}.`);
  const { rows, trades, decisions } = api.historyOf(bot);
  switch (what) {
    case undefined:
      return {
        body: {
          rev: api.rev,
          bot: {
            ...bot,
            parameters: Object.fromEntries(parameterSchema.map((each) => [each.key, each.default])),
            parameters_set: [],
            settings: { stop_loss: null, take_profit: null, symbols: [bot.symbol] },
            log_file: `/home/you/.local/share/stratdock/logs/${bot.name}.log`,
          },
          open_orders: [],
        },
      };
    case "candles": {
      const step = intervalMs(query.get("interval") ?? "5m"),
        from = Number(query.get("from") ?? 0),
        to = Number(query.get("to") ?? Infinity),
        limit = Number(query.get("limit") ?? 500);
      return {
        body: {
          symbol: bot.symbol,
          interval: query.get("interval") ?? "5m",
          interval_ms: step,
          price_decimals: bot.price_decimals,
          columns: ["open_ms", "open", "high", "low", "close", "volume"],
          rows: rows.filter((row) => row[0] >= from && row[0] <= to && row[0] % step === 0).slice(-limit),
        },
      };
    }
    case "indicators":
      return { body: indicators(bot, rows, api.charts.get(bot.id), query) };
    case "trades":
      return table(trades.filter((row) => query.get("open") === "1" || row.exit_ms !== null));
    case "decisions":
      return table(
        decisions.filter(
          (row) =>
            (!query.get("outcome") || row.outcome === query.get("outcome")) &&
            (!query.get("action") || row.action === query.get("action")),
        ),
      );
    case "orders":
      return table(
        trades
          .slice(0, 30)
          .map((row) => ({
            id: row.id,
            bot_id: bot.id,
            bot: bot.name,
            symbol: bot.symbol,
            mode: bot.mode,
            purpose: "entry",
            side: "BUY",
            type: "MARKET",
            state: "FILLED",
            status: "FILLED",
            client_id: "sd-x",
            exchange_order_id: row.id,
            list_id: null,
            quantity: row.quantity,
            quote_quantity: null,
            price: null,
            stop_price: null,
            executed_quantity: row.quantity,
            executed_quote: row.cost,
            average_price: row.entry_price,
            fees: [],
            created_ms: row.entry_ms,
            updated_ms: row.entry_ms,
            reason: null,
          })),
      );
    case "equity":
      return {
        body: {
          columns: ["ms", "equity", "net_pnl", "drawdown"],
          rows: bot.trades
            ? rows
                .filter((_, at) => at % 3 === 0)
                .map((row, at) => {
                  const net = Number(bot.net_pnl) * (at / 460) + 20 * Math.sin(at / 9);
                  return [
                    row[0],
                    (Number(bot.allotted) + net).toFixed(2),
                    net.toFixed(2),
                    Math.min(0, -0.02 * (1 + Math.sin(at / 9 + 3.1))),
                  ];
                })
            : [],
        },
      };
    case "logs": {
      const after = Number(query.get("after") ?? 0);
      return {
        body: {
          rows: Array.from({ length: 60 }, (_, at) => ({
            seq: 40 + at,
            ms: now - (60 - at) * 15000,
            bot_id: bot.id,
            level: at % 17 === 5 ? "warning" : "info",
            text:
              at % 17 === 5
                ? "⚠️ Insufficient balance: needs 5.00 USDT, has 3.20 USDT"
                : `⏳ Waiting for signal... (Current: HOLD, Price: $${bot.price})`,
          })).filter((line) => line.seq > after && (query.get("level") !== "warning" || line.level === "warning")),
          last_seq: api.log_seq,
          time_zone: "UTC",
        },
      };
    }
    case "close-preview": {
      const q = Number(bot.quantity ?? 0),
        value = q * Number(bot.price);
      return {
        body: {
          quantity: bot.quantity ?? "0",
          base_asset: bot.base_asset,
          price: bot.price,
          value: value.toFixed(4),
          fee: (value * 0.001).toFixed(4),
          result: (value * 0.999 - Number(bot.entry_cost ?? 0)).toFixed(4),
          result_fraction: (value * 0.999) / Number(bot.entry_cost || 1) - 1,
          quote_asset: bot.quote_asset,
          cancels: 2,
          dust: "0",
          possible: q > 0,
          text: q > 0 ? "" : "It holds nothing.",
        },
      };
    }
  }
  return failure(404, "NOT_FOUND", `There is no ${path}.`);
}
