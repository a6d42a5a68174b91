"""Faults on streams, of market data and of user data."""
import json
import time
import unittest

from client import TimedOut, WasClosed, WasReset
from faulted_exchange import ExchangeTest, fresh_id

QUIET_S = 0.3


class StreamFaultTest(ExchangeTest):
    options = ("--balance", "USDT=1000000")

    def setUp(self):
        self.market = self.client.socket("/ws/btcusdt@kline_1m")
        self.user = self.client.socket("/ws-api/v3")
        self.user.request("userDataStream.subscribe.signature", signed=True)

    def tearDown(self):
        self.market.close()
        self.user.close()
        super().tearDown()

    def orders(self, count):
        """Ids of orders placed one after the other; each is three events: NEW, TRADE, balances."""
        names = [fresh_id() for _ in range(count)]
        for name in names:
            self.assertEqual(self.client.order(name).json["status"], "FILLED")
        return names

    def events(self, socket):
        """All that comes until it is quiet."""
        found = []
        try:
            while True:
                found.append(socket.event(QUIET_S))
        except TimedOut:
            return found

    def trades(self, events):
        return [event["event"]["c"] for event in events if event["event"].get("x") == "TRADE"]

    def set(self, fault, **settings):
        return self.exchange.fault(fault, stream="user", contains='"x":"TRADE"', **settings)

    def closed_candles(self, events):
        return [event["k"]["t"] for event in events if event["k"]["x"]]

    def test_stream_drop(self):
        number = self.set("stream_drop", skip=1)
        names = self.orders(3)
        self.assertEqual(self.trades(self.events(self.user)), [names[0], names[2]])
        self.assert_acted(number)
        self.assertTrue(all(self.exchange.judge().executed_exactly_once(name) for name in names))
        number = self.exchange.fault("stream_drop", stream="market", contains='"x":true')
        self.exchange.step(3)
        self.assertEqual(len(self.closed_candles(self.events(self.market))), 2)
        self.assert_acted(number)

    def test_stream_duplicate(self):
        number = self.set("stream_duplicate", count=0, every=2)
        names = self.orders(3)
        self.assertEqual(self.trades(self.events(self.user)), [names[0], names[0], names[1], names[2], names[2]])
        self.assert_acted(number, 2)

    def test_stream_reorder(self):
        number = self.exchange.fault("stream_reorder", stream="user", contains='"x":"NEW"', hold_ms=10_000)
        self.orders(1)
        kinds = [event["event"].get("x", event["event"]["e"]) for event in self.events(self.user)]
        self.assertEqual(kinds, ["TRADE", "NEW", "outboundAccountPosition"])
        self.assert_acted(number)
        # Nothing follows: it comes late, but it comes.
        number = self.exchange.fault("stream_reorder", stream="user", hold_ms=50)
        self.exchange.act("balance_changed", asset="EUR", amount="1")
        self.assertEqual(len(self.events(self.user)), 2)
        self.assert_acted(number)

    def test_stream_gap(self):
        number = self.set("stream_gap", messages=6)
        names = self.orders(4)
        self.assertEqual(self.trades(self.events(self.user)), [names[2], names[3]])
        lost = [line["what"] for line in self.exchange.judge().faults("stream_gap")]
        self.assertEqual(len(lost), 6)
        self.assertIn(names[1], lost[3], "the log names what was lost")
        self.assert_acted(number)

    def test_stream_stall(self):
        number = self.set("stream_stall", hold_ms=10_000)
        names = self.orders(3)
        self.assertEqual(self.trades(self.events(self.user)), [])
        self.exchange.control("DELETE", "/faults")  # lets go of what is held
        self.assertEqual(self.trades(self.events(self.user)), names)
        self.assertEqual(len(self.exchange.judge().faults("stream_stall")), 1)
        self.assertEqual(number, int(self.exchange.judge().faults("stream_stall")[0]["fault"].split("#")[1]))
        self.set("stream_stall", hold_ms=400)
        names = self.orders(2)
        self.assertEqual(self.trades([self.user.event() for _ in range(6)]), names)

    def test_stream_cut(self):
        number = self.set("stream_cut")
        names = self.orders(1)
        with self.assertRaises(WasReset):
            while True:
                self.user.event()
        self.assert_acted(number)
        self.assertTrue(self.exchange.judge().executed_exactly_once(names[0]))
        self.assertIn("cut 1", self.exchange.act("stream_cut", stream="market"))
        with self.assertRaises(WasReset):
            self.market.event()

    def test_stream_end_of_life(self):
        number = self.exchange.fault("stream_end_of_life", life_ms=300, stream="market")
        with self.assertRaises(WasClosed) as closed:
            self.market.event()
        self.assertEqual(closed.exception.code, 1001)
        self.assert_acted(number)
        self.orders(1)
        self.assertEqual(len(self.events(self.user)), 3, "the other kind lives on")

    def test_stream_garbage(self):
        number = self.set("stream_garbage")
        self.orders(1)
        texts = [self.user.text() for _ in range(3)]
        with self.assertRaises(json.JSONDecodeError):
            json.loads(texts[1])
        self.assert_acted(number)
        self.set("stream_garbage", body="[]")
        self.orders(1)
        self.assertEqual([self.user.text() for _ in range(2)][1], "[]")

    def test_stream_burst(self):
        number = self.set("stream_burst", copies=500)
        names = self.orders(1)
        self.assertEqual(self.trades(self.events(self.user)), names * 500)
        self.assert_acted(number)


