"""The script file, the page about faults, the control port and what a restart means."""
import glob
import json
import os
import re
import ssl
import subprocess
import tempfile
import unittest

from client import Broken, Client, hmac_signer
from faulted_exchange import BINARY, SOURCE, Exchange, ExchangeTest, Refused, fresh_id
from judge import Judge

PAGE = os.path.join(SOURCE, "host", "exchange_server", "FAULTS.md")


class ScriptTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def script(self, text):
        path = os.path.join(self.folder.name, "faults.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def test_a_script_acts_from_the_start_over_tls(self):
        log, authority = os.path.join(self.folder.name, "log"), os.path.join(self.folder.name, "ca.pem")
        faults = self.script('# lost answers\n\n{"fault": "reset_after", "method": "POST", "note": "one"}\n{"fault": "error_before", "path": "/api/v3/time"}\n')
        exchange = Exchange("--faults", faults, "--log", log, "--tls", "--ca-file", authority)
        self.addCleanup(exchange.stop)
        client = Client(exchange.port, exchange.key, hmac_signer(exchange.secret), ssl.create_default_context(cafile=authority))
        self.assertEqual(client.public("/api/v3/time").status, 503)
        name = fresh_id()
        with self.assertRaises(Broken):
            client.order(name)
        self.assertEqual(client.query(name).json["status"], "FILLED")
        self.assertEqual([fault["acted"] for fault in exchange.control("GET", "/faults")["faults"]], [1, 1])
        socket = client.socket("/ws/btcusdt@trade")
        exchange.step()
        self.assertEqual(socket.event()["e"], "trade")
        socket.close()
        judge = Judge.of_file(log)
        self.assertTrue(judge.executed_exactly_once(name))
        self.assertEqual(judge.contradictions(), [])
        self.assertEqual(judge.lines, exchange.judge().lines[:len(judge.lines)])
        with open(log, encoding="utf-8") as file:
            text = file.read()
        self.assertNotIn(exchange.secret, text)
        self.assertNotIn("signature", text)

    def test_bad_scripts_are_refused_by_line(self):
        for text, said in (('{"fault": "reset_after"}\n{"fault": "nothing"}\n', "line 2: reading a fault: 'fault' is 'nothing'"),
                           ('{"fault": "reset_after", "hold_ms": 1}\n', "'hold_ms' is no setting of reset_after"),
                           ('{"fault": "reset_after", "count": -1}\n', "'count' is -1"),
                           ('{"fault": "cancel_race", "share": "x"}\n', "'share' is 'x', no decimal"),
                           ('{"fault": "reset_after", "probability": 2}\n', "'probability' is not between 0 and 1"),
                           ('{"fault": "reset_after", "via": "pigeon"}\n', "'via' is neither rest nor websocket"),
                           ('{"fault": "stream_drop", "at_ms": 5}\n', "'at_ms' is for changes of the exchange alone"),
                           ("reset_after\n", "line 1")):
            done = subprocess.run([BINARY, "paper-exchange", "--port", "0", "--faults", self.script(text)], capture_output=True, text=True, timeout=60)
            self.assertNotEqual(done.returncode, 0, text)
            self.assertIn(said, done.stderr)
        done = subprocess.run([BINARY, "paper-exchange", "--port", "0", "--faults", "/nowhere"], capture_output=True, text=True, timeout=60)
        self.assertIn("reading the faults of /nowhere", done.stderr)

    def test_a_restart_is_a_wiped_exchange(self):
        exchange = Exchange()
        name = fresh_id()
        exchange.client.order(name)
        old_secret = exchange.secret
        exchange.stop()
        exchange = Exchange()
        self.addCleanup(exchange.stop)
        self.assertEqual(exchange.secret, old_secret)
        self.assertEqual(exchange.client.query(name).code, -2013)
        self.assertEqual(exchange.client.balance("USDT")["free"], "10000.00000000")


class PageTest(ExchangeTest):
    def rows(self):
        with open(PAGE, encoding="utf-8") as page:
            for line in page:
                if line.startswith("| `") and line.count("|") >= 6:
                    yield [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]

    def test_the_page_says_what_the_code_does(self):
        written = [(cells[0].strip("`"), cells[1], cells[2]) for cells in self.rows()]
        known = [(kind["fault"], kind["effect"], ", ".join(f"`{word.split(':')[0]}`" for word in kind["settings"].split()) or "none")
                 for kind in self.exchange.control("GET", "/faults/kinds")]
        self.assertEqual(sorted(written), sorted(known))

    def test_every_example_is_taken(self):
        for cells in self.rows():
            self.exchange.fault(**{"note": "example", **json.loads(cells[3].strip("`")), "path": "/nowhere", "from_ms": 3_600_000, "at_ms": 3_600_000}
                                if "at_ms" in cells[3] else {**json.loads(cells[3].strip("`")), "path": "/nowhere", "from_ms": 3_600_000})
        with open(PAGE, encoding="utf-8") as page:
            for line in page.read().split("```")[1].splitlines():
                if line.startswith("{"):
                    self.exchange.fault(**{**json.loads(line), "from_ms": 3_600_000})

    def test_every_fault_has_its_test(self):
        tests = {}
        for path in glob.glob(os.path.join(os.path.dirname(os.path.abspath(__file__)), "fault_*_test.py")):
            with open(path, encoding="utf-8") as file:
                tests[os.path.basename(path)] = file.read()
        for cells in self.rows():
            name, file = re.fullmatch(r"`(\w+)` in (\w+\.py)", cells[4]).groups()
            self.assertEqual(name, "test_" + cells[0].strip("`"))
            self.assertIn(f"def {name}(self)", tests[file])


class ControlTest(ExchangeTest):
    def test_half_steps(self):
        played = self.exchange.control("GET", "/status")["candles_played"]
        before = self.exchange.price()
        self.exchange.control("POST", "/step", {"to": "open"})
        opened = self.exchange.control("POST", "/step", {"to": "open"})
        self.assertEqual(opened["candles_played"], played)
        candle = self.client.public("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "1m", "limit": 1}).json[0]
        self.assertEqual(candle[1], candle[4], "nothing but the open is known")
        closed = self.exchange.control("POST", "/step", {"to": "close"})
        self.assertEqual(closed["candles_played"], played + 1)
        self.assertEqual(self.exchange.control("POST", "/step", {"to": "close"})["candles_played"], played + 1)
        self.assertNotEqual(self.exchange.price(), before)
        self.assertEqual(self.exchange.step(3)["candles_played"], played + 4)

    def test_no_candle_where_nobody_may_trade(self):
        def last_opens():
            return {symbol: self.client.public("/api/v3/klines", {"symbol": symbol, "interval": "1m", "limit": 1}).json[0][0] for symbol in ("BTCUSDT", "ETHUSDT")}
        before = last_opens()
        self.exchange.act("status_changed", symbol="ETHUSDT", status="HALT")
        self.exchange.step(3)
        self.assertEqual({"BTCUSDT": before["BTCUSDT"] + 180_000, "ETHUSDT": before["ETHUSDT"]}, last_opens())
        # Where all stand still the time goes on all the same, half a step at a time too.
        self.exchange.act("status_changed", symbol="BTCUSDT", status="BREAK")
        played = self.exchange.control("GET", "/status")["candles_played"]
        for half in ("open", "open", "close", "close"):
            self.exchange.control("POST", "/step", {"to": half})
        self.assertEqual(played + 1, self.exchange.control("GET", "/status")["candles_played"])
        self.assertEqual({"BTCUSDT": before["BTCUSDT"] + 180_000, "ETHUSDT": before["ETHUSDT"]}, last_opens())
        for symbol in before:
            self.exchange.act("status_changed", symbol=symbol, status="TRADING")
        self.exchange.step(1)
        self.assertEqual({symbol: open_ms + 300_000 for symbol, open_ms in before.items()}, last_opens())

    def test_pause_and_resume(self):
        self.assertTrue(self.exchange.control("POST", "/pause")["is_paused"])
        self.assertFalse(self.exchange.control("POST", "/resume")["is_paused"])

    def test_keys(self):
        self.exchange.control("POST", "/keys", {"account": "demo", "id": "reader", "secret": "one", "may_trade": False})
        reader = Client(self.exchange.port, "reader", hmac_signer("one"))
        self.assertEqual(reader.get("/api/v3/account").status, 200)
        self.assertEqual(reader.order(fresh_id()).code, -2015)
        self.assertIn("reader", [key["id"] for key in self.exchange.control("GET", "/keys")])
        for body, said in (({"id": "reader", "secret": "x"}, "already"), ({"id": "x"}, "`secret` has to be a text"),
                           ({"id": "x", "public_key": "no key"}, "."), ({"account": "nobody", "id": "x", "secret": "y"}, "no account nobody")):
            with self.assertRaisesRegex(Refused, said):
                self.exchange.control("POST", "/keys", body)

    def test_limits(self):
        self.exchange.control("POST", "/limits", {"orders_per_day": 1})
        answer = [self.client.limit(fresh_id(), self.exchange.price(0.9)) for _ in range(2)][1]  # those that rest count
        self.assertEqual((answer.status, answer.code), (429, -1015))
        self.exchange.control("POST", "/limits", {"orders_per_day": 200000})
        self.assertEqual(self.client.order(fresh_id()).status, 200)
        with self.assertRaisesRegex(Refused, "no limit `speed`"):
            self.exchange.control("POST", "/limits", {"speed": 1})

    def test_wrong_requests_say_what_is_wrong(self):
        for method, path, body, said in (("GET", "/nothing", None, "no GET /nothing"), ("POST", "/nothing", {}, "no POST /nothing"),
                                         ("PUT", "/faults", {}, "no PUT /faults"), ("POST", "/step", {"candles": 0}, "between 1"),
                                         ("POST", "/step", {"to": "noon"}, "neither open nor close"), ("POST", "/step", [1], "no JSON object"),
                                         ("DELETE", "/faults?id=999", None, "no fault 999"), ("POST", "/act", {"fault": "reset_after"}, "needs a call"),
                                         ("POST", "/act", {"fault": "status_changed", "symbol": "X"}, "none named 'X'"),
                                         ("POST", "/act", {"fault": "foreign_cancel", "account": "demo", "order_id": 5}, "no open order"),
                                         ("POST", "/faults", [{"fault": "banned"}, {"fault": "x"}], "is 'x'")):
            with self.assertRaisesRegex(Refused, said):
                self.exchange.control(method, path, body)
        self.assertEqual(self.exchange.control("GET", "/faults")["faults"], [], "all or nothing")

    def test_the_log_from_a_line_on(self):
        total = self.exchange.control("GET", "/status")["log_lines"]
        self.client.public("/api/v3/ping")
        lines = self.exchange.judge(total + 1).lines
        self.assertEqual([line["event"] for line in lines], ["received", "executed", "answered"])
        self.assertEqual(lines[0]["line"], total + 1)

    def test_it_has_no_websockets(self):
        socket = Client(self.exchange.control_port).socket("/status")
        self.assertEqual(socket.status, 404)
        socket.close()


if __name__ == "__main__":
    unittest.main()
