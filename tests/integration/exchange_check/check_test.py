"""`stratdock check` of configurations whose market is an exchange.

Environment: STRATDOCK_BINARY (the program), STRATDOCK_PAPER_EXCHANGE (if another one is the exchange).
"""
import base64
import hashlib
import hmac
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

SOURCE = os.environ.get("STRATDOCK_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))
BINARY = os.environ.get("STRATDOCK_BINARY", os.path.join(SOURCE, "build", "dev", "bin", "stratdock"))
EXCHANGE = os.environ.get("STRATDOCK_PAPER_EXCHANGE", BINARY)  # a program that has the command `paper-exchange`
PATIENCE_S = 120
KEY, SECRET = "canaryKey0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH", "canarySecret0123456789abcdefghijklmnopqrstuvwxyzABCDE"

CONFIGURATION = """
mode: {mode}
data: {folder}/data
dashboard: {{enabled: false}}
market: {{source: exchange}}
exchange: {{url: "{url}"}}
bots:
  btc: {{symbol: BTCUSDT, strategy: volatile, trade_amount: {amount}}}
  other: {{symbol: {symbol}, strategy: volatile, trade_amount: 100}}
"""


def symbol(name):
    return {"symbol": name, "status": "TRADING", "baseAsset": name[:3], "baseAssetPrecision": 8, "quoteAsset": "USDT", "quotePrecision": 8, "quoteAssetPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"], "ocoAllowed": True, "quoteOrderQtyMarketAllowed": True,
            "isSpotTradingAllowed": True, "permissions": [], "permissionSets": [["SPOT"]],
            "filters": [{"filterType": "PRICE_FILTER", "minPrice": "0.01000000", "maxPrice": "1000000.00000000", "tickSize": "0.01000000"},
                        {"filterType": "LOT_SIZE", "minQty": "0.00001000", "maxQty": "9000.00000000", "stepSize": "0.00001000"},
                        {"filterType": "NOTIONAL", "minNotional": "5.00000000", "applyMinToMarket": True, "maxNotional": "9000000.00000000", "applyMaxToMarket": False, "avgPriceMins": 5},
                        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5}]}


