"""Released libraries in today's program, released headers under today's compilers, today's libraries in a released host.

Environment: STRATDOCK_BINARY, STRATDOCK_SOURCE (see golden.py), STRATDOCK_TEST_PLUGINS (the folder of tests/abi's libraries),
STRATDOCK_PLUGINS (the folder of ours).
"""
import csv
import io
import os
import platform
import shutil
import subprocess
import tempfile
import unittest

import golden

LOADED_ROWS = 2_000
# What a host of 1.0 must go on loading: library, strategy.
TODAYS = [("STRATDOCK_PLUGINS", name, f"stratdock.{name}") for name in ("volatile", "enhanced", "simple_profitable", "ticker_news")] + [
    ("STRATDOCK_TEST_PLUGINS", "ema_cross", "com.example.ema_cross"), ("STRATDOCK_TEST_PLUGINS", "plain_c", "com.example.plain_c"),
    ("STRATDOCK_TEST_PLUGINS", "every_feature", "test.echo"), ("STRATDOCK_TEST_PLUGINS", "next_minor", "golden.next_minor")]


def differences(got, wanted):
    """The first line that differs, in words; empty when all are the same to the byte."""
    for number, (one, other) in enumerate(zip(got.splitlines(), wanted.splitlines()), 1):
        if one != other:
            return f"line {number} is\n  {one.decode()}\nand was\n  {other.decode()}"
    return "" if got == wanted else f"{len(got)} bytes instead of {len(wanted)}"


class GoldenTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sdk-golden-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.candles = golden.candles(os.path.join(self.folder, "candles.csv"))

    def expect(self, library, strategy, wanted, what):
        found = differences(golden.decide(library, strategy, self.candles), wanted)
        self.assertEqual(found, "", f"{what} decides otherwise than when it was released: {found}")

    def of_minor(self, minor, name):
        with open(os.path.join(golden.HERE, minor, name), "rb") as source:
            return source.read()

    def test_released_libraries(self):
        if platform.machine() != "x86_64":
            print("skipped: the released libraries are for x86_64", flush=True)
            self.skipTest("another machine")
        ran = 0
        for minor in golden.minors():
            for name in ("plain", "sdk"):
                for compiler in ("gcc", "clang"):
                    library = os.path.join(golden.HERE, minor, f"{name}_{compiler}.so")
                    self.expect(library, f"golden.{name}", self.of_minor(minor, f"{name}.csv"), f"{minor}/{name}_{compiler}.so")
                    ran += 1
        print(f"{ran} released libraries decide as they did, to the byte")

    def test_settings_reach_a_released_library(self):
        library = os.path.join(golden.HERE, "1.0", "plain_gcc.so")
        said = golden.decide(library, "golden_plain", self.candles, "period=30", "threshold=0.2", "use_volume=true", "label=other, \"quoted\"", "source=close").decode()
        last = list(csv.reader(io.StringIO(said)))[-1]
        self.assertIn('other, "quoted"/close; average ', last[6])
        with self.assertRaisesRegex(AssertionError, "use_volume cannot go with source: median"):
            golden.decide(library, "golden.plain", self.candles, "use_volume=true", "source=median")

    def test_frozen_headers_rebuild_the_library(self):
        compiled = 0
        for minor in golden.minors():
            for compiler in golden.LANGUAGES:
                if shutil.which(compiler) is None:
                    print(f"{compiler} is not installed, left out")
                    continue
                out = os.path.join(self.folder, f"{minor}-{compiler}.so")
                golden.build(out, compiler, os.path.join(golden.HERE, minor, "plain.c"), os.path.join(golden.HERE, minor, "include"), *golden.STRICT)
                self.expect(out, "golden.plain", self.of_minor(minor, "plain.csv"), f"{minor}/plain.c, built by {compiler},")
                compiled += 1
        self.assertGreater(compiled, 0)
        print(f"{compiled} builds without a warning, all of which decide as released")

    def test_sources_for_a_released_sdk_still_compile(self):
        include = os.path.join(golden.SOURCE, "plugin_api", "include")
        for minor in golden.minors():
            for compiler in ("g++", "clang++"):
                if shutil.which(compiler) is not None:
                    subprocess.run([compiler, "-std=c++20", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", include,
                                    os.path.join(golden.HERE, minor, "sdk.cpp")], check=True)


class LoaderTest(unittest.TestCase):
    """A host frozen at 1.0 against the libraries of today: the same decisions as today's host gives."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="sdk-golden-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def loader(self, minor):
        out = os.path.join(self.folder, "loader")
        folder = os.path.join(golden.HERE, minor)
        subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-O1", "-ffp-contract=off", "-I", os.path.join(folder, "include"),
                        os.path.join(folder, "loader.c"), "-o", out, "-ldl"], check=True)
        return out

    def test_a_frozen_host_loads_the_libraries_of_today(self):
        candles = golden.candles(os.path.join(self.folder, "more.csv"), LOADED_ROWS)
        loader = self.loader("1.0")
        rows, trades = 0, 0
        for variable, name, strategy in TODAYS:
            library = os.path.join(os.environ[variable], name + ".so")
            done = subprocess.run([loader, library, strategy, candles], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
            self.assertEqual(done.returncode, 0, f"{name}: {done.stderr.decode()}")
            old = [line.split(",", 6) for line in done.stdout.decode().splitlines()]
            new = list(csv.reader(io.StringIO(golden.decide(library, strategy, candles).decode())))[1:]
            self.assertEqual(len(old), LOADED_ROWS)
            self.assertEqual(len(new), LOADED_ROWS)
            for one, other in zip(old, new):
                self.assertTrue(self.same(one, other), f"{name} in the host of 1.0 says\n  {one}\nand in today's\n  {other}")
                trades += one[1] != "HOLD"
            rows += len(old)
        self.assertGreater(trades, 1000)
        print(f"{len(TODAYS)} libraries, {rows} decisions, {trades} of them no HOLD: the same in the host of 1.0")

    def same(self, one, other):
        def numbers(row):
            return [float(cell) if cell else None for cell in row[3:6]]
        # decide prints a confidence as 0-100, without the noise of doubles.
        exact = float(one[2]) * 100
        return (one[:2] == other[:2] and abs(float(other[2]) - exact) <= 1e-9 and numbers(one) == numbers(other) and
                self.told(one[6]) == self.told(other[6]))

    @staticmethod
    def told(reasons):
        # Each host says in its own words why a feed is absent.
        return reasons.split("no news: ")[0].split("no assessment yet: ")[0].strip()


if __name__ == "__main__":
    unittest.main()
