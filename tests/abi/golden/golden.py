"""What the golden tests and make.sh share: the candles, the builds, and a run of the program.

Environment: STRATDOCK_BINARY (the program), STRATDOCK_SOURCE (the source tree).
"""
import os
import shutil
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("STRATDOCK_SOURCE", os.path.abspath(os.path.join(HERE, "..", "..", "..")))
BINARY = os.environ.get("STRATDOCK_BINARY", os.path.join(SOURCE, "build", "release", "bin", "stratdock"))
CANDLE_MS = 300_000
ROWS = 320
GAP_AT, GAP_ROWS = 200, 12  # an outage: open times jump


def minors():
    return sorted((name for name in os.listdir(HERE) if name.startswith("1.")), key=lambda name: int(name[2:]))


def candles(path, rows=ROWS):
    """A file of Binance's kline CSV. Whole numbers only, so that it is the same on every machine and for ever."""
    state, price = 20_240_101, 3_000_000  # cents
    with open(path, "w", encoding="ascii") as out:
        def chance(below):
            nonlocal state
            state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
            return (state >> 33) % below

        def units(number, digits):
            return f"{number // 10**digits}.{number % 10**digits:0{digits}d}"

        for row in range(rows):
            at = 1_704_067_200_000 + (row + (GAP_ROWS if row >= GAP_AT else 0)) * CANDLE_MS
            opened = price
            price = max(100_000, price + price * (chance(801) - 400 + (6 if row // 90 % 2 == 0 else -6)) // 100_000)
            high = max(opened, price) * (10_000 + chance(20)) // 10_000
            low = min(opened, price) * (10_000 - chance(20)) // 10_000
            volume = 0 if chance(50) == 0 else 100 + chance(90_000)  # thousandths
            taker = volume * chance(1001) // 1000
            out.write(f"{at},{units(opened, 2)},{units(high, 2)},{units(low, 2)},{units(price, 2)},{units(volume, 3)},{at + CANDLE_MS - 1},"
                      f"{units(volume * price // 1000, 2)},{volume // 7},{units(taker, 3)},{units(taker * price // 1000, 2)},0\n")
    return path


def alone(library):
    """A plugin folder with this library and no other."""
    folder = tempfile.mkdtemp(prefix="sdk-golden-")
    shutil.copy(library, folder)
    return folder


def decide(library, strategy, candle_file, *parameters):
    """What `stratdock decide` prints; fails with what it said."""
    folder = alone(library)
    try:
        words = [BINARY, "decide", "--strategy", strategy, "--plugins", folder, "--candles", candle_file, "--symbol", "BTCUSDT", "--interval", "5m"]
        for parameter in parameters:
            words += ["--param", parameter]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, env=dict(os.environ, HOME=folder, XDG_CACHE_HOME=folder + "/cache"))
        if done.returncode != 0:
            raise AssertionError(f"{' '.join(words)}\nended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        return done.stdout
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# How a library is built here: as stratdock_add_strategy does it, small, with nothing of this machine in it.
FLAGS = ["-O2", "-shared", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-s", "-Wl,-z,now", "-Wl,-z,defs", "-Wl,-z,noseparate-code",
         "-Wl,--build-id=none", "-Wl,--version-script=" + os.path.join(SOURCE, "plugin_api", "cmake", "stratdock_strategy.map")]
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wpadded", "-Werror"]
LANGUAGES = {"gcc": ["gcc", "-std=c11"], "clang": ["clang", "-std=c11"], "g++": ["g++", "-x", "c++", "-std=c++20", "-fno-gnu-unique"],
             "clang++": ["clang++", "-x", "c++", "-std=c++20"]}


def build(out, compiler, source, include, *flags):
    subprocess.run([*LANGUAGES[compiler], *FLAGS, *flags, "-I", include, source, "-x", "none", "-lm", "-o", out], check=True)
    return out
