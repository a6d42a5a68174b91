"""What authors do, command by command, as the documents give them.

Environment: STRATDOCK_BUILD (a built tree), STRATDOCK_SOURCE (the source tree). The program is used as installed, from a folder
of its own, and with a home of its own.
"""
import contextlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

SOURCE = os.environ["STRATDOCK_SOURCE"]
BUILD = os.environ["STRATDOCK_BUILD"]
LANGUAGES = {"c++": "c++", "c": "cc", "rust": "cargo"}

CONFIGURATION = """
mode: paper
data: {folder}/data
dashboard: {{enabled: false}}
market: {{source: synthetic, seed: 7, interval: 5m, speed: 600, symbols: {{BTCUSDT: {{price: 50000}}}}}}
paper: {{balances: {{USDT: 10000}}}}
"""


def shell_blocks(document):
    with open(document, encoding="utf-8") as file:
        return re.findall(r"```sh\n(.*?)```", file.read(), re.DOTALL)


class AuthorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="stratdock-author-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.prefix = os.path.join(cls.folder, "installed")
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True, stdout=subprocess.DEVNULL)
        cls.environment = {**os.environ, "HOME": cls.folder, "PATH": os.path.join(cls.prefix, "bin") + ":" + os.environ["PATH"]}
        # Where rustup has cargo, it looks for its toolchains in the home of whoever installed it.
        for name, folder in (("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")):
            cls.environment.setdefault(name, os.path.join(os.path.expanduser("~"), folder))
        cls.environment.pop("XDG_DATA_HOME", None)
        cls.environment.pop("XDG_CACHE_HOME", None)

    def run_lines(self, script, folder, **environment):
        """Runs a block of shell lines; any line that fails ends it. What it printed."""
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], cwd=folder, env={**self.environment, **environment}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=200, check=False)
        self.assertEqual(0, done.returncode, script + "\n" + done.stdout)
        return done.stdout


class LanguagesTest(AuthorTest):
    def test_every_language_builds_validates_and_backtests_and_decides_alike(self):
        decisions = {}
        for language, compiler in LANGUAGES.items():
            if shutil.which(compiler, path=self.environment["PATH"]) is None:
                self.fail(f"{compiler} is missing (tools/setup --tests)")
            with self.subTest(language=language):
                name = "made_in_" + language.replace("+", "p")
                began = time.monotonic()
                said = self.run_lines(f"stratdock strategy new {name} --language {language}", self.folder)
                self.assertNotIn("Not found", said)
                made = os.path.join(self.folder, name)
                (block,) = shell_blocks(os.path.join(made, "README.md"))
                lines = [line for line in block.splitlines() if "strategy install" not in line]
                said = self.run_lines("\n".join(lines), made)
                seconds = time.monotonic() - began
                print(f"{language}: new, built, tested, validated and backtested in {seconds:.1f} s", flush=True)
                self.assertLess(seconds, 60)
                self.assertIn("100% tests passed", said)
                self.assertRegex(said, r"trades +\d{2,}")
                exported = subprocess.run(["nm", "-D", "--defined-only", f"build/{name}.so"], cwd=made, check=True, capture_output=True, text=True).stdout
                self.assertEqual(["stratdock_entry_v1"], [line.split()[-1] for line in exported.splitlines()])
                self.run_lines(f"stratdock decide --strategy {name} --plugins build --candles BTCUSDT-5m-made_up.csv --out decisions.csv", made)
                with open(os.path.join(made, "decisions.csv"), encoding="utf-8") as file:
                    decisions[language] = file.read()
        self.assertGreater(decisions["c++"].count("BUY"), 100)
        self.assertEqual(decisions["c++"], decisions["c"])
        self.assertEqual(decisions["c++"], decisions["rust"])


    def test_strategies_of_every_language_trade_in_the_demo(self):
        plugins = os.path.join(self.folder, "demo_plugins")
        os.mkdir(plugins)
        names = []
        for language in LANGUAGES:
            name = "demo_" + language.replace("+", "p")
            names.append(name)
            self.run_lines(f"stratdock strategy new {name} --language {language}\ncmake -S {name} -B {name}/build && cmake --build {name}/build", self.folder)
            shutil.copy(os.path.join(self.folder, name, "build", name + ".so"), plugins)
        with open(os.path.join(SOURCE, "configs", "demo.yaml"), encoding="utf-8") as file:
            demo = file.read()
        bots = "".join(f"  {name.replace('_', '-')}: {{symbol: BTCUSDT, strategy: {name}, trade_amount: 100}}\n" for name in names)
        config = os.path.join(self.folder, "demo.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(demo + bots + f"data: {self.folder}/demo_data\ndashboard: {{enabled: false}}\nplugins: {{folders: [{plugins}]}}\n")
        with open(os.path.join(self.folder, "demo.log"), "w", encoding="utf-8") as log:
            running = subprocess.Popen([os.path.join(self.prefix, "bin", "stratdock"), "run", config], env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + 120
            trades = {}
            while time.monotonic() < deadline and (len(trades) < 3 or min(trades.values()) < 1):
                self.assertIsNone(running.poll(), "it ended")
                journal = os.path.join(self.folder, "demo_data", "journal.db")
                if os.path.exists(journal):
                    with contextlib.closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True)) as database, contextlib.suppress(sqlite3.OperationalError):
                        trades = dict(database.execute("SELECT bots.name, count(trades.bot_id) FROM bots LEFT JOIN trades ON trades.bot_id = bots.id "
                                                       "WHERE bots.name LIKE 'demo-%' GROUP BY bots.name"))
                time.sleep(0.2)
            print(f"trades: {trades}", flush=True)
            self.assertEqual(sorted(name.replace("_", "-") for name in names), sorted(trades))
            self.assertGreaterEqual(min(trades.values()), 1)
        finally:
            running.send_signal(signal.SIGTERM)
            self.assertEqual(0, running.wait(timeout=30))


