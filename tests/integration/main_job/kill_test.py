"""kill -9 of every process of the tree at random moments of a replay: nothing that was traded or decided is different.

Moments are seeded positions of the market plus a seeded pause, so that they fall on any instruction of a step, a commit or a start.
"""
import os
import random
import signal
import time
import unittest

import support
from support import BOT_PER_STRATEGY, CANDLE_MS, HostTest, alive, answers, wait_for

ROWS = 120_000 if support.SOAK else 40_000
KILLS = 100 if support.SOAK else 20
DASHBOARD_BACK_S = 2.0


class KillTest(HostTest):
    maxDiff = None

    def candles(self):
        path = os.path.join(self.folder, "candles.csv")
        if os.path.exists(support.RECORDED):
            return support.cut_of_recorded_candles(path, ROWS)
        return support.made_up_candles(path, ROWS)

    def test_nothing_changes(self):
        chance = random.Random(support.seed())
        files = {"BTCUSDT": self.candles()}
        undisturbed = self.host(BOT_PER_STRATEGY, files, name="undisturbed").start()
        wait_for("the end of the undisturbed replay", undisturbed.ended)
        first_ms = undisturbed.one("SELECT min(first_ms) FROM decisions")
        last_ms = undisturbed.position_ms()
        self.assertEqual(0, undisturbed.stop())

        port = support.free_port()
        killed = self.host(BOT_PER_STRATEGY, files, name="killed", port=port).start()
        # Not to the end: between a moment and its kill, and while the tree starts, the market goes on.
        moments = sorted(chance.randrange(first_ms, first_ms + (last_ms - first_ms) * 7 // 10) for _ in range(KILLS))
        # Each role equally often, in a random order.
        victims = [("engine", "worker", "dashboard", "supervisor")[i % 4] for i in range(KILLS)]
        chance.shuffle(victims)
        slowest_back_s, trading = 0.0, 0
        for moment_ms, victim in zip(moments, victims):
            wait_for(f"the replay reaches {moment_ms}", lambda at=moment_ms: killed.position_ms() >= at)
            trading += not killed.ended()
            time.sleep(chance.uniform(0, 0.05))
            if victim == "supervisor":
                tree = support.descendants(killed.process.pid)
                killed.process.kill()
                killed.process.wait()
                began = time.monotonic()
                wait_for("the tree ends with its supervisor", lambda t=tree: not any(alive(pid) for pid in t))
                self.assertLess(time.monotonic() - began, 1.0, "the tree ends within a second of its supervisor")
                killed.start()
                continue
            pids = wait_for(f"a living {victim}", lambda v=victim: killed.roles()[v])
            if victim == "dashboard":
                wait_for("the dashboard is up", lambda: answers(port))
            os.kill(chance.choice(pids), signal.SIGKILL)
            if victim == "dashboard":
                began = time.monotonic()
                wait_for("the killed dashboard is gone", lambda p=pids: not alive(p[0]))
                wait_for("the dashboard is back", lambda: answers(port))
                slowest_back_s = max(slowest_back_s, time.monotonic() - began)
        wait_for("the end of the disturbed replay", killed.ended)
        self.assertEqual(0, killed.stop())
        self.assertGreaterEqual(trading, KILLS * 3 // 4, "kills while the market ran")
        print(f"{KILLS} kills, {trading} of them while the market ran; the dashboard was back within {slowest_back_s:.2f} s", flush=True)
        self.assertLess(slowest_back_s, DASHBOARD_BACK_S)
        self.assert_same_history(undisturbed, killed)


class DashboardAwayTest(HostTest):
    def test_bots_go_on(self):
        port = support.free_port()
        path = support.made_up_candles(os.path.join(self.folder, "candles.csv"), 4000)
        host = self.host(BOT_PER_STRATEGY, {"BTCUSDT": path}, speed="6000x", port=port).start()  # a candle each 50 ms
        dashboard = wait_for("a dashboard", lambda: host.roles()["dashboard"])[0]
        wait_for("the dashboard is up", lambda: answers(port))
        os.kill(dashboard, signal.SIGSTOP)
        try:
            seen = host.position_ms()
            wait_for("20 candles with a dashboard that stands still", lambda: host.position_ms() >= seen + 20 * CANDLE_MS)
            decided = host.one("SELECT max(last_ms) FROM decisions")
            self.assertGreater(decided, seen)
        finally:
            os.kill(dashboard, signal.SIGCONT)
        os.kill(dashboard, signal.SIGKILL)
        seen = host.position_ms()
        wait_for("the dashboard is back", lambda: answers(port), patience_s=DASHBOARD_BACK_S)
        wait_for("bots went on meanwhile", lambda: host.position_ms() > seen)
        self.assertEqual(0, host.stop())


if __name__ == "__main__":
    unittest.main(verbosity=2)
