"""A real `stratdock paper-exchange` process of a test, and its control port.

Environment: STRATDOCK_BINARY (the program), STRATDOCK_SOURCE (the source tree).
"""
import itertools
import json
import os
import subprocess
import unittest
import urllib.error
import urllib.request

from client import Client, hmac_signer
from judge import Judge, read_lines

SOURCE = os.environ.get("STRATDOCK_SOURCE", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))
BINARY = os.environ.get("STRATDOCK_BINARY", os.path.join(SOURCE, "build", "release", "bin", "stratdock"))
numbers = itertools.count(1)


def fresh_id(word="order"):
    return f"{word}-{next(numbers)}"


class Refused(Exception):
    """The control port said no; the text says why."""


class Exchange:
    def __init__(self, *options, speed="manual"):
        self.process = subprocess.Popen([BINARY, "paper-exchange", "--port", "0", "--control", "--speed", speed, *options],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = {}
        for line in self.process.stdout:
            name, _, value = line.strip().partition("  ")
            said[name] = value.strip()
            if line.startswith("Stop with"):
                break
        else:
            raise RuntimeError("the exchange did not start: " + self.process.stderr.read())
        self.port = int(said["REST"].split(":")[2].split("/")[0])
        self.control_port = int(said["control"].rsplit(":", 1)[1])
        self.key, self.secret = said.get("API key", ""), said.get("secret", "").split(" ")[0]
        self.client = Client(self.port, self.key, hmac_signer(self.secret)) if self.key else None

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()
        self.process.stderr.close()

    def control(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.control_port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                text = answer.read().decode()
        except urllib.error.HTTPError as error:
            said = json.loads(error.read())
            raise Refused(said["error"] + " | " + said["hint"]) from None
        return text if path.startswith("/log") else json.loads(text)

    def fault(self, fault, **settings):
        return self.control("POST", "/faults", {"fault": fault, **settings})["ids"][0]

    def act(self, fault, **settings):
        return self.control("POST", "/act", {"fault": fault, **settings})["done"]

    def acted(self, number):
        return next(fault["acted"] for fault in self.control("GET", "/faults")["faults"] if fault["id"] == number)

    def step(self, candles=1):
        return self.control("POST", "/step", {"candles": candles})

    def judge(self, first_line=1):
        return Judge(read_lines(self.control("GET", f"/log?from={first_line}")))

    def price(self, factor=1.0, symbol="BTCUSDT"):
        """The price now, or a part of it on the tick."""
        return f"{float(self.client.public('/api/v3/ticker/price', {'symbol': symbol}).json['price']) * factor:.2f}"


class ExchangeTest(unittest.TestCase):
    """One exchange for the class; every test begins without faults and ends with a log that does not contradict itself."""
    options = ()

    @classmethod
    def setUpClass(cls):
        cls.exchange = Exchange(*cls.options)
        cls.client = cls.exchange.client

    @classmethod
    def tearDownClass(cls):
        cls.exchange.stop()

    def tearDown(self):
        self.exchange.control("DELETE", "/faults")
        self.assertEqual(self.exchange.judge().contradictions(), [])
        self.assertIsNone(self.exchange.process.poll(), "the exchange has died")

    def assert_acted(self, number, times=1):
        self.assertEqual(self.exchange.acted(number), times)
