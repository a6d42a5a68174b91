"""What the tests of the whole program share: a host in a folder of its own, its processes, its journal, candles.

A Host is one `stratdock run` with a configuration and a data folder under a temporary folder; it leaves no process behind.
Environment: STRATDOCK_BINARY (the program), STRATDOCK_SHARED_DATA (recorded data), STRATDOCK_SOURCE (the source tree),
STRATDOCK_SOAK=1 (full counts), STRATDOCK_SEED (repeats a run).
"""
import gzip
import os
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
import unittest

SOURCE = os.environ.get("STRATDOCK_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))
BINARY = os.environ.get("STRATDOCK_BINARY", os.path.join(SOURCE, "build", "dev", "bin", "stratdock"))
DATA = os.environ.get("STRATDOCK_SHARED_DATA") or os.path.join(SOURCE, "..", "shared", "data")
SOAK = os.environ.get("STRATDOCK_SOAK") == "1"
RECORDED = os.path.join(DATA, "klines", "BTCUSDT-5m-20220801_20230927.csv.gz")
CANDLE_MS = 300_000
PATIENCE_S = 60  # for what happens within a second on an idle machine


def seed():
    chosen = int(os.environ.get("STRATDOCK_SEED") or random.SystemRandom().randrange(1 << 31))
    print(f"seed: {chosen} (STRATDOCK_SEED={chosen} repeats it)", flush=True)
    return chosen


def need_recorded_candles():
    if not os.path.exists(RECORDED):
        # ctest knows a skipped test by this word.
        print(f"skipped: the recorded candles are not at {RECORDED}; STRATDOCK_SHARED_DATA may name their folder", flush=True)
        raise unittest.SkipTest("no recorded candles")


def wait_for(what, condition, patience_s=PATIENCE_S, every_s=0.005):
    """The first true value of condition(); fails naming `what` when it does not come in time."""
    end = time.monotonic() + patience_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience_s} s in vain: {what}")
        time.sleep(every_s)


def free_port():
    """Below the ports that the kernel hands out: there a connection to nobody could meet itself."""
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with socket.socket() as listener:
            try:
                listener.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
        return True
    except OSError:
        return False


