"""Strategies that look at other candles and write to the log, in the whole program; one lacks the candles that it needs."""
import csv
import os
import shutil
import subprocess
import unittest

import support
from support import HostTest, wait_for

EXACT = ["entry_ms", "exit_ms", "quantity", "entry_price", "exit_price", "fees", "profit", "exit_reason"]


class FeedsTest(HostTest):
    def test_trades_equal_the_backtests_and_words_are_in_the_log(self):
        plugins = os.path.join(self.folder, "plugins")
        os.mkdir(plugins)
        for name in ("feeds", "talks"):
            shutil.copy(os.path.join(os.environ["STRATDOCK_TEST_PLUGINS"], name + ".so"), plugins)
        files = {symbol: support.made_up_candles(os.path.join(self.folder, symbol + ".csv"), 4000, from_seed=seed) for symbol, seed in (("BTCUSDT", 5), ("ETHUSDT", 6))}
        bots = ["watcher: {symbol: BTCUSDT, strategy: feeds, trade_amount: 1000, stop_loss: 0.5%, take_profit: 0.5%}",
                "talker: {symbol: BTCUSDT, strategy: talks, trade_amount: 10}"]
        allowed = "{incomplete_sandbox: allow, folders: [" + plugins + "]}"
        host = self.host(bots, files, plugins=allowed).start()
        wait_for("the end of the replay", host.ended)
        self.assertEqual(0, host.stop())
        out = os.path.join(self.folder, "trades.csv")
        done = subprocess.run([support.BINARY, "backtest", host.config, "--bot", "watcher", "--out", out], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=host.folder, timeout=120, check=False)
        self.assertEqual(0, done.returncode, done.stdout.decode(errors="replace"))
        with open(out, newline="", encoding="utf-8") as file:
            tested = [tuple(row[name] for name in EXACT) for row in csv.DictReader(file)]
        traded = [tuple(map(str, row)) for row in host.query(
            f"SELECT {','.join('t.' + name for name in EXACT)} FROM trades t JOIN bots b ON b.id=t.bot_id WHERE b.name='watcher' ORDER BY t.id")]
        print(f"{len(traded)} trades, those of the backtest", flush=True)
        self.assertGreater(len(traded), 50)
        self.assertEqual(tested, traded)
        with open(os.path.join(host.data, "logs", "talker.log"), encoding="utf-8") as file:
            lines = [line for line in file.read().splitlines() if "Strategy: line 0" in line]
        due = host.one("SELECT sum(d.count) FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE b.name='talker'")
        self.assertEqual(due, len(lines), "a line a decision")
        self.assertRegex(lines[0], r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - WARNING - Strategy: line 0")
        # Without the other symbol in the market the bot waits and says why.
        alone = self.host(bots[:1], {"BTCUSDT": files["BTCUSDT"]}, name="alone", plugins=allowed).start()
        wait_for("the end of the second replay", alone.ended)
        self.assertEqual(0, alone.stop())
        self.assertIn("FEED_MISSING", [code for _, code, _ in alone.alarms()])
        self.assertIn("no candles of ETHUSDT", alone.one("SELECT reason FROM bots WHERE name='watcher'"))
        self.assertEqual(0, alone.one("SELECT count(*) FROM trades"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