class GuideTest(AuthorTest):
    def test_every_command_of_the_guide(self):
        config = os.path.join(self.folder, "guide.yaml")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(folder=self.folder))
        with open(os.path.join(self.folder, "run.log"), "w", encoding="utf-8") as log:
            running = subprocess.Popen([os.path.join(self.prefix, "bin", "stratdock"), "run", config], env=self.environment, stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=subprocess.STDOUT)
        try:
            blocks = shell_blocks(os.path.join(SOURCE, "plugin_api", "GUIDE.md"))
            self.assertGreater(len(blocks), 4)
            said = self.run_lines("\n".join(blocks), self.folder, STRATDOCK_DATA=os.path.join(self.folder, "data"))
            self.assertRegex(said, r"(?m)^ *state +running")
            self.next_version_and_back()
        finally:
            running.send_signal(signal.SIGTERM)
            self.assertEqual(0, running.wait(timeout=30))


    def next_version_and_back(self):
        """A newer version takes over, the one before comes back by one command, and the bot runs on."""
        data = os.path.join(self.folder, "data")

        def version():
            said = self.run_lines(f"stratdock strategy list --data {data} --json 2>/dev/null", self.folder)
            return {one["id"]: one["version"] for one in json.loads(said)["strategies"]}["com.example.my_cross"]

        self.assertEqual("1.0.0", version())
        self.run_lines(f"sed -i s/1.0.0/1.1.0/ my_cross.cpp && cmake --build build && stratdock strategy install build/my_cross.so --data {data}", os.path.join(self.folder, "my_cross"))
        self.assertEqual("1.1.0", version())
        for expected in ("1.0.0", "1.1.0"):
            said = self.run_lines(f"stratdock strategy rollback my_cross --data {data}", self.folder)
            self.assertIn("in the Stratdock that runs: ready", said)
            self.assertEqual(expected, version())
        self.assertRegex(self.run_lines(f"stratdock bot show first --data {data}", self.folder), r"(?m)^ *state +running")
        refused = subprocess.run(["stratdock", "strategy", "rollback", "volatile", "--data", data], env=self.environment, capture_output=True, text=True, check=False)
        self.assertEqual(1, refused.returncode)
        self.assertIn("has had no other version", refused.stderr)


class PortingTest(AuthorTest):
    def test_the_strategy_of_the_porting_page(self):
        with open(os.path.join(SOURCE, "plugin_api", "PORTING.md"), encoding="utf-8") as file:
            (source,) = re.findall(r"```cpp\n(.*?)```", file.read(), re.DOTALL)
        self.run_lines("stratdock strategy new rsi_dip", self.folder)
        made = os.path.join(self.folder, "rsi_dip")
        with open(os.path.join(made, "rsi_dip.cpp"), "w", encoding="utf-8") as file:
            file.write(source)
        self.run_lines("cmake -B build -DCMAKE_CXX_FLAGS='-Wall -Wextra -Werror' && cmake --build build --target rsi_dip\n"
                       "stratdock decide --strategy rsi_dip --plugins build --candles BTCUSDT-5m-made_up.csv --out decisions.csv", made)
        with open(os.path.join(made, "decisions.csv"), encoding="utf-8") as file:
            said = file.read()
        self.assertIn("RSI high", said)


class NamesTest(AuthorTest):
    def refused(self, *words):
        done = subprocess.run(["stratdock", "strategy", "new", *words], cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        self.assertNotEqual(0, done.returncode)
        return done.stderr

    def test_what_cannot_be_made_is_said(self):
        for name in ("My", "1st", "a-b", "../x", "test", "a" * 41, ""):
            self.assertIn("making the strategy " + name, self.refused(name))
            self.assertFalse(os.path.exists(os.path.join(self.folder, "x")))
        self.assertIn("c++, c or rust", self.refused("fine", "--language", "cobol"))
        os.mkdir(os.path.join(self.folder, "there"))
        self.assertIn("is there already", self.refused("there"))
        self.assertEqual([], os.listdir(os.path.join(self.folder, "there")))
        self.assertIn("no name", self.refused())

    def test_a_missing_compiler_is_named(self):
        tools = os.path.join(self.folder, "tools")
        os.mkdir(tools)
        os.symlink(shutil.which("cmake"), os.path.join(tools, "cmake"))
        done = subprocess.run([os.path.join(self.prefix, "bin", "stratdock"), "strategy", "new", "lonely", "--language", "rust"], cwd=self.folder,
                              env={**self.environment, "PATH": tools}, capture_output=True, text=True, check=True)
        self.assertIn("Not found on this machine: cargo", done.stderr)
        self.assertIn("apt-get install", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
