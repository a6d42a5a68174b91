"""Bots that trade through the wire on `stratdock paper-exchange` make the trades that they make inside the process."""
import decimal
import hashlib
import hmac
import json
import os
import random
import re
import signal
import subprocess
import time
import unittest
import urllib.request

import support
from support import CANDLE_MS, HostTest, wait_for

ROWS = 1500 if support.SOAK else 500
WARMUP = 100  # what the exchange shows as history of a recorded file
KILLS = 10 if support.SOAK else 3
BOTS = ["btc_volatile: {symbol: BTCUSDT, strategy: volatile, trade_amount: 1000, evaluate_every: 5m}",
        "btc_enhanced: {symbol: BTCUSDT, strategy: enhanced, trade_amount: 1000, evaluate_every: 5m}",
        "btc_simple: {symbol: BTCUSDT, strategy: simple_profitable, trade_amount: 1000, evaluate_every: 15m}"]
# Of a trade, what money is made of.
EXACT = ["symbol", "entry_ms", "exit_ms", "quantity", "entry_price", "exit_price", "cost", "proceeds", "fees", "profit", "exit_reason"]


class Exchange:
    """A paper exchange of its own process; with candles its market moves when it is told to."""

    def __init__(self, folder, *candles, options=()):
        self.output = os.path.join(folder, "exchange.txt")
        files = [word for path in candles for word in ("--candles", path)]
        options = options or [*files, "--speed", "manual", "--market-time", "--fill", "next-open"]
        with open(self.output, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen([support.BINARY, "paper-exchange", "--port", "0", "--control", "--balance", "USDT=100000", *options],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder)
        said = wait_for("the exchange says where it is", self.ready)
        self.url = re.search(r"REST +(http://127\.0\.0\.1:\d+)", said).group(1)
        self.control = re.search(r"control +(http://\S+)", said).group(1)
        self.key = re.search(r"API key +(\w+)", said).group(1)
        self.secret = re.search(r"secret +(\w+)", said).group(1)

    def ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the exchange ended with {self.process.returncode}")
        with open(self.output, encoding="utf-8") as out:
            said = out.read()
        return said if "Ctrl-C" in said else None

    def stop(self):
        self.process.terminate()
        self.process.wait(support.PATIENCE_S)

    def post(self, path, body):
        request = urllib.request.Request(self.control + path, data=json.dumps(body).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=support.PATIENCE_S) as answer:
            return json.load(answer)

    def step(self, to):
        return self.post("/step", {"to": to})

    def act(self, fault, **settings):
        return self.post("/act", {"fault": fault, **settings})

    def signed(self, path):
        with urllib.request.urlopen(self.url + "/api/v3/time", timeout=support.PATIENCE_S) as answer:
            query = f"timestamp={json.load(answer)['serverTime']}"
        signature = hmac.new(self.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(f"{self.url}{path}?{query}&signature={signature}", headers={"X-MBX-APIKEY": self.key})
        with urllib.request.urlopen(request, timeout=support.PATIENCE_S) as answer:
            return json.load(answer)

    def open_orders(self):
        return {order["orderId"] for order in self.signed("/api/v3/openOrders")}

    def balances(self):
        return {row["asset"]: (row["free"], row["locked"]) for row in self.signed("/api/v3/account")["balances"]}


def declare(host, exchange, bots, mode="testnet"):
    """The configuration of `bots` on that exchange, and its keys."""
    market = "market: {source: exchange}\npaper: {balances: {USDT: 100000}}\n" if mode == "paper" else ""
    head = (f"mode: {mode}\n{market}data: {host.data}\nexchange: {{url: '{exchange.url}'}}\nrisk:\n  max_orders_per_minute: 0\n  max_orders_per_day: 0\n"
            "dashboard: {enabled: false}\nplugins: {incomplete_sandbox: allow}\nbots:\n")
    with open(os.open(os.path.join(host.folder, ".env"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(f"BINANCE_TESTNET_API_KEY={exchange.key}\nBINANCE_TESTNET_API_SECRET={exchange.secret}\n")
    host.write_config(head + ("".join(f"  {line}\n" for line in bots) or "  {}\n"))


def journaled_orders(host):
    return {row[0] for row in host.query("SELECT order_id FROM orders WHERE status IN ('NEW','PARTIALLY_FILLED')")}


class WireTest(HostTest):
    def setUp(self):
        super().setUp()
        self.candles = support.made_up_candles(os.path.join(self.folder, "BTCUSDT-5m-made-up.csv"), ROWS)

    def trades(self, host):
        return {bot: host.query(f"SELECT {','.join('t.' + name for name in EXACT)} FROM trades t JOIN bots b ON b.id=t.bot_id WHERE b.name=? ORDER BY t.id", bot)
                for bot in ("btc_volatile", "btc_enhanced", "btc_simple")}

    def inside(self):
        host = self.host(BOTS, {"BTCUSDT": self.candles})
        with open(host.config, encoding="utf-8") as file:
            text = file.read()
        host.write_config(text.replace("source: replay\n", f"source: replay\n  warmup: {WARMUP}\n"))
        host.start()
        wait_for("the end of the replay", host.ended)
        found = self.trades(host)
        self.assertEqual(0, host.stop())
        return found

    def wired_host(self, exchange):
        host = support.Host(os.path.join(self.folder, "wired"), BOTS, {}, plugins="{incomplete_sandbox: allow}")
        self.addCleanup(host.destroy)
        declare(host, exchange, BOTS)
        return host.start()

    def quiet(self, exchange, host, close_ms=None):
        """Both sides know the same orders, and nothing is on its way; after a close: every bot has decided."""
        if host.one("SELECT count(*) FROM intents WHERE state IN ('journaled','sent','unknown')") != 0:
            return False
        if close_ms is None:
            if host.one("SELECT count(*) FROM intents WHERE state='acked' AND purpose IN ('entry','exit')") != 0:
                return False
        else:
            due = 3 if close_ms % 900_000 == 0 else 2
            if host.position_ms() < close_ms or host.one("SELECT count(*) FROM decisions WHERE last_ms=?", close_ms) < due:
                return False
        return exchange.open_orders() == journaled_orders(host)

    def test_the_same_trades_as_inside_the_process(self):
        inside = self.inside()
        exchange = Exchange(self.folder, self.candles)
        self.addCleanup(exchange.stop)
        host = self.wired_host(exchange)
        played = WARMUP + 1  # the first is played when the exchange starts
        first_ms = 1_700_000_100_000 // CANDLE_MS * CANDLE_MS
        chance = random.Random(support.seed())
        kills = set(chance.sample(range(played + 20, ROWS - 20), KILLS))
        wait_for("decisions on the first candle", lambda: self.quiet(exchange, host, first_ms + played * CANDLE_MS))
        began = time.monotonic()
        while played < ROWS:
            exchange.step("open")
            wait_for(f"the open of candle {played} is booked", lambda: self.quiet(exchange, host))
            if played in kills:
                engine, = host.roles()["engine"]
                os.kill(engine, signal.SIGKILL)
                wait_for("another engine", lambda: [pid for pid in host.roles()["engine"] if pid != engine])
            exchange.step("close")
            played += 1
            close_ms = first_ms + played * CANDLE_MS
            wait_for(f"the close of candle {played} is decided on", lambda: self.quiet(exchange, host, close_ms))
        print(f"{ROWS - WARMUP} candles through the wire, {KILLS} kills of the engine: {time.monotonic() - began:.1f} s", flush=True)
        wired = self.trades(host)
        for bot, trades in inside.items():
            for at, (one, other) in enumerate(zip(trades, wired[bot])):
                self.assertEqual(dict(zip(EXACT, one)), dict(zip(EXACT, other)), f"trade {at} of {bot}")
            self.assertEqual(len(trades), len(wired[bot]), f"trades of {bot}")
            print(f"{bot}: {len(trades)} trades, equal", flush=True)
        self.assertGreater(sum(map(len, wired.values())), 10)
        # The ledger holds what the exchange does.
        for asset, (free, locked) in exchange.balances().items():
            booked = host.one("SELECT amount FROM account_balances WHERE account='exchange' AND asset=?", asset)
            self.assertEqual(decimal.Decimal(free) + decimal.Decimal(locked), -decimal.Decimal(str(booked)), asset)
        self.assertEqual([], [code for code in host.query("SELECT code, cause FROM alarms WHERE cleared_ms=0") if code[0] in ("BOOKS_DISAGREE", "ORDER_UNKNOWN", "PROTECTION_REFUSED")])
        self.assertEqual(0, host.stop())

    def test_keys_appear_nowhere(self):
        exchange = Exchange(self.folder, self.candles)
        self.addCleanup(exchange.stop)
        host = self.wired_host(exchange)
        exchange.step("open")
        exchange.step("close")
        wait_for("the candle is there", lambda: host.position_ms() >= 1_700_000_100_000 // CANDLE_MS * CANDLE_MS + (WARMUP + 2) * CANDLE_MS)
        for pid in [pid for pids in host.roles().values() for pid in pids]:
            with open(f"/proc/{pid}/cmdline", "rb") as line:
                self.assertNotIn(exchange.secret.encode(), line.read())
        for pid in host.roles()["worker"] + host.roles()["dashboard"]:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                self.assertNotIn(exchange.secret.encode(), environment.read())
        self.assertEqual(0, host.stop())
        for folder, _, files in os.walk(host.folder):
            for name in files:
                if name == ".env" or name.startswith("doorbell"):
                    continue
                with open(os.path.join(folder, name), "rb") as file:
                    text = file.read()
                self.assertNotIn(exchange.secret.encode(), text, os.path.join(folder, name))
                self.assertNotIn(b"signature=", text, os.path.join(folder, name))

    def test_a_key_that_the_exchange_does_not_know_is_said_so(self):
        exchange = Exchange(self.folder, self.candles)
        self.addCleanup(exchange.stop)
        exchange.key = "x" * 64
        host = support.Host(os.path.join(self.folder, "wired"), BOTS, {})
        self.addCleanup(host.destroy)
        host.write_config(f"mode: testnet\ndata: {host.data}\nexchange: {{url: '{exchange.url}'}}\ndashboard: {{enabled: false}}\nbots:\n  {BOTS[0]}\n")
        with open(os.open(os.path.join(host.folder, ".env"), os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write(f"BINANCE_TESTNET_API_KEY={exchange.key}\nBINANCE_TESTNET_API_SECRET={exchange.secret}\n")
        code, said = host.run_to_exit()
        self.assertNotEqual(0, code)
        self.assertIn("key", said.lower())
        self.assertNotIn(exchange.secret, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
