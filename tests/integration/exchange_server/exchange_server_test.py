#!/usr/bin/env python3
"""The paper exchange as its clients see it."""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.parse
from decimal import Decimal

from exchange import BINARY, Client, Exchange, WebSocket, trust


class Running(unittest.TestCase):
    options = ("--speed", "manual")

    @classmethod
    def setUpClass(cls):
        cls.exchange = Exchange(*cls.options)
        cls.client = cls.exchange.client()

    @classmethod
    def tearDownClass(cls):
        code = cls.exchange.stop()
        assert code == 0, f"exit code {code}: {cls.exchange.errors}"

    def refused(self, answer, status, code, message=None):
        self.assertEqual((answer.status, answer.code), (status, code), answer.text)
        if message is not None:
            self.assertEqual(answer.message, message)


class RestTest(Running):
    def test_paths_and_methods(self):
        self.assertEqual(self.client.get("/api/v3/ping").text, "{}")
        answer = self.client.get("/api/v3/nothing")
        self.assertEqual(answer.status, 404)
        self.assertIsInstance(answer.json, dict)
        page = self.client.get("/api/v3/nothing", headers={"Accept": "text/html"})
        self.assertEqual((page.status, page.json), (404, None))
        self.assertEqual(self.client.raw("POST", "/sapi/v1/capital/withdraw/apply").status, 404)
        self.refused(self.client.raw("POST", "/api/v3/userDataStream"), 410, -1016)

    def test_one_symbol_is_an_object_and_a_list_an_array(self):
        for path in ("/api/v3/ticker/price", "/api/v3/ticker/bookTicker", "/api/v3/ticker/24hr"):
            self.assertIsInstance(self.client.get(path, symbol="BTCUSDT").json, dict)
            self.assertIsInstance(self.client.get(path, symbols='["BTCUSDT"]').json, list)
            self.assertEqual(len(self.client.get(path).json), 3)
        for path in ("/api/v3/ticker", "/api/v3/ticker/tradingDay"):
            self.assertIsInstance(self.client.get(path, symbol="BTCUSDT").json, dict)
            self.assertIsInstance(self.client.get(path, symbols='["BTCUSDT"]').json, list)
            self.refused(self.client.get(path), 400, -1102)
        self.refused(self.client.get("/api/v3/ticker/price", symbol="NOPEUSDT"), 400, -1121, "Invalid symbol.")
        self.refused(self.client.get("/api/v3/ticker/price", symbol="BTCUSDT", symbolStatus="HALT"), 400, -1220)

    def test_raw_brackets_in_the_target(self):
        answer = self.client.raw("GET", '/api/v3/ticker/price?symbols=["BTCUSDT","ETHUSDT"]')
        self.assertEqual([row["symbol"] for row in answer.json], ["BTCUSDT", "ETHUSDT"])

    def test_exchange_info(self):
        info = self.client.get("/api/v3/exchangeInfo").json
        self.assertEqual(list(info), ["timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"])
        self.assertEqual([symbol["symbol"] for symbol in info["symbols"]], ["BTCUSDT", "ETHUSDT", "BNBUSDT"])
        symbol = info["symbols"][0]
        self.assertEqual((symbol["permissions"], symbol["permissionSets"]), ([], [["SPOT"]]))
        kinds = {one["filterType"]: one for one in symbol["filters"]}
        self.assertEqual(kinds["PRICE_FILTER"]["tickSize"], "0.01000000")
        self.assertEqual(kinds["LOT_SIZE"]["stepSize"], "0.00001000")
        self.assertEqual(len(self.client.get("/api/v3/exchangeInfo", symbols='["BTCUSDT","ETHUSDT"]').json["symbols"]), 2)
        self.assertEqual(self.client.get("/api/v3/exchangeInfo", permissions="MARGIN").json["symbols"], [])
        self.assertNotIn("permissionSets", self.client.get("/api/v3/exchangeInfo", showPermissionSets="false").json["symbols"][0])
        self.refused(self.client.get("/api/v3/exchangeInfo", symbol="BTCUSDT", permissions="SPOT"), 400, -1128)
        self.refused(self.client.get("/api/v3/exchangeInfo", symbols='["BTCUSDT","NOPE"]'), 400, -1121)

    def test_headers(self):
        answer = self.client.get("/api/v3/time")
        self.assertEqual(answer.headers["x-mbx-used-weight"], answer.headers["x-mbx-used-weight-1m"])
        self.assertNotIn("x-mbx-order-count-10s", answer.headers)
        placed = self.client.market("BUY", "0.001")
        self.assertGreaterEqual(int(placed.headers["x-mbx-order-count-10s"]), 0)
        self.assertIn("x-mbx-order-count-1d", placed.headers)
        refused = self.client.market("BUY", "1000")
        self.assertNotIn("x-mbx-order-count-1d", refused.headers)

    def test_microseconds(self):
        wanted = {"X-MBX-TIME-UNIT": "MICROSECOND"}
        self.assertGreater(self.client.get("/api/v3/time", headers=wanted).json["serverTime"], 10**15)
        kline = self.client.get("/api/v3/klines", headers=wanted, symbol="BTCUSDT", interval="1m", limit=1).json[0]
        self.assertEqual(kline[6] - kline[0], 60_000_000 - 1)
        order = self.client.signed("POST", "/api/v3/order", headers=wanted, symbol="BTCUSDT", side="BUY", type="MARKET",
                                   quantity="0.001", timestamp=int(time.time() * 1_000_000)).json
        self.assertGreater(order["transactTime"], 10**15)
        self.refused(self.client.get("/api/v3/time", headers={"X-MBX-TIME-UNIT": "HOURS"}), 400, -1194)

    def test_who_is_let_in(self):
        path = "/api/v3/account"
        now = int(time.time() * 1000)
        self.refused(self.client.get(path), 401, -2014, "API-key format invalid.")
        self.refused(self.client.get(path, headers={"X-MBX-APIKEY": "a!"}), 401, -2014)
        self.refused(self.client.get(path, headers={"X-MBX-APIKEY": "unknown"}), 401, -2015,
                     "Invalid API-key, IP, or permissions for action.")
        key = {"X-MBX-APIKEY": self.client.key}
        self.refused(self.client.get(path, headers=key), 400, -1102)
        self.refused(self.client.get(path, headers=key, timestamp=now), 400, -1102)
        self.refused(self.client.get(path, headers=key, timestamp=now, signature="00"), 400, -1022,
                     "Signature for this request is not valid.")
        self.refused(self.client.signed("GET", path, timestamp=now - 20_000), 400, -1021,
                     "Timestamp for this request is outside of the recvWindow.")
        self.refused(self.client.signed("GET", path, timestamp=now + 5_000), 400, -1021,
                     "Timestamp for this request was 1000ms ahead of the server's time.")
        self.assertEqual(self.client.signed("GET", path, timestamp=now - 20_000, recvWindow="59000.125").status, 200)
        self.assertEqual(self.client.signed("GET", path, recvWindow=60001).status, 400)
        self.refused(self.client.signed("GET", path, unknown=1), 400, -1104)

    def test_parameters_in_query_and_body(self):
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
        self.assertEqual(self.client.signed("POST", "/api/v3/order/test", in_body=True, **order).text, "{}")
        query = urllib.parse.urlencode(order)
        rest = f"timestamp={int(time.time() * 1000)}"
        headers = {"X-MBX-APIKEY": self.client.key, "Content-Type": "application/x-www-form-urlencoded"}
        signature = self.client.sign(query + rest)
        self.assertEqual(self.client.raw("POST", f"/api/v3/order/test?{query}", f"{rest}&signature={signature}", headers).text, "{}")
        # An empty body with a JSON content type, as one client sends it.
        signature = self.client.sign(f"{query}&{rest}").upper()
        headers["Content-Type"] = "application/json"
        self.assertEqual(self.client.raw("POST", f"/api/v3/order/test?{query}&{rest}&signature={signature}", "", headers).text, "{}")

    def test_market_data_hangs_together(self):
        self.exchange.step(3)
        price = self.client.price()
        kline = self.client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=2).json[-1]
        self.assertEqual(float(kline[4]), price)
        self.assertLessEqual(float(kline[3]), min(float(kline[1]), float(kline[4])))
        day = self.client.get("/api/v3/ticker/24hr", symbol="BTCUSDT").json
        self.assertEqual(float(day["lastPrice"]), price)
        mini = self.client.get("/api/v3/ticker/24hr", symbol="BTCUSDT", type="MINI").json
        self.assertNotIn("bidPrice", mini)
        book = self.client.get("/api/v3/ticker/bookTicker", symbol="BTCUSDT").json
        self.assertLess(float(book["bidPrice"]), price)
        self.assertGreater(float(book["askPrice"]), price)
        depth = self.client.get("/api/v3/depth", symbol="BTCUSDT", limit=5).json
        self.assertEqual((depth["bids"][0], len(depth["asks"])), ([book["bidPrice"], book["bidQty"]], 5))
        trades = self.client.get("/api/v3/trades", symbol="BTCUSDT", limit=3).json
        older = self.client.get("/api/v3/historicalTrades", symbol="BTCUSDT", fromId=trades[0]["id"], limit=2).json
        self.assertEqual([trade["id"] for trade in older], [trade["id"] for trade in trades[:2]])
        aggregate = self.client.get("/api/v3/aggTrades", symbol="BTCUSDT", fromId=trades[1]["id"], limit=1).json[0]
        self.assertEqual((aggregate["f"], aggregate["p"]), (trades[1]["id"], trades[1]["price"]))
        self.assertGreater(float(self.client.get("/api/v3/avgPrice", symbol="BTCUSDT").json["price"]), 0)
        self.refused(self.client.get("/api/v3/klines", symbol="BTCUSDT", interval="1S"), 400, -1120, "Invalid interval.")
        self.refused(self.client.get("/api/v3/klines", interval="1m"), 400, -1102)

    def test_what_clients_ask_besides(self):
        for path in ("/sapi/v1/capital/config/getall", "/sapi/v1/margin/allPairs", "/sapi/v1/margin/isolated/allPairs"):
            self.assertEqual(self.client.signed("GET", path).json, [])
        for path in ("/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"):
            self.assertEqual(self.client.get(path).json, {"symbols": []})
        self.assertEqual(self.client.get("/sapi/v1/system/status").json["msg"], "normal")
        self.assertEqual(self.client.signed("GET", "/sapi/v1/asset/tradeFee").json[0]["takerCommission"], "0.001")
        self.assertEqual(self.client.signed("GET", "/sapi/v1/account/apiRestrictions").json["enableWithdrawals"], False)
        self.assertEqual(self.client.signed("GET", "/api/v3/account/commission", symbol="BTCUSDT").json["standardCommission"]["taker"], "0.00100000")
        self.assertEqual({row["interval"] for row in self.client.signed("GET", "/api/v3/rateLimit/order").json}, {"SECOND", "DAY"})


