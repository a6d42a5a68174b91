"""A year of recorded candles through the whole program, and the same through `stratdock backtest`: the same trades."""
import csv
import os
import subprocess
import time
import unittest

import support
from support import BOT_PER_STRATEGY, HostTest, wait_for

# Of a trade, what money is made of; the backtest's file names its columns like the journal's.
EXACT = ["symbol", "entry_ms", "exit_ms", "quantity", "entry_price", "exit_price", "cost", "proceeds", "fees", "profit", "exit_reason"]


def backtest_exists():
    done = subprocess.run([support.BINARY, "--help"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return any(line.split()[:1] == ["backtest"] for line in done.stdout.decode(errors="replace").splitlines())


class ReplayTest(HostTest):
    def replayed(self):
        support.need_recorded_candles()
        began = time.monotonic()
        host = self.host(BOT_PER_STRATEGY, {"BTCUSDT": support.RECORDED}).start()
        wait_for("the end of the replay", host.ended, patience_s=240, every_s=0.05)
        took_s = time.monotonic() - began
        candles = host.one("SELECT count(*) FROM candles")
        print(f"{candles} candles, 4 bots: {took_s:.1f} s, {candles / took_s:.0f} candles a second", flush=True)
        self.assertEqual(0, host.stop())
        return host

    def test_every_candle_and_decision_is_there(self):
        host = self.replayed()
        with subprocess.Popen(["gzip", "-dc", support.RECORDED], stdout=subprocess.PIPE) as lines:
            recorded = [line.split(b",")[:6] for line in lines.stdout]
        kept = host.query("SELECT open_time_ms, open, high, low, close, volume FROM candles ORDER BY open_time_ms")
        self.assertEqual([(int(row[0]), *map(float, row[1:])) for row in recorded], kept)
        # One evaluation for each close on a quarter of an hour, a HOLD that repeats counted.
        closes = [int(row[0]) + support.CANDLE_MS for row in recorded]
        due = sum(1 for close in closes if close % 900_000 == 0)
        for bot, count in host.query("SELECT b.name, sum(d.count) FROM decisions d JOIN bots b ON b.id=d.bot_id GROUP BY b.id"):
            self.assertEqual(due, count, f"evaluations of {bot}")
        for bot, trades in host.query("SELECT name, trade_count FROM bots"):
            rows = host.query("SELECT t.entry_ms, t.exit_ms FROM trades t JOIN bots b ON b.id=t.bot_id WHERE b.name=? ORDER BY t.id", bot)
            self.assertEqual(trades, len(rows), bot)
            if bot == "btc_news":
                self.assertEqual(0, trades, "it has no news here")
            else:
                self.assertGreater(trades, 100, bot)
            for one, next_one in zip(rows, rows[1:]):
                self.assertLessEqual(one[0], one[1], "in before out")
                self.assertLessEqual(one[1], next_one[0], "at most one position")
        self.assertEqual(["MARKET_ENDED"], [code for _, code, _ in host.alarms()])

    def test_trades_equal_the_backtests(self):
        if not backtest_exists():
            print("skipped: this program has no backtest command", flush=True)
            self.skipTest("no backtest command")
        host = self.replayed()
        for bot in ("btc_volatile", "btc_enhanced", "btc_simple", "btc_news"):
            out = os.path.join(self.folder, bot + ".csv")
            done = subprocess.run([support.BINARY, "backtest", host.config, "--bot", bot, "--out", out], stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=host.folder, timeout=120, check=False)
            self.assertEqual(0, done.returncode, done.stdout.decode(errors="replace"))
            with open(out, newline="", encoding="utf-8") as file:
                reader = csv.DictReader(file)
                rows = list(reader)
                self.assertEqual([], [name for name in EXACT if name not in (reader.fieldnames or [])], f"columns of {reader.fieldnames}")
            tested = [tuple(row[name] for name in EXACT) for row in rows]
            fractions = [float(row["profit_fraction"]) for row in rows]
            traded = [tuple(map(str, row)) for row in host.query(
                f"SELECT {','.join('t.' + name for name in EXACT)} FROM trades t JOIN bots b ON b.id=t.bot_id WHERE b.name=? ORDER BY t.id", bot)]
            for at, (one, other) in enumerate(zip(traded, tested)):
                self.assertEqual(dict(zip(EXACT, one)), dict(zip(EXACT, other)), f"trade {at} of {bot}")
            self.assertEqual(len(traded), len(tested), f"trades of {bot}")
            kept = host.query("SELECT t.profit_fraction FROM trades t JOIN bots b ON b.id=t.bot_id WHERE b.name=? ORDER BY t.id", bot)
            self.assertEqual([fraction for (fraction,) in kept], fractions, bot)
            print(f"{bot}: {len(traded)} trades, equal", flush=True)


if __name__ == "__main__":
    unittest.main(verbosity=2)
