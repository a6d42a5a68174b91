#!/usr/bin/env python3
"""The paper exchange as a program: its market, limits, TLS, accounts, log and options."""

import json
import os
import shutil
import subprocess
import tempfile
import time
import unittest
from decimal import Decimal

from exchange import BINARY, Client, Exchange, WebSocket, trust


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

    def test_a_ticker_does_not_end_in_the_future(self):
        with Exchange("--speed", "real", "--interval", "1h") as exchange:
            client = exchange.client()
            for path in ("ticker/24hr", "ticker", "ticker/tradingDay"):
                close = client.get(f"/api/v3/{path}", symbol="BTCUSDT").json["closeTime"]
                self.assertLessEqual(close, client.get("/api/v3/time").json["serverTime"], path)

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
    """With a clock that stands still: no window ends while its limit is reached."""

    def test_request_weight_and_the_ban(self):
        with Exchange("--speed", "manual", "--market-time", "--limit-weight", "30") as exchange:
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
        with Exchange("--speed", "manual", "--market-time", "--limit-orders-day", "2") as exchange:
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
