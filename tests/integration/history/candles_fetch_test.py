"""`stratdock candles fetch` against an exchange of made-up candles that misbehaves on demand.

Environment: STRATDOCK_BINARY (the program), STRATDOCK_PAPER_EXCHANGE (if another one is the exchange). What a file must hold is computed by the exchange itself, byte for byte.
"""
import fcntl
import json
import os
import pty
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from peer import Market, Peer, utc_ms  # noqa: E402

SOURCE = os.environ.get("STRATDOCK_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))
BINARY = os.environ.get("STRATDOCK_BINARY", os.path.join(SOURCE, "build", "dev", "bin", "stratdock"))
EXCHANGE = os.environ.get("STRATDOCK_PAPER_EXCHANGE", BINARY)  # a program that has the command `paper-exchange`
PATIENCE_S = 120


class FetchTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="stratdock-fetch-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.environment = {"PATH": os.environ["PATH"], "HOME": self.folder, "LANG": "C.UTF-8"}
        self.market = Market(now_ms=utc_ms(2024, 3, 5, 12, 34, 56), listed_ms=utc_ms(2023, 12, 10, 8))
        self.peer = Peer(self.market)
        self.addCleanup(self.peer.close)

    def path(self, name):
        return os.path.join(self.folder, name)

    def words(self, *words):
        return [BINARY, "candles", "fetch", *words, "--url", self.peer.url]

    def fetch(self, *words, code=0, **options):
        done = subprocess.run(self.words(*words), stdin=subprocess.DEVNULL, capture_output=True, text=True, env=self.environment, cwd=self.folder,
                              timeout=PATIENCE_S, check=False, **options)
        self.assertEqual(code, done.returncode, f"{words}\n{done.stdout}\n{done.stderr}")
        return done

    def assert_file(self, name, interval, start_ms, end_ms):
        with open(self.path(name), encoding="ascii") as file:
            found, expected = file.read().splitlines(), self.market.csv(interval, start_ms, end_ms).splitlines()
        self.assertTrue(expected)
        self.assertEqual((expected[0], expected[-1], len(expected)), (found[0], found[-1], len(found)))
        self.assertEqual(expected, found)
        self.assertEqual([], [one for one in os.listdir(self.folder) if ".part" in one])

    def until(self, what, condition):
        end = time.monotonic() + PATIENCE_S
        while not condition():
            self.assertLess(time.monotonic(), end, f"waited for {what}")
            time.sleep(0.01)


class SourcesTest(FetchTest):
    def test_whole_months_from_archives_the_rest_by_rest(self):
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-05T12:00", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 5, 12))
        self.assertIn("18576 candles from 2024-01-01T00:00:00Z to 2024-03-05T11:55:00Z", done.stdout)
        self.assertEqual(4, len(self.peer.paths("/data/spot/")))  # two months, each with its checksum
        self.assertEqual(1 + 2, len(self.peer.paths("/klines?")))  # where it begins; 1,296 candles of March

    def test_no_archive_and_rest_only(self):
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-02-01", "--out", "out.csv", "--source", "rest")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 2, 1))
        self.assertEqual([], self.peer.paths("/data/spot/"))

    def test_microseconds_become_milliseconds(self):
        self.market.now_ms = utc_ms(2025, 2, 3)
        self.fetch("BTCUSDT", "5m", "2024-12-01", "2025-02-01", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 12, 1), utc_ms(2025, 2, 1))
        self.assertEqual(4, len(self.peer.paths("/data/spot/monthly/")))
        self.assertEqual(1, len(self.peer.paths("/klines?")))

    def test_seconds_by_the_day(self):
        self.fetch("BTCUSDT", "1s", "2024-01-02", "2024-01-03T00:10", "--out", "out.csv")
        self.assert_file("out.csv", "1s", utc_ms(2024, 1, 2), utc_ms(2024, 1, 3, 0, 10))
        self.assertEqual(2, len(self.peer.paths("/data/spot/daily/")))

    def test_a_missing_month_by_rest(self):
        self.market.missing_archives = lambda path: "monthly" in path and "2024-01" in path
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-01", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 1))
        self.assertEqual(2, len(self.peer.paths("2024-02.zip")))

    def test_a_missing_month_by_days_where_only_archives_are_wanted(self):
        self.market.missing_archives = lambda path: "monthly" in path and "2024-01" in path
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-01", "--out", "out.csv", "--source", "archive")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 1))
        self.assertEqual(2 * 31, len(self.peer.paths("/daily/")))
        self.assertEqual([], self.peer.paths("/klines?"))

    def test_only_closed_candles(self):
        self.market.now_ms = utc_ms(2024, 3, 5, 11, 57)  # the exchange shows the one of 11:55, which is still forming
        done = self.fetch("BTCUSDT", "5m", "2024-03-05", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 3, 5), utc_ms(2024, 3, 5, 11, 55))
        self.assertIn("to 2024-03-05T11:50:00Z", done.stdout)

    def test_begins_where_the_symbol_does(self):
        self.fetch("BTCUSDT", "1h", "2017-01-01", "2024-03-01", "--out", "out.csv")
        self.assert_file("out.csv", "1h", utc_ms(2023, 12, 10, 8), utc_ms(2024, 3, 1))

    def test_gaps_are_filled_where_they_can_be_and_told(self):
        self.market.gaps = [(utc_ms(2024, 1, 7, 1), utc_ms(2024, 1, 7, 3)), (utc_ms(2024, 2, 29, 23, 55), utc_ms(2024, 3, 1))]
        self.market.archive_gaps = [(utc_ms(2024, 1, 1), utc_ms(2024, 1, 1, 5)), (utc_ms(2024, 1, 20), utc_ms(2024, 1, 21, 2))]
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 2))
        self.assertIn("2 gaps (25 candles missing)", done.stdout)
        self.assertIn("gap: 2024-01-07T01:00:00Z to 2024-01-07T03:00:00Z, 24 missing", done.stdout)
        self.assertIn("gap: 2024-02-29T23:55:00Z to 2024-03-01T00:00:00Z, 1 missing", done.stdout)
        told = json.loads(self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv", "--json").stdout)
        self.assertEqual([24, 1], [gap["missing"] for gap in told["gaps"]])
        self.assertEqual((0, told["candles"]), (told["fetched"], told["kept"]))

    def test_backtest_decide_and_replay_read_it(self):
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-02-01", "--folder", "candles")
        file = os.path.join("candles", "BTCUSDT-5m-20240101_20240201.csv")
        with open(self.path("replay.yaml"), "w", encoding="utf-8") as config:
            config.write(f"mode: paper\nmarket: {{source: replay, files: [{file}]}}\nbots:\n  btc: {{symbol: BTCUSDT, strategy: volatile, trade_amount: 100}}\n")
        for words in (["backtest", "--strategy", "volatile", "--candles", file, "--trade-amount", "1000"], ["decide", "--strategy", "volatile", "--candles", file], ["backtest", "replay.yaml"]):
            done = subprocess.run([BINARY, *words], capture_output=True, text=True, env=self.environment, cwd=self.folder, timeout=PATIENCE_S, check=False)
            self.assertEqual(0, done.returncode, done.stderr)
            if words[0] == "decide":
                self.assertEqual(1 + 8928, len(done.stdout.splitlines()))


class FaultsTest(FetchTest):
    def test_a_wrong_checksum_is_fetched_once_more(self):
        self.peer.faults.append(lambda path, before: ("body", b"0" * 64 + b"  x.zip\n") if path.endswith("2024-01.zip.CHECKSUM") and before == 0 else None)
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-02-01", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 2, 1))
        self.assertIn("fetches it once more", done.stderr)
        self.assertEqual((2, 2, 1), (len(self.peer.paths("2024-01.zip.CHECKSUM")), sum(path.endswith("2024-01.zip") for path in self.peer.paths()), len(self.peer.paths("/klines?"))))

    def test_an_archive_that_stays_wrong_is_not_used(self):
        self.peer.faults.append(lambda path, before: ("body", self.market.archive(path)[:-1] + b"x") if path.endswith("2024-01.zip") else None)
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-02-01", "--out", "only.csv", "--source", "archive", code=1)
        self.assertIn("2024-01.zip: its SHA-256 is", done.stderr)
        self.assertFalse(os.path.exists(self.path("only.csv")))
        self.assertEqual(2, sum(path.endswith("2024-01.zip") for path in self.peer.paths()))
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-02-01", "--out", "out.csv")
        self.assertIn("does without it", done.stderr)
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 2, 1))

    def test_what_fails_on_its_way_is_asked_for_again(self):
        faults = {"/monthly/": ["cut", ("short", 100)], "/klines?": [("status", 500, {}, b"<html>"), "cut", ("short", 5), ("status", 200, {}, b"[[1,2]")]}
        met = []

        def fault(path, _):
            for part, actions in faults.items():
                if part in path and actions:
                    met.append(part)
                    return actions.pop(0)
            return None
        self.peer.faults.append(fault)
        self.fetch("BTCUSDT", "5m", "2024-01-15", "2024-03-02", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 15), utc_ms(2024, 3, 2))
        self.assertEqual(6, len(met))

    def test_429_is_waited_for(self):
        self.peer.faults.append(lambda path, before: ("status", 429, {"Retry-After": "2"}, b'{"code":-1003,"msg":"Too much request weight used"}') if "/klines?" in path and "limit=1000" in path and before == 0 else None)
        done = self.fetch("BTCUSDT", "5m", "2024-03-01", "2024-03-02", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 3, 1), utc_ms(2024, 3, 2))
        self.assertRegex(done.stderr, r"waits [123] s, as the exchange asks")
        refused, repeated = self.peer.times("limit=1000")
        self.assertGreaterEqual(repeated - refused, 1.9)
        self.assertFalse([at for at in self.peer.times() if refused < at < refused + 1.9])

    def test_a_ban_ends_it_and_what_came_stays(self):
        banned = threading.Event()
        self.peer.faults.append(lambda path, _: ("status", 418, {"Retry-After": "7200"}, b'{"code":-1003,"msg":"Way too much request weight used; IP banned"}') if "/klines?" in path and "limit=1000" in path and not banned.is_set() else None)
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv", code=1)
        self.assertIn("no more requests from this address for 1", done.stderr)
        self.assertIn("start again then", done.stderr)
        self.assertEqual(1, len(self.peer.paths("limit=1000")))
        self.assertFalse(os.path.exists(self.path("out.csv")))
        banned.set()
        archives = len(self.peer.paths("/data/spot/"))
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv")
        self.assertEqual(archives, len(self.peer.paths("/data/spot/")))
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 2))

    def test_damaged_rows_are_refused(self):
        broken = {"high": 2, "low": 3}
        for name, column in broken.items():
            with self.subTest(name):
                altered = [*next(self.market.rows("5m", utc_ms(2024, 3, 1, 5), utc_ms(2024, 3, 2)))]
                altered[column] = "50.00000000" if name == "high" else "500.00000000"
                self.market.altered = {altered[0]: altered}
                done = self.fetch("BTCUSDT", "5m", "2024-03-01", "2024-03-02", "--out", name + ".csv", code=1)
                self.assertIn("its " + name, done.stderr)
                self.assertEqual([], os.listdir(self.folder))

    def test_nobody_there(self):
        self.peer.close()
        done = self.fetch("BTCUSDT", "5m", "2024-03-01", "2024-03-02", "--out", "out.csv", "--source", "archive", code=1)
        self.assertIn("no connection came about", done.stderr)
        self.assertEqual([], os.listdir(self.folder))


