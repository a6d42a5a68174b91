"""The real program under the eyes of the host checker (plugins/host_checker.c): decide, backtest, and a market whose worker is
killed again and again.

Environment: STRATDOCK_BINARY, STRATDOCK_SOURCE, STRATDOCK_TEST_PLUGINS (where host_checker.so is).
"""
import csv
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration", "main_job"))
import support  # noqa: E402  (its folder was only now made known)
from support import CANDLE_MS, HostTest, wait_for  # noqa: E402

START_MS = 1_700_000_100_000 // CANDLE_MS * CANDLE_MS
ROWS = 30_000
KILLS = 6
PLUGIN = os.path.join(os.environ.get("STRATDOCK_TEST_PLUGINS", ""), "host_checker.so")


class PromisesTest(HostTest):
    def command(self, *words):
        done = subprocess.run([support.BINARY, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False,
                              env=dict(os.environ, HOME=self.folder, XDG_CACHE_HOME=os.path.join(self.folder, "cache")))
        self.assertEqual(0, done.returncode, done.stderr.decode(errors="replace"))
        return done.stdout.decode()

    def offline(self, command, rows, *more):
        candles = support.made_up_candles(os.path.join(self.folder, "candles.csv"), rows, start_ms=START_MS)
        plugins = os.path.join(self.folder, "plugins")
        os.makedirs(plugins)
        shutil.copy(PLUGIN, plugins)
        return self.command(command, "--strategy", "host_checker", "--plugins", plugins, "--candles", candles, "--symbol", "BTCUSDT",
                            "--interval", "5m", "--param", "gapless=true", *more)

    def test_decide(self):
        rows = list(csv.reader(io.StringIO(self.offline("decide", 2000, "--param", f"first_open_ms={START_MS}", "--param", "pick=first", "--param", "words=a b", "--param", "real=1e9"))))
        self.assertEqual(2001, len(rows))
        self.assertEqual("seen 2000, flat, a b first", rows[-1][6])

    def test_a_bound_on_one_side(self):
        with self.assertRaisesRegex(AssertionError, "real"):
            self.offline("decide", 10, "--param", "real=0.1")

    def test_decide_with_a_window(self):
        rows = list(csv.reader(io.StringIO(self.offline("decide", 300, "--window", "50"))))
        self.assertEqual("seen 50, flat, some words second", rows[-1][6])

    def test_backtest(self):
        told = json.loads(self.offline("backtest", 6000, "--param", f"first_open_ms={START_MS}", "--trade-amount", "1000", "--json"))
        trades = told.get("trades")
        self.assertGreater(trades if isinstance(trades, int) else len(trades), 20, "positions were opened and closed under its eyes")
        self.assertNotIn("failed", told.get("first_failure") or "")
        self.assertEqual(0, told.get("failed_evaluations", 0))

    def test_a_market_whose_worker_is_killed(self):
        candles = support.made_up_candles(os.path.join(self.folder, "candles.csv"), ROWS, start_ms=START_MS)
        bots = [f"{name}: {{symbol: BTCUSDT, strategy: host_checker, trade_amount: 1000, evaluate_every: {every}, parameters: {{gapless: true}}}}"
                for name, every in (("often", "5m"), ("seldom", "15m"))]
        os.makedirs(os.path.join(self.folder, "host", "data", "plugins"))
        shutil.copy(PLUGIN, os.path.join(self.folder, "host", "data", "plugins"))
        host = self.host(bots, {"BTCUSDT": candles}).start()
        running = 0
        for number in range(KILLS):
            at_ms = START_MS + (number + 1) * ROWS // (KILLS + 3) * CANDLE_MS
            wait_for(f"the replay reaches {at_ms}", lambda at=at_ms: host.position_ms() >= at)
            running += not host.ended()
            for pid in wait_for("a living worker", lambda: host.roles()["worker"]):
                os.kill(pid, signal.SIGKILL)
        wait_for("the end of the replay", host.ended)
        self.assertEqual(0, host.stop())
        self.assertGreater(running, KILLS // 2, "kills while the market ran")
        self.assertEqual([], host.query("SELECT b.name, d.blocked_reason, d.last_ms FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE d.outcome='failed'"))
        self.assertEqual([], [alarm for alarm in host.alarms() if alarm[1].startswith(("STRATEGY", "PLUGIN", "BOT_QUARANTINED"))])
        for bot, every in (("often", 1), ("seldom", 3)):
            asked, trades = host.query("SELECT (SELECT sum(count) FROM decisions WHERE bot_id=b.id), (SELECT count(*) FROM trades WHERE bot_id=b.id) FROM bots b WHERE name=?", bot)[0]
            self.assertGreaterEqual(asked, ROWS // every - 200, f"{bot} was asked at every close")
            self.assertGreater(trades, 50)
            print(f"{bot}: {asked} decisions, {trades} trades, {running} kills of the worker while the market ran; every promise was kept")


if __name__ == "__main__":
    unittest.main(verbosity=2)
