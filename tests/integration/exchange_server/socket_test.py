#!/usr/bin/env python3
"""The paper exchange over WebSockets: its API, user events, market streams."""

import time
import unittest

from exchange import Exchange, Running, WebSocket


class SocketTest(Running):
    def setUp(self):
        self.socket = WebSocket(self.exchange, "/ws-api/v3")

    def tearDown(self):
        self.socket.close()

    def test_calls(self):
        answer = self.socket.call("time")
        self.assertEqual((answer["status"], list(answer)), (200, ["id", "status", "result", "rateLimits"]))
        self.assertNotIn("rateLimits", self.socket.call("ping", returnRateLimits=False))
        self.assertEqual(self.socket.call("ticker.price", symbol="BTCUSDT")["result"]["symbol"], "BTCUSDT")
        refused = self.socket.call("klines", symbol="BTCUSDT", interval="9m")
        self.assertEqual((refused["status"], refused["error"]), (400, {"code": -1120, "msg": "Invalid interval."}))
        self.assertEqual(self.socket.call("no.such")["error"]["code"], -1020)
        self.socket.send("{")
        self.assertEqual(self.socket.until(lambda message: message.get("id") is None)["error"]["code"], -1135)
        order = self.socket.call("order.place", self.client, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01")
        self.assertEqual(order["result"]["status"], "FILLED")
        self.assertEqual({row["rateLimitType"] for row in order["rateLimits"]}, {"ORDERS", "REQUEST_WEIGHT"})
        found = self.socket.call("order.status", self.client, symbol="BTCUSDT", orderId=order["result"]["orderId"])
        self.assertEqual(found["result"]["executedQty"], "0.01000000")
        self.assertEqual(self.socket.call("account.status", self.client)["result"]["canTrade"], True)
        unsigned = self.socket.call("account.status", apiKey=self.client.key, timestamp=1)
        self.assertEqual(unsigned["error"]["code"], -1102)

    def test_a_signature_covers_the_characters_that_were_sent(self):
        # A program that sends numbers as numbers writes 0.00005, and signs that.
        self.socket.next_id += 1
        params = {"apiKey": self.client.key, "quantity": "0.00090", "price": "50000.0", "side": "BUY", "symbol": "BTCUSDT",
                  "timeInForce": "GTC", "timestamp": str(int(time.time() * 1000)), "type": "LIMIT", "icebergQty": "0.00005"}
        signature = self.client.sign("&".join(f"{name}={params[name]}" for name in sorted(params)))
        numbers = ("quantity", "price", "timestamp", "icebergQty")
        fields = ",".join(f'"{name}":' + (value if name in numbers else f'"{value}"') for name, value in params.items())
        self.socket.send(f'{{"id":77,"method":"order.test","params":{{{fields},"signature":"{signature}"}}}}')
        self.assertEqual(self.socket.until(lambda message: message.get("id") == 77).get("result"), {})

    def test_null_is_nothing(self):
        self.socket.send('{"id":1,"method":"ping","params":null}')
        self.assertEqual(self.socket.receive()["result"], {})
        self.socket.send('{"id":2,"method":"depth","params":{"symbol":null}}')
        self.assertEqual(self.socket.receive()["error"]["code"], -1102)
        self.socket.send('{"id":3,"method":"depth","params":{"symbol":"BTCUSDT","limit":null,"apiKey":"any"}}')
        self.assertEqual(self.socket.receive()["status"], 200)

    def test_what_the_exchange_has_none_of(self):
        self.assertEqual(self.socket.call("blockTrades.historical", symbol="BTCUSDT")["result"], [])
        self.assertEqual(self.socket.call("referencePrice.calculation", symbol="BTCUSDT")["error"]["code"], -2043)
        self.assertEqual(self.socket.call("order.amendments", self.client, symbol="BTCUSDT", orderId=1)["result"], [])
        self.assertEqual(self.socket.call("order.amend.keepPriority", self.client, symbol="BTCUSDT", orderId=1, newQty="1")["error"]["code"], -2038)

    def test_user_events_tell_what_the_answers_say(self):
        self.assertEqual(self.socket.call("userDataStream.subscribe.signature", self.client)["result"], {"subscriptionId": 0})
        self.assertEqual(self.socket.call("userDataStream.subscribe.signature", self.client)["error"]["code"], -2035)
        placed = self.client.market("BUY", "0.02").json
        created = self.socket.event("executionReport")
        self.assertEqual((created["x"], created["X"], created["i"], created["t"], created["N"]), ("NEW", "NEW", placed["orderId"], -1, None))
        traded = self.socket.event("executionReport")
        fill = placed["fills"][0]
        self.assertEqual((traded["x"], traded["X"], traded["t"], traded["L"], traded["n"], traded["N"], traded["m"]),
                         ("TRADE", "FILLED", fill["tradeId"], fill["price"], fill["commission"], "BTC", False))
        position = self.socket.event("outboundAccountPosition")
        balances = self.client.balances()
        self.assertEqual({one["a"]: (one["f"], one["l"]) for one in position["B"]}, {asset: balances[asset] for asset in ("BTC", "USDT")})
        # A cancel: `c` is the cancel's own id, `C` the order's.
        resting = self.client.order(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price="40000", newClientOrderId="rests").json
        self.socket.until(lambda message: message.get("event", {}).get("i") == resting["orderId"])
        self.client.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=resting["orderId"], newClientOrderId="ends")
        canceled = self.socket.until(lambda message: message.get("event", {}).get("x") == "CANCELED")["event"]
        self.assertEqual((canceled["c"], canceled["C"], canceled["i"]), ("ends", "rests", resting["orderId"]))
        # A list, and what the market does to it.
        price = self.client.price()
        self.client.signed("POST", "/api/v3/orderList/oco", symbol="BTCUSDT", side="SELL", quantity="0.01", aboveType="LIMIT_MAKER", abovePrice=f"{price * 1.2:.2f}",
                           belowType="STOP_LOSS", belowStopPrice=f"{price * 0.99999:.2f}")
        self.assertEqual(self.socket.event("listStatus")["l"], "EXEC_STARTED")
        for _ in range(500):
            self.exchange.step()
            if not self.client.signed("GET", "/api/v3/openOrders", symbol="BTCUSDT").json:
                break
        expired = self.socket.until(lambda message: message.get("event", {}).get("x") == "EXPIRED")["event"]
        self.assertEqual((expired["o"], expired["eR"]), ("LIMIT_MAKER", "OCO_TRIGGER"))
        sold = self.socket.until(lambda message: message.get("event", {}).get("x") == "TRADE" and message["event"]["S"] == "SELL")["event"]
        self.assertEqual((sold["o"], sold["X"], sold["N"]), ("STOP_LOSS", "FILLED", "USDT"))
        self.assertEqual(self.socket.event("listStatus")["L"], "ALL_DONE")
        self.exchange.control("/deposit", {"asset": "USDT", "amount": "5"})
        update = self.socket.event("balanceUpdate")
        self.assertEqual((update["a"], update["d"]), ("USDT", "5.00000000"))
        self.socket.call("userDataStream.unsubscribe", subscriptionId=0)
        self.socket.event("eventStreamTerminated")
        self.client.market("SELL", "0.001")
        self.assertEqual(self.socket.call("ping")["result"], {})
        self.assertFalse([one for one in self.socket.unread if one.get("event", {}).get("e") == "executionReport" and one["event"]["S"] == "SELL" and one["event"]["o"] == "MARKET"])


