"""Bots that trade through the wire on `stratdock paper-exchange` make the trades that they make inside the process."""
import datetime
import decimal
import os
import random
import resource
import signal
import sqlite3
import time
import unittest

import support
from exchange import NO_LIMITS, Exchange, declare
from support import CANDLE_MS, HostTest, wait_for

ROWS = 1500 if support.SOAK else 500
WARMUP = 100  # what the exchange shows as history of a recorded file
EXCHANGE_WAS_DOWN = range(310, 327)  # rows without a candle, as in a real outage
KILLS = 10 if support.SOAK else 3
MADE_UP_START_MS = 1_700_000_100_000 // CANDLE_MS * CANDLE_MS
DEMO_CANDLES = 6000 if support.SOAK else 1200
RECORDED_CANDLES = 121_000 if support.SOAK else 2500
BOTS = ["btc_volatile: {symbol: BTCUSDT, strategy: volatile, trade_amount: 1000, evaluate_every: 5m}",
        "btc_enhanced: {symbol: BTCUSDT, strategy: enhanced, trade_amount: 1000, evaluate_every: 5m}",
        "btc_simple: {symbol: BTCUSDT, strategy: simple_profitable, trade_amount: 1000, evaluate_every: 15m}"]
# Of a trade, what money is made of.
EXACT = ["symbol", "entry_ms", "exit_ms", "quantity", "entry_price", "exit_price", "cost", "proceeds", "fees", "profit", "exit_reason"]


class Journal:
    """One lasting reader of a host's journal."""

    def __init__(self, host):
        self.database = sqlite3.connect(f"file:{os.path.join(host.data, 'journal.db')}?mode=ro", uri=True, timeout=5)

    def one(self, sql, *values):
        return self.database.execute(sql, values).fetchone()[0]

    def open_orders(self):
        return {row[0] for row in self.database.execute("SELECT order_id FROM orders WHERE status IN ('NEW','PARTIALLY_FILLED')")}

    def waits_for_fills(self):
        return self.one("SELECT count(*) FROM intents WHERE state='acked' AND purpose IN ('entry','exit')") != 0

    def decided_on(self, close_ms):
        marks = dict(self.database.execute("SELECT key, value FROM meta WHERE key='position_ms' UNION ALL SELECT key, value FROM paper WHERE key='pending_evaluation'").fetchall())
        return int(marks.get("position_ms") or 0) >= close_ms and not marks.get("pending_evaluation")

    def unfinished(self):
        return self.database.execute("SELECT id, at_ms, bot_id, purpose, state, answer FROM intents WHERE state NOT IN ('filled','canceled','rejected') ORDER BY id DESC LIMIT 8").fetchall()

    def quiet(self, exchange):
        """Both sides know the same orders, and nothing is on its way."""
        return self.one("SELECT count(*) FROM intents WHERE state IN ('journaled','sent','unknown')") == 0 and exchange.open_orders() == self.open_orders()


