"""What the machine does to the program: a second instance, a taken port, a newer file, a full disk, a clock that jumps."""
import hashlib
import os
import socket
import sqlite3
import subprocess
import time
import unittest

import support
from support import BOT_PER_STRATEGY, CANDLE_MS, HostTest, answers, wait_for

HERE = os.path.dirname(os.path.abspath(__file__))


class FaultTest(HostTest):
    def candles(self, rows):
        return {"BTCUSDT": support.made_up_candles(os.path.join(self.folder, "candles.csv"), rows)}

    def test_second_instance(self):
        host = self.host(BOT_PER_STRATEGY, self.candles(5000), speed="3000x").start()
        code, said = host.run_to_exit()
        self.assertNotEqual(0, code)
        self.assertIn(host.data, said)
        self.assertIn(f"pid {host.process.pid}", said)
        self.assertIn("stratdock shutdown", said)
        # The lock holds also where the supervisor's note is lost.
        note = os.path.join(host.data, "supervisor.json")
        os.rename(note, note + ".away")
        code, said = host.run_to_exit()
        os.replace(note + ".away", note)
        self.assertNotEqual(0, code)
        self.assertIn(f"process {host.roles()['engine'][0]}", said)
        seen = host.position_ms()
        wait_for("the first one trades on", lambda: host.position_ms() > seen + 5 * CANDLE_MS)
        self.assertEqual(0, host.stop())

    def test_port_taken(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = taken.getsockname()[1]
            host = self.host(BOT_PER_STRATEGY, self.candles(300), port=port)
            code, said = host.run_to_exit()
            self.assertNotEqual(0, code)
            self.assertIn(f"port {port}", said)
            self.assertIn(f"pid {os.getpid()}", said)
            self.assertFalse(os.path.exists(os.path.join(host.data, "journal.db")), "nothing was started")
        host.start()
        wait_for("the dashboard is up on the freed port", lambda: answers(port))
        self.assertEqual(0, host.stop())

    def test_newer_schema(self):
        host = self.host(BOT_PER_STRATEGY, self.candles(600)).start()
        wait_for("the end of the replay", host.ended)
        self.assertEqual(0, host.stop())
        journal = os.path.join(host.data, "journal.db")
        with sqlite3.connect(journal) as database:
            database.execute("PRAGMA user_version=99")
        database.close()

        def content():
            with open(journal, "rb") as file:
                return hashlib.sha256(file.read()).hexdigest()
        before = content()
        code, said = host.run_to_exit()
        self.assertNotEqual(0, code)
        for words in ("journal.db", "schema 99", "nothing was changed"):
            self.assertIn(words, said)
        self.assertEqual(before, content())

    def test_disk_full(self):
        undisturbed = self.host(BOT_PER_STRATEGY, self.candles(20000), name="undisturbed").start()
        wait_for("the end of the undisturbed replay", undisturbed.ended)
        self.assertEqual(0, undisturbed.stop())
        host = self.host(BOT_PER_STRATEGY, {"BTCUSDT": os.path.join(self.folder, "candles.csv")}, name="small", port=support.free_port())
        os.makedirs(host.data)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "none", host.data], stderr=subprocess.DEVNULL, check=False).returncode != 0:
            print("skipped: a small disk can be mounted by root only", flush=True)
            self.skipTest("not root")
        try:
            host.start()
            wait_for("the full disk is told", lambda: "full" in host.said())
            told = [line for line in host.said().splitlines() if "full" in line][0]
            print(told, flush=True)
            self.assertIn(host.data, told)
            self.assertFalse(host.ended(), "the disk was too large for this test")
            time.sleep(0.5)  # it tries again, in vain
            self.assertIsNone(host.process.poll(), "the supervisor goes on")
            subprocess.run(["mount", "-o", "remount,size=200m", host.data], check=True)
            wait_for("the end of the replay", host.ended, patience_s=120)
            self.assertEqual(0, host.stop())
            for table in ("trades", "decisions"):
                self.assertEqual(undisturbed.rows(table), host.rows(table), table)
        finally:
            host.destroy()
            subprocess.run(["umount", "-l", host.data], check=False)

    def test_clock_jumps(self):
        shim = os.path.join(self.folder, "shifted_clock.so")
        subprocess.run([*os.environ.get("CC", "cc").split(), "-shared", "-fPIC", "-O1", os.path.join(HERE, "shifted_clock.c"), "-o", shim, "-ldl"], check=True)
        shift = os.path.join(self.folder, "shift")

        def jump(seconds):
            with open(shift + ".new", "w", encoding="ascii") as out:
                out.write(str(seconds))
            os.replace(shift + ".new", shift)
        files = self.candles(600)
        undisturbed = self.host(BOT_PER_STRATEGY, files, name="undisturbed").start()
        wait_for("the end of the undisturbed replay", undisturbed.ended)
        self.assertEqual(0, undisturbed.stop())
        jump(0)
        os.environ.update(LD_PRELOAD=shim, SHIFT_FILE=shift)
        try:
            host = self.host(BOT_PER_STRATEGY, files, name="jumping", speed="15000x").start()  # a candle each 20 ms
        finally:
            del os.environ["LD_PRELOAD"], os.environ["SHIFT_FILE"]
        for seconds in (86_400, -172_800, 3_600, 0):
            jump(seconds)
            at, began_s = host.position_ms(), time.monotonic()
            wait_for("fifty candles after the jump", lambda a=at: host.position_ms() >= a + 50 * CANDLE_MS)
            self.assertGreater(time.monotonic() - began_s, 0.5, "a jump makes no candle come early")
            self.assertLess(time.monotonic() - began_s, 10, "nor late")
            # The live view goes on, by the new time.
            wait_for("the live view shows the shifted time", lambda s=seconds: abs(
                (host.one("SELECT at_ms FROM health WHERE key='market_ms'", file="live.db") or 0) / 1000 - time.time() - s) < 600, patience_s=10)
        wait_for("the end of the replay", host.ended)
        self.assertEqual(0, host.stop())
        for table in ("trades", "decisions"):
            self.assertEqual(undisturbed.rows(table), host.rows(table), table)


if __name__ == "__main__":
    unittest.main(verbosity=2)