class StreamTest(Running):
    def test_streams_of_a_symbol(self):
        streams = ["kline_1m", "kline_5m", "trade", "aggTrade", "miniTicker", "ticker", "bookTicker", "depth5", "depth", "avgPrice"]
        socket = WebSocket(self.exchange, "/stream?streams=" + "/".join(f"btcusdt@{one}" for one in streams) + "/!miniTicker@arr")
        self.exchange.step()
        kline = socket.until(lambda one: one["stream"] == "btcusdt@kline_1m" and one["data"]["k"]["x"])["data"]["k"]
        rest = self.client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=1).json[0]
        self.assertEqual([kline[name] for name in "tohlcvTqn"], [rest[0], *rest[1:6], *rest[6:9]])
        self.exchange.step()
        seen = {}
        socket.until(lambda one: seen.setdefault(one["stream"], one["data"]) is None or len(seen) == 11)
        self.assertEqual(seen["btcusdt@trade"]["e"], "trade")
        self.assertEqual(seen["btcusdt@ticker"]["e"], "24hrTicker")
        self.assertNotIn("e", seen["btcusdt@bookTicker"])
        self.assertEqual(len(seen["btcusdt@depth5"]["bids"]), 5)
        self.assertEqual(seen["!miniTicker@arr"][0]["e"], "24hrMiniTicker")
        socket.close()

    def test_a_local_book_stays_whole(self):
        socket = WebSocket(self.exchange, "/ws/ethusdt@depth")
        self.exchange.step()
        first = socket.receive()
        snapshot = self.client.get("/api/v3/depth", symbol="ETHUSDT", limit=1000).json
        bids = {price: quantity for price, quantity in snapshot["bids"]}
        last = snapshot["lastUpdateId"]
        self.assertLessEqual(first["U"], last + 1)
        self.exchange.step(3)
        wanted = self.client.get("/api/v3/depth", symbol="ETHUSDT", limit=1000).json
        while last < wanted["lastUpdateId"]:
            event = socket.receive()
            if event["u"] <= last:
                continue
            self.assertLessEqual(event["U"], last + 1)
            last = event["u"]
            for price, quantity in event["b"]:
                bids[price] = quantity
                if float(quantity) == 0:
                    del bids[price]
        self.assertEqual(bids, {price: quantity for price, quantity in wanted["bids"]})
        socket.close()

    def test_subscribing(self):
        socket = WebSocket(self.exchange, "/ws/0")
        socket.send({"method": "SUBSCRIBE", "params": ["btcusdt@trade", "ethusdt@trade"], "id": 1})
        self.assertEqual(socket.receive(), {"result": None, "id": 1})
        socket.send({"method": "UNSUBSCRIBE", "params": ["ethusdt@trade"], "id": "b"})
        self.assertEqual(socket.receive(), {"result": None, "id": "b"})
        socket.send({"method": "LIST_SUBSCRIPTIONS", "id": 3})
        self.assertEqual(socket.receive(), {"result": ["btcusdt@trade"], "id": 3})
        socket.send({"method": "SET_PROPERTY", "params": ["combined", True], "id": 4})
        self.assertEqual(socket.receive(), {"result": None, "id": 4})
        self.exchange.step()
        self.assertEqual(socket.receive()["stream"], "btcusdt@trade")
        socket.close()

    def test_rolling_windows(self):
        socket = WebSocket(self.exchange, "/stream?streams=btcusdt@ticker_1h/btcusdt@ticker_4h/btcusdt@ticker_1d/!ticker_1h@arr/!ticker_4h@arr/!ticker_1d@arr")
        self.exchange.step()
        for window in ("1h", "4h", "1d"):
            one = socket.until(lambda message: message["stream"] == f"btcusdt@ticker_{window}")["data"]
            self.assertEqual((one["e"], one["s"], "".join(one)), (f"{window}Ticker", "BTCUSDT", "eEspPohlcwvqOCFLn"))
            rest = self.client.get("/api/v3/ticker", symbol="BTCUSDT", windowSize=window).json
            self.assertEqual((one["o"], one["O"]), (rest["openPrice"], rest["openTime"]))
            self.assertEqual(one["O"] % 60_000, 0)
            every = socket.until(lambda message: message["stream"] == f"!ticker_{window}@arr")["data"]
            self.assertEqual(every[0]["e"], f"{window}Ticker")
        socket.close()

    def test_a_refusal_names_its_request(self):
        socket = WebSocket(self.exchange, "/ws")
        for request, code in (({"method": "DANCE", "id": 1}, 2), ({"method": "GET_PROPERTY", "params": ["combined", True], "id": "b"}, 2),
                              ({"method": "SUBSCRIBE", "params": [f"s{number}@trade" for number in range(1025)], "id": 3}, 4)):
            socket.send(request)
            answer = socket.receive()
            self.assertEqual((answer["id"], answer["code"], answer["error"]), (request["id"], code, {"code": code, "msg": answer["msg"]}))
        socket.send({"method": "LIST_SUBSCRIPTIONS", "id": 4})
        self.assertEqual(socket.receive(), {"result": [], "id": 4})  # what was refused had no effect
        socket.close()

    def test_bad_requests(self):
        for text, code in (("{", 3), ('{"id":1}', 2), ('{"method":"DANCE","id":1}', 2), ('{"method":"SET_PROPERTY","params":["x",true],"id":1}', 0),
                           ('{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1)):
            socket = WebSocket(self.exchange, "/stream?streams=")
            socket.send(text)
            self.assertEqual(socket.receive()["code"], code, text)
            socket.close()

    def test_names_that_are_no_text(self):
        socket = WebSocket(self.exchange, "/ws/%FF@trade/btcusdt@depth5%22x/btcusdt@kline_1m@%2B08:00%22/btcusdt@trade")
        socket.send({"method": "LIST_SUBSCRIPTIONS", "id": 1})
        self.assertEqual(len(socket.receive()["result"]), 4)
        self.exchange.step()
        self.assertEqual(socket.receive()["e"], "trade")
        socket.close()

    def test_who_talks_too_much_is_cut(self):
        socket = WebSocket(self.exchange, "/ws")
        for number in range(20):
            try:
                socket.send({"method": "LIST_SUBSCRIPTIONS", "id": number})
            except OSError:
                break
        while socket.receive() is not None:
            pass
        self.assertEqual(socket.close_code, 1008)
        socket.close()

    def test_microseconds_and_unknown_paths(self):
        socket = WebSocket(self.exchange, "/ws/btcusdt@trade?timeUnit=MICROSECOND")
        self.exchange.step()
        self.assertGreater(socket.receive()["T"], 10**15)
        socket.close()
        self.assertEqual(WebSocket(self.exchange, "/elsewhere").status, 404)

    def test_the_end_is_announced(self):
        with Exchange("--speed", "manual") as exchange:
            socket = WebSocket(exchange, "/ws/btcusdt@trade")
            user = WebSocket(exchange, "/ws-api/v3")
            self.assertEqual(user.call("ping")["status"], 200)
            exchange.stop()
            self.assertEqual(socket.until(lambda one: one["e"] != "trade")["e"], "serverShutdown")
            self.assertEqual(user.event("serverShutdown")["e"], "serverShutdown")


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # sockets are closed with the process