def made_up_candles(path, rows, from_seed=5, start_ms=1_700_000_100_000 // CANDLE_MS * CANDLE_MS, missing=()):
    """A file of Binance's kline CSV: a random walk with enough swing for the strategies to trade on, without the rows `missing`."""
    chance = random.Random(from_seed)
    price, drift = 30000.0, 0.0
    with open(path, "w", encoding="ascii") as out:
        for row in range(rows):
            if row % 60 == 0:
                drift = chance.gauss(0, 0.0009)
            opened = price
            price = max(1000.0, price * (1 + drift + chance.gauss(0, 0.0022)))
            high = max(opened, price) * (1 + abs(chance.gauss(0, 0.0008)))
            low = min(opened, price) * (1 - abs(chance.gauss(0, 0.0008)))
            at = start_ms + row * CANDLE_MS
            line = f"{at},{opened:.2f},{high:.2f},{low:.2f},{price:.2f},{chance.uniform(50, 900):.5f},{at + CANDLE_MS - 1},0,0,0,0,0\n"
            if row not in missing:
                out.write(line)
    return path


def cut_of_recorded_candles(path, rows):
    with gzip.open(RECORDED, "rt", encoding="ascii") as source, open(path, "w", encoding="ascii") as out:
        for _, line in zip(range(rows), source):
            out.write(line)
    return path


def descendants(pid):
    """pid -> command line of every living process below `pid`."""
    parents, lines = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
            if fields[0] == "Z":
                continue
            with open(f"/proc/{entry}/cmdline", "rb") as command:
                lines[int(entry)] = command.read().replace(b"\0", b" ").decode(errors="replace").strip()
            parents[int(entry)] = int(fields[1])
        except (OSError, IndexError):
            continue  # it has just ended
    found, front = {}, {pid}
    while front:
        front = {child for child, parent in parents.items() if parent in front and child not in found}
        found.update({child: lines[child] for child in front})
    return found


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


class Host:
    # A machine without the whole sandbox runs the tests too; those about it say otherwise.
    def __init__(self, folder, bots, files, speed="full", port=None, extra="", balances=100000, plugins="{incomplete_sandbox: allow}"):
        self.folder = folder
        self.data = os.path.join(folder, "data")
        self.port = port
        self.config = os.path.join(folder, "test.yaml")
        self.output = os.path.join(folder, "output.txt")
        self.process = None
        os.makedirs(folder, exist_ok=True)
        listed = "".join(f"    - {{path: {path}, symbol: {symbol}, interval: 5m}}\n" for symbol, path in files.items())
        dashboard = "{enabled: false}" if port is None else f"{{port: {port}}}"
        self.head = (f"mode: paper\ndata: {self.data}\nmarket:\n  source: replay\n  speed: {speed}\n  files:\n{listed}"
                     f"paper:\n  balances: {{USDT: {balances}}}\nrisk:\n  max_orders_per_minute: 0\n  max_orders_per_day: 0\n"
                     f"dashboard: {dashboard}\nplugins: {plugins}\n{extra}bots:\n")
        self.write_config(self.head + "".join(f"  {line}\n" for line in bots))

    def write_config(self, text):
        with open(self.config + ".new", "w", encoding="utf-8") as out:
            out.write(text)
        os.replace(self.config + ".new", self.config)

    # --- processes

    def start(self, expect_ready=True):
        with open(self.output, "a", encoding="utf-8") as out:
            begins = out.tell()
            self.process = subprocess.Popen([BINARY, "run", self.config], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            cwd=self.folder, start_new_session=True)
        if expect_ready:
            def ready():
                if self.process.poll() is not None:
                    raise AssertionError(f"it ended with {self.process.returncode}:\n{self.said()}")
                return "Ctrl-C stops it" in self.said(begins)
            wait_for("the program says that it runs", ready)
        return self

    def run_to_exit(self, patience_s=PATIENCE_S):
        """Exit code and output of a run that is expected to end by itself."""
        done = subprocess.run([BINARY, "run", self.config], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.folder, timeout=patience_s, check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def said(self, begins=0):
        with open(self.output, "rb") as out:
            out.seek(begins)
            return out.read().decode(errors="replace")

    def roles(self):
        """role -> pids, of what lives now."""
        found = {"supervisor": [self.process.pid] if self.process.poll() is None else [], "engine": [], "dashboard": [], "worker": []}
        for pid, command in descendants(self.process.pid).items():
            for role, word in (("engine", "engine-role"), ("dashboard", "dashboard-role"), ("worker", "stratdock worker")):
                if word in command:
                    found[role].append(pid)
        return found

    def stop(self):
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE_S)

    def destroy(self):
        """Whatever is left of it ends."""
        if self.process is None or self.process.poll() is not None:
            return
        below = descendants(self.process.pid)
        self.process.kill()
        self.process.wait()
        for pid in below:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass

    # --- the store

    def query(self, sql, *values, file="journal.db"):
        """Rows; none where the file or its tables are not there yet."""
        path = os.path.join(self.data, file)
        if not os.path.exists(path):
            return []
        try:
            database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)
            try:
                return database.execute(sql, values).fetchall()
            finally:
                database.close()
        except sqlite3.OperationalError:
            return []

    def one(self, sql, *values, file="journal.db"):
        rows = self.query(sql, *values, file=file)
        return rows[0][0] if rows else None

    def position_ms(self):
        return int(self.one("SELECT value FROM meta WHERE key='position_ms'") or 0)

    def ended(self):
        return self.one("SELECT count(*) FROM alarms WHERE code='MARKET_ENDED'") == 1

    def alarms(self, standing_only=False):
        """bot name, code, cause; the bot is None where it is about the whole."""
        return self.query("SELECT b.name, a.code, a.cause FROM alarms a LEFT JOIN bots b ON b.id=a.bot_id" +
                          (" WHERE a.cleared_ms=0" if standing_only else "") + " ORDER BY a.id")

    def rows(self, table):
        """Every row as a tuple without its id and rev, sorted by bot and time."""
        path = os.path.join(self.data, "journal.db")
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})") if row[1] not in ("id", "rev")]
            return names, database.execute(f"SELECT {','.join(chr(34) + n + chr(34) for n in names)} FROM {table} ORDER BY id").fetchall()

    def state_of(self, bot):
        return self.one("SELECT state FROM bots WHERE name=?", bot)

    def put_command(self, kind, bot="", arguments="{}"):
        """Writes a command as dashboard and command line do, and rings; its number."""
        with sqlite3.connect(os.path.join(self.data, "commands.db"), timeout=10) as database:
            number = database.execute("INSERT INTO commands(at_ms, origin, kind, bot, arguments, idempotency_key) VALUES(?,?,?,?,?,'')",
                                      (int(time.time() * 1000), "test", kind, bot, arguments)).lastrowid
        self.ring()
        return number

    def result(self, number):
        """Waits for a command's result: status, code, message."""
        return wait_for(f"the result of command {number}", lambda: self.query("SELECT status, code, message FROM command_results WHERE command_id=?", number))[0]

    def command(self, kind, bot="", arguments="{}"):
        return self.result(self.put_command(kind, bot, arguments))

    def ring(self):
        bell = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            bell.sendto(b"", os.path.join(self.data, "doorbell.engine"))
        except OSError:
            pass  # nobody there: it looks when it starts
        finally:
            bell.close()


