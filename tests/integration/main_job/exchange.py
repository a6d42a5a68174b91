"""An exchange over the wire for the tests of the whole program: `stratdock paper-exchange`, and a configuration that trades on it."""
import hashlib
import hmac
import http.client
import json
import os
import re
import subprocess
import urllib.request

import support
from support import wait_for

NO_LIMITS = "risk: {max_orders_per_minute: 0, max_orders_per_day: 0}\n"
STANDING = ["--speed", "manual", "--market-time", "--fill", "next-open"]


class Exchange:
    """A paper exchange of its own process, whose market moves when it is told to unless `by_itself`."""

    def __init__(self, folder, *options, by_itself=False):
        self.output = os.path.join(folder, "exchange.txt")
        with open(self.output, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen([support.BINARY, "paper-exchange", "--port", "0", "--control", *([] if by_itself else STANDING), *options],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=folder)
        said = wait_for("the exchange says where it is", self.ready)
        self.url = re.search(r"REST +(http://127\.0\.0\.1:\d+)", said).group(1)
        self.control = http.client.HTTPConnection(re.search(r"control +http://(\S+)", said).group(1), timeout=support.PATIENCE_S)
        self.key = re.search(r"API key +(\w+)", said).group(1)
        self.secret = re.search(r"secret +(\w+)", said).group(1)

    def ready(self):
        if self.process.poll() is not None:
            with open(self.output, encoding="utf-8") as out:
                raise AssertionError(f"the exchange ended with {self.process.returncode}: {out.read()}")
        with open(self.output, encoding="utf-8") as out:
            said = out.read()
        return said if "Ctrl-C" in said else None

    def stop(self):
        self.control.close()
        self.process.terminate()
        self.process.wait(support.PATIENCE_S)

    def ask(self, method, path, body=None):
        self.control.request(method, path, None if body is None else json.dumps(body))
        answer = self.control.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise AssertionError(f"{path}: {text}")
        return json.loads(text)

    def post(self, path, body):
        return self.ask("POST", path, body)

    def step(self, to):
        return self.post("/step", {"to": to})

    def act(self, fault, **settings):
        return self.post("/act", {"fault": fault, **settings})

    def signed(self, path):
        with urllib.request.urlopen(self.url + "/api/v3/time", timeout=support.PATIENCE_S) as answer:
            query = f"timestamp={json.load(answer)['serverTime']}"
        signature = hmac.new(self.secret.encode(), query.encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(f"{self.url}{path}?{query}&signature={signature}", headers={"X-MBX-APIKEY": self.key})
        with urllib.request.urlopen(request, timeout=support.PATIENCE_S) as answer:
            return json.load(answer)

    def open_orders(self):
        return set(self.ask("GET", "/status")["open_orders"])

    def balances(self):
        return {row["asset"]: (row["free"], row["locked"]) for row in self.signed("/api/v3/account")["balances"]}


def declare(host, exchange, bots, mode="testnet", risk=NO_LIMITS):
    """The configuration of `bots`, one a line, on that exchange, and its keys."""
    market = "market: {source: exchange}\npaper: {balances: {USDT: 100000}}\n" if mode == "paper" else ""
    with open(os.open(os.path.join(host.folder, ".env"), os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(f"BINANCE_TESTNET_API_KEY={exchange.key}\nBINANCE_TESTNET_API_SECRET={exchange.secret}\n")
    host.write_config(f"mode: {mode}\n{market}data: {host.data}\nexchange: {{url: '{exchange.url}'}}\ndashboard: {{enabled: false}}\n"
                      f"plugins: {{incomplete_sandbox: allow}}\n{risk}bots:\n" + ("".join(f"  {line}\n" for line in bots) or "  {}\n"))