class WireTest(HostTest):
    def trades(self, host, until_ms):
        found = {bot: [] for (bot,) in host.query("SELECT name FROM bots ORDER BY name")}
        for bot, *trade in host.query(f"SELECT b.name, {','.join('t.' + name for name in EXACT)} FROM trades t JOIN bots b ON b.id=t.bot_id WHERE t.exit_ms<=? ORDER BY t.id", until_ms):
            found[bot].append(tuple(trade))
        return found

    def inside(self, config, until_ms):
        host = self.host([], {}, name="inside")
        host.write_config(config)
        host.start()
        wait_for("the end of the market inside", lambda: host.position_ms() >= until_ms or host.ended(), patience_s=240)
        found = self.trades(host, until_ms)
        self.assertEqual(0, host.stop())
        return found

    def wired_host(self, exchange, bots, **options):
        host = support.Host(os.path.join(self.folder, "wired"), [], {})
        self.hosts.append(host)
        declare(host, exchange, bots, **options)
        return host

    def wait_on_both(self, journal, exchange, what, condition):
        try:
            wait_for(what, lambda: condition() and journal.quiet(exchange), every_s=0.001)
        except AssertionError as error:
            raise AssertionError(f"{error}; intents {journal.unfinished()}, open orders journaled {journal.open_orders()}, at the exchange {exchange.open_orders()}") from error

    def play(self, exchange, host, close_ms, until_ms, kills=0):
        """Moves the market from the candle that closed at `close_ms` on, as soon as the host has done with each; kills the engine now and then."""
        chance = random.Random(support.seed())
        killed = {chance.randrange(close_ms + 20 * CANDLE_MS, until_ms - 20 * CANDLE_MS) // CANDLE_MS * CANDLE_MS for _ in range(kills)}
        wait_for("a journal", lambda: host.position_ms() >= close_ms)
        journal = Journal(host)
        began, candles = time.monotonic(), 0

        def settled(at_ms):
            self.wait_on_both(journal, exchange, f"the close of {at_ms} is decided on", lambda: journal.decided_on(at_ms))

        settled(close_ms)
        while close_ms < until_ms:
            fills_are_due = journal.waits_for_fills()
            exchange.step("open")
            if fills_are_due:
                self.wait_on_both(journal, exchange, f"what was filled after {close_ms} is booked", lambda: not journal.waits_for_fills())
            if close_ms in killed:
                engine, = host.roles()["engine"]
                os.kill(engine, signal.SIGKILL)
                wait_for("another engine", lambda: [pid for pid in host.roles()["engine"] if pid != engine])
            close_ms = exchange.step("close")["market_ms"]  # not the next interval's where candles are missing
            candles += 1
            settled(close_ms)
        took_s = time.monotonic() - began
        print(f"{candles} candles through the wire, {len(killed)} kills of the engine: {took_s:.1f} s, {candles / took_s:.0f} a second", flush=True)

    def assert_same(self, inside, wired, at_least):
        for bot, trades in inside.items():
            for at, (one, other) in enumerate(zip(trades, wired[bot])):
                self.assertEqual(dict(zip(EXACT, one)), dict(zip(EXACT, other)), f"trade {at} of {bot}")
            self.assertEqual(len(trades), len(wired[bot]), f"trades of {bot}")
            print(f"{bot}: {len(trades)} trades, equal", flush=True)
        self.assertGreater(sum(map(len, wired.values())), at_least)

    def assert_books_agree(self, exchange, host):
        for asset, (free, locked) in exchange.balances().items():
            booked = host.one("SELECT amount FROM account_balances WHERE account='exchange' AND asset=?", asset) or 0
            self.assertEqual(decimal.Decimal(free) + decimal.Decimal(locked), -decimal.Decimal(str(booked)), asset)
        self.assertEqual([], [code for code in host.query("SELECT code, cause FROM alarms WHERE cleared_ms=0") if code[0] in ("BOOKS_DISAGREE", "ORDER_UNKNOWN", "PROTECTION_REFUSED")])

    def compare(self, inside_config, exchange_market, bots, start_ms, candles, kills, at_least, risk=NO_LIMITS):
        """`start_ms`: where the first candle after the warm-up opens, which the exchange plays when it starts."""
        until_ms = start_ms + candles * CANDLE_MS
        inside = self.inside(inside_config, until_ms)
        exchange = Exchange(self.folder, *exchange_market)
        self.addCleanup(exchange.stop)
        host = self.wired_host(exchange, bots, risk=risk).start()
        self.play(exchange, host, start_ms + CANDLE_MS, until_ms, kills)
        self.assert_same(inside, self.trades(host, until_ms), at_least)
        self.assert_books_agree(exchange, host)
        self.assertEqual(0, host.stop())

    def replay(self, candles_file):
        """The configuration of a replay inside, and the same market's options of an exchange."""
        config = (f"mode: paper\ndata: {self.folder}/inside/data\nmarket:\n  source: replay\n  speed: full\n  warmup: {WARMUP}\n  files:\n"
                  f"    - {{path: {candles_file}, symbol: BTCUSDT, interval: 5m}}\npaper: {{balances: {{USDT: 100000}}}}\n"
                  f"dashboard: {{enabled: false}}\nplugins: {{incomplete_sandbox: allow}}\n{NO_LIMITS}bots:\n" + "".join(f"  {line}\n" for line in BOTS))
        return config, ["--candles", candles_file, "--balance", "USDT=100000"]

    def test_made_up_candles_with_kills(self):
        candles = support.made_up_candles(os.path.join(self.folder, "BTCUSDT-5m-made-up.csv"), ROWS, missing=EXCHANGE_WAS_DOWN)
        config, market = self.replay(candles)
        self.compare(config, market, BOTS, MADE_UP_START_MS + WARMUP * CANDLE_MS, ROWS - WARMUP, KILLS, 10)

    def test_the_recorded_year(self):
        support.need_recorded_candles()
        candles = support.cut_of_recorded_candles(os.path.join(self.folder, "BTCUSDT-5m-recorded.csv"), RECORDED_CANDLES)
        with open(candles, encoding="ascii") as file:
            first_ms = int(file.readline().split(",")[0])
        config, market = self.replay(candles)
        self.compare(config, market, BOTS, first_ms + WARMUP * CANDLE_MS, RECORDED_CANDLES - WARMUP, 0, 10)

    def test_the_demo(self):
        with open(os.path.join(support.SOURCE, "configs", "demo.yaml"), encoding="utf-8") as file:
            demo = file.read()
        inside = demo.replace("speed: 600x", "speed: full") + f"\ndata: {self.folder}/inside/data\ndashboard: {{enabled: false}}\nplugins: {{incomplete_sandbox: allow}}\n"
        self.assertIn("speed: full", inside)
        config = os.path.join(self.folder, "demo.yaml")
        with open(config, "w", encoding="utf-8") as out:
            out.write(inside)
        start_ms = int(datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc).timestamp() * 1000)
        self.assertIn("start: 2025-01-01", demo)
        risk, bots = demo[demo.index("risk:"):].split("bots:\n")
        self.compare(inside, ["--config", config], [line[2:] for line in bots.splitlines()], start_ms, DEMO_CANDLES, 0, 20, risk)

    def small_exchange(self):
        candles = support.made_up_candles(os.path.join(self.folder, "BTCUSDT-5m-made-up.csv"), WARMUP + 20)
        exchange = Exchange(self.folder, "--candles", candles, "--balance", "USDT=100000")
        self.addCleanup(exchange.stop)
        return exchange

    def test_keys_appear_nowhere(self):
        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (most, most))
        exchange = self.small_exchange()
        host = self.wired_host(exchange, BOTS[:1]).start()
        exchange.step("open")
        exchange.step("close")
        wait_for("the candle is there", lambda: host.position_ms() >= MADE_UP_START_MS + (WARMUP + 2) * CANDLE_MS)
        for pid in [pid for pids in host.roles().values() for pid in pids]:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                self.assertNotIn(exchange.secret.encode(), line.read())
        for pid in host.roles()["worker"] + host.roles()["dashboard"]:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                self.assertNotIn(exchange.secret.encode(), environment.read())
        # A crash leaves no memory behind, whatever its user's shell allows.
        for pid in [pid for pids in host.roles().values() for pid in pids]:
            with open(f"/proc/{pid}/limits", encoding="ascii") as limits:
                core, = [line.split() for line in limits if line.startswith("Max core file size")]
            self.assertIn(core[4:6], (["0", "0"], ["1", "1"]))
        engine, = host.roles()["engine"]
        os.kill(engine, signal.SIGSEGV)
        wait_for("another engine", lambda: [pid for pid in host.roles()["engine"] if pid != engine])
        self.assertEqual(0, host.stop())
        self.assertEqual([], [name for _, _, files in os.walk(host.folder) for name in files if name.startswith("core")])
        for folder, _, files in os.walk(host.folder):
            for name in files:
                if name == ".env" or name.startswith("doorbell"):
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    text = file.read()
                self.assertNotIn(exchange.secret.encode(), text, os.path.join(folder, name))
                self.assertNotIn(b"signature=", text, os.path.join(folder, name))

    def test_a_key_that_the_exchange_does_not_know_is_said_so(self):
        exchange = self.small_exchange()
        exchange.key = "x" * 64
        host = self.wired_host(exchange, BOTS[:1])
        code, said = host.run_to_exit()
        self.assertNotEqual(0, code)
        self.assertIn("key", said.lower())
        self.assertNotIn(exchange.secret, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