class HostTest(unittest.TestCase):
    """A temporary folder, and hosts that are gone at the end; on failure what they said is shown."""

    def setUp(self):
        # Short: sockets lie in it.
        self.folder = tempfile.mkdtemp(prefix="sdk-")
        self.hosts = []

    def host(self, *arguments, name="host", **options):
        made = Host(os.path.join(self.folder, name), *arguments, **options)
        self.hosts.append(made)
        return made

    def assert_same_history(self, expected, found):
        for table in ("trades", "decisions"):
            names, before = expected.rows(table)
            _, after = found.rows(table)
            self.assertGreater(len(before), 20, f"an undisturbed run without {table} would prove nothing")
            for at, (one, other) in enumerate(zip(before, after)):
                self.assertEqual(dict(zip(names, one)), dict(zip(names, other)), f"row {at} of {table}")
            self.assertEqual(len(before), len(after), f"rows of {table}")
        fills = "SELECT symbol, trade_id, bot_id, order_id, side, purpose, price, quantity, quote_quantity, commission, commission_asset, time_ms FROM fills ORDER BY symbol, trade_id"
        self.assertEqual(expected.query(fills), found.query(fills))
        money = "SELECT account, asset, amount FROM account_balances ORDER BY account, asset"
        self.assertEqual(expected.query(money), found.query(money))
        self.assertEqual([], [alarm for alarm in found.alarms() if alarm[1] != "MARKET_ENDED"])

    def tearDown(self):
        outcome = getattr(self, "_outcome", None)
        failed = outcome is not None and any(error for _, error in getattr(outcome, "errors", []) or getattr(outcome.result, "errors", []))
        for host in self.hosts:
            if host.process is not None and (failed or os.environ.get("STRATDOCK_SHOW")):
                print(f"--- {host.folder} said:\n{host.said()[-4000:]}", flush=True)
            host.destroy()
        shutil.rmtree(self.folder, ignore_errors=True)


BOT_PER_STRATEGY = [
    "btc_volatile: {symbol: BTCUSDT, strategy: volatile, trade_amount: 1000}",
    "btc_enhanced: {symbol: BTCUSDT, strategy: enhanced, trade_amount: 1000}",
    "btc_simple: {symbol: BTCUSDT, strategy: simple_profitable, trade_amount: 1000}",
    "btc_news: {symbol: BTCUSDT, strategy: ticker_news, trade_amount: 1000}",
]
