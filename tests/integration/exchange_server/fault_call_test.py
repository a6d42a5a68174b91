"""Every fault on calls and answers acts, is counted, and the log tells what really happened."""
import time
import unittest

from client import TimedOut, WasClosed, WasCut, WasReset, now_ms
from faulted_exchange import ExchangeTest, fresh_id

HOLD_S = 0.3


def patience(error):
    """Seconds to wait for what has to come; short where nothing may come."""
    return HOLD_S if error is TimedOut else 10


class RequestFaultTest(ExchangeTest):
    """The request has no effect."""

    def fails(self, error, fault, **settings):
        """One order under the fault: never executed, known as withheld, and the next one goes through."""
        number, name = self.exchange.fault(fault, method="POST", path="/api/v3/order", **settings), fresh_id()
        with self.assertRaises(error):
            self.client.order(name, timeout=patience(error))
        self.check_not_executed(number, fault, name)
        judge = self.exchange.judge()
        self.assertFalse(judge.is_known_to_client(judge.received(name)[0]["call"]))
        return name

    def refused(self, wanted_status, fault, wanted_code=None, **settings):
        number, name = self.exchange.fault(fault, method="POST", path="/api/v3/order", **settings), fresh_id()
        answer = self.client.order(name)
        self.assertEqual(answer.status, wanted_status)
        if wanted_code is not None:
            self.assertEqual(answer.code, wanted_code)
        self.check_not_executed(number, fault, name)
        return answer

    def check_not_executed(self, number, fault, name):
        self.assert_acted(number)
        judge = self.exchange.judge()
        calls = judge.received(name)
        self.assertEqual(len(calls), 1)
        self.assertTrue(judge.never_executed(name))
        self.assertFalse(judge.was_executed(calls[0]["call"]))
        self.assertEqual(judge.answer(calls[0]["call"])["fault"], f"{fault}#{number}")
        self.assertIn(calls[0]["call"], [line.get("call") for line in judge.faults(fault)])
        self.assertEqual(self.client.query(name).code, -2013)
        after = fresh_id()
        self.assertEqual(self.client.order(after).json["status"], "FILLED")
        self.assertTrue(self.exchange.judge().executed_exactly_once(after))

    def used_weight(self):
        return int(self.client.public("/api/v3/ping").headers["x-mbx-used-weight-1m"])

    def test_timeout_unread(self):
        before = self.used_weight()
        number = self.exchange.fault("timeout_unread", path="/api/v3/account")
        with self.assertRaises(TimedOut):
            self.client.get("/api/v3/account", timeout=HOLD_S)
        self.assert_acted(number)
        self.assertLess(self.used_weight() - before, 20, "a request that is not read is not charged")
        self.fails(TimedOut, "timeout_unread")

    def test_timeout_before(self):
        number, before = self.exchange.fault("timeout_before", path="/api/v3/account"), self.used_weight()
        with self.assertRaises(TimedOut):
            self.client.get("/api/v3/account", timeout=HOLD_S)
        self.assert_acted(number)
        used = self.used_weight() - before
        self.assertTrue(used >= 20 or used < 0, used)  # below zero: a new minute began
        self.fails(TimedOut, "timeout_before")
        self.fails(WasClosed, "timeout_before", hold_ms=20)

    def test_reset_before(self):
        self.fails(WasReset, "reset_before")

    def test_close_before(self):
        self.fails(WasClosed, "close_before")

    def test_half_open(self):
        self.fails(TimedOut, "half_open")
        socket = self.client.socket("/ws-api/v3")
        self.assertEqual(socket.request("time")["status"], 200)
        number = self.exchange.fault("half_open", path="ping")
        for method in ("ping", "time"):
            with self.assertRaises(TimedOut):
                socket.request(method, timeout=HOLD_S)
        self.assert_acted(number)
        socket.close()

    def test_redirect(self):
        answer = self.refused(307, "redirect")
        self.assertTrue(answer.headers["location"].startswith("/api/v3/order?"))
        answer = self.refused(302, "redirect", status=302, location="/elsewhere")
        self.assertEqual(answer.headers["location"], "/elsewhere")

    def test_error_before(self):
        self.refused(503, "error_before", -1001)
        self.refused(500, "error_before", -1000, status=500, code=-1000, message="An unknown error occurred.")
        answer = self.refused(502, "error_before", status=502, html=True)
        self.assertIn("<html>", answer.body)

    def test_too_many_requests(self):
        answer = self.refused(429, "too_many_requests", -1003, retry_after_s=0)
        self.assertNotIn("retry-after", answer.headers)
        first = len(self.exchange.judge().lines) + 1  # what other tests did is not meant
        number = self.exchange.fault("too_many_requests", path="/api/v3/ping", retry_after_s=2)
        answer = self.client.public("/api/v3/ping")
        self.assertEqual((answer.status, answer.code, answer.headers["retry-after"]), (429, -1003, "2"))
        self.assert_acted(number)
        self.assertEqual(self.exchange.judge(first).sent_before_retry_after(), [])
        self.client.public("/api/v3/ping")
        broken = self.exchange.judge(first).sent_before_retry_after()
        self.assertEqual(len(broken), 1, "the judge has to see who does not wait")
        end = now_ms() + 2100
        while now_ms() < end:  # the wait itself is what is asked for
            time.sleep(0.05)
        self.client.public("/api/v3/ping")
        self.assertEqual(self.exchange.judge(first).sent_before_retry_after(), broken)

    def test_too_many_orders(self):
        answer = self.refused(429, "too_many_orders", -1015, retry_after_s=1)
        self.assertEqual(answer.headers["retry-after"], "1")
        socket = self.client.socket("/ws-api/v3")
        self.exchange.fault("too_many_orders", via="websocket", retry_after_s=2)
        said = socket.request("order.place", {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}, signed=True)
        self.assertEqual((said["status"], said["error"]["code"]), (429, -1015))
        self.assertGreater(said["error"]["data"]["retryAfter"], said["error"]["data"]["serverTime"])
        socket.close()

    def test_banned(self):
        answer = self.refused(418, "banned", -1003, retry_after_s=3)
        self.assertEqual(answer.headers["retry-after"], "3")

    def test_forbidden(self):
        answer = self.refused(403, "forbidden")
        self.assertTrue(answer.body.startswith("<html>") and answer.headers["content-type"] == "text/html")

    def test_restricted_location(self):
        self.refused(451, "restricted_location", 0)

    def test_overloaded(self):
        self.refused(503, "overloaded", -1008)

    def test_timestamp_refused(self):
        self.refused(400, "timestamp_refused", -1021)

    def test_maintenance(self):
        socket = self.client.socket("/ws/btcusdt@trade")
        number = self.exchange.fault("maintenance", lasts_ms=3 * 3600 * 1000)
        self.assertEqual(self.client.public("/api/v3/time").status, 503)
        with self.assertRaises(WasClosed) as closed:
            socket.text()
        self.assertEqual(closed.exception.code, 1001)
        name = fresh_id()
        self.assertEqual(self.client.order(name).status, 503)
        self.assertEqual(self.client.public("/sapi/v1/system/status").json["status"], 1)
        self.assertEqual(self.client.socket("/ws-api/v3").status, 503)
        self.assert_acted(number, 4)
        self.exchange.control("DELETE", f"/faults?id={number}")
        self.assertEqual(self.client.public("/api/v3/time").status, 200)
        self.assertTrue(self.exchange.judge().never_executed(name))

    def test_engine_delay(self):
        number, name = self.exchange.fault("engine_delay", delay_ms=1500, method="POST"), fresh_id()
        with self.assertRaises(TimedOut):  # gone before its order is executed, which is later than its window allows
            self.client.order(name, timeout=0.15, recvWindow=1000)
        judge = self.exchange.judge()
        self.assertTrue(judge.never_executed(name))
        while not self.exchange.judge().events("answered", call=judge.received(name)[0]["call"]):
            time.sleep(0.02)
        self.assertTrue(self.exchange.judge().executed_exactly_once(name))
        self.assert_acted(number)
        # In front of the fence the window is asked for again, and is over.
        number, name = self.exchange.fault("engine_delay", delay_ms=400, before_fence=True, method="POST"), fresh_id()
        self.assertEqual(self.client.order(name, recvWindow=100).code, -1021)
        self.assertTrue(self.exchange.judge().never_executed(name))
        self.assert_acted(number)


