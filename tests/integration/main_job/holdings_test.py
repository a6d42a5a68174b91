"""Coins that belong to no bot are found, told, and given to one on the user's word; what an account holds is what the exchange says."""
import decimal
import json
import os
import subprocess
import time
import unittest
import urllib.error
import urllib.request

import support
from exchange import Exchange
from support import HostTest, wait_for

BOTS = ["btc: {symbol: BTCUSDT, strategy: volatile, trade_amount: 1000}"]


def numbers(host, sql, *values, file="journal.db"):
    return [tuple(decimal.Decimal(str(value)) for value in row) for row in host.query(sql, *values, file=file)]


class HoldingsTest(HostTest):
    def setUp(self):
        super().setUp()
        self.candles = support.made_up_candles(os.path.join(self.folder, "BTCUSDT-5m-made-up.csv"), 300)

    def cli(self, host, *words, code=0):
        done = subprocess.run([support.BINARY, *words, "--data", host.data], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              cwd=host.folder, timeout=support.PATIENCE_S, check=False)
        self.assertEqual(code, done.returncode, f"{words}: {done.stdout.decode()} {done.stderr.decode()}")
        return (done.stdout if code == 0 else done.stderr).decode()

    def api(self, host, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": f"key-{time.monotonic_ns()}"}
        request = urllib.request.Request(f"http://127.0.0.1:{host.port}{path}", headers=headers, data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=support.PATIENCE_S) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def holdings(self, host):
        return json.loads(self.cli(host, "status", "--json"))["holdings"]

    def resting(self, host):
        """Of the orders that the journal has open: side, quantity, price, stop price."""
        return numbers(host, "SELECT quantity, price, stop_price FROM orders WHERE side='SELL' AND status='NEW' ORDER BY stop_price")

    def test_on_paper_by_command_line(self):
        # The market stands, at the price of its history's end: a candle lasts five minutes.
        host = self.host(BOTS, {"BTCUSDT": self.candles}, speed="1x\n  warmup: 100", balances="100000, BTC: 0.5", port=support.free_port()).start()
        self.token = self.cli(host, "token", "--name", "test").strip()
        found, = wait_for("the holding is found", lambda: self.holdings(host))
        self.assertEqual(("BTC", "BTCUSDT", "0.5", ["btc"]), (found["asset"], found["symbol"], found["unallocated"], found["takers"]))
        self.assertIn("0.5 BTC; `stratdock bot adopt` gives it to btc", self.cli(host, "status"))
        price = decimal.Decimal(found["price"])
        self.assertIn("--entry-price is missing", self.cli(host, "bot", "adopt", "btc", "--quantity", "0.5", code=2))
        self.assertIn("0.5", self.cli(host, "bot", "adopt", "btc", "--quantity", "0.6", "--entry-price", str(price), code=1))
        self.assertIn("would be sold at once", self.cli(host, "bot", "adopt", "btc", "--quantity", "0.5", "--entry-price", str(price * 2), code=1))
        self.assertEqual([], self.resting(host))
        stop, take = (price * decimal.Decimal("0.9")).quantize(decimal.Decimal("0.01")), (price * decimal.Decimal("1.2")).quantize(decimal.Decimal("0.01"))
        said = self.cli(host, "bot", "adopt", "btc", "--quantity", "0.4", "--entry-price", str(price), "--stop-loss", str(stop), "--take-profit", str(take))
        self.assertIn("rest at the exchange", said)
        self.assertEqual([(price, decimal.Decimal("0.4"), stop, take)], numbers(host, "SELECT entry_price, quantity, stop_price, take_profit_price FROM bots WHERE name='btc'"))
        legs = self.resting(host)
        self.assertEqual([decimal.Decimal("0.4")] * 2, [leg[0] for leg in legs])
        self.assertIn(take, [leg[1] for leg in legs])
        self.assertIn(stop, [leg[2] for leg in legs])
        # What is left has nobody to take it, and the API says the same.
        wait_for("the page knows", lambda: self.api(host, "/api/v1/account")[1]["holdings"][0]["takers"] == [])
        _, account = self.api(host, "/api/v1/account")
        coin, = [row for row in account["accounts"] if row["asset"] == "BTC"]
        self.assertEqual(("0.1", "0.4", "0.4", "0.1"), (coin["free"], coin["locked"], coin["allotted"], coin["unallocated"]))
        self.assertEqual([{"id": 1, "name": "btc", "amount": "0.4"}], coin["bots"])
        self.assertEqual(price / 2, decimal.Decimal(coin["value"]))
        wait_for("the balances are fresh", lambda: self.api(host, "/api/v1/account")[1]["balances_age_ms"] < 30_000)
        status, refused = self.api(host, "/api/v1/bots/1/adopt", {"quantity": "0.1", "entry_price": str(price)})
        self.assertEqual((409, "REFUSED"), (status, refused["error"]["code"]))
        status, refused = self.api(host, "/api/v1/bots/1/adopt", {"quantity": "0.1", "entry_price": "cheap", "deposit": True})
        self.assertEqual((422, {"entry_price", "deposit"}), (status, set(refused["error"]["fields"])))
        self.assertEqual(0, host.stop())
        # A start later the position and its protection are as they were.
        host.start()
        self.assertEqual(legs, self.resting(host))
        self.assertEqual([], [row for row in host.alarms(standing_only=True) if row[1] == "BOOKS_DISAGREE"])
        self.assertEqual(0, host.stop())

    def test_on_an_exchange_that_holds_the_coin(self):
        exchange = Exchange(self.folder, "--candles", self.candles, "--balance", "USDT=100000", "--balance", "BTC=0.5", "--balance", "ETH=2")
        self.addCleanup(exchange.stop)
        host = support.Host(os.path.join(self.folder, "wired"), BOTS, {}, port=support.free_port())
        self.addCleanup(host.destroy)
        host.write_config(f"mode: testnet\ndata: {host.data}\nexchange: {{url: '{exchange.url}'}}\ndashboard: {{port: {host.port}}}\n"
                          f"plugins: {{incomplete_sandbox: allow}}\nbots:\n  {BOTS[0]}\n")
        with open(os.open(os.path.join(host.folder, ".env"), os.O_CREAT | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            out.write(f"BINANCE_TESTNET_API_KEY={exchange.key}\nBINANCE_TESTNET_API_SECRET={exchange.secret}\n")
        host.start()
        self.token = self.cli(host, "token", "--name", "test").strip()
        found, = wait_for("the holding is found", lambda: [one for one in self.holdings(host) if one["price"]])
        self.assertEqual(("BTC", "0.5", ["btc"]), (found["asset"], found["unallocated"], found["takers"]))
        # Money that comes without any trade is seen, in the ledger and on the page, with the age of what is shown.
        exchange.post("/deposit", {"asset": "BTC", "amount": "0.25"})

        def seen():
            account = self.api(host, "/api/v1/account")[1]
            coin, = [row for row in account["accounts"] if row["asset"] == "BTC"]
            return account if (coin["free"], coin["unallocated"]) == ("0.75", "0.75") else None
        account = wait_for("the deposit is shown", seen)
        self.assertEqual({"BTC": "0.75", "ETH": "2", "USDT": "100000"}, {row["asset"]: row["free"] for row in account["accounts"]})
        wait_for("the balances are fresh", lambda: self.api(host, "/api/v1/account")[1]["balances_age_ms"] < 30_000)
        before_ms = account["balances_ms"]
        # The search knows the price without anybody asking for it before.
        wait_for("the price of the symbol", lambda: self.api(host, "/api/v1/markets?query=BTCUSDT")[1]["symbols"][0]["price"])
        wait_for("all prices", lambda: host.query("SELECT symbol FROM market_prices", file="live.db"))
        price = decimal.Decimal(found["price"])
        status, answer = self.api(host, "/api/v1/bots/1/adopt", {"quantity": "0.75", "entry_price": str(price), "stop_loss": None, "take_profit": None})
        self.assertEqual((200, "done"), (status, answer["status"]), answer)
        legs = [order for order in exchange.signed("/api/v3/openOrders") if order["side"] == "SELL"]
        self.assertEqual([decimal.Decimal("0.75")] * 2, [decimal.Decimal(leg["origQty"]) for leg in legs])
        stop, take = numbers(host, "SELECT stop_price, take_profit_price FROM bots WHERE name='btc'")[0]
        self.assertLess(stop, price)
        self.assertGreater(take, price)
        self.assertIn(stop, [decimal.Decimal(leg["stopPrice"]) for leg in legs])
        self.assertIn(take, [decimal.Decimal(leg["price"]) for leg in legs])
        wait_for("the exchange's lock is shown", lambda: numbers(host, "SELECT locked FROM balances WHERE asset='BTC'", file="live.db") == [(decimal.Decimal("0.75"),)])
        # Without trades and without events the whole is looked at again and again.
        wait_for("another look at the account", lambda: self.api(host, "/api/v1/account")[1]["balances_ms"] > before_ms + 15_000)
        self.assertEqual([], [row for row in host.alarms(standing_only=True) if row[1] in ("BOOKS_DISAGREE", "PROTECTION_REFUSED")])
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