class Exchange:
    def __init__(self):
        self.clock_ahead_ms, self.sockets, self.account = 0, True, None
        self.asked, self.changing = [], []
        exchange = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                exchange.asked.append(self.path)
                if self.headers.get("Upgrade", "").lower() == "websocket":
                    exchange.open_socket(self)
                    return
                status, body = exchange.answer(self)
                body = body if isinstance(body, bytes) else json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-MBX-USED-WEIGHT-1M", "44")
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                exchange.changing.append(self.path)

            do_PUT = do_DELETE = do_POST

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def open_socket(self, handler):
        handler.close_connection = True
        if not self.sockets:
            handler.send_response(404)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        accept = base64.b64encode(hashlib.sha1((handler.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()).decode()
        handler.wfile.write(f"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n".encode())
        handler.rfile.read(2)  # until it says goodbye

    def answer(self, handler):
        path, _, query = handler.path.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if path == "/api/v3/time":
            return 200, {"serverTime": int(time.time() * 1000) + self.clock_ahead_ms}
        if path == "/api/v3/exchangeInfo":
            names = json.loads(asked.get("symbols", '["BTCUSDT", "ETHUSDT", "BNBUSDT"]'))
            if not set(names) <= {"BTCUSDT", "ETHUSDT", "BNBUSDT"}:
                return 400, {"code": -1121, "msg": "Invalid symbol."}
            return 200, {"timezone": "UTC", "serverTime": 1, "rateLimits": [{"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}], "exchangeFilters": [],
                         "symbols": [symbol(name) for name in names]}
        if path == "/api/v3/account":
            unsigned, _, signature = query.rpartition("&signature=")
            if handler.headers.get("X-MBX-APIKEY") != KEY or signature != hmac.new(SECRET.encode(), unsigned.encode(), hashlib.sha256).hexdigest():
                return 400, {"code": -1022, "msg": "Signature for this request is not valid."}
            return self.account(handler) if self.account else (200, ACCOUNT)
        return 404, {"code": -1, "msg": "not here"}


ACCOUNT = {"makerCommission": 10, "takerCommission": 10, "buyerCommission": 0, "sellerCommission": 0,
           "commissionRates": {"maker": "0.001", "taker": "0.001", "buyer": "0", "seller": "0"}, "canTrade": True, "canWithdraw": True, "canDeposit": True, "brokered": False,
           "requireSelfTradePrevention": False, "preventSor": False, "updateTime": 1, "accountType": "SPOT", "permissions": ["SPOT"], "uid": 1,
           "balances": [{"asset": "USDT", "free": "150.00000000", "locked": "0.00000000"}, {"asset": "BTC", "free": "0.10000000", "locked": "0.00000000"}]}


class CheckTest(unittest.TestCase):
    mode = "paper"

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stratdock-check-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8"}
        self.exchange = Exchange()
        self.addCleanup(self.exchange.close)

    def check(self, code=0, **settings):
        file = os.path.join(self.folder, "bots.yaml")
        with open(file, "w", encoding="utf-8") as out:
            out.write(CONFIGURATION.format(**{"mode": self.mode, "folder": self.folder, "url": self.exchange.url, "amount": 100, "symbol": "ETHUSDT"} | settings))
        done = subprocess.run([BINARY, "check", file, "--json"], capture_output=True, text=True, env=self.environment, timeout=PATIENCE_S, check=False)
        self.assertEqual(code, done.returncode, done.stdout + done.stderr)
        self.assertEqual([], self.exchange.changing)
        self.output = done.stdout + done.stderr
        return {(one["kind"], one["subject"]): one["text"] for one in json.loads(done.stdout)["findings"]}


class PaperMarketTest(CheckTest):
    def test_all_is_well(self):
        found = self.check()
        self.assertRegex(found["ok", "connection, REST"], r"answered in \d+ ms")
        self.assertRegex(found["ok", "connection, streams"], r"answered in \d+ ms")
        self.assertNotIn(("ok", "connection, WebSocket API"), found)  # no orders go there
        self.assertIn("of 6000 request weight", found["ok", "request budget"])
        self.assertRegex(found.get(("ok", "clock"), found.get(("warning", "clock"))), r"clock is \d+ ms (ahead of|behind) the exchange's")
        self.assertEqual("the bots ask for 200 of 10000 USDT", found["ok", "money"])
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")))

    def test_what_is_not_well(self):
        self.exchange.clock_ahead_ms, self.exchange.sockets = 60_000, False
        found = self.check(code=1, symbol="NOPEUSDT", amount=5)
        self.assertRegex(found["warning", "clock"], r"is [56]\d\d\d\d ms behind the exchange's")
        self.assertIn("404", found["wrong", "connection, streams"])
        self.assertIn("does not list NOPEUSDT", found["wrong", "bot other"])
        self.assertIn("at the stop-loss", found["warning", "bot btc"])

    def test_none_named_and_none_running(self):
        done = subprocess.run([BINARY, "check"], capture_output=True, text=True, env=self.environment, timeout=PATIENCE_S, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("none is named; looking for a running Stratdock", done.stderr)

    def test_nobody_there(self):
        self.exchange.close()
        found = self.check(code=1)
        self.assertIn("no connection came about", found["wrong", "connection, REST"])
        self.assertIn(("wrong", "connection, streams"), found)
        self.assertIn(("wrong", "symbols"), found)


class AccountTest(CheckTest):
    mode = "testnet"

    def setUp(self):
        super().setUp()
        self.set_keys(KEY, SECRET)

    def set_keys(self, key, secret):
        self.environment |= {"BINANCE_TESTNET_API_KEY": key, "BINANCE_TESTNET_API_SECRET": secret}

    def tearDown(self):
        for canary in (KEY, SECRET, KEY[:12], SECRET[:14], "signature="):
            self.assertNotIn(canary, self.output)

    def test_all_that_is_asked_of_an_account(self):
        found = self.check()
        self.assertIn(("ok", "connection, WebSocket API"), found)
        self.assertIn("cannot be checked there", found["ok", "key"])
        self.assertEqual("it can trade", found["ok", "account"])
        self.assertEqual("150 USDT, 0.1 BTC", found["ok", "balances"])
        self.assertIn("the bots ask for 200 USDT, free are 150", found["warning", "money"])

    def test_a_wrong_secret(self):
        self.set_keys(KEY, SECRET[::-1])
        self.assertIn("secret does not belong to the API key", self.check(code=1)["wrong", "account"])

    def test_a_key_that_is_refused(self):
        self.exchange.account = lambda _: (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."})
        self.assertIn("check the key, its right to trade on spot and the addresses", self.check(code=1)["wrong", "account"])

    def test_an_exchange_that_tells_what_it_was_sent(self):
        """Whatever comes back with key and signature in it shows neither."""
        def echo(handler):
            return f"you sent {handler.headers['X-MBX-APIKEY']} and {handler.path}"
        for status, body in ((400, lambda handler: {"code": -1100, "msg": echo(handler)}), (500, lambda handler: echo(handler).encode()), (200, lambda handler: {"canTrade": echo(handler)})):
            with self.subTest(status):
                self.exchange.account = lambda handler, status=status, body=body: (status, body(handler))
                found = self.check(code=1)["wrong", "account"]
                if status != 200:
                    self.assertIn("you sent (hidden)", found)
                self.tearDown()

    def test_an_account_that_cannot_trade(self):
        self.exchange.account = lambda _: (200, ACCOUNT | {"canTrade": False})
        self.assertIn("does not let it trade", self.check(code=1)["wrong", "account"])

    def test_live_trading_is_refused_and_its_key_looked_at(self):
        self.mode = "live"
        self.environment |= {"BINANCE_API_KEY": KEY, "BINANCE_API_SECRET": SECRET}
        found = self.check(code=1)
        self.assertIn("live trading is not enabled yet", self.output)
        self.assertEqual("150 USDT, 0.1 BTC", found["ok", "balances"])

    def test_no_keys(self):
        self.set_keys("", "")
        found = self.check(code=1)
        self.assertIn("BINANCE_TESTNET_API_KEY", found["wrong", "secrets"])
        self.assertIn(("ok", "connection, WebSocket API"), found)


class PaperExchangeTest(CheckTest):
    mode = "testnet"

    def test_our_own_exchange(self):
        if subprocess.run([EXCHANGE, "paper-exchange", "--help"], capture_output=True, check=False).returncode != 0:
            print("skipped: this program has no paper exchange")
            return
        process = subprocess.Popen([EXCHANGE, "paper-exchange", "--port", "0"], cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            said = {}
            for line in process.stdout:
                for name in ("REST", "API key", "secret"):
                    if line.strip().startswith(name):
                        said[name] = line.strip().removeprefix(name).split()[0]
                if "secret" in said:
                    break
            self.environment |= {"BINANCE_TESTNET_API_KEY": said["API key"], "BINANCE_TESTNET_API_SECRET": said["secret"]}
            url = "http://" + said["REST"].split("/")[2]
            found = self.check(url=url, symbol="BNBUSDT")
            for subject in ("connection, REST", "connection, WebSocket API", "connection, streams", "request budget", "key", "account", "money", "bot btc", "bot other"):
                self.assertIn(("ok", subject), found)
            self.assertEqual("10000 USDT", found["ok", "balances"])
            self.assertNotIn(said["secret"], self.output)
            found = self.check(url=url, symbol="NOPEUSDT", code=1)
            self.assertIn("does not list NOPEUSDT", found["wrong", "bot other"])
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


if __name__ == "__main__":
    unittest.main()