class AnswerFaultTest(ExchangeTest):
    """The request had its effect."""

    def executed(self, fault, error=None, **settings):
        number, name = self.exchange.fault(fault, method="POST", path="/api/v3/order", **settings), fresh_id()
        answer = None
        if error:
            with self.assertRaises(error):
                self.client.order(name, timeout=patience(error))
        else:
            answer = self.client.order(name)
        self.assert_acted(number)
        judge = self.exchange.judge()
        self.assertTrue(judge.executed_exactly_once(name))
        call = judge.received(name)[0]["call"]
        self.assertTrue(judge.was_executed(call))
        self.assertEqual(judge.answer(call)["fault"], f"{fault}#{number}")
        self.assertEqual(self.client.query(name).json["status"], "FILLED")
        return answer if answer else judge.answer(call)

    def test_timeout_after(self):
        self.assertTrue(self.executed("timeout_after", TimedOut)["is_withheld"])

    def test_reset_after(self):
        self.assertTrue(self.executed("reset_after", WasReset)["is_withheld"])

    def test_close_after(self):
        self.assertTrue(self.executed("close_after", WasClosed)["is_withheld"])

    def test_read_and_close_counts_every_attempt(self):
        # A client that sends a POST again on a fresh connection buys twice, and the judge sees it.
        number, name = self.exchange.fault("close_after", method="POST", count=0), fresh_id()
        for _ in range(2):
            with self.assertRaises(WasClosed):
                self.client.order(name)
        self.assert_acted(number, 2)
        judge = self.exchange.judge()
        self.assertEqual(len(judge.orders(name)), 2)
        self.assertFalse(judge.executed_exactly_once(name))

    def test_error_after(self):
        answer = self.executed("error_after", status=502)
        self.assertEqual((answer.status, answer.code), (502, -1001))
        self.assertIn("<html>", self.executed("error_after", html=True).body)

    def test_unexpected_response(self):
        self.assertEqual(self.executed("unexpected_response").code, -1006)

    def test_backend_timeout(self):
        answer = self.executed("backend_timeout")
        self.assertEqual((answer.status, answer.code), (504, -1007))
        number, name = self.exchange.fault("backend_timeout", executed=False, method="POST"), fresh_id()
        self.assertEqual(self.client.order(name).code, -1007)
        self.assert_acted(number)
        self.assertTrue(self.exchange.judge().never_executed(name))

    def test_over_the_websocket_api(self):
        socket = self.client.socket("/ws-api/v3")
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001"}
        number, name = self.exchange.fault("backend_timeout", via="websocket"), fresh_id()
        said = socket.request("order.place", {**order, "newClientOrderId": name}, signed=True)
        self.assertEqual((said["status"], said["error"]["code"]), (504, -1007))
        self.assert_acted(number)
        self.assertTrue(self.exchange.judge().executed_exactly_once(name))
        number, name = self.exchange.fault("timeout_after", path="order.place"), fresh_id()
        with self.assertRaises(TimedOut):
            socket.request("order.place", {**order, "newClientOrderId": name}, signed=True, timeout=HOLD_S)
        self.assert_acted(number)
        self.assertTrue(self.exchange.judge().executed_exactly_once(name))
        socket.close()

    def test_cut_body(self):
        self.executed("cut_body", WasCut)
        self.executed("cut_body", WasCut, missing_bytes=1)

    def test_wrong_body(self):
        self.client.public("/api/v3/time")
        self.assertIn("serverTime", self.executed("wrong_body").json)
        self.assertEqual(self.executed("wrong_body", body='{"orderId":7}').json, {"orderId": 7})

    def test_duplicate_answer(self):
        number, name = self.exchange.fault("duplicate_answer", method="POST"), fresh_id()
        connection = self.client.connection()
        connection.send(self.client.request_bytes("POST", "/api/v3/order", {
            "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001", "newClientOrderId": name}))
        self.assertEqual(connection.answer().body, connection.answer().body)
        connection.close()
        self.assert_acted(number)
        judge = self.exchange.judge()
        self.assertTrue(judge.executed_exactly_once(name))
        self.assertEqual(judge.answer(judge.received(name)[0]["call"])["copies"], 2)

    def test_slow_drip(self):
        number, name = self.exchange.fault("slow_drip", method="POST", bytes=100, drip_ms=10), fresh_id()
        connection = self.client.connection()
        connection.send(self.client.request_bytes("POST", "/api/v3/order", {
            "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.001", "newClientOrderId": name}))
        self.assertEqual(connection.answer().json["status"], "FILLED")
        self.assertGreater(connection.reads, 1)
        connection.close()
        self.assert_acted(number)

    def test_order_unknown(self):
        name = fresh_id()
        self.client.order(name)
        number = self.exchange.fault("order_unknown", lag_ms=3000, count=0)
        self.assertEqual(self.client.query(name).code, -2013)
        for path in ("/api/v3/allOrders", "/api/v3/myTrades"):
            rows = self.client.get(path, {"symbol": "BTCUSDT"}).json
            newest = max([row["orderId"] for row in rows], default=0)
            self.assertNotIn(newest, self.exchange.judge().orders(name))
        self.assertGreaterEqual(self.exchange.acted(number), 3)
        while self.client.query(name).status != 200:  # the lag ends by itself
            time.sleep(0.05)
        self.assertTrue(self.exchange.judge().executed_exactly_once(name))


if __name__ == "__main__":
    unittest.main()
