"""Starts the paper exchange and speaks to it: REST, WebSockets, control port. Standard library only."""

import base64
import hashlib
import hmac
import http.client
import json
import os
import re
import select
import signal
import socket
import ssl
import struct
import subprocess
import time
import unittest
import urllib.parse

BINARY = os.environ.get("STRATDOCK_BINARY", "build/release/bin/stratdock")
START_SECONDS = 30
ANSWER_SECONDS = 20


class Exchange:
    """A running server; use as a context manager."""

    def __init__(self, *options, control=True):
        command = [*BINARY.split(), "paper-exchange", "--port", "0", *(["--control"] if control else []), *options]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.output = ""
        deadline = time.monotonic() + START_SECONDS
        while "Stop with Ctrl-C." not in self.output:
            readable, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            # Not readline(): what it keeps in its buffer, select() does not see.
            part = os.read(self.process.stdout.fileno(), 65536).decode() if readable else ""
            if not part:
                self.process.kill()
                _, errors = self.process.communicate()
                raise AssertionError(f"the exchange did not start:\n{self.output}{errors}")
            self.output += part
        self.port = int(re.search(r"REST +https?://127\.0\.0\.1:(\d+)", self.output)[1])
        found = re.search(r"control +http://127\.0\.0\.1:(\d+)", self.output)
        self.control_port = int(found[1]) if found else 0
        key = re.search(r"API key +(\w+)\n +secret +(\w+)", self.output)
        self.key, self.secret = key.groups() if key else ("", "")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Gives the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        _, self.errors = self.process.communicate(timeout=START_SECONDS)
        return self.process.returncode

    def client(self, key=None, secret=None):
        return Client(self, self.key if key is None else key, self.secret if secret is None else secret)

    def control(self, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=ANSWER_SECONDS)
        connection.request("GET" if body is None else "POST", path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        if answer.status != 200:
            raise AssertionError(f"{path}: {text}")
        return text if path.startswith("/log") else json.loads(text)

    def step(self, candles=1):
        return self.control("/step", {"candles": candles})

    def log(self):
        return [json.loads(line) for line in self.control("/log?from=1").splitlines()]


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = {name.lower(): value for name, value in response.getheaders()}
        self.text = body.decode()
        is_json = self.headers.get("content-type", "").startswith("application/json")
        self.json = json.loads(self.text) if is_json else None
        self.code = self.json.get("code") if isinstance(self.json, dict) else None
        self.message = self.json.get("msg") if isinstance(self.json, dict) else None


class Client:
    """REST over one kept-alive connection."""

    def __init__(self, exchange, key, secret, context=None, host="127.0.0.1"):
        self.key, self.secret = key, secret
        if context:
            self.connection = http.client.HTTPSConnection(host, exchange.port, timeout=ANSWER_SECONDS, context=context)
        else:
            self.connection = http.client.HTTPConnection(host, exchange.port, timeout=ANSWER_SECONDS)

    def raw(self, method, target, body=None, headers=None):
        self.connection.request(method, target, body, headers or {})
        response = self.connection.getresponse()
        return Answer(response, response.read())

    def get(self, path, headers=None, **parameters):
        query = urllib.parse.urlencode(parameters)
        return self.raw("GET", path + ("?" + query if query else ""), None, headers)

    def sign(self, text):
        return hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()

    def signed(self, method, path, headers=None, in_body=False, **parameters):
        parameters.setdefault("timestamp", int(time.time() * 1000))
        text = urllib.parse.urlencode({name: value for name, value in parameters.items() if value is not None})
        text += "&signature=" + urllib.parse.quote(self.sign(text))
        headers = {"X-MBX-APIKEY": self.key, **(headers or {})}
        if in_body:
            return self.raw(method, path, text, {"Content-Type": "application/x-www-form-urlencoded", **headers})
        return self.raw(method, f"{path}?{text}", None, headers)

    def order(self, **parameters):
        return self.signed("POST", "/api/v3/order", **parameters)

    def market(self, side, quantity, symbol="BTCUSDT"):
        return self.order(symbol=symbol, side=side, type="MARKET", quantity=quantity)

    def price(self, symbol="BTCUSDT"):
        return float(self.get("/api/v3/ticker/price", symbol=symbol).json["price"])

    def balances(self):
        rows = self.signed("GET", "/api/v3/account").json["balances"]
        return {row["asset"]: (row["free"], row["locked"]) for row in rows}


class WebSocket:
    """RFC 6455's client side, as much as is needed."""

    def __init__(self, exchange, path, context=None):
        self.socket = socket.create_connection(("127.0.0.1", exchange.port), timeout=ANSWER_SECONDS)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            part = self.socket.recv(4096)
            if not part:
                raise AssertionError("closed during the handshake")
            head += part
        head, self.buffer = head.split(b"\r\n\r\n", 1)
        self.status = int(head.split()[1])
        self.close_code = None
        self.unread = []
        self.next_id = 0

    def _take(self, size):
        while len(self.buffer) < size:
            part = self.socket.recv(65536)
            if not part:
                raise ConnectionError("closed by the server")
            self.buffer += part
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def frame(self, kind, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | kind]) + (bytes([0x80 | size]) if size < 126 else b"\xfe" + struct.pack(">H", size))
        self.socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def send(self, message):
        self.frame(1, (message if isinstance(message, str) else json.dumps(message)).encode())

    def receive(self):
        """The next message; answers pings. None when the server closed."""
        while True:
            try:
                first, second = self._take(2)
                size = second & 0x7F
                if size == 126:
                    size = struct.unpack(">H", self._take(2))[0]
                elif size == 127:
                    size = struct.unpack(">Q", self._take(8))[0]
                payload = self._take(size)
            except ConnectionError:
                return None
            kind = first & 0x0F
            if kind == 1:
                return json.loads(payload)
            if kind == 8:
                self.close_code = struct.unpack(">H", payload[:2])[0]
                return None
            if kind == 9:
                self.frame(10, payload)

    def until(self, wanted):
        """The first message that `wanted` accepts; others are kept for later."""
        for i, message in enumerate(self.unread):
            if wanted(message):
                return self.unread.pop(i)
        while True:
            message = self.receive()
            if message is None:
                raise AssertionError(f"closed ({self.close_code}) while waiting; before: {self.unread[-3:]}")
            if wanted(message):
                return message
            self.unread.append(message)

    def call(self, method, client=None, **params):
        """A call of the WebSocket API, signed where a client is given."""
        self.next_id += 1
        number = self.next_id
        if client:
            params = {"apiKey": client.key, "timestamp": int(time.time() * 1000), **params}
            text = "&".join(f"{name}={params[name]}" for name in sorted(params))
            params["signature"] = client.sign(text)
        self.send({"id": number, "method": method, "params": params})
        return self.until(lambda message: message.get("id") == number)

    def event(self, name):
        """The next user event of that name."""
        return self.until(lambda message: message.get("event", {}).get("e") == name)["event"]

    def close(self):
        self.socket.close()


def trust(certificate):
    return ssl.create_default_context(cafile=certificate)


class Running(unittest.TestCase):
    """Tests that share one server, whose market stands still."""

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