class GoingOnTest(FetchTest):
    def test_killed_at_any_place_it_goes_on(self):
        """Kills, each while an answer is awaited; what had come is not asked for again."""
        release, places = threading.Event(), ["2024-01.zip", "2024-02.zip.CHECKSUM", "2024-02.zip", "limit=1000"]
        self.addCleanup(release.set)
        for place in places:
            self.peer.faults[:] = [lambda path, _, place=place: ("wait", release) if path.endswith(place) else None]
            asked = len(self.peer.paths())
            process = subprocess.Popen(self.words("BTCUSDT", "5m", "2024-01-01", "2024-03-05", "--out", "out.csv"), cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)
            self.until(place, lambda: any(path.endswith(place) for path in self.peer.paths()[asked:]))
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            self.assertFalse(os.path.exists(self.path("out.csv")))
        with open(self.path("out.csv.part"), "r+b") as part:  # as if the last append had been cut
            part.seek(0, os.SEEK_END)
            part.write(b"1709251200000,12")
        self.peer.faults.clear()
        asked = len(self.peer.paths())
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-05", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 5))
        self.assertIn("1152 fetched, 17280 were there", done.stdout)
        self.assertEqual([], [path for path in self.peer.paths()[asked:] if "/data/" in path])

    def test_a_part_of_another_fetch_is_not_gone_on_with(self):
        self.peer.faults.append(lambda path, _: ("status", 418, {"Retry-After": "7200"}, b"{}") if "limit=1000" in path else None)
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv", code=1)
        self.peer.faults.clear()
        done = self.fetch("BTCUSDT", "5m", "2024-02-01", "2024-03-02", "--out", "out.csv")
        self.assertIn("left by another fetch", done.stderr)
        self.assert_file("out.csv", "5m", utc_ms(2024, 2, 1), utc_ms(2024, 3, 2))

    def test_a_file_is_gone_on_with_at_both_ends(self):
        self.fetch("BTCUSDT", "1h", "2024-01-10", "2024-01-20", "--out", "out.csv")
        asked = len(self.peer.paths())
        done = self.fetch("BTCUSDT", "1h", "2024-01-05", "2024-02-01", "--out", "out.csv")
        self.assert_file("out.csv", "1h", utc_ms(2024, 1, 5), utc_ms(2024, 2, 1))
        self.assertIn("408 fetched, 240 were there", done.stdout)
        asked_for = [path for path in self.peer.paths()[asked:] if "/klines?" in path]
        self.assertEqual(4, len(asked_for), asked_for)  # the seam; where it begins; before; after
        # Nothing is new, and nothing is asked for.
        asked = len(self.peer.paths())
        self.fetch("BTCUSDT", "1h", "2024-01-07", "2024-01-09", "--out", "out.csv")
        self.assertEqual([], self.peer.paths("/klines?")[asked:])
        self.assert_file("out.csv", "1h", utc_ms(2024, 1, 5), utc_ms(2024, 2, 1))

    def test_killed_while_a_file_is_gone_on_with(self):
        self.fetch("BTCUSDT", "5m", "2024-02-10", "2024-02-20", "--out", "out.csv")
        with open(self.path("out.csv"), "rb") as file:
            before = file.read()
        release, words = threading.Event(), ["BTCUSDT", "5m", "2024-02-01", "2024-03-01", "--out", "out.csv"]
        self.addCleanup(release.set)
        self.peer.faults.append(lambda path, _: ("wait", release) if "limit=1000" in path and "startTime=1708387200000" in path else None)
        process = subprocess.Popen(self.words(*words), cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL)
        self.until("the candles behind the file", lambda: any("startTime=1708387200000" in path and "limit=1000" in path for path in self.peer.paths()))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with open(self.path("out.csv"), "rb") as file:
            self.assertEqual(before, file.read())
        with open(self.path("out.csv.part"), "r+b") as part:  # as if it had been killed while the file was copied
            part.truncate(os.path.getsize(self.path("out.csv.part")) - 100_000)
        self.peer.faults.clear()
        self.fetch(*words)
        self.assert_file("out.csv", "5m", utc_ms(2024, 2, 1), utc_ms(2024, 3, 1))

    def test_a_file_of_something_else_is_not_gone_on_with(self):
        self.fetch("BTCUSDT", "1h", "2024-01-10", "2024-01-20", "--out", "out.csv")
        with open(self.path("out.csv"), encoding="ascii") as file:
            before = file.read()
        self.market.symbol = "ETHUSDT"
        done = self.fetch("ETHUSDT", "1h", "2024-01-10", "2024-01-21", "--out", "out.csv", code=1)
        self.assertIn("is not the one that ETHUSDT had then", done.stderr)
        done = self.fetch("ETHUSDT", "5m", "2024-01-10", "2024-01-21", "--out", "out.csv", "--source", "rest", code=1)
        self.assertIn("name another file", done.stderr)
        with open(self.path("out.csv"), encoding="ascii") as file:
            self.assertEqual(before, file.read())

    def test_two_at_once(self):
        with open(self.path("out.csv.part"), "wb") as part:
            fcntl.flock(part, fcntl.LOCK_EX)
            done = self.fetch("BTCUSDT", "1h", "2024-01-10", "2024-01-20", "--out", "out.csv", code=1)
        self.assertIn("another process is fetching into it", done.stderr)

    def test_a_full_disk_and_room_again(self):
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_500_000, 1_500_000))
        done = self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv", code=1, preexec_fn=limit)
        self.assertIn("make room and start again", done.stderr)
        self.assertFalse(os.path.exists(self.path("out.csv")))
        asked = len(self.peer.paths())
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv")
        self.assert_file("out.csv", "5m", utc_ms(2024, 1, 1), utc_ms(2024, 3, 2))
        self.assertEqual([], [path for path in self.peer.paths()[asked:] if "2024-01" in path and "zip" in path])


