"""The bots' log files as people and their scripts know them, line for line; STRATDOCK_REWRITE=1 writes the golden files anew."""
import os
import re
import unittest

import support
from support import HostTest, wait_for

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
GOLDEN_LINES = 250
# Every kind of line that the system before this one wrote, each at least once in the run.
KINDS = [
    r"# Times are UTC\.",
    r"INFO - 🤖 STARTING BOT: Trader of Bitcoin",
    r"INFO - 📊 Position: LONG @ \$\d+\.\d\d \| Current: \$\d+\.\d\d \| P&L: [+-]\d+\.\d\d%",
    r"INFO - ⏳ Waiting for signal\.\.\. \(Current: HOLD, Price: \$\d+\.\d\d\)",
    r"INFO - 🟢 BUY signal generated!",
    r"INFO - 🔴 SELL signal generated!",
    r"INFO - 🟢 OPENED POSITION: Trader of Bitcoin",
    r"INFO -    Entry: \$\d+\.\d\d",
    r"INFO -    Quantity: 0\.\d+ BTC",
    r"INFO -    Invested: \$\d+\.\d\d",
    r"INFO -    Stop Loss: \$\d+\.\d\d \(-\d+\.\d\d%, bot\)",
    r"INFO -    Take Profit: \$\d+\.\d\d \(\+\d+\.\d\d%, bot\)",
    r"INFO - 🛡️ STOP LOSS triggered!",
    r"INFO - 🎯 TAKE PROFIT triggered!",
    r"INFO - 🔴 CLOSED POSITION: Trader of Bitcoin",
    r"INFO -    Exit: \$\d+\.\d\d",
    r"INFO -    Profit: \$\d+\.\d\d \(\+\d+\.\d\d%\)",
    r"INFO -    Profit: -\$\d+\.\d\d \(-\d+\.\d\d%\)",
    r"WARNING - ⚠️ waiting for money: needs 1000000 USDT, unallocated are 99000 USDT",
]


class LogTest(HostTest):
    def test_golden(self):
        path = support.made_up_candles(os.path.join(self.folder, "candles.csv"), 3000)
        bots = [
            "trader: {title: Trader of Bitcoin, symbol: BTCUSDT, strategy: volatile, trade_amount: 1000, stop_loss: 1%, take_profit: 1.5%}",
            "poor: {symbol: BTCUSDT, strategy: volatile, trade_amount: 1000000}",
        ]
        host = self.host(bots, {"BTCUSDT": path}).start()
        wait_for("the end of the replay", host.ended)
        self.assertEqual(0, host.stop())
        whole = ""
        for bot in ("trader", "poor"):
            with open(os.path.join(host.data, "logs", bot + ".log"), encoding="utf-8") as file:
                lines = file.read().splitlines()
            whole += "\n".join(lines) + "\n"
            self.assertEqual("# Times are UTC.", lines[0])
            for line in lines[1:]:
                self.assertRegex(line, r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - (INFO|WARNING|ERROR) - \S?.*\S$")
            golden = os.path.join(GOLDEN, bot + ".log")
            if os.environ.get("STRATDOCK_REWRITE") == "1":
                os.makedirs(GOLDEN, exist_ok=True)
                with open(golden, "w", encoding="utf-8") as out:
                    out.write("\n".join(lines[:GOLDEN_LINES]) + "\n")
            with open(golden, encoding="utf-8") as file:
                self.assertEqual(file.read().splitlines(), lines[:GOLDEN_LINES], bot)
        for kind in KINDS:
            self.assertTrue(re.search(kind + "$", whole, re.MULTILINE), f"no line like: {kind}")
        # The journal keeps the same lines, for the page.
        kept = [text for (text,) in host.query("SELECT l.text FROM logs l JOIN bots b ON b.id=l.bot_id WHERE b.name='trader' ORDER BY l.id DESC LIMIT 20")][::-1]
        with open(os.path.join(host.data, "logs", "trader.log"), encoding="utf-8") as file:
            written = [line.split(" - ", 2)[2] for line in file.read().splitlines()[1:]]
        self.assertEqual(written[-20:], kept)


if __name__ == "__main__":
    unittest.main(verbosity=2)
