"""An exchange's public data, made up: REST klines and the archives, with faults on demand.

Candles are a pure function of symbol, interval and open time, so a test knows what must arrive. The exchange's clock stands
where the test puts it.
"""
import datetime
import functools
import hashlib
import http.server
import io
import json
import math
import random
import threading
import time
import urllib.parse
import zipfile

INTERVALS = {"1s": 1_000, "1m": 60_000, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000}
MICROSECONDS_FROM_MS = 1_735_689_600_000  # 2025-01-01


def utc_ms(*date):
    return int(datetime.datetime(*date, tzinfo=datetime.timezone.utc).timestamp() * 1000)


@functools.lru_cache(maxsize=None)
def row(symbol, interval, open_ms):
    chance = random.Random(f"{symbol} {interval} {open_ms}")
    base = 100 + 10 * math.sin(open_ms / 86_400_000)
    prices = sorted(base * (1 + chance.uniform(-0.01, 0.01)) for _ in range(4))
    opened, closed = chance.sample(prices[1:3], 2)
    return [open_ms, f"{opened:.8f}", f"{prices[3]:.8f}", f"{prices[0]:.8f}", f"{closed:.8f}", f"{chance.uniform(1, 900):.8f}", open_ms + INTERVALS[interval] - 1,
            f"{chance.uniform(1, 9e6):.8f}", chance.randrange(1, 9999), f"{chance.uniform(0, 1):.8f}", f"{chance.uniform(0, 99):.8f}", "0"]


class Market:
    """What the exchange has. `gaps`: (from, to) without candles; `archive_gaps`: missing in archives only."""

    def __init__(self, now_ms, listed_ms, symbol="BTCUSDT"):
        self.now_ms, self.listed_ms, self.symbol = now_ms, listed_ms, symbol
        self.gaps, self.archive_gaps = [], []
        self.missing_archives = lambda path: False
        self.altered = {}  # open time -> row, as if this exchange had another history

    def rows(self, interval, from_ms, to_ms, gaps=()):
        """Opening in [from, to) and begun, the one that is still forming among them."""
        step = INTERVALS[interval]
        first = (max(from_ms, self.listed_ms) + step - 1) // step * step
        for open_ms in range(first, min(to_ms, self.now_ms + 1), step):
            if not any(start <= open_ms < end for start, end in [*self.gaps, *gaps]):
                yield self.altered.get(open_ms) or row(self.symbol, interval, open_ms)

    def csv(self, interval, from_ms, to_ms):
        """What a fetch of closed candles must give."""
        closed_ms = self.now_ms - 2_000
        return "".join(",".join(map(str, one)) + "\n" for one in self.rows(interval, from_ms, to_ms) if one[0] + INTERVALS[interval] <= closed_ms)

    def archive(self, path):
        """The bytes of an archive, or None."""
        parts = path.strip("/").split("/")
        if len(parts) != 7 or parts[:2] != ["data", "spot"] or parts[3] != "klines" or parts[4] != self.symbol or self.missing_archives(path):
            return None
        interval, name = parts[5], parts[6].removesuffix(".zip")
        date = [int(number) for number in name.removeprefix(f"{self.symbol}-{interval}-").split("-")]
        if parts[2] == "monthly":
            start, end = utc_ms(*date, 1), utc_ms(date[0] + date[1] // 12, date[1] % 12 + 1, 1)
        else:
            start = utc_ms(*date)
            end = start + 86_400_000
        if end > self.now_ms:
            return None
        scale = 1000 if start >= MICROSECONDS_FROM_MS else 1
        lines = [",".join(map(str, [one[0] * scale, *one[1:6], (one[6] + 1) * scale - 1, *one[7:]])) for one in self.rows(interval, start, end, self.archive_gaps)]
        if not lines:
            return None
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            info = zipfile.ZipInfo(name + ".csv", (2026, 1, 1, 0, 0, 0))
            archive.writestr(info, "\n".join(lines) + "\n", zipfile.ZIP_DEFLATED)
        return packed.getvalue()


class Peer:
    """Serves a Market on 127.0.0.1. `faults`: functions (path, how often asked before) -> None or an action:
    ("status", code, headers, body), "cut", ("short", bytes left away), ("wait", event), ("body", bytes)."""

    def __init__(self, market):
        self.market, self.faults, self.asked = market, [], []
        self.lock = threading.Lock()
        peer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                peer.serve(self)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def paths(self, part=""):
        with self.lock:
            return [path for _, path in self.asked if part in path]

    def times(self, part=""):
        with self.lock:
            return [at for at, path in self.asked if part in path]

    def serve(self, handler):
        path = handler.path
        with self.lock:
            before = sum(1 for _, one in self.asked if one == path)
            self.asked.append((time.monotonic(), path))
        action = next((action for action in (fault(path, before) for fault in self.faults) if action), None)
        if action and action[0] == "wait":
            action[1].wait(60)
            action = None
        status, headers, body = action[1:] if action and action[0] == "status" else self.answer(path)
        if action and action[0] == "body":
            body = action[1]
        if action == "cut":
            handler.close_connection = True
            handler.connection.close()
            return
        try:
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[:-action[1]] if action and action[0] == "short" else body)
            if action and action[0] == "short":
                handler.close_connection = True
        except OSError:
            handler.close_connection = True

    def answer(self, target):
        path, _, query = target.partition("?")
        asked = dict(urllib.parse.parse_qsl(query))
        if path == "/api/v3/time":
            return 200, {}, json.dumps({"serverTime": self.market.now_ms}).encode()
        if path == "/api/v3/klines":
            if asked["symbol"] != self.market.symbol:
                return 400, {}, b'{"code":-1121,"msg":"Invalid symbol."}'
            rows = self.market.rows(asked["interval"], int(asked["startTime"]), int(asked["endTime"]) + 1)
            return 200, {"X-MBX-USED-WEIGHT-1M": "2"}, json.dumps([one for one, _ in zip(rows, range(int(asked.get("limit", 500))))]).encode()
        is_checksum = path.endswith(".CHECKSUM")
        bytes_there = self.market.archive(path.removesuffix(".CHECKSUM"))
        if bytes_there is None:
            return 404, {}, b"<Error><Code>NoSuchKey</Code></Error>"
        if is_checksum:
            name = path.rsplit("/", 1)[1].removesuffix(".CHECKSUM")
            return 200, {}, f"{hashlib.sha256(bytes_there).hexdigest()}  {name}\n".encode()
        return 200, {}, bytes_there
