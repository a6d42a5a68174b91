"""What strategies draw, while somebody looks: right to the digit, gone and back with the engine, and no decision is another for it."""
import json
import math
import os
import sqlite3
import time
import unittest

import support
from plugin_test import HOSTILE, START_MS, build
from support import BOT_PER_STRATEGY, CANDLE_MS, HostTest, wait_for

ROWS = 60_000 if support.SOAK else 5_000


def look_at(host, *bots, rows=1000):
    """As the dashboard does it when somebody opens a bot's page."""
    with sqlite3.connect(os.path.join(host.data, "commands.db"), timeout=10) as database:
        for bot in bots:
            database.execute("INSERT INTO commands(at_ms, origin, kind, bot, arguments, idempotency_key) VALUES(?,?,?,?,?,'')",
                             (int(time.time() * 1000), "test", "explain", bot, json.dumps({"rows": rows})))
    host.ring()


def drawn(host, bot):
    """state, reason, as_of_ms, series keys, rows of the bot's chart; None while there is none."""
    number = host.one("SELECT id FROM bots WHERE name=?", bot)
    found = host.query("SELECT state, reason, as_of_ms, chart, rows FROM indicators WHERE bot_id=?", number, file="live.db")
    if not found:
        return None
    state, reason, as_of_ms, chart, rows = found[0]
    keys = [series["key"] for series in json.loads(chart).get("series", [])]
    return state, reason, as_of_ms, keys, [json.loads(line) for line in rows.splitlines()]


def relative_strength(closes, length=14):
    """RSI as Wilder defined it: the first average is a mean, each later one smoothed."""
    values, gain, loss = [None] * len(closes), 0.0, 0.0
    for at in range(1, len(closes)):
        change = closes[at] - closes[at - 1]
        up, down = max(change, 0.0), max(-change, 0.0)
        if at <= length:
            gain, loss = gain + up / length, loss + down / length
        else:
            gain, loss = (gain * (length - 1) + up) / length, (loss * (length - 1) + down) / length
        if at >= length:
            values[at] = 100.0 if loss == 0 and gain > 0 else 50.0 if loss == 0 else 100.0 - 100.0 / (1.0 + gain / loss)
    return values


class ExplainTest(HostTest):
    maxDiff = None

    def test_watched_bots_decide_the_same(self):
        files = {"BTCUSDT": support.made_up_candles(os.path.join(self.folder, "candles.csv"), ROWS)}
        bots = [line.split(":")[0] for line in BOT_PER_STRATEGY]
        unwatched = self.host(BOT_PER_STRATEGY, files, name="unwatched").start()
        wait_for("the end of the replay that nobody watched", unwatched.ended)
        self.assertEqual(0, unwatched.stop())

        watched = self.host(BOT_PER_STRATEGY, files, name="watched").start()
        look_at(watched, *bots)
        wait_for("a chart while the market runs", lambda: drawn(watched, bots[0]))
        print(f"the first chart came with the market {'at its end' if watched.ended() else 'running'}", flush=True)
        wait_for("the end of the watched replay", watched.ended)
        last_ms = watched.one("SELECT max(open_time_ms) FROM candles")
        self.assert_charts(watched, bots, last_ms)
        engine = watched.roles()["engine"][0]
        os.kill(engine, support.signal.SIGKILL)
        wait_for("another engine with an empty live view", lambda: watched.roles()["engine"] not in ([], [engine]) and watched.one("SELECT count(*) FROM indicators", file="live.db") == 0)
        look_at(watched, *bots, rows=3000)
        self.assert_charts(watched, bots, last_ms, rows=3000)
        self.assertEqual(0, watched.stop())
        self.assert_same_history(unwatched, watched)
        self.assertEqual(0, watched.one("SELECT count(*) FROM command_results"), "looking is no command that is written down")

    def assert_charts(self, host, bots, last_ms, rows=1000):
        closes = host.query("SELECT open_time_ms, close FROM candles WHERE open_time_ms>=? ORDER BY open_time_ms", host.one("SELECT min(anchor_ms) FROM bots"))
        values = dict(zip((row[0] for row in closes), relative_strength([row[1] for row in closes])))
        for bot in bots:
            wait_for(f"the chart of {bot} up to the last candle", lambda: (drawn(host, bot) or [0, 0, 0])[2] == last_ms)
            state, reason, _, keys, found = drawn(host, bot)
            self.assertEqual(("ready", ""), (state, reason), bot)
            self.assertEqual(rows, len(found), bot)
            self.assertEqual(list(range(last_ms - (rows - 1) * CANDLE_MS, last_ms + 1, CANDLE_MS)), [row[0] for row in found])
            column = 1 + keys.index("rsi")
            for row in found:
                self.assertTrue(math.isclose(values[row[0]], row[column], rel_tol=1e-9), f"{bot} at {row[0]}: {values[row[0]]} against {row[column]}")


