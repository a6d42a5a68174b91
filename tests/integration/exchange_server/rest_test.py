#!/usr/bin/env python3
"""The paper exchange over REST."""

import socket
import time
import unittest
import urllib.parse
from decimal import Decimal
from email.utils import parsedate_to_datetime

from exchange import Running


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

    def test_parameters_are_counted_as_the_exchange_counts(self):
        self.refused(self.client.get("/api/v3/ping", x=1), 400, -1101, "Too many parameters; expected '0' and received '1'.")
        self.refused(self.client.get("/api/v3/time", timestamp=1, signature="a"), 400, -1101,
                     "Too many parameters; expected '0' and received '2'.")
        self.refused(self.client.signed("GET", "/api/v3/account", a=1, b=2, c=3), 400, -1101,
                     "Too many parameters; expected '4' and received '5'.")
        # The signature is one of them.
        self.refused(self.client.signed("POST", "/api/v3/order/test", symbol="BTCUSDT", side="BUY", type="LIMIT", timeInforce="GTC",
                                        quantity="0.00736", price="18000"), 400, -1104,
                     "Not all sent parameters were read; read '7' parameter(s) but was sent '8'.")

    def test_lists_of_symbols_are_written_without_spaces(self):
        for symbols in ('["BTCUSDT", "ETHUSDT"]', '["btcusdt"]', "BTCUSDT", '["BTCUSDT",""]'):
            self.refused(self.client.get("/api/v3/ticker/price", symbols=symbols), 400, -1100,
                         "Illegal characters found in parameter 'symbols'; legal range is "
                         "'^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$'.")
        self.assertEqual(len(self.client.get("/api/v3/exchangeInfo", permissions='["SPOT", "MARGIN"]').json["symbols"]), 3)

    def test_empty_is_not_left_out(self):
        for path, name in (("ticker/price", "symbol"), ("ticker/24hr", "symbols"), ("exchangeInfo", "symbol"), ("exchangeInfo", "permissions")):
            self.refused(self.client.get(f"/api/v3/{path}", **{name: ""}), 400, -1105, f"Parameter '{name}' was empty.")
        self.refused(self.client.signed("GET", "/api/v3/openOrders", symbol=""), 400, -1105, "Parameter 'symbol' was empty.")

    def test_a_status_that_is_asked_for(self):
        for path in ("/api/v3/depth", "/api/v3/ticker/price"):
            self.assertEqual(self.client.get(path, symbol="BTCUSDT", symbolStatus="TRADING").status, 200)
            self.refused(self.client.get(path, symbol="BTCUSDT", symbolStatus="HALT"), 400, -1220)
            self.refused(self.client.get(path, symbol="BTCUSDT", symbolStatus="SOME"), 400, -1122, "Invalid symbolStatus.")
        self.refused(self.client.get("/api/v3/exchangeInfo", symbolStatus="SOME"), 400, -1122)
        self.assertEqual(self.client.get("/api/v3/exchangeInfo", symbolStatus="HALT").json["symbols"], [])

    def test_what_the_exchange_has_none_of(self):
        self.assertEqual(self.client.get("/api/v3/historicalBlockTrades", symbol="BTCUSDT").json, [])
        self.refused(self.client.get("/api/v3/referencePrice/calculation", symbol="BTCUSDT"), 400, -2043)
        for path, more in (("myPreventedMatches", {"orderId": 1}), ("myAllocations", {}), ("order/amendments", {"orderId": 1})):
            self.assertEqual(self.client.signed("GET", f"/api/v3/{path}", symbol="BTCUSDT", **more).json, [])
            self.refused(self.client.signed("GET", f"/api/v3/{path}", **more), 400, -1102)
            self.refused(self.client.signed("GET", f"/api/v3/{path}", symbol="NOPE", **more), 400, -1121)
        self.refused(self.client.signed("GET", "/api/v3/myPreventedMatches", symbol="BTCUSDT"), 400, -1102)
        self.refused(self.client.signed("PUT", "/api/v3/order/amend/keepPriority", symbol="BTCUSDT", orderId=1, newQty="0.1"), 400, -2038)
        self.refused(self.client.signed("POST", "/api/v3/sor/order", symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.1"), 400, -1020)

    def test_the_form_of_a_request(self):
        self.assertEqual(self.client.raw("GET", f"http://127.0.0.1:{self.exchange.port}/api/v3/ping").text, "{}")
        # A body that waits until it is welcome.
        connection = socket.create_connection(("127.0.0.1", self.exchange.port), timeout=20)
        connection.sendall(b"POST /api/v3/order HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 14\r\n\r\n")
        self.assertEqual(connection.recv(1000), b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.sendall(b"symbol=BTCUSDT")
        self.assertIn(b" 401 ", connection.recv(4000))
        connection.close()
        date = self.client.get("/api/v3/ping").headers["date"]
        self.assertLess(abs(parsedate_to_datetime(date).timestamp() - time.time()), 60)

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

    def test_zero_is_not_missing(self):
        order = dict(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=self.at(0.9))
        self.refused(self.client.order(**{**order, "quantity": "0"}), 400, -1013, "Invalid quantity.")
        self.refused(self.client.order(**{**order, "price": "0.00"}), 400, -1013, "Invalid price.")
        self.refused(self.client.market("SELL", "0.00000"), 400, -1013, "Invalid quantity.")
        self.refused(self.client.order(icebergQty="0.02", **order), 400, -2010, "IcebergQty exceeds QTY.")
        self.refused(self.client.signed("POST", "/api/v3/order/oco", symbol="BTCUSDT", side="SELL", quantity="0.01", price=self.at(1.1)), 400, -1102,
                     "Param 'stopPrice' or 'trailingDelta' must be sent, but both were empty/null!")
        self.refused(self.client.signed("POST", "/api/v3/order/test", newOrderRespType="LOUD", **order), 400, -1130)
        self.refused(self.client.signed("POST", "/api/v3/order/cancelReplace", cancelReplaceMode="STOP_ON_FAILURE", cancelOrderId=1,
                                        cancelRestrictions="SOME", **order), 400, -1145)

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

    def test_bytes_that_are_no_text(self):
        placed = self.client.order(symbol="BTCUSDT", side="BUY", type="LIMIT", timeInForce="GTC", quantity="0.01", price=self.at(0.9)).json
        for value in ("%FF%FE", "a%22b"):
            query = f"symbol=BTCUSDT&orderId={placed['orderId']}&newClientOrderId={value}&timestamp={int(time.time() * 1000)}"
            target = f"/api/v3/order?{query}&signature={self.client.sign(query)}"
            self.refused(self.client.raw("DELETE", target, None, {"X-MBX-APIKEY": self.client.key}), 400, -1100)
            self.refused(self.client.raw("GET", f"/api/v3/ticker/price?symbol={value}"), 400, -1121 if value[0] == "%" else -1100)
        self.assertEqual(self.client.raw("GET", "/api/%FF").status, 404)

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


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # sockets are closed with the process
