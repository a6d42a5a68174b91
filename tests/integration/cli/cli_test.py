"""The command line as its users type it.

Environment: STRATDOCK_BINARY (the program), STRATDOCK_SOURCE (the source tree). Every test has a home of its own.
"""
import contextlib
import csv
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest
import urllib.request

SOURCE = os.environ.get("STRATDOCK_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))
BINARY = os.environ.get("STRATDOCK_BINARY", os.path.join(SOURCE, "build", "dev", "bin", "stratdock"))
CANDLE_MS = 300_000
PATIENCE_S = 60

DEMO = """
mode: paper
data: {data}
dashboard: {{port: {port}}}
market: {{source: synthetic, seed: 7, interval: 5m, speed: {speed}, symbols: {{BTCUSDT: {{price: 50000}}, ETHUSDT: {{price: 2500}}}}}}
paper: {{balances: {{USDT: 10000}}}}
risk: {{max_orders_per_minute: 0}}
bots:
  btc: {{symbol: BTCUSDT, strategy: enhanced, trade_amount: 1000}}
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def candles(path, rows, seed=5, start_ms=1_700_000_100_000 // 900_000 * 900_000):
    chance, price = random.Random(seed), 30000.0
    with open(path, "w", encoding="ascii") as out:
        for row in range(rows):
            opened, price = price, price * (1 + chance.gauss(0, 0.003))
            high, low = max(opened, price) * 1.0005, min(opened, price) * 0.9995
            at = start_ms + row * CANDLE_MS
            out.write(f"{at},{opened:.2f},{high:.2f},{low:.2f},{price:.2f},{chance.uniform(50, 900):.5f},{at + CANDLE_MS - 1},0,0,0,0,0\n")
    return path


def is_alive(pid):
    """Whether it still runs; one that ended and that nobody has waited for does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stratdock-cli-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8"}
        self.started = []  # supervisors' pids

    def tearDown(self):
        for pid in self.started:
            try:
                os.kill(pid, signal.SIGKILL)  # the tree ends with its supervisor
            except ProcessLookupError:
                pass

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def run_cli(self, *words, code=0):
        done = subprocess.run([BINARY, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.environment, cwd=self.folder, timeout=PATIENCE_S * 2, check=False)
        done.out, done.err = done.stdout.decode(), done.stderr.decode()
        self.assertEqual(code, done.returncode, f"{words}\n{done.out}\n{done.err}")
        if code != 0:
            self.assertTrue(done.err.strip(), f"{words} fails without a word")
        return done

    def json_of(self, *words, code=0):
        return json.loads(self.run_cli(*words, "--json", code=code).out)

    def start_demo(self, name="demo", data=None, speed="600x"):
        data = data or self.path(".local", "share", "stratdock", name)
        config = write(self.path(name + ".yaml"), DEMO.format(data=data, port=free_port(), speed=speed))
        self.run_cli("run", config, "--detach")
        with open(os.path.join(data, "supervisor.json"), encoding="utf-8") as note:
            self.started.append(json.load(note)["pid"])
        return config, data

    def wait_for(self, what, condition):
        end = time.monotonic() + PATIENCE_S
        while not (value := condition()):
            self.assertLess(time.monotonic(), end, "waited in vain: " + what)
            time.sleep(0.02)
        return value


class RunningTest(CliTest):
    def bot(self, name):
        return self.json_of("bot", "show", name)

    def parameters_that_live_and_that_do_not(self):
        """A threshold takes force at once and the strategy goes on; a length begins it anew."""
        def anchor():
            with contextlib.closing(sqlite3.connect("file:" + self.path(".local", "share", "stratdock", "demo", "journal.db") + "?mode=ro", uri=True)) as database:
                return database.execute("SELECT anchor_ms FROM bots WHERE name = 'eth-swings'").fetchone()[0]

        before = anchor()
        self.assertIn("goes on with the new parameters", self.run_cli("bot", "update", "eth-swings", "--param", "needed_score=61").out)
        self.assertEqual(before, anchor())
        self.assertIn("lively_atr must not be above wild_atr", self.run_cli("bot", "update", "eth-swings", "--param", "wild_atr=0.1", code=1).err)
        self.assertEqual({"needed_score": "61"}, self.bot("eth-swings")["parameters"])
        self.assertEqual(before, anchor())
        self.assertIn("begins anew", self.run_cli("bot", "update", "eth-swings", "--param", "rsi_length=15").out)
        self.assertGreaterEqual(anchor(), before)  # the same where the market has not moved since the bot's start

    def test_a_bots_life(self):
        self.start_demo()
        self.assertEqual(["btc"], [bot["name"] for bot in self.json_of("bot", "list")["bots"]])
        self.run_cli("bot", "create", "ETH Swings", "--symbol", "ethusdt", "--strategy", "volatile", "--trade-amount", "250", "--stop-loss", "3%", "--param", "rsi_length=10")
        bot = self.bot("eth-swings")
        self.assertEqual(("stopped", "250", "ETHUSDT", "ETH Swings", {"rsi_length": "10"}), tuple(bot[key] for key in ("state", "trade_amount", "symbol", "title", "parameters")))
        for word, state in (("start", "running"), ("pause", "paused"), ("start", "running"), ("stop", "stopped"), ("start", "running")):
            self.run_cli("bot", word, "eth-swings")
            self.assertEqual(state, self.bot("eth-swings")["state"], word)
        self.assertIn("evaluated", self.run_cli("bot", "evaluate", "eth-swings").out)
        self.run_cli("bot", "update", "eth-swings", "--trade-amount", "300", "--param", "rsi_length=")
        self.assertEqual(("300", {}), tuple(self.bot("eth-swings")[key] for key in ("trade_amount", "parameters")))
        self.run_cli("bot", "funds", "eth-swings", "allot", "20")
        self.assertEqual("320", self.bot("eth-swings")["allotted"])
        self.run_cli("bot", "funds", "eth-swings", "release", "20")
        self.assertEqual("300", self.bot("eth-swings")["allotted"])
        self.assertIn("strategy: volatile", self.run_cli("bot", "export", "eth-swings").out)
        self.parameters_that_live_and_that_do_not()
        self.assertIn("eth-swings", self.run_cli("bot", "list").out)
        self.run_cli("bot", "close", "eth-swings")
        self.assertEqual("stopped", self.bot("eth-swings")["state"])
        self.run_cli("bot", "delete", "eth-swings")
        self.assertIn("no such bot", self.run_cli("bot", "show", "eth-swings", code=1).err)
        self.assertIn("did you mean 'btc'", self.run_cli("bot", "stop", "btd", code=1).err)
        self.assertRegex(self.run_cli("bot", "update", "btc", "--trade-amount", "5", code=1).err, r"declared in .*demo\.yaml line \d+")
        self.assertIn("no symbol 'ETHUSD'", self.run_cli("bot", "create", "x", "--symbol", "ETHUSD", "--strategy", "volatile", "--trade-amount", "1", code=1).err)
        self.run_cli("bot", "stop", "--all")
        self.assertEqual(["stopped"], [bot["state"] for bot in self.json_of("bot", "list")["bots"]])

    def test_logs_are_followed(self):
        self.start_demo()
        self.assertIn("STARTING BOT", self.run_cli("bot", "logs", "btc", "--lines", "1000").out)
        follower = subprocess.Popen([BINARY, "bot", "logs", "btc", "-f", "--lines", "1"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.environment)
        try:
            lines = [follower.stdout.readline() for _ in range(3)]
            self.assertEqual(3, len(set(lines)), lines)
        finally:
            follower.kill()
            follower.communicate()

    def test_status_tokens_backup_and_shutdown(self):
        config, data = self.start_demo()
        status = self.wait_for("the dashboard", lambda: (one := self.json_of("status"))["dashboard"]["pid"] > 0 and one)
        self.assertEqual((os.path.realpath(config), {"running": 1}), (os.path.realpath(status["configuration"]), status["bots"]))
        self.assertIn("runs in paper mode", self.run_cli("status", "--config", config).out)
        token = self.run_cli("token", "--name", "test").out.strip()
        url = f"http://127.0.0.1:{status['dashboard_port']}/api/v1/overview"

        def overview():
            try:
                request = urllib.request.Request(url, headers={"Authorization": "Bearer " + token})
                return json.load(urllib.request.urlopen(request, timeout=5))
            except OSError:
                return None

        self.assertEqual(["btc"], [bot["name"] for bot in self.wait_for("an answer to the token", overview)["bots"]])
        self.assertRegex(self.run_cli("token", "--link").out, r"^http://127\.0\.0\.1:\d+/login#token=[0-9a-f]{32}\n$")
        self.run_cli("backup", self.path("copy.db"))
        self.run_cli("restore", self.path("copy.db"), "--data", data, "--replace", code=1)  # not under a running engine
        self.assertIn("is down", self.run_cli("shutdown").out)
        self.assertFalse(is_alive(status["pid"]))
        self.assertFalse(is_alive(status["engine"]["pid"]))
        self.assertIn("there is none", self.run_cli("status", code=1).err)
        self.assertIn("there is none", self.run_cli("bot", "start", "btc", code=1).err)
        # What is kept can still be read, also where it was restored.
        self.run_cli("restore", self.path("copy.db"), "--data", self.path("other"))
        for words in ((), ("--data", self.path("other"))):
            self.assertEqual(["btc"], [bot["name"] for bot in self.json_of("bot", "list", *words)["bots"]])

    def test_several_are_never_guessed_between(self):
        self.start_demo("one")
        self.start_demo("two")
        said = self.run_cli("bot", "list", code=1).err
        self.assertRegex(said, r"there are 2, name one:(?s:.)*one(?s:.)*two")
        self.assertEqual(["btc"], [bot["name"] for bot in self.json_of("bot", "list", "--config", self.path("two.yaml"))["bots"]])


class OfflineTest(CliTest):
    def test_strategies_are_listed_shown_and_installed(self):
        ids = {one["id"] for one in self.json_of("strategy", "list")["strategies"]}
        self.assertLessEqual({"stratdock.volatile", "stratdock.enhanced", "stratdock.simple_profitable", "stratdock.ticker_news"}, ids)
        shown = self.json_of("strategy", "show", "volatile")
        self.assertRegex(shown["plugin_sha256"], "^[0-9a-f]{64}$")
        self.assertIn("rsi_length", self.run_cli("strategy", "show", "volatile").out)
        self.run_cli("strategy", "show", "no_such", code=1)
        _, data = self.start_demo()
        broken = write(self.path("broken.so"), "no library")
        self.run_cli("strategy", "install", broken, code=1)
        self.assertFalse(os.path.exists(os.path.join(data, "plugins", "broken.so")))

    def test_check_says_what_is_wrong(self):
        config = write(self.path("good.yaml"), DEMO.format(data=self.path("data"), port=free_port(), speed="60x"))
        self.assertIn("It can run.", self.run_cli("check", config).out)
        self.assertFalse(os.path.exists(self.path("data")), "a check makes nothing")
        with open(config, encoding="utf-8") as file:
            text = file.read()
        for find, put, expected in (("strategy: enhanced", "strategy: enhancd", "did you mean 'enhanced'"), ("trade_amount: 1000", "trade_amont: 1000", "did you mean 'trade_amount'"),
                                    ("{symbol: BTCUSDT", "{symbol: BTCUSD", "BTCUSD "), ("mode: paper", "mode: live", "not enabled yet"),
                                    ("trade_amount: 1000", "trade_amount: 1000, parameters: {no_such: 1}", "no_such")):
            self.assertIn(find, text)
            self.assertIn(expected, self.run_cli("check", write(self.path("bad.yaml"), text.replace(find, put)), code=1).err)
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            self.assertIn("is taken", self.run_cli("check", write(self.path("bad.yaml"), re.sub(r"port: \d+", f"port: {port}", text)), code=1).err)


class BacktestTest(CliTest):
    def decide(self, file, *words):
        out = self.run_cli("decide", "--strategy", "volatile", "--candles", file, *words).stdout
        return out, list(csv.reader(io.StringIO(out.decode(), newline="")))

    def test_decide_answers_for_every_candle(self):
        file = candles(self.path("BTCUSDT-5m-made-up.csv"), 1200)
        raw, rows = self.decide(file)
        self.assertEqual(["open_time", "action", "confidence", "size_fraction", "stop_loss", "take_profit", "reasons"], rows[0])
        with open(file, encoding="ascii") as lines:
            self.assertEqual([line.split(",")[0] for line in lines], [row[0] for row in rows[1:]])
        self.assertEqual({7}, {len(row) for row in rows})
        self.assertLessEqual({row[1] for row in rows[1:]}, {"BUY", "SELL", "HOLD"})
        self.assertIn("BUY", {row[1] for row in rows[1:]})
        for row in rows[1:]:
            self.assertTrue(0 <= float(row[2]) <= 100)
            for cell in row[4:6]:
                self.assertTrue(cell == "" or 0 < float(cell) < 1)
        self.assertEqual(b"\r\n", raw[-2:])
        # The file's name is not needed, and a parameter counts.
        nameless = shutil.copy(file, self.path("candles.csv"))
        self.assertEqual(rows, self.decide(nameless)[1])
        self.assertNotEqual(rows, self.decide(file, "--param", "rsi_length=5")[1])
        # A fresh instance for each candle has only its window.
        self.assertEqual({"HOLD"}, {row[1] for row in self.decide(file, "--window", "50")[1][1:]})
        self.run_cli("decide", "--strategy", "volatile", "--candles", file, "--out", self.path("out.csv"))
        with open(self.path("out.csv"), "rb") as written:
            self.assertEqual(raw, written.read())
        self.assertIn("did you mean 'rsi_length'", self.run_cli("decide", "--strategy", "volatile", "--candles", file, "--param", "rsi_lenght=5", code=1).err)
        self.assertIn("no_such.csv", self.run_cli("decide", "--strategy", "volatile", "--candles", "no_such.csv", code=1).err)

    def test_a_backtests_figures_agree_with_its_trades(self):
        file = candles(self.path("BTCUSDT-5m-made-up.csv"), 4000)
        report = self.json_of("backtest", "--strategy", "simple_profitable", "--candles", file, "--trade-amount", "1000", "--fee", "0.1%", "--out", self.path("trades.csv"))
        with open(self.path("trades.csv"), newline="", encoding="utf-8") as written:
            trades = list(csv.DictReader(written))
        self.assertEqual(report["trade_count"], len(trades))
        self.assertGreater(len(trades), 5)
        units = lambda text: int(round(float(text) * 1e8))
        self.assertEqual(units(report["fees"]), sum(units(trade["fees"]) for trade in trades))
        for trade in trades:
            self.assertEqual(units(trade["profit"]), units(trade["proceeds"]) - units(trade["cost"]))
        self.assertEqual(report["trades"][0]["entry_price"], trades[0]["entry_price"])
        free = self.json_of("backtest", "--strategy", "simple_profitable", "--candles", file, "--trade-amount", "1000", "--fee", "0")
        self.assertEqual("0", free["fees"])
        self.assertGreater(float(free["equity"]), float(report["equity"]))
        self.assertRegex(self.run_cli("backtest", "--strategy", "simple_profitable", "--candles", file).out, r"profit factor +\d")
        self.assertIn("write 2%", self.run_cli("backtest", "--strategy", "volatile", "--candles", file, "--stop-loss", "x", code=1).err)

    def test_a_configurations_bots(self):
        candles(self.path("BTCUSDT-5m-made-up.csv"), 3000)
        config = write(self.path("replay.yaml"), "market: {source: replay, files: [BTCUSDT-5m-made-up.csv]}\nbots:\n"
                       "  a: {symbol: BTCUSDT, strategy: volatile, trade_amount: 500}\n  b: {symbol: BTCUSDT, strategy: simple_profitable, trade_amount: 500}\n")
        self.assertEqual(["a", "b"], [run["bot"] for run in self.json_of("backtest", config)["runs"]])
        self.assertEqual(["b"], [run["bot"] for run in self.json_of("backtest", config, "--bot", "b")["runs"]])
        self.run_cli("backtest", config, "--bot", "c", code=1)


class ImportTest(CliTest):
    def old_folder(self):
        os.mkdir(self.path("old"))
        write(self.path("old", ".env"), "BINANCE_API_KEY=hushhush1\nexport BINANCE_API_SECRET='hushhush2'\nSTOP_LOSS_PERCENT=3\nCHECK_INTERVAL=900\nRSI_PERIOD=14\n")
        write(self.path("old", "active_bots.json"), json.dumps([
            {"id": 1, "name": "BTC Bot", "symbol": "BTCUSDT", "strategy": "volatile", "trade_amount": 100, "status": "running", "profit": 1.5, "trades": 2},
            {"id": 2, "name": "ETH Bot", "symbol": "ETHUSDT", "strategy": "enhanced", "trade_amount": 50.5, "status": "stopped", "profit": 0, "trades": 0}]))
        write(self.path("old", "bot_1_position.json"), json.dumps({
            "position": "LONG", "entry_price": 50000.0, "stop_loss": 20000.0, "take_profit": 90000.0, "symbol": "BTCUSDT", "has_traded": True,
            "initial_investment": 100.0, "timestamp": "2025-10-24T10:30:00"}))
        return self.path("old")

    def test_every_field_is_reported_and_no_key_shown(self):
        old = self.old_folder()
        done = self.run_cli("import", old, "--dry-run")
        self.assertNotIn("hush", done.out + done.err)
        report = self.json_of("import", old, "--dry-run")
        fields = {(field["file"], field["field"]): field["fate"] for field in report["fields"]}
        self.assertEqual(5 + 2 * 8 + 8, len(report["fields"]))
        self.assertEqual("left out", fields[(".env", "BINANCE_API_SECRET")])
        self.assertEqual("taken over", fields[(".env", "STOP_LOSS_PERCENT")])
        self.assertEqual([False], [holding["taken_over"] for holding in report["holdings"]])
        self.assertIn("there is none", self.run_cli("import", old, code=1).err)

    def test_bots_are_made_stopped_and_a_holding_only_on_confirmation(self):
        old = self.old_folder()
        _, data = self.start_demo(speed="60x")
        self.json_of("import", old, "--dry-run")
        self.assertEqual(1, len(self.json_of("bot", "list")["bots"]), "a dry run makes nothing")
        self.run_cli("import", old)
        bot = self.json_of("bot", "show", "btc-bot")
        self.assertEqual(("stopped", "import", "BTC Bot", "100", None), tuple(bot[key] for key in ("state", "origin", "title", "trade_amount", "position")))
        self.assertEqual("50.5", self.json_of("bot", "show", "eth-bot")["trade_amount"])
        report = self.json_of("import", old, "--adopt", "btc-bot=0.002")
        self.assertEqual(["exists", "exists"], [one["status"] for one in report["bots"]])
        self.assertEqual([True], [holding["taken_over"] for holding in report["holdings"]])
        bot = self.json_of("bot", "show", "btc-bot")
        self.assertEqual(("LONG", "0.002", "50000", "20000", "90000"), tuple(bot[key] for key in ("position", "quantity", "entry_price", "stop_loss", "take_profit")))
        self.run_cli("import", old, "--adopt", "eth-bot", code=1)
        self.assertIn("0.002 of BTCUSDT", self.run_cli("bot", "delete", "btc-bot", code=1).err)
        self.assertEqual("LONG", self.json_of("bot", "show", "btc-bot")["position"])
        self.run_cli("bot", "delete", "btc-bot", "--release-holding")
        self.assertIn("no such bot", self.run_cli("bot", "show", "btc-bot", code=1).err)
        with contextlib.closing(sqlite3.connect(f"file:{data}/journal.db?mode=ro", uri=True)) as journal:
            held = dict(journal.execute("SELECT account, amount FROM account_balances WHERE asset = 'BTC'"))
            alarms = list(journal.execute("SELECT code FROM alarms WHERE bot_id = ? AND cleared_ms = 0", (bot["id"],)))
            orders = [status for status, in journal.execute("SELECT status FROM orders WHERE bot_id = ?", (bot["id"],))]
        self.assertEqual(("0", "0.002"), (held["bot:%d" % bot["id"]], held["unallocated"]))
        self.assertEqual((["CANCELED", "CANCELED"], []), (orders, alarms))


class HelpTest(CliTest):
    def test_every_command_explains_itself(self):
        listed = re.findall(r"^  (\w[\w-]*(?: \w+)?)  ", self.run_cli("help").out, re.M)
        self.assertGreater(len(listed), 20)
        for name in listed:
            said = self.run_cli(*name.split(), "--help").out
            self.assertIn("usage: stratdock " + name.split()[0], said)
            self.assertIn("example: stratdock " + name, said)
            self.run_cli(*name.split(), "--no-such-option", code=2)
        self.assertIn("did you mean 'backtest'", self.run_cli("bakctest", code=2).err)
        self.assertIn("bot show", self.run_cli("bot", code=2).err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