class WordsTest(FetchTest):
    def test_errors_name_what_to_do(self):
        rows = [
            (["DOGEUSDT", "5m", "2024-01-01"], 1, "no symbol of that name"),
            (["btc/usdt", "5m", "2024-01-01"], 1, "capitals"),
            (["BTCUSDT", "7m", "2024-01-01"], 1, "use one of 1s 1m"),
            (["BTCUSDT", "5m", "2024-02-01", "2024-01-01"], 1, "2024-02-01 is not before 2024-01-01"),
            (["BTCUSDT", "5m", "yesterday"], 1, "2024-01-31"),
            (["BTCUSDT", "5m", "2031-01-01"], 1, "has closed yet"),
            (["BTCUSDT", "5m", "2020-01-01", "2020-02-01"], 1, "there are none between"),
            (["BTCUSDT", "5m", "2020-01-01", "2020-02-01", "--source", "archive"], 1, "there are none between"),
            (["BTCUSDT", "5m", "2024-01-01", "--source", "ftp"], 1, "auto, archive or rest"),
            (["BTCUSDT", "5m", "2024-01-01", "--out", "x.zip"], 1, "name it .csv"),
            (["BTCUSDT", "5m", "2024-01-01", "--out", "/proc/x/y.csv"], 1, "check its rights"),
            (["BTCUSDT", "5m"], 2, "FROM"),
        ]
        for words, code, text in rows:
            with self.subTest(words):
                self.assertIn(text, self.fetch(*words, code=code).stderr)
                self.assertEqual([], os.listdir(self.folder))

    def test_hosts_of_others_are_refused(self):
        done = subprocess.run([BINARY, "candles", "fetch", "BTCUSDT", "5m", "2024-01-01", "--url", "http://203.0.113.1:80"], capture_output=True, text=True, env=self.environment,
                              cwd=self.folder, timeout=PATIENCE_S, check=False)
        self.assertEqual(1, done.returncode)
        self.assertIn("203.0.113.1 is no host", done.stderr)

    def test_progress_is_for_terminals(self):
        master, terminal = pty.openpty()
        process = subprocess.Popen(self.words("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "out.csv"), cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=terminal)
        os.close(terminal)
        shown = b""
        try:
            while block := os.read(master, 65536):
                shown += block
        except OSError:
            pass  # the other end is closed
        os.close(master)
        self.assertEqual(0, process.wait(PATIENCE_S))
        self.assertIn(b"50 %, 8928 candles: 2024-01 from the archive", shown)
        self.assertEqual("", self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-03-02", "--out", "other.csv").stderr)


class PaperExchangeTest(FetchTest):
    def test_candles_of_a_paper_exchange(self):
        if subprocess.run([EXCHANGE, "paper-exchange", "--help"], capture_output=True, check=False).returncode != 0:
            print("skipped: this program has no paper exchange")
            return
        self.fetch("BTCUSDT", "5m", "2024-01-01", "2024-01-08", "--out", "BTCUSDT-5m-source.csv")
        process = subprocess.Popen([EXCHANGE, "paper-exchange", "--port", "0", "--candles", "BTCUSDT-5m-source.csv", "--market-time", "--speed", "full"], cwd=self.folder, env=self.environment,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        try:
            for line in process.stdout:
                if "http://127.0.0.1:" in line:
                    self.peer.url = "http://127.0.0.1:" + line.split("http://127.0.0.1:")[1].split("/")[0]
                    break
            with open(self.path("BTCUSDT-5m-source.csv"), encoding="ascii") as file:
                expected = [row.split(",")[:6] for row in file]

            def fetched():
                done = subprocess.run(self.words("BTCUSDT", "5m", "2024-01-01", "2024-01-08", "--out", "out.csv"), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
                if done.returncode != 0:
                    return False
                with open(self.path("out.csv"), encoding="ascii") as file:
                    return sum(1 for _ in file) >= len(expected) - 1
            self.until("the candles to be played", fetched)
            with open(self.path("out.csv"), encoding="ascii") as file:
                for row, wanted in zip(file, expected):
                    self.assertEqual([float(one) for one in wanted], [float(one) for one in row.split(",")[:6]])
        finally:
            process.terminate()
            process.wait()
            process.stdout.close()


if __name__ == "__main__":
    unittest.main()
