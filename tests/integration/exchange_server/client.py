"""A raw HTTP and WebSocket client that hides nothing: one request is one request, and every way to fail has its name."""
import base64
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import time
import urllib.parse


class Broken(Exception):
    """No whole answer came."""


class TimedOut(Broken):
    pass


class WasReset(Broken):
    pass


class WasClosed(Broken):
    """The connection ended before the first byte of an answer, or the WebSocket was closed; `code` then says how."""

    def __init__(self, code=None):
        super().__init__(f"closed {code}")
        self.code = code


class WasCut(Broken):
    pass


def now_ms():
    return time.time_ns() // 1_000_000


def hmac_signer(secret):
    return lambda text: hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def code(self):
        return self.json.get("code")


class Connection:
    """A TCP connection, plain or TLS, that reads bytes as they come."""

    def __init__(self, port, timeout, context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self.buffer = b""
        self.reads = 0

    def close(self):
        self.socket.close()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except (ConnectionResetError, BrokenPipeError) as error:
            raise WasReset() from error

    def more(self):
        try:
            chunk = self.socket.recv(65536)
        except (socket.timeout, TimeoutError) as error:
            raise TimedOut() from error
        except (ConnectionResetError, ssl.SSLEOFError) as error:
            raise WasReset() from error
        self.reads += 1
        self.buffer += chunk
        return bool(chunk)

    def take(self, size):
        while len(self.buffer) < size:
            if not self.more():
                raise WasCut()
        taken, self.buffer = self.buffer[:size], self.buffer[size:]
        return taken

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.more():
                raise WasCut() if self.buffer else WasClosed()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, value in (line.split(":", 1) for line in lines[1:])}
        return int(lines[0].split(" ")[1]), headers

    def answer(self):
        status, headers = self.head()
        return Answer(status, headers, self.take(int(headers["content-length"])).decode("utf-8", "replace"))


class Client:
    def __init__(self, port, key="", signer=None, context=None, timeout=5):
        self.port, self.key, self.signer, self.context, self.timeout = port, key, signer, context, timeout

    def connection(self, timeout=None):
        return Connection(self.port, timeout or self.timeout, self.context)

    def request_bytes(self, method, path, params=None, signed=True, headers=None):
        params = dict(params or {})
        text = urllib.parse.urlencode(params)
        if signed:
            if "timestamp" not in params:
                text += ("&" if text else "") + f"timestamp={now_ms()}"
            text += "&signature=" + urllib.parse.quote(self.signer(text), safe="")
        target = path + ("?" + text if text else "")
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", "Content-Length: 0"]
        if self.key:
            lines.append(f"X-MBX-APIKEY: {self.key}")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    def call(self, method, path, params=None, signed=True, timeout=None, headers=None):
        connection = self.connection(timeout)
        try:
            connection.send(self.request_bytes(method, path, params, signed, headers))
            return connection.answer()
        finally:
            connection.close()

    def get(self, path, params=None, **more):
        return self.call("GET", path, params, **more)

    def public(self, path, params=None, **more):
        return self.call("GET", path, params, signed=False, **more)

    def order(self, client_id, side="BUY", kind="MARKET", quantity="0.001", symbol="BTCUSDT", timeout=None, **more):
        params = {"symbol": symbol, "side": side, "type": kind, "quantity": quantity, "newClientOrderId": client_id, **more}
        return self.call("POST", "/api/v3/order", params, timeout=timeout)

    def limit(self, client_id, price, side="BUY", quantity="0.001", **more):
        return self.order(client_id, side, "LIMIT", quantity, price=price, timeInForce="GTC", **more)

    def query(self, client_id, symbol="BTCUSDT"):
        return self.get("/api/v3/order", {"symbol": symbol, "origClientOrderId": client_id})

    def cancel(self, client_id, symbol="BTCUSDT"):
        return self.call("DELETE", "/api/v3/order", {"symbol": symbol, "origClientOrderId": client_id})

    def balance(self, asset):
        for row in self.get("/api/v3/account").json["balances"]:
            if row["asset"] == asset:
                return row
        return {"free": "0", "locked": "0"}

    def socket(self, path, timeout=None):
        return Socket(self, path, timeout or self.timeout)


class Socket:
    def __init__(self, client, path, timeout):
        self.client = client
        self.connection = client.connection(timeout)
        key = base64.b64encode(os.urandom(16)).decode()
        self.connection.send((f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                              f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        self.status, headers = self.connection.head()
        if self.status != 101:
            self.refusal = self.connection.take(int(headers["content-length"])).decode()
        self.next_id = 1
        self.waiting = []

    def close(self):
        self.connection.close()

    def frame(self, opcode, payload):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([0x80 | opcode]) + (bytes([0x80 | size]) if size < 126 else struct.pack("!BH", 0x80 | 126, size))
        self.connection.send(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def send(self, message):
        self.frame(1, json.dumps(message).encode())

    def text(self, timeout=None):
        """The next text message, as it came."""
        self.connection.socket.settimeout(timeout or self.client.timeout)
        while True:
            first, second = self.connection.take(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack("!H", self.connection.take(2))[0]
            elif size == 127:
                size = struct.unpack("!Q", self.connection.take(8))[0]
            payload = self.connection.take(size)
            opcode = first & 0x0F
            if opcode == 9:
                self.frame(10, payload)
            elif opcode == 8:
                raise WasClosed(struct.unpack("!H", payload[:2])[0] if len(payload) >= 2 else None)
            elif opcode == 1:
                return payload.decode("utf-8", "replace")

    def message(self, timeout=None):
        return json.loads(self.text(timeout))

    def event(self, timeout=None):
        """The next message that answers no request."""
        return self.waiting.pop(0) if self.waiting else self.message(timeout)

    def request(self, method, params=None, signed=False, timeout=None):
        number, self.next_id = self.next_id, self.next_id + 1
        params = dict(params or {})
        if signed:
            params.update(apiKey=self.client.key)
            params.setdefault("timestamp", now_ms())
            params["signature"] = self.client.signer("&".join(f"{name}={params[name]}" for name in sorted(params)))
        self.send({"id": number, "method": method, "params": params})
        while True:
            message = self.message(timeout)
            if message.get("id") == number:
                return message
            self.waiting.append(message)

    def subscribe(self, *streams):
        self.send({"method": "SUBSCRIBE", "params": list(streams), "id": 1})
        while True:
            message = self.message()
            if message.get("id") == 1:
                return message
            self.waiting.append(message)
