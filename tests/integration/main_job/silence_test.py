"""An exchange that changes the account without a word, or bans this address, while a bot holds a position on it."""
import os
import signal
import subprocess
import unittest

import support
from exchange import Exchange, declare
from support import HostTest, wait_for


class SilenceTest(HostTest):
    def holder(self):
        """A bot that holds one coin, protected at the exchange."""
        candles = support.made_up_candles(os.path.join(self.folder, "BTCUSDT-5m-made-up.csv"), 120)
        self.exchange = Exchange(self.folder, "--candles", candles, "--balance", "USDT=100000", "--balance", "BTC=2")
        self.addCleanup(self.exchange.stop)
        host = support.Host(os.path.join(self.folder, "wired"), [], {})
        self.hosts.append(host)
        declare(host, self.exchange, ["btc: {symbol: BTCUSDT, strategy: simple_profitable, trade_amount: 1000, evaluate_every: 5m}"])
        host.start()
        wait_for("candles", lambda: host.query("SELECT 1 FROM candles"))
        price = host.query("SELECT close FROM candles ORDER BY open_time_ms DESC LIMIT 1")[0][0]
        done = subprocess.run([support.BINARY, "bot", "adopt", "btc", "--quantity", "1", "--entry-price", str(price), "--data", host.data],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=support.PATIENCE_S, check=False)
        self.assertEqual(0, done.returncode, done.stdout.decode())
        wait_for("protection", lambda: len(self.exchange.open_orders()) == 2)
        return host

    def booked(self, host, asset):
        return -(host.one("SELECT CAST(amount AS REAL) FROM account_balances WHERE account='exchange' AND asset=?", asset) or 0)

    def test_what_the_exchange_does_not_tell_is_found(self):
        host = self.holder()
        self.exchange.post("/faults", {"fault": "stream_drop", "stream": "user", "count": 0})
        self.exchange.act("foreign_cancel", symbol="BTCUSDT")
        self.exchange.act("balance_changed", asset="USDT", amount="500")
        self.assertEqual(set(), self.exchange.open_orders())
        # At the next looks at the whole account, 20 s apart.
        wait_for("protection again", lambda: len(self.exchange.open_orders()) == 2)
        wait_for("the deposit", lambda: self.booked(host, "USDT") == 100500, patience_s=2 * support.PATIENCE_S)
        standing = {row[1] for row in host.alarms(standing_only=True)}
        self.assertLessEqual({"ACCOUNT_CHANGED", "PROTECTION_CANCELLED"}, standing)
        self.assertNotIn("BOOKS_DISAGREE", standing)
        self.assertEqual(0, host.stop())

    def test_a_start_waits_out_a_ban(self):
        host = self.holder()
        self.exchange.ask("DELETE", "/faults")
        self.exchange.post("/faults", {"fault": "banned", "count": 0, "retry_after_s": 25})
        before, = host.roles()["engine"]
        os.kill(before, signal.SIGKILL)
        wait_for("the pause is told", lambda: "asked for a pause of" in host.said())
        engine, = host.roles()["engine"]
        self.exchange.ask("DELETE", "/faults")
        self.exchange.act("balance_changed", asset="USDT", amount="500")
        wait_for("trading goes on by itself", lambda: self.booked(host, "USDT") == 100500, patience_s=2 * support.PATIENCE_S)
        self.assertEqual([engine], host.roles()["engine"])  # it never gave up
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