class OrderTest(Running):
    """Each test leaves no open order behind."""

    def tearDown(self):
        self.client.signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT")
        self.assertEqual(self.client.signed("GET", "/api/v3/openOrders").json, [])

    def at(self, factor):
        return f"{self.client.price() * factor:.2f}"

    def test_a_market_order_and_the_books(self):
        before = {asset: Decimal(free) for asset, (free, _) in self.client.balances().items()}
        order = self.client.market("BUY", "0.01").json
        self.assertEqual((order["status"], order["executedQty"], order["type"]), ("FILLED", "0.01000000", "MARKET"))
        self.assertGreater(order["orderId"], 2**31)
        [fill] = order["fills"]
        self.assertEqual(float(fill["price"]), self.client.price())
        after = {asset: Decimal(free) for asset, (free, _) in self.client.balances().items()}
        self.assertEqual(before["USDT"] - after["USDT"], Decimal(order["cummulativeQuoteQty"]))
        self.assertEqual(after["BTC"] - before.get("BTC", 0), Decimal("0.01") - Decimal(fill["commission"]))
        [trade] = self.client.signed("GET", "/api/v3/myTrades", symbol="BTCUSDT", orderId=order["orderId"]).json
        self.assertEqual((trade["id"], trade["isBuyer"], trade["isMaker"]), (fill["tradeId"], True, False))
        public = self.client.get("/api/v3/trades", symbol="BTCUSDT", limit=1000).json
        self.assertIn(trade["id"], [one["id"] for one in public])
        query = self.client.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId=order["clientOrderId"]).json
        self.assertEqual((query["orderId"], query["price"], query["isWorking"]), (order["orderId"], "0.00000000", True))
        self.assertNotIn("fills", query)

    def test_response_types(self):
        order = dict(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
        self.assertNotIn("status", self.client.order(newOrderRespType="ACK", **order).json)
        result = self.client.order(newOrderRespType="RESULT", **order).json
        self.assertEqual((result["status"], "fills" in result), ("FILLED", False))
        stop = self.client.order(symbol="BTCUSDT", side="SELL", type="STOP_LOSS", quantity="0.001", stopPrice=self.at(0.9)).json
        self.assertEqual(set(stop), {"symbol", "orderId", "orderListId", "clientOrderId", "transactTime"})

    def test_refusals_in_their_order(self):
        order = dict(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=self.at(0.9))

        def change(**changes):
            return self.client.order(**{**order, **changes})

        self.refused(change(symbol=None), 400, -1102)
        self.refused(change(symbol="NOPEUSDT"), 400, -1121, "Invalid symbol.")
        self.refused(change(symbol="btcusdt"), 400, -1100)
        self.refused(change(side="HOLD"), 400, -1117, "Invalid side.")
        self.refused(change(type="STOP"), 400, -1116, "Invalid orderType.")
        self.refused(change(timeInForce="GTX"), 400, -1115, "Invalid timeInForce.")
        self.refused(change(timeInForce=None), 400, -1102)
        self.refused(change(quantity="1e-2"), 400, -1100)
        self.refused(change(quantity="0.000000001"), 400, -1111)
        self.refused(change(price="0.001"), 400, -1013, "Filter failure: PRICE_FILTER")
        self.refused(change(quantity="0.000011"), 400, -1013, "Filter failure: LOT_SIZE")
        self.refused(change(quantity="0.00001"), 400, -1013, "Filter failure: NOTIONAL")
        self.refused(change(price="1000"), 400, -1013, "Filter failure: PERCENT_PRICE_BY_SIDE")
        self.refused(change(quantity="5"), 400, -2010, "Account has insufficient balance for requested action.")
        self.refused(change(type="LIMIT_MAKER", timeInForce=None, price=self.at(1.1)), 400, -2010,
                     "Order would immediately match and take.")
        self.refused(change(newClientOrderId="a.b"), 400, -1100,
                     "Illegal characters found in parameter 'newClientOrderId'; legal range is '^[a-zA-Z0-9-_]{1,36}$'.")
        self.refused(change(strategyType=1), 400, -1134)
        self.refused(change(selfTradePreventionMode="NONE"), 400, -1013,
                     "This symbol does not allow the specified self-trade prevention mode.")
        self.refused(change(pegPriceType="PRIMARY_PEG"), 400, -1013)
        self.refused(self.client.order(symbol="BTCUSDT", side="BUY", type="STOP_LOSS", quantity="0.01", stopPrice=self.at(0.9)),
                     400, -2010, "Order would trigger immediately.")

    def test_a_client_id_is_a_guard_while_its_order_is_open(self):
        order = dict(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=self.at(0.9), newClientOrderId="mine-1")
        placed = self.client.order(**order).json
        self.refused(self.client.order(**order), 400, -2010, "Duplicate order sent.")
        canceled = self.client.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine-1", newClientOrderId="cancel-1").json
        self.assertEqual((canceled["status"], canceled["origClientOrderId"], canceled["clientOrderId"]), ("CANCELED", "mine-1", "cancel-1"))
        self.refused(self.client.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=placed["orderId"]), 400, -2011, "Unknown order sent.")
        again = self.client.order(**order).json
        found = self.client.signed("GET", "/api/v3/order", symbol="BTCUSDT", origClientOrderId="mine-1").json
        self.assertEqual((found["orderId"], found["status"]), (again["orderId"], "NEW"))
        self.refused(self.client.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=again["orderId"], origClientOrderId="x"), 400, -2039)
        self.refused(self.client.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=1), 400, -2013, "Order does not exist.")
        self.refused(self.client.signed("GET", "/api/v3/order", symbol="BTCUSDT"), 400, -1102)
        self.refused(self.client.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=again["orderId"], cancelRestrictions="ONLY_PARTIALLY_FILLED"),
                     400, -2011, "Order was not canceled due to cancel restrictions.")

    def test_cancel_and_replace(self):
        order = dict(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=self.at(0.9))
        first = self.client.order(**order).json
        path = "/api/v3/order/cancelReplace"
        done = self.client.signed("POST", path, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first["orderId"], **order)
        self.assertEqual((done.status, done.json["cancelResult"], done.json["newOrderResult"]), (200, "SUCCESS", "SUCCESS"))
        failed = self.client.signed("POST", path, cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=first["orderId"], **order)
        self.refused(failed, 400, -2022)
        self.assertEqual((failed.json["data"]["newOrderResult"], failed.json["data"]["newOrderResponse"]), ("NOT_ATTEMPTED", None))
        partly = self.client.signed("POST", path, cancelReplaceMode="ALLOW_FAILURE", cancelOrderId=first["orderId"], **order)
        self.refused(partly, 409, -2021)
        self.assertEqual(partly.json["data"]["cancelResponse"]["code"], -2011)
        self.assertEqual(partly.json["data"]["newOrderResponse"]["status"], "NEW")

    def test_lists(self):
        self.client.market("BUY", "0.02")
        oco = self.client.signed("POST", "/api/v3/orderList/oco", symbol="BTCUSDT", side="SELL", quantity="0.01", aboveType="LIMIT_MAKER",
                                 abovePrice=self.at(1.1), belowType="STOP_LOSS_LIMIT", belowStopPrice=self.at(0.9), belowPrice=self.at(0.89),
                                 belowTimeInForce="GTC", listClientOrderId="list-1").json
        self.assertEqual((oco["contingencyType"], oco["listOrderStatus"], len(oco["orderReports"])), ("OCO", "EXECUTING", 2))
        self.assertEqual(self.client.balances()["BTC"][1], "0.01000000")
        self.assertEqual(self.client.signed("GET", "/api/v3/orderList", origClientOrderId="list-1").json["orderListId"], oco["orderListId"])
        self.assertEqual(len(self.client.signed("GET", "/api/v3/openOrderList").json), 1)
        canceled = self.client.signed("DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=oco["orders"][0]["orderId"]).json
        self.assertEqual((canceled["listOrderStatus"], [one["status"] for one in canceled["orderReports"]]), ("ALL_DONE", ["CANCELED", "CANCELED"]))
        self.assertEqual(self.client.signed("GET", "/api/v3/openOrderList").json, [])
        self.refused(self.client.signed("DELETE", "/api/v3/orderList", symbol="BTCUSDT", orderListId=oco["orderListId"]), 400, -2011)
        old = self.client.signed("POST", "/api/v3/order/oco", symbol="BTCUSDT", side="SELL", quantity="0.01", price=self.at(1.1),
                                 stopPrice=self.at(0.9), stopLimitPrice=self.at(0.89), stopLimitTimeInForce="GTC").json
        self.assertEqual([one["type"] for one in old["orderReports"]], ["LIMIT_MAKER", "STOP_LOSS_LIMIT"])
        self.client.signed("DELETE", "/api/v3/orderList", symbol="BTCUSDT", orderListId=old["orderListId"])
        wrong = dict(symbol="BTCUSDT", side="SELL", quantity="0.01", aboveType="LIMIT_MAKER", abovePrice=self.at(0.95), belowType="STOP_LOSS", belowStopPrice=self.at(0.9))
        self.refused(self.client.signed("POST", "/api/v3/orderList/oco", **wrong), 400, -2010, "The relationship of the prices for the orders is not correct.")

    def test_a_list_that_protects_what_it_buys(self):
        working = dict(symbol="BTCUSDT", workingType="LIMIT", workingSide="BUY", workingTimeInForce="FOK", workingPrice=self.at(1.01), workingQuantity="0.01", pendingSide="SELL")
        answer = self.client.signed("POST", "/api/v3/orderList/opoco", pendingAboveType="LIMIT_MAKER", pendingAbovePrice=self.at(1.1),
                                    pendingBelowType="STOP_LOSS", pendingBelowStopPrice=self.at(0.9), **working).json
        self.assertEqual(answer["contingencyType"], "OTO")
        self.assertEqual([one["status"] for one in answer["orderReports"]], ["FILLED", "PENDING_NEW", "PENDING_NEW"])
        open_orders = self.client.signed("GET", "/api/v3/openOrders", symbol="BTCUSDT").json
        self.assertEqual([(one["type"], one["status"]) for one in open_orders], [("LIMIT_MAKER", "NEW"), ("STOP_LOSS", "NEW")])
        mixed = self.client.signed("DELETE", "/api/v3/openOrders", symbol="BTCUSDT").json
        self.assertEqual([one["contingencyType"] for one in mixed], ["OTO"])
        otoco = self.client.signed("POST", "/api/v3/orderList/otoco", pendingQuantity="0.005", pendingAboveType="TAKE_PROFIT", pendingAboveStopPrice=self.at(1.1),
                                   pendingBelowType="STOP_LOSS", pendingBelowStopPrice=self.at(0.9), **working).json
        self.assertEqual(otoco["orderReports"][1]["origQty"], "0.00500000")
        for path, quantity in (("oto", {"pendingQuantity": "0.005"}), ("opo", {})):
            made = self.client.signed("POST", f"/api/v3/orderList/{path}", pendingType="LIMIT_MAKER", pendingPrice=self.at(1.1), **quantity, **working)
            self.assertEqual((made.status, len(made.json["orders"])), (200, 2), made.text)
        self.refused(self.client.signed("POST", "/api/v3/orderList/opo", pendingType="LIMIT_MAKER", pendingPrice=self.at(1.1), pendingQuantity="1", **working), 400, -1106)

    def test_trailing_stop_and_iceberg(self):
        self.client.market("BUY", "0.02")
        stop = self.client.order(symbol="BTCUSDT", side="SELL", type="STOP_LOSS", quantity="0.01", trailingDelta=200, newOrderRespType="FULL").json
        self.assertEqual((stop["trailingDelta"], stop["workingTime"], stop["fills"]), (200, -1, []))
        self.refused(self.client.order(symbol="BTCUSDT", side="SELL", type="STOP_LOSS", quantity="0.01", trailingDelta=5), 400, -1013, "Filter failure: TRAILING_DELTA")
        iceberg = self.client.order(symbol="BTCUSDT", side="SELL", type="LIMIT", timeInForce="GTC", quantity="0.01", icebergQty="0.002", price=self.at(1.1), strategyId=7).json
        self.assertEqual((iceberg["icebergQty"], iceberg["strategyId"]), ("0.00200000", 7))

    def test_reading_back(self):
        first = self.client.market("BUY", "0.001").json
        second = self.client.market("BUY", "0.001").json
        path = "/api/v3/allOrders"
        ids = [one["orderId"] for one in self.client.signed("GET", path, symbol="BTCUSDT", orderId=first["orderId"]).json]
        self.assertEqual(ids, [first["orderId"], second["orderId"]])
        newest = self.client.signed("GET", path, symbol="BTCUSDT", limit=1).json
        self.assertEqual([one["orderId"] for one in newest], [second["orderId"]])
        now = int(time.time() * 1000)
        self.refused(self.client.signed("GET", path, symbol="BTCUSDT", startTime=now - 90_000_000, endTime=now), 400, -1127)
        trades = self.client.signed("GET", "/api/v3/myTrades", symbol="BTCUSDT", fromId=second["fills"][0]["tradeId"]).json
        self.assertEqual([one["orderId"] for one in trades], [second["orderId"]])
        rates = self.client.signed("POST", "/api/v3/order/test", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001", computeCommissionRates="true").json
        self.assertEqual(rates["standardCommissionForOrder"]["taker"], "0.00100000")


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

    def test_bad_requests(self):
        for text, code in (("{", 3), ('{"id":1}', 2), ('{"method":"DANCE","id":1}', 2), ('{"method":"SET_PROPERTY","params":["x",true],"id":1}', 0),
                           ('{"method":"SET_PROPERTY","params":["combined",1],"id":1}', 1)):
            socket = WebSocket(self.exchange, "/stream?streams=")
            socket.send(text)
            self.assertEqual(socket.receive()["code"], code, text)
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


class MarketTest(unittest.TestCase):
    def test_next_open_fills_at_the_next_candles_open(self):
        with Exchange("--speed", "manual", "--fill", "next-open") as exchange:
            client = exchange.client()
            order = client.market("BUY", "0.01").json
            self.assertEqual((order["status"], order["fills"]), ("NEW", []))
            exchange.step()
            candle = client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=1).json[0]
            done = client.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=order["orderId"]).json
            self.assertEqual(done["status"], "FILLED")
            self.assertEqual(Decimal(done["cummulativeQuoteQty"]), Decimal(candle[1]) * Decimal("0.01"))

    def test_market_time_agrees_with_the_candles(self):
        with Exchange("--speed", "manual", "--market-time") as exchange:
            client = exchange.client()
            exchange.step(10_000)
            now = client.get("/api/v3/time").json["serverTime"]
            candle = client.get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=1).json[0]
            self.assertEqual(candle[6] + 1, now)  # closed, and just so
            self.assertGreater(now, time.time() * 1000 + 5_000_000)
            self.assertEqual(client.market("BUY", "0.01").status, 200)  # by the wall's clock
            order = client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01", timestamp=now)
            self.assertEqual(order.json["transactTime"], now)
            self.assertEqual(client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01", timestamp=now - 10_000).code, -1021)

    def test_the_same_seed_gives_the_same_candles(self):
        def closes(seed):
            with Exchange("--speed", "manual", "--seed", seed) as exchange:
                exchange.step(50)
                return [row[4] for row in exchange.client().get("/api/v3/klines", symbol="BTCUSDT", interval="1m", limit=50).json]

        self.assertEqual(closes("7"), closes("7"))
        self.assertNotEqual(closes("7"), closes("8"))

    def test_a_recorded_market(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "BTCUSDT-5m-made.csv")
            with open(path, "w", encoding="utf-8") as file:
                for row in range(300):
                    file.write(f"{1600000200000 + row * 300000},{100 + row},{101 + row},{99 + row},{100.5 + row},12.5\n")
            with Exchange("--candles", path, "--speed", "manual", "--market-time") as exchange:
                client = exchange.client()
                self.assertEqual(client.price(), 200.5)
                rows = client.get("/api/v3/klines", symbol="BTCUSDT", interval="5m", limit=1000).json
                self.assertEqual((len(rows), rows[0][0], rows[-1][1]), (101, 1600000200000, "200.00000000"))
                status = exchange.step(1000)
                self.assertEqual((status["is_over"], client.price()), (True, 399.5))

    def test_a_market_that_moves_by_itself(self):
        with Exchange("--speed", "600x", "--symbols", "BTCUSDT") as exchange:
            socket = WebSocket(exchange, "/ws/btcusdt@kline_1m")
            opened = []
            while len(opened) < 3:
                kline = socket.receive()["k"]
                if kline["x"]:
                    opened.append(kline["t"])
            self.assertEqual([b - a for a, b in zip(opened, opened[1:])], [60_000, 60_000])
            exchange.control("/pause", {})
            before = exchange.control("/status")
            self.assertTrue(before["is_paused"])
            self.assertEqual(exchange.control("/status")["candles_played"], before["candles_played"])
            exchange.control("/resume", {})
            socket.until(lambda one: one["k"]["x"])

    def test_other_scripts_than_latin(self):
        with Exchange("--speed", "manual", "--symbols", "这是测试币USDT") as exchange:
            client = exchange.client()
            self.assertGreater(client.price("这是测试币USDT"), 0)
            order = client.market("BUY", "100", symbol="这是测试币USDT")
            self.assertEqual((order.status, order.json["status"]), (200, "FILLED"), order.text)


class LimitTest(unittest.TestCase):
    def test_request_weight_and_the_ban(self):
        with Exchange("--speed", "manual", "--limit-weight", "30") as exchange:
            client = exchange.client()
            answers = [client.get("/api/v3/exchangeInfo") for _ in range(30)]
            statuses = [answer.status for answer in answers]
            limited = next(answer for answer in answers if answer.status == 429)
            self.assertEqual(limited.code, -1003)
            self.assertTrue(1 <= int(limited.headers["retry-after"]) <= 60)
            self.assertIn("current limit is 30 request weight per 1 MINUTE", limited.message)
            banned = next(answer for answer in answers if answer.status == 418)
            self.assertEqual(banned.code, -1003)
            self.assertTrue(100 <= int(banned.headers["retry-after"]) <= 120)
            self.assertEqual(statuses, sorted(statuses, key=[200, 429, 418].index))

    def test_orders(self):
        with Exchange("--speed", "manual", "--limit-orders-day", "2") as exchange:
            client = exchange.client()
            order = dict(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.001", price="40000")
            self.assertEqual([client.order(**order).status for _ in range(2)], [200, 200])
            refused = client.order(**order)
            self.assertEqual((refused.status, refused.code, refused.message),
                             (429, -1015, "Too many new orders; current limit is 2 orders per 1 DAY."))
            self.assertGreater(int(refused.headers["retry-after"]), 0)
            socket = WebSocket(exchange, "/ws-api/v3")
            answer = socket.call("order.place", client, **order)
            self.assertEqual((answer["status"], answer["error"]["code"]), (429, -1015))
            self.assertGreater(answer["error"]["data"]["retryAfter"], time.time() * 1000)
            self.assertEqual(len(client.signed("GET", "/api/v3/openOrders").json), 2)


class TlsTest(unittest.TestCase):
    def test_a_certificate_of_its_own(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate = os.path.join(folder, "ca.pem")
            with Exchange("--speed", "manual", "--tls", "--ca-file", certificate) as exchange:
                self.assertIn("https://127.0.0.1", exchange.output)
                context = trust(certificate)
                for host in ("localhost", "127.0.0.1"):
                    client = Client(exchange, exchange.key, exchange.secret, context, host)
                    self.assertEqual(client.market("BUY", "0.001").json["status"], "FILLED")
                    self.assertEqual(client.get("/api/v3/ping").text, "{}")
                socket = WebSocket(exchange, "/ws-api/v3", context)
                self.assertEqual(socket.call("ping")["status"], 200)


class AccountTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)

    def accounts(self, *accounts):
        path = os.path.join(self.folder, "accounts.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"accounts": accounts}, file)
        return path

    def test_accounts_are_independent(self):
        path = self.accounts({"name": "one", "balances": {"USDT": "1000"}, "taker_fee": "0", "keys": [{"id": "key1", "secret": "s1"}]},
                             {"name": "two", "balances": {"USDT": "2000"}, "keys": [{"id": "key2", "secret": "s2"}, {"id": "reader", "secret": "s3", "may_trade": False}]})
        with Exchange("--speed", "manual", "--accounts", path) as exchange:
            one, two, reader = exchange.client("key1", "s1"), exchange.client("key2", "s2"), exchange.client("reader", "s3")
            first, second = one.market("BUY", "0.01").json, two.market("BUY", "0.01").json
            self.assertEqual(first["fills"][0]["commission"], "0.00000000")
            self.assertEqual(second["fills"][0]["commission"], "0.00001000")
            self.assertNotEqual(first["orderId"], second["orderId"])
            self.assertNotEqual(first["fills"][0]["tradeId"], second["fills"][0]["tradeId"])
            self.assertEqual(one.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=second["orderId"]).code, -2013)
            self.assertEqual(reader.signed("GET", "/api/v3/order", symbol="BTCUSDT", orderId=second["orderId"]).json["status"], "FILLED")
            refused = reader.market("BUY", "0.01")
            self.assertEqual((refused.status, refused.code), (401, -2015))
            self.assertEqual(reader.signed("GET", "/sapi/v1/account/apiRestrictions").json["enableSpotAndMarginTrading"], False)
            self.assertEqual(exchange.client("key1", "s2").market("BUY", "0.01").code, -1022)

    def test_keys_with_a_public_half(self):
        if shutil.which("openssl") is None:
            self.skipTest("skipped: there is no openssl command here")

        def openssl(*words, data=None):
            return subprocess.run(["openssl", *words], cwd=self.folder, input=data, capture_output=True, check=True).stdout

        openssl("genpkey", "-algorithm", "ed25519", "-out", "ed.pem")
        openssl("genpkey", "-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.pem")
        for name in ("ed", "rsa"):
            openssl("pkey", "-in", f"{name}.pem", "-pubout", "-out", f"{name}.pub")
        path = self.accounts({"name": "one", "balances": {"USDT": "1000"}, "keys": [{"id": "edKey", "public_key_file": "ed.pub"}, {"id": "rsaKey", "public_key_file": "rsa.pub"}]})

        class KeyClient(Client):
            def sign(signer, text):
                with open(os.path.join(self.folder, "text"), "w", encoding="utf-8") as file:
                    file.write(text)
                words = ("pkeyutl", "-sign", "-inkey", "ed.pem", "-rawin", "-in", "text") if signer.key == "edKey" else ("dgst", "-sha256", "-sign", "rsa.pem", "text")
                return openssl("base64", "-A", data=openssl(*words)).decode().strip()

        with Exchange("--speed", "manual", "--accounts", path) as exchange:
            for key in ("edKey", "rsaKey"):
                client = KeyClient(exchange, key, "")
                self.assertEqual(client.market("BUY", "0.001").json["status"], "FILLED")
            client = KeyClient(exchange, "edKey", "")
            socket = WebSocket(exchange, "/ws-api/v3")
            self.assertEqual(socket.call("userDataStream.subscribe")["error"]["code"], -2015)
            self.assertEqual(socket.call("session.logon", client)["result"]["apiKey"], "edKey")
            now = int(time.time() * 1000)
            self.assertEqual(socket.call("account.status", timestamp=now)["status"], 200)
            self.assertEqual(socket.call("account.status")["error"]["code"], -1102)  # the timestamp stays mandatory
            self.assertEqual(socket.call("userDataStream.subscribe")["result"], {"subscriptionId": 0})
            socket.call("order.place", timestamp=now, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.001")
            self.assertEqual(socket.event("executionReport")["x"], "NEW")
            self.assertEqual(socket.call("session.logout")["result"]["apiKey"], None)
            socket.event("eventStreamTerminated")
            self.assertEqual(socket.call("account.status", timestamp=now)["error"]["code"], -2014)
            self.assertEqual(WebSocket(exchange, "/ws-api/v3").call("session.logon", KeyClient(exchange, "rsaKey", ""))["error"]["code"], -4056)


class LogTest(unittest.TestCase):
    def test_it_tells_what_happened_and_no_secret(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "log")
            with Exchange("--speed", "manual", "--log", path) as exchange:
                client = exchange.client()
                placed = client.order(symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.01", newClientOrderId="seen").json
                client.market("BUY", "1")
                socket = WebSocket(exchange, "/ws-api/v3")
                socket.call("order.place", client, symbol="BTCUSDT", side="SELL", type="MARKET", quantity="0.005")
                lines = exchange.log()
                with open(path, encoding="utf-8") as file:
                    text = file.read()
            self.assertEqual([json.loads(line) for line in text.splitlines()][:len(lines)], lines)
            self.assertNotIn("signature", text)
            self.assertNotIn(client.key, text)
            self.assertNotIn(client.secret, text)
            self.assertEqual([line["line"] for line in lines], list(range(1, len(lines) + 1)))
            call = next(line for line in lines if line["event"] == "received" and line["parameters"].get("newClientOrderId") == "seen")["call"]
            events = [line for line in lines if line.get("call") == call]
            self.assertEqual([line["event"] for line in events], ["received", "execution", "execution", "balances", "executed", "answered"])
            trade = events[2]
            self.assertEqual((trade["execution"], trade["order_id"], trade["trade_id"], trade["client_id"]),
                             ("TRADE", placed["orderId"], placed["fills"][0]["tradeId"], "seen"))
            self.assertEqual((events[-1]["status"], events[-1]["delivery"]), (200, "whole"))
            refused = next(line for line in lines if line["event"] == "executed" and line["status"] == 400)
            self.assertEqual(refused["code"], -2010)
            self.assertEqual([line["via"] for line in lines if line["event"] == "received"], ["rest", "rest", "websocket"])


class OptionTest(unittest.TestCase):
    def run_command(self, *words):
        return subprocess.run([*BINARY.split(), "paper-exchange", *words], capture_output=True, text=True, timeout=60, check=False)

    def test_help_has_an_example(self):
        done = self.run_command("--help")
        self.assertEqual(done.returncode, 0)
        self.assertIn("example: stratdock paper-exchange", done.stdout)

    def test_bad_options_say_what_to_do(self):
        for words, what in ((("--speed", "fast"), "60x"), (("--symbols", "XYZ"), "BTCUSDT"), (("--fill", "never"), "immediate"),
                            (("--balance", "USDT"), "USDT=5000"), (("--candles", "nothing.csv"), "BTCUSDT-5m"), (("--volume-share", "2"), "0.1"),
                            (("--accounts", "/nowhere.json"), "path"), (("--certificate", "x"), "--key"), (("--interval", "7m"), "7m")):
            done = self.run_command("--port", "0", *words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("stratdock: ", done.stderr)
            self.assertIn(what, done.stderr)
        self.assertNotEqual(self.run_command("--no-such-option").returncode, 0)

    def test_a_taken_port(self):
        with Exchange("--speed", "manual") as exchange:
            done = self.run_command("--port", str(exchange.port))
            self.assertEqual(done.returncode, 1)
            self.assertIn(f"127.0.0.1:{exchange.port}", done.stderr)

    def test_accounts_are_checked(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "accounts.json")
            for text, what in (("{", "parse"), ('{"accounts": []}', "none"), ('{"accounts": [{"name": "a", "keys": [], "fee": 1}]}', "fee"),
                               ('{"accounts": [{"name": "a", "keys": [{"id": "k"}]}]}', "secret"),
                               ('{"accounts": [{"name": "a", "keys": []}, {"name": "a", "keys": []}]}', "two of account a")):
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text)
                done = self.run_command("--port", "0", "--accounts", path)
                self.assertEqual(done.returncode, 1, text)
                self.assertIn(what, done.stderr)

    def test_it_listens_on_loopback_alone(self):
        with Exchange("--speed", "manual") as exchange:
            with open(f"/proc/{exchange.process.pid}/net/tcp", encoding="utf-8") as file:
                rows = [line.split()[1] for line in file.readlines()[1:]]
            hosts = {row.split(":")[0] for row in rows if int(row.split(":")[1], 16) in (exchange.port, exchange.control_port)}
            self.assertEqual(hosts, {"0100007F"})


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # sockets are closed with the process
