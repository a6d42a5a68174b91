"""Symbols that bots come to, and that stand still, while the program trades on `stratdock paper-exchange` through the wire."""
import os
import signal
import subprocess
import time
import unittest

import support
from exchange import Exchange, declare
from support import CANDLE_MS, HostTest, wait_for

WARMUP = 100  # what the exchange shows as history of a recorded file
FIRST_MS = 1_700_000_100_000 // CANDLE_MS * CANDLE_MS
BTC = "btc: {symbol: BTCUSDT, strategy: simple_profitable, trade_amount: 1000, evaluate_every: 5m}"


class FollowTest(HostTest):
    def setUp(self):
        super().setUp()
        self.played = WARMUP + 1  # the first is played when the exchange starts

    def wired(self, bots, *symbols, options=(), mode="testnet"):
        files = [] if options else [support.made_up_candles(os.path.join(self.folder, f"{symbol}-5m-made-up.csv"), WARMUP + 60, from_seed=at) for at, symbol in enumerate(symbols)]
        candles = [word for path in files for word in ("--candles", path)]
        exchange = Exchange(self.folder, "--balance", "USDT=100000", *candles, *options, by_itself=bool(options))
        self.addCleanup(exchange.stop)
        host = support.Host(os.path.join(self.folder, "wired"), [], {})
        self.hosts.append(host)
        declare(host, exchange, bots, mode)
        host.start()
        if files and bots:
            wait_for("the candle that is there at the start", lambda: host.position_ms() == FIRST_MS + self.played * CANDLE_MS)
        return exchange, host

    def step(self, exchange):
        """The exchange plays a candle; its close."""
        exchange.step("open")
        exchange.step("close")
        self.played += 1
        return FIRST_MS + self.played * CANDLE_MS

    def bot(self, host, *words):
        done = subprocess.run([support.BINARY, "bot", *words, "--data", host.data], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=support.PATIENCE_S, check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def made(self, host, name, *words):
        code, said = self.bot(host, "create", name, "--strategy", "simple_profitable", "--trade-amount", "1000", "--evaluate-every", "5m", *words)
        self.assertEqual(0, code, said)
        code, told = self.bot(host, "start", name)
        self.assertEqual(0, code, told)
        return said

    def decided(self, host, bot, close_ms):
        """The bot has looked at that close; the row where the strategy answered."""
        return host.query("SELECT d.outcome, d.blocked_reason FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE b.name=? AND d.last_ms=?", bot, close_ms)

    def assert_decides(self, host, exchange, *bots):
        close_ms = self.step(exchange)
        for bot in bots:
            outcome, why = wait_for(f"{bot} decides on candle {self.played}", lambda: self.decided(host, bot, close_ms))[0]
            self.assertIn(outcome, ("hold", "intent", "blocked"), f"{bot}: {why}")

    def assert_no_gap(self, host, symbol):
        found = [row[0] for row in host.query("SELECT c.open_time_ms FROM candles c JOIN series s ON s.id=c.series_id WHERE s.symbol=? ORDER BY c.open_time_ms", symbol)]
        expected = [FIRST_MS + row * CANDLE_MS for row in range(self.played)]
        self.assertEqual(expected, found, symbol)

    def kill_engine(self, host):
        engine, = host.roles()["engine"]
        os.kill(engine, signal.SIGKILL)
        wait_for("another engine", lambda: [pid for pid in host.roles()["engine"] if pid != engine])

    def test_a_bot_on_a_symbol_that_nobody_follows(self):
        exchange, host = self.wired([BTC], "BTCUSDT", "ETHUSDT", "SOLUSDT", "ADAUSDT", "XRPUSDT")
        self.assert_decides(host, exchange, "btc")
        began = time.monotonic()
        said = self.made(host, "eth", "--symbol", "ETHUSDT", "--interval", "5m")
        self.assertIn("are being fetched", said)
        wait_for("the history of ETHUSDT", lambda: host.one("SELECT count(*) FROM logs WHERE text LIKE '%candles of ETHUSDT are there%'"))
        print(f"a bot made, started and its history there: {time.monotonic() - began:.2f} s", flush=True)
        self.assert_no_gap(host, "ETHUSDT")
        for _ in range(2):
            self.assert_decides(host, exchange, "btc", "eth")
        # What cannot be had is refused, and nothing is made.
        for words, why in ((("--symbol", "NONEUSDT"), "does not list 'NONEUSDT'"), (("--symbol", "ETHUSDT", "--interval", "1m"), "are 5m")):
            code, said = self.bot(host, "create", "other", "--strategy", "simple_profitable", "--trade-amount", "10", "--evaluate-every", "5m", *words)
            self.assertNotEqual(0, code)
            self.assertIn(why, said)
        exchange.act("status_changed", symbol="ADAUSDT", status="BREAK")
        self.assertIsNone(host.state_of("other"))
        # It is followed again because a bot uses it, whenever the engine dies: here right after a bot came to a third symbol.
        self.kill_engine(host)
        self.assert_decides(host, exchange, "btc", "eth")
        self.made(host, "sol", "--symbol", "SOLUSDT", "--interval", "5m")
        self.kill_engine(host)
        self.assert_decides(host, exchange, "btc", "eth", "sol")
        # To another while its history is refused and the streams are cut.
        exchange.post("/faults", {"fault": "error_before", "path": "/api/v3/klines", "count": 2})
        exchange.act("stream_cut", stream="market")
        self.made(host, "xrp", "--symbol", "XRPUSDT", "--interval", "5m")
        wait_for("the history of XRPUSDT", lambda: host.one("SELECT count(*) FROM logs WHERE text LIKE '%candles of XRPUSDT are there%'"))
        self.assert_decides(host, exchange, "btc", "eth", "sol", "xrp")
        for symbol in ("BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"):
            self.assert_no_gap(host, symbol)
        # A start reads that ADAUSDT does not trade.
        code, said = self.bot(host, "create", "ada", "--strategy", "simple_profitable", "--trade-amount", "10", "--symbol", "ADAUSDT", "--interval", "5m", "--evaluate-every", "5m")
        self.assertNotEqual(0, code)
        self.assertIn("it says BREAK", said)
        self.assertEqual([], [alarm for alarm in host.alarms(standing_only=True) if alarm[1] in ("FEED_MISSING", "SYMBOL_HALTED", "BOOKS_DISAGREE")])
        self.assertEqual(0, host.stop())

    def test_paper_money_on_an_exchanges_candles(self):
        exchange, host = self.wired([BTC], "BTCUSDT", "ETHUSDT", mode="paper")
        self.assert_decides(host, exchange, "btc")
        self.made(host, "eth", "--symbol", "ETHUSDT", "--interval", "5m")
        wait_for("the history of ETHUSDT", lambda: host.one("SELECT count(*) FROM logs WHERE text LIKE '%candles of ETHUSDT are there%'"))
        self.assert_decides(host, exchange, "btc", "eth")
        self.kill_engine(host)
        self.assert_decides(host, exchange, "btc", "eth")
        # The paper exchange remembers a symbol that nobody follows any more.
        for words in (("stop", "eth"), ("delete", "eth", "--release-holding")):
            code, said = self.bot(host, *words)
            self.assertEqual(0, code, said)
        self.kill_engine(host)
        self.assert_decides(host, exchange, "btc")
        self.assertEqual(0, host.stop())

    def test_the_first_bot_of_all(self):
        exchange, host = self.wired([], "BTCUSDT", "ETHUSDT")
        for _ in range(3):
            self.step(exchange)
        self.made(host, "eth", "--symbol", "ETHUSDT", "--interval", "5m")
        wait_for("the history of ETHUSDT", lambda: host.one("SELECT count(*) FROM logs WHERE text LIKE '%candles of ETHUSDT are there%'"))
        for _ in range(2):
            self.assert_decides(host, exchange, "eth")
        self.kill_engine(host)
        self.assert_decides(host, exchange, "eth")
        self.assert_no_gap(host, "ETHUSDT")
        self.assertEqual(0, host.stop())

    def test_a_declaration_added_while_running(self):
        exchange, host = self.wired([BTC], "BTCUSDT", "ETHUSDT")
        self.assert_decides(host, exchange, "btc")
        eth = BTC.replace("btc:", "eth:").replace("BTCUSDT", "ETHUSDT")
        declare(host, exchange, [BTC, eth, eth.replace("eth:", "typo:").replace("ETHUSDT", "EHTUSDT")])
        wait_for("the bot is made", lambda: host.state_of("eth") == "running")
        refused = wait_for("the other is refused", lambda: [cause for _, code, cause in host.alarms(standing_only=True) if code == "CONFIGURATION_REFUSED"])[0]
        self.assertIn("bot 'typo'", refused)
        self.assertIn("did you mean 'ETHUSDT'?", refused)
        self.assertIsNone(host.state_of("typo"))
        wait_for("the history of ETHUSDT", lambda: host.one("SELECT count(*) FROM logs WHERE text LIKE '%candles of ETHUSDT are there%'"))
        self.assert_decides(host, exchange, "btc", "eth")
        self.kill_engine(host)  # the declaration that cannot be stops no start
        self.assert_decides(host, exchange, "btc", "eth")
        self.assert_no_gap(host, "ETHUSDT")
        self.assertEqual(0, host.stop())

    def test_candles_of_the_time_away_leave_a_row_that_says_why(self):
        exchange, host = self.wired([BTC], "BTCUSDT")
        self.assert_decides(host, exchange, "btc")
        self.assertEqual(0, host.stop())
        missed = [self.step(exchange) for _ in range(5)]
        host.start()
        wait_for("the bot decides again", lambda: self.decided(host, "btc", missed[-1]))
        rows = host.query("SELECT first_ms, last_ms, count, blocked_reason FROM decisions WHERE outcome='failed'")
        self.assertEqual([(missed[0], missed[3], 4)], [row[:3] for row in rows], rows)
        self.assertRegex(rows[0][3], r"not evaluated: these candles were 12\d\d s \(the first\) to 3\d\d s old when they arrived")
        code, said = self.bot(host, "show", "btc")
        self.assertEqual(0, code)
        self.assertIn("not evaluated", said)
        self.assert_decides(host, exchange, "btc")
        self.assertEqual(0, host.stop())

    def test_a_halted_symbol_stops_its_own_bot_only(self):
        line = "{name}: {{symbol: {symbol}, strategy: simple_profitable, trade_amount: 1000, interval: 1s, evaluate_every: 1s}}"
        exchange, host = self.wired([line.format(name="btc", symbol="BTCUSDT"), line.format(name="eth", symbol="ETHUSDT")], options=("--symbols", "BTCUSDT,ETHUSDT", "--interval", "1s"))
        last = "SELECT max(d.last_ms) FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE b.name=? AND d.outcome IN ('hold','intent','blocked')"
        wait_for("both decide", lambda: host.one(last, "btc") and host.one(last, "eth"))

        def halted():
            return [cause for bot, code, cause in host.alarms(standing_only=True) if code == "SYMBOL_HALTED" and bot == "eth"]

        exchange.act("status_changed", symbol="ETHUSDT", status="BREAK")
        self.assertIn("the exchange says BREAK", wait_for("the halt is told", halted)[0])
        told_ms, eth_ms = host.position_ms(), host.one(last, "eth")
        wait_for("btc goes on", lambda: host.one(last, "btc") > told_ms + 5_000)
        self.assertEqual(eth_ms, host.one(last, "eth"))
        rows = host.query("SELECT d.count, d.blocked_reason FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE b.name='eth' AND d.blocked_reason LIKE '%stands still%'")
        self.assertGreater(sum(count for count, _ in rows), 1, rows)
        # It is still so for an engine that begins anew.
        self.kill_engine(host)
        killed_ms = host.position_ms()
        wait_for("btc goes on", lambda: host.one(last, "btc") > killed_ms + 3_000)
        self.assertTrue(halted())
        exchange.act("status_changed", symbol="ETHUSDT", status="TRADING")
        wait_for("eth decides again", lambda: host.one(last, "eth") > killed_ms, patience_s=2 * support.PATIENCE_S)
        self.assertFalse(halted())
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