class ScheduleTest(ExchangeTest):
    """How often and when faults act."""

    def times(self, calls=40, **schedule):
        number = self.exchange.fault("overloaded", path="/api/v3/ping", **schedule)
        said = [self.client.public("/api/v3/ping").status == 503 for _ in range(calls)]
        self.assert_acted(number, sum(said))
        self.exchange.control("DELETE", f"/faults?id={number}")
        return [index for index, refused in enumerate(said) if refused]

    def test_counts(self):
        self.assertEqual(self.times(), [0])
        self.assertEqual(self.times(count=3, skip=2), [2, 3, 4])
        self.assertEqual(self.times(count=0, every=7), [0, 7, 14, 21, 28, 35])

    def test_chance_has_a_seed(self):
        first = self.times(count=0, probability=0.3, seed=5)
        self.assertEqual(self.times(count=0, probability=0.3, seed=5), first)
        self.assertNotEqual(self.times(count=0, probability=0.3, seed=6), first)
        self.assertTrue(3 <= len(first) <= 25, first)

    def test_time(self):
        self.assertEqual(self.times(calls=3, from_ms=3_600_000), [])
        self.assertEqual(self.times(calls=3, to_ms=0), [])
        self.assertEqual(self.times(calls=5, lasts_ms=3_600_000), [0, 1, 2, 3, 4])
        number = self.exchange.fault("balance_changed", asset="EUR", amount="3", at_ms=30)
        while self.exchange.acted(number) == 0:
            time.sleep(0.01)
        self.assertEqual(self.client.balance("EUR")["free"], "3.00000000")

    def test_it_hits_what_it_names(self):
        self.exchange.fault("overloaded", count=0, symbol="ETHUSDT", path="/api/v3/ticker/*")
        self.assertEqual(self.client.public("/api/v3/ticker/price", {"symbol": "BTCUSDT"}).status, 200)
        self.assertEqual(self.client.public("/api/v3/ticker/price", {"symbol": "ETHUSDT"}).status, 503)
        self.assertEqual(self.client.public("/api/v3/depth", {"symbol": "ETHUSDT"}).status, 200)
        number, name = self.exchange.fault("reset_after", client_id="never-*"), fresh_id()
        self.assertEqual(self.client.order(name).status, 200)
        self.assert_acted(number, 0)


if __name__ == "__main__":
    unittest.main()
