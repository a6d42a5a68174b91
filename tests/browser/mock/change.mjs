// What the mock does on POST: at once, or as a command that is pending first.
import { randomUUID } from "node:crypto";
import { makeBot } from "./data.mjs";
import { failure } from "./failure.mjs";

export function change(api, path, query, body) {
  const finish = (action, bot, message, effect, detail = null) => {
    const command = {
      id: api.commands.length + 1,
      command_id: randomUUID(),
      status: "done",
      message,
      bot_id: bot?.id ?? null,
      ms: Date.now(),
      who: "dashboard",
      action,
      bot: bot?.name ?? null,
      detail,
    };
    api.commands.push(command);
    const act = () => {
      effect?.();
      command.status = "done";
      if (bot && api.bots.includes(bot)) api.emit("bot", bot);
      api.emit("command", command);
    };
    if (api.pending_ms) {
      command.status = "pending";
      setTimeout(act, api.pending_ms);
      return { status: 202, body: structuredClone(command) };
    }
    act();
    return { body: command };
  };
  if (path === "/api/v1/bots") {
    if (api.bots.some((bot) => bot.name === body.name))
      return failure(422, "INVALID", "The bot cannot be made like this.", {
        fields: { name: `There is a bot named ${body.name} already.` },
      });
    if ((body.parameters?.rsi_low ?? 35) >= 50)
      return failure(422, "INVALID", "The bot cannot be made like this.", {
        fields: { "parameters.rsi_low": "must be below rsi_high (65)" },
      });
    if (query.get("dry_run") === "1") return { body: { status: "done", message: "It can be made.", warnings: [] } };
    const bot = makeBot(Math.max(...api.bots.map((each) => each.id)) + 1, {
      name: body.name,
      symbol: body.symbol,
      strategy: body.strategy,
      price: 84702.5,
      allotted: Number(body.trade_amount),
      state: "stopped",
      last_decision: null,
      spark: [],
    });
    api.bots.push(bot);
    return finish("create", bot, `${bot.name} is made and stopped.`);
  }
  const alarm = api.alarms.find((each) => path === `/api/v1/alarms/${each.id}/acknowledge`);
  if (alarm) {
    alarm.acknowledged_ms = Date.now();
    api.emit("alarm", alarm);
    return finish("acknowledge", null, "Acknowledged.");
  }
  if (path === "/api/v1/plugins/rescan") return finish("rescan", null, "The folders were read again.");
  const [, id, what] = /^\/api\/v1\/bots\/(\d+)\/([a-z]+)$/.exec(path) ?? [];
  const bot = api.bots.find((each) => each.id === Number(id));
  if (!bot) return failure(404, "BOT_NOT_FOUND", `There is no bot ${id}.`);
  const state = (next) => () =>
    Object.assign(bot, {
      state: next,
      wanted_state: next,
      status: next === "stopped" ? "stopped" : "running",
      next_evaluation_ms: next === "stopped" ? null : Date.now() + 60000,
    });
  const flat = () =>
    Object.assign(bot, {
      position: null,
      entry_price: null,
      stop_loss: null,
      take_profit: null,
      quantity: null,
      entry_cost: null,
      entry_ms: null,
      position_value: "0",
      cash: bot.equity,
      profit: bot.net_pnl,
      unrealised: "0",
      unrealised_fraction: null,
      at_stop: null,
      at_take: null,
      protection: null,
      trades: bot.trades + 1,
    });
  switch (what) {
    case "start":
      return finish(what, bot, `${bot.name} is running.`, state("running"));
    case "pause":
      return finish(what, bot, `${bot.name} makes no new entries; exits go on.`, state("paused"));
    case "stop":
      return finish(what, bot, `${bot.name} is stopped.`, state("stopped"));
    case "evaluate":
      return finish(what, bot, "Evaluated: HOLD.");
    case "close":
      return body.quantity !== bot.quantity
        ? failure(409, "QUANTITY_CHANGED", "It holds another quantity by now.")
        : finish(what, bot, `Sold ${body.quantity} ${bot.base_asset} at ${bot.price}.`, () => {
            flat();
            state("stopped")();
          });
    case "funds":
      return finish(
        what,
        bot,
        `${body.action === "allot" ? "Allotted" : "Released"} ${body.amount} ${bot.quote_asset}.`,
        null,
        `${body.action} ${body.amount}`,
      );
    case "adopt":
      return bot.position
        ? failure(409, "REFUSED", "It holds a position already.")
        : finish(
            what,
            bot,
            `${bot.name} holds ${body.quantity} ${bot.base_asset} at ${body.entry_price}.`,
            () => {
              api.unallocated[bot.base_asset] = String(Number(api.unallocated[bot.base_asset]) - Number(body.quantity));
              if (Number(api.unallocated[bot.base_asset]) <= 0) delete api.unallocated[bot.base_asset];
              Object.assign(bot, {
                position: "LONG",
                quantity: body.quantity,
                entry_price: body.entry_price,
                entry_cost: String(Number(body.quantity) * Number(body.entry_price)),
                stop_loss: body.stop_loss ?? String(Number(body.entry_price) * 0.98),
                take_profit: body.take_profit ?? String(Number(body.entry_price) * 1.05),
                protection: "active",
              });
            },
            JSON.stringify(body),
          );
    case "update":
      return query.get("dry_run") === "1"
        ? { body: { status: "done", message: "A new instance with a new anchor begins; the position stays.", warnings: [] } }
        : finish(what, bot, "Changed.", null, JSON.stringify(body));
    case "delete":
      if (bot.position && !body.release_holding) return failure(409, "NOT_FLAT", "It still holds a position.");
      api.bots = api.bots.filter((each) => each !== bot);
      api.emit("bot_removed", { id: bot.id });
      return finish(what, bot, `${bot.name} is deleted.`);
  }
  return failure(404, "NOT_FOUND", `There is no ${path}.`);
}
