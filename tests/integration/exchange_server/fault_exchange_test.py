"""Faults that change the exchange itself: orders, symbols, money, keys and the clock."""
import unittest

from client import Client, hmac_signer, now_ms
from faulted_exchange import ExchangeTest, Refused, fresh_id


class ExchangeFaultTest(ExchangeTest):
    options = ("--symbols", "BTCUSDT,ETHUSDT,BNBUSDT", "--balance", "USDT=100000", "--balance", "BNB=100", "--balance", "BTC=1")

    def assert_told(self, kind, word):
        told = self.exchange.judge().faults(kind)
        self.assertIn(word, told[-1]["what"])

    def test_partial_fills(self):
        for parts in (1, 7, 200):
            number, name = self.exchange.fault("partial_fills", parts=parts, method="POST"), fresh_id()
            answer = self.client.order(name, quantity="0.02000").json
            self.assertEqual((answer["status"], len(answer["fills"])), ("FILLED", parts))
            self.assertAlmostEqual(sum(float(fill["qty"]) for fill in answer["fills"]), 0.02, 9)
            self.assertEqual(len({fill["tradeId"] for fill in answer["fills"]}), parts)
            judge = self.exchange.judge()
            self.assertEqual(len(judge.trades(name)), parts)
            self.assertEqual([trade["status"] for trade in judge.trades(name)], ["PARTIALLY_FILLED"] * (parts - 1) + ["FILLED"])
            self.assertTrue(judge.executed_exactly_once(name))
            self.assert_acted(number)
        self.exchange.act("partial_fills", parts=1)

    def test_fills_one_by_one(self):
        name = fresh_id()
        order_id = self.client.limit(name, self.exchange.price(0.9), quantity="0.003").json["orderId"]
        for executed in ("0.00100000", "0.00200000", "0.00300000"):
            self.exchange.control("POST", "/fill", {"symbol": "BTCUSDT", "order_id": order_id, "quantity": "0.001"})
            self.assertEqual(self.client.query(name).json["executedQty"], executed)
        with self.assertRaisesRegex(Refused, "Unknown order sent"):
            self.exchange.control("POST", "/fill", {"symbol": "BTCUSDT", "order_id": order_id})

    def test_cancel_race(self):
        number, name = self.exchange.fault("cancel_race"), fresh_id()
        self.client.limit(name, self.exchange.price(0.9))
        answer = self.client.cancel(name)
        self.assertEqual((answer.status, answer.code), (400, -2011))
        self.assert_acted(number)
        self.assertEqual(self.exchange.judge().status(name), "FILLED")
        number, name = self.exchange.fault("cancel_race", share="0.5"), fresh_id()
        self.client.limit(name, self.exchange.price(0.9), quantity="0.002")
        answer = self.client.cancel(name).json
        self.assertEqual((answer["status"], answer["executedQty"]), ("CANCELED", "0.00100000"))
        self.assert_acted(number)
        self.assertEqual(len(self.exchange.judge().trades(name)), 1)

    def test_self_trade_expiry(self):
        number, name = self.exchange.fault("self_trade_expiry"), fresh_id()
        before = self.client.balance("USDT")
        answer = self.client.order(name).json
        self.assertEqual((answer["status"], answer["executedQty"]), ("EXPIRED_IN_MATCH", "0.00000000"))
        self.assertEqual(self.client.balance("USDT"), before)
        self.assert_acted(number)
        self.assertEqual(self.exchange.judge().status(name), "EXPIRED_IN_MATCH")
        self.assertEqual(self.client.order(fresh_id()).json["status"], "FILLED")

    def test_filters_changed(self):
        number, name = self.exchange.fault("filters_changed", step_size="0.01", min_quantity="0.01", symbol="BTCUSDT", method="POST"), fresh_id()
        answer = self.client.order(name, quantity="0.001")
        self.assertEqual((answer.code, answer.json["msg"]), (-1013, "Filter failure: LOT_SIZE"))
        self.assert_acted(number)
        filters = self.client.public("/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}).json["symbols"][0]["filters"]
        self.assertEqual([one["stepSize"] for one in filters if one["filterType"] == "LOT_SIZE"], ["0.01000000"])
        self.exchange.act("filters_changed", symbol="BTCUSDT", step_size="0.00001", min_quantity="0.00001")
        self.assertEqual(self.client.order(fresh_id(), quantity="0.001").json["status"], "FILLED")
        self.assertTrue(self.exchange.judge().never_executed(name))

    def test_status_changed(self):
        for status in ("HALT", "BREAK", "CANCEL_ONLY"):
            resting, name = fresh_id(), fresh_id()
            self.client.limit(resting, self.exchange.price(0.9))
            number = self.exchange.fault("status_changed", status=status, symbol="BTCUSDT", method="POST")
            answer = self.client.order(name)
            self.assertEqual((answer.status, answer.json["msg"]), (400, "Market is closed."))
            self.assert_acted(number)
            self.assert_told("status_changed", status)
            self.assertEqual(self.client.public("/api/v3/exchangeInfo", {"symbol": "BTCUSDT"}).json["symbols"][0]["status"], status)
            if status == "CANCEL_ONLY":
                self.assertEqual(self.client.cancel(resting).json["status"], "CANCELED")
            self.exchange.act("status_changed", symbol="BTCUSDT", status="TRADING")
            self.exchange.act("foreign_cancel", symbol="BTCUSDT") if status != "CANCEL_ONLY" else None
            self.assertTrue(self.exchange.judge().never_executed(name))

    def test_delisted(self):
        name = fresh_id()
        self.client.limit(name, self.exchange.price(0.9, "ETHUSDT"), symbol="ETHUSDT", quantity="0.01")
        number = self.exchange.fault("delisted", symbol="ETHUSDT", method="GET")
        self.client.query(name, "ETHUSDT")
        self.assert_acted(number)
        self.assertEqual(self.client.query(name, "ETHUSDT").json["status"], "CANCELED")
        self.assertEqual(self.client.order(fresh_id(), symbol="ETHUSDT", quantity="0.01").json["msg"], "Market is closed.")
        self.exchange.act("status_changed", symbol="ETHUSDT", status="TRADING")

    def test_balance_changed(self):
        before = float(self.client.balance("USDT")["free"])
        socket = self.client.socket("/ws-api/v3")
        socket.request("userDataStream.subscribe.signature", signed=True)
        number = self.exchange.fault("balance_changed", asset="USDT", amount="-12.5", path="/api/v3/account")
        self.assertEqual(float(self.client.balance("USDT")["free"]), before - 12.5)
        self.assert_acted(number)
        event = socket.event()["event"]
        self.assertEqual((event["e"], event["a"], float(event["d"])), ("balanceUpdate", "USDT", -12.5))
        self.exchange.control("POST", "/deposit", {"asset": "USDT", "amount": "12.5"})
        self.assertEqual(float(self.client.balance("USDT")["free"]), before)
        with self.assertRaisesRegex(Refused, "only .* is free"):
            self.exchange.act("balance_changed", asset="USDT", amount="-1000000")
        socket.close()

    def test_foreign_cancel(self):
        socket = self.client.socket("/ws-api/v3")
        socket.request("userDataStream.subscribe.signature", signed=True)
        number, name = self.exchange.fault("foreign_cancel", when="after", method="POST", client_id="mine-*"), "mine-" + fresh_id()
        self.client.limit(name, self.exchange.price(0.9))
        self.assert_acted(number)
        self.assertEqual(self.client.query(name).json["status"], "CANCELED")
        events = [socket.event()["event"] for _ in range(4)]
        canceled = next(event for event in events if event.get("x") == "CANCELED")
        self.assertEqual(canceled["C"], name)
        self.assertNotEqual(canceled["c"], name)
        socket.close()

    def test_commission_asset(self):
        number = self.exchange.fault("commission_asset", method="POST")
        self.assertEqual(self.client.order(fresh_id()).json["fills"][0]["commissionAsset"], "BNB")
        self.assert_acted(number)
        self.exchange.act("commission_asset", bnb=False)
        self.assertEqual(self.client.order(fresh_id()).json["fills"][0]["commissionAsset"], "BTC")

    def test_clock_step(self):
        for step_ms in (-3_600_000, -1500, 7_000, 86_400_000):
            number = self.exchange.fault("clock_step", step_ms=step_ms, path="/api/v3/time")
            off = self.client.public("/api/v3/time").json["serverTime"] - now_ms()
            self.assertLess(abs(off - step_ms), 1000)
            self.assert_acted(number)
            self.assertEqual(self.client.order(fresh_id()).code, -1021)
        self.exchange.act("clock_step", step_ms=0)
        self.assertEqual(self.client.order(fresh_id()).json["status"], "FILLED")

    def test_key_revoked(self):
        self.exchange.control("POST", "/keys", {"account": "demo", "id": "second", "secret": "word"})
        second = Client(self.exchange.port, "second", hmac_signer("word"))
        socket = second.socket("/ws-api/v3")
        socket.request("userDataStream.subscribe.signature", signed=True)
        number, name = self.exchange.fault("key_revoked", method="POST", account="demo"), fresh_id()
        answer = second.order(name)
        self.assertEqual((answer.status, answer.code), (401, -2015))
        self.assert_acted(number)
        self.assertEqual(socket.event()["event"]["e"], "eventStreamTerminated")
        self.assertEqual(self.client.get("/api/v3/account").status, 200)
        self.assertTrue(self.exchange.judge().never_executed(name))
        self.assertNotIn("word", self.exchange.control("GET", "/log?from=1").replace("keyword", ""))
        socket.close()


if __name__ == "__main__":
    unittest.main()
