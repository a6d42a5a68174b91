"""Configurations with faults: every fault at once, with its place and a suggestion; nothing is started."""
import os
import subprocess
import unittest

import support
from support import HostTest

HEAD = """mode: paper
data: {folder}/data
market:
  source: replay
  speed: full
  files:
    - {{path: candles.csv, symbol: BTCUSDT, interval: 5m}}
dashboard: {{enabled: false}}
"""
BOT = "  one: {symbol: BTCUSDT, strategy: volatile, trade_amount: 100}\n"


class ConfigTest(HostTest):
    def setUp(self):
        super().setUp()
        support.made_up_candles(os.path.join(self.folder, "candles.csv"), 300)

    def refused(self, text, expected, env=None, env_mode=0o600):
        """Each of `expected` is (line:column or "", words...) and must be on one line of the output."""
        config = os.path.join(self.folder, "test.yaml")
        with open(config, "w", encoding="utf-8") as out:
            out.write(text)
        if env is not None:
            secrets = os.path.join(self.folder, ".env")
            with open(secrets, "w", encoding="utf-8") as out:
                out.write(env)
            os.chmod(secrets, env_mode)
        started = subprocess.Popen([support.BINARY, "run", config], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   cwd=self.folder, start_new_session=True)
        try:
            said = started.communicate(timeout=30)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            started.terminate()
            raise AssertionError("it started: " + started.communicate()[0].decode(errors="replace")) from None
        self.assertNotEqual(0, started.returncode, said)
        lines = said.splitlines()
        for place, *words in expected:
            at = f"test.yaml:{place}:" if place else ""
            self.assertTrue(any(at in line and all(word in line for word in words) for line in lines), f"{place} {words} is not in:\n{said}")
        self.assertIn("nothing was started", said)
        with self.assertRaises(ProcessLookupError, msg="a process is left"):
            os.killpg(started.pid, 0)
        return said

    def assert_no_journal(self):
        self.assertFalse(os.path.exists(os.path.join(self.folder, "data")), "a data folder was made")

    def test_keys_types_ranges_duplicates(self):
        text = (HEAD.format(folder=self.folder).replace("speed: full", "sped: full") +
                "paper:\n  balances: {USDT: lots}\n  taker_fee: 150%\nbots:\n" + BOT + BOT +
                "  two: {symbol: BTCUSDT, stratgy: volatile, trade_amount: -5}\n"
                "  Three!: {symbol: BTCUSDT, strategy: volatile, trade_amount: 5}\n"
                "  four: {symbol: BTCUSTD, strategy: volatile, trade_amount: [1]}\n")
        said = self.refused(text, [
            ("5:3", "sped", "did you mean 'speed'"), ("10:20", "paper.balances.USDT", "lots"), ("11:14", "paper.taker_fee", "150%", "10%"),
            ("14:3", "one", "second time", "line 13"), ("15:3", "bots.two.strategy", "missing"),
            ("15:26", "stratgy", "did you mean 'strategy'"), ("15:59", "trade_amount", "-5"), ("16:3", "Three!"), ("17:61", "trade_amount")])
        self.assertIn(" errors; nothing was started", said)
        self.assert_no_journal()

    def test_unknown_symbol(self):
        self.refused(HEAD.format(folder=self.folder) + "bots:\n" + BOT.replace("BTCUSDT", "BTCUSTD"), [("10:17", "BTCUSTD", "did you mean 'BTCUSDT'")])
        self.assert_no_journal()

    def test_missing_plugins_and_parameters(self):
        said = self.refused(HEAD.format(folder=self.folder) + "bots:\n" + BOT.replace("volatile", "volatil") +
                            "  two:\n    symbol: BTCUSDT\n    strategy: volatile\n    trade_amount: 100\n    parameters:\n      rsi_bui: 14\n      rsi_buy: -3\n" +
                            "  three: {symbol: BTCUSDT, strategy: nobody, trade_amount: 5}\n",
                            [("10:36", "volatil", "did you mean 'volatile'"), ("16:16", "rsi_bui", "did you mean 'rsi_buy'"), ("17:16", "rsi_buy", "-3"),
                             ("18:38", "nobody", "there are: ", "volatile")])
        self.assertIn("4 errors", said)
        self.assert_no_journal()

    def test_every_kind_in_one_list(self):
        """Key, type, range, duplicate, alias, plugin, parameter, symbol and .env: one run names them all, in the file's order."""
        text = (HEAD.format(folder=self.folder).replace("speed: full", "sped: full") + "risk: &caps {max_order_value: lots}\npaper: *caps\nbots:\n" + BOT + BOT +
                "  two: {symbol: BTCUSTD, strategy: volatil, trade_amount: -5}\n"
                "  three: {symbol: BTCUSDT, strategy: volatile, trade_amount: 5, parameters: {rsi_buy: -3, rsi_bui: 1}}\n")
        expected = [("5:3", "sped"), ("9:7", "anchors"), ("9:31", "lots"), ("10:8", "aliases"), ("13:3", "second time"), ("14:17", "BTCUSTD", "did you mean 'BTCUSDT'"),
                    ("14:36", "volatil", "did you mean 'volatile'"), ("14:59", "-5"), ("15:87", "-3"), ("15:100", "rsi_bui")]
        said = self.refused(text, [*expected, ("", ".env:1", "TRADE_AMOUNT"), ("", ".env", "600")], env="TRADE_AMOUNT=5\n", env_mode=0o644)
        self.assertIn("12 errors", said)
        places = [tuple(map(int, line.split("test.yaml:")[1].split(":")[:2])) for line in said.splitlines() if "test.yaml:" in line]
        self.assertEqual(sorted(places), places)
        self.assert_no_journal()
        checked = subprocess.run([support.BINARY, "check", os.path.join(self.folder, "test.yaml")], capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual(1, checked.returncode)
        for line in said.splitlines()[:-1]:
            self.assertIn(line, checked.stderr)
        self.assertIn("12 things are wrong; it would not start.", checked.stderr)

    def test_alias_bomb_and_depth(self):
        bomb = "".join(f"{chr(ord('a') + i + 1)}: &{chr(ord('a') + i + 1)} [{','.join(['*' + chr(ord('a') + i)] * 9)}]\n" for i in range(20))
        self.refused(HEAD.format(folder=self.folder) + "a: &a [x]\n" + bomb + "bots:\n" + BOT, [("9:4", "anchors"), ("10:8", "aliases")])
        self.refused("a: " + "[" * 100 + "]" * 100 + "\n", [("", "32")])
        self.refused("# " + "x" * 300_000 + "\n" + HEAD.format(folder=self.folder) + "bots:\n" + BOT, [("", "262144")])
        self.refused("bots: {one: {symbol: BTCUSDT\n", [("", "YAML")])
        self.assert_no_journal()

    def test_env(self):
        good = HEAD.format(folder=self.folder) + "bots:\n" + BOT
        said = self.refused(good, [("", ".env", "600")], env="BINANCE_TESTNET_API_KEY=verysecretvalue\n", env_mode=0o644)
        self.assertNotIn("verysecretvalue", said)
        self.refused(good, [("", ".env:1", "TRADE_AMOUNT", "trade_amount")], env="TRADE_AMOUNT=5\n")
        # Errors of both files at once.
        self.refused(good.replace("speed", "sped"), [("5:3", "did you mean 'speed'"), ("", ".env:1", "TRADE_AMOUNT")], env="TRADE_AMOUNT=5\n")
        self.assert_no_journal()

    def test_live_is_not_enabled(self):
        good = HEAD.format(folder=self.folder) + "bots:\n" + BOT
        self.refused(good.replace("mode: paper", "mode: live"), [("1:7", "live trading is not enabled yet; use paper, testnet or demo")])
        self.assert_no_journal()


if __name__ == "__main__":
    unittest.main(verbosity=2)