class HostileExplainTest(HostTest):
    def test_a_hostile_chart_costs_nothing_else(self):
        candles = {"BTCUSDT": support.made_up_candles(os.path.join(self.folder, "candles.csv"), 5000, start_ms=START_MS)}
        plugins = os.path.join(self.folder, "host", "data", "plugins")
        os.makedirs(plugins)
        build(os.path.join(plugins, "steady.so"), os.path.join(HOSTILE, "steady.c"))
        build(os.path.join(plugins, "draws.so"), os.path.join(HOSTILE, "draws.c"), 'ID="test.draws"', 'ALIAS="draws"')
        bots = ["neighbour: {symbol: BTCUSDT, strategy: steady, trade_amount: 1000, evaluate_every: 5m}"]
        for name, behaviour in (("good", 0), ("crashes", 1), ("hangs", 4), ("endless", 5)):
            bots.append(f"{name}: {{symbol: BTCUSDT, strategy: draws, trade_amount: 10, start: false, parameters: {{behaviour: {behaviour}}}}}")
        host = self.host(bots, candles, speed="3000x").start()  # a candle each 100 ms
        look_at(host, "neighbour", "crashes", "endless", "good")
        chart = {bot: wait_for(f"an answer for {bot}", lambda b=bot: drawn(host, b)) for bot in ("neighbour", "crashes", "endless", "good")}
        self.assertEqual("none", chart["neighbour"][0])
        self.assertEqual("ready", chart["good"][0])
        self.assertEqual("failed", chart["crashes"][0])
        self.assertIn("segmentation fault", chart["crashes"][1])
        self.assertIn("more series than the 64", chart["endless"][1])
        look_at(host, "hangs")
        wait_for("the one that hangs is at it", lambda: [line for line in support.descendants(host.process.pid).values() if "explain-role" in line])
        seen = host.position_ms()
        wait_for("30 candles meanwhile", lambda: host.position_ms() >= seen + 30 * CANDLE_MS)
        self.assertEqual("stopped", host.state_of("crashes"))
        self.assertEqual([], host.alarms(), "nobody is charged for it")
        decided = host.query("SELECT count, outcome, last_ms FROM decisions ORDER BY id")
        self.assertEqual([], [row for row in decided if row[1] == "failed"])
        self.assertEqual((decided[-1][2] - START_MS) // CANDLE_MS, sum(row[0] for row in decided), "a decision at every close")
        wait_for("the reason of the one that hangs", lambda: (drawn(host, "hangs") or ("", ""))[1].endswith("did not answer within 5000 ms"))
        look_at(host, "hangs", rows=2000)
        wait_for("it is at it again", lambda: [line for line in support.descendants(host.process.pid).values() if "explain-role" in line])
        tree = support.descendants(host.process.pid)
        self.assertEqual(0, host.stop())
        wait_for("nothing is left of it", lambda: not any(support.alive(pid) for pid in tree), patience_s=2)


if __name__ == "__main__":
    unittest.main(verbosity=2)
