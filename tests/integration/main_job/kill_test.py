"""kill -9 of every process of the tree at random moments of a replay: nothing that was traded or decided is different.

Moments are seeded positions of the market plus a seeded pause, so that they fall on any instruction of a step, a commit or a start.
"""
import os
import random
import signal
import time
import unittest

import support
from plugin_test import HOSTILE, build
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


class SlowStrategyTest(HostTest):
    """A strategy that thinks longer than a step waits: the step is committed in two halves, and a crash may come between them."""

    maxDiff = None
    ROWS = 300
    KILLS = 40 if support.SOAK else 8
    BOTS = ["slow: {symbol: BTCUSDT, strategy: slow, trade_amount: 1000, parameters: {period: 3}}",
            "steady: {symbol: BTCUSDT, strategy: steady, trade_amount: 1000, parameters: {period: 3}}"]

    def slow_host(self, name, bots=(), speed="full"):
        files = {"BTCUSDT": support.made_up_candles(os.path.join(self.folder, "candles.csv"), self.ROWS)}
        host = self.host([*self.BOTS, *bots], files, name=name, speed=speed)
        plugins = os.path.join(host.data, "plugins")
        os.makedirs(plugins)
        build(os.path.join(plugins, "steady.so"), os.path.join(HOSTILE, "steady.c"))
        build(os.path.join(plugins, "slow.so"), os.path.join(HOSTILE, "steady.c"), 'ID="test.slow"', 'ALIAS="slow"', "THINKS_MS=60")
        return host.start()

    def pending(self, host):
        return host.one("SELECT value FROM paper WHERE key='pending_evaluation'")

    def engine_between_halves(self, host):
        """The engine's pid, stopped while the journal holds the first half of a step alone; none once the market has ended."""
        while not host.ended():
            if not self.pending(host):
                continue
            for pid in host.roles()["engine"]:
                os.kill(pid, signal.SIGSTOP)
                if self.pending(host):
                    return pid
                os.kill(pid, signal.SIGCONT)
        return None

    def test_kills_between_the_halves_of_a_step(self):
        chance = random.Random(support.seed())
        undisturbed = self.slow_host("undisturbed")
        wait_for("the end of the undisturbed replay", undisturbed.ended)
        first_ms, last_ms = undisturbed.one("SELECT min(first_ms) FROM decisions"), undisturbed.position_ms()
        self.assertEqual(0, undisturbed.stop())
        killed = self.slow_host("killed")
        kills = 0
        for moment_ms in sorted(chance.randrange(first_ms, last_ms) for _ in range(self.KILLS)):
            wait_for(f"the replay reaches {moment_ms}", lambda at=moment_ms: killed.position_ms() >= at or killed.ended())
            if (pid := self.engine_between_halves(killed)) is None:
                break
            os.kill(pid, signal.SIGKILL)
            kills += 1
            wait_for("another engine", lambda old=pid: killed.roles()["engine"] not in ([], [old]))
        wait_for("the end of the disturbed replay", killed.ended)
        self.assertEqual(0, killed.stop())
        print(f"{kills} kills between the halves of a step", flush=True)
        self.assertGreaterEqual(kills, self.KILLS // 2)
        self.assert_same_history(undisturbed, killed)

    def command_between_halves(self, host, *commands):
        """Puts commands while the slow strategy is asked and, for up to half a second (its deadline on a busy machine), cannot answer:
        their numbers and what has to be continued."""
        engine = self.engine_between_halves(host)
        workers = host.roles()["worker"]
        for pid in workers:
            os.kill(pid, signal.SIGSTOP)
        numbers = [host.put_command(*one) for one in commands]
        os.kill(engine, signal.SIGCONT)
        return numbers, engine, workers

    def test_the_decision_of_a_bot_that_was_stopped_meanwhile_is_dropped(self):
        host = self.slow_host("stopped", speed="3000x")
        for _ in range(20):
            numbers, _, workers = self.command_between_halves(host, ("stop", "slow"))
            status, _, message = host.result(numbers[0])
            self.assertEqual("done", status, message)
            for pid in workers:
                os.kill(pid, signal.SIGCONT)
            newest = host.query("SELECT d.outcome, d.blocked_reason FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE b.name='slow' ORDER BY d.id DESC LIMIT 1")[0]
            if newest == ("failed", "its decision was dropped: the bot was stopped"):
                break
            host.command("start", "slow")
        else:
            self.fail("never was a decision dropped")
        seen_ms = host.position_ms()
        wait_for("the market goes on", lambda: host.position_ms() >= seen_ms + 3 * CANDLE_MS)
        self.assertEqual("stopped", host.state_of("slow"))
        self.assertEqual([newest], host.query("SELECT d.outcome, d.blocked_reason FROM decisions d JOIN bots b ON b.id=d.bot_id WHERE b.name='slow' ORDER BY d.id DESC LIMIT 1"),
                         "and no answer came after it")
        self.assertEqual(0, host.stop())

    def test_commands_for_a_busy_plugin_wait_and_survive(self):
        """Each is carried out once and in the order of its bot; those that need no busy plugin do not wait for them."""
        host = self.slow_host("busy", ["idle: {symbol: BTCUSDT, strategy: slow, trade_amount: 1000, start: false}"], speed="3000x")
        asked = [("start", "idle", "{}"), ("funds", "idle", '{"action": "allot", "amount": "5"}'), ("evaluate", "slow", "{}"),
                 ("funds", "steady", '{"action": "allot", "amount": "7"}')]
        for _ in range(20):
            numbers, engine, workers = self.command_between_halves(host, *asked)
            try:
                wait_for("commands that wait", lambda: host.one("SELECT value FROM paper WHERE key='deferred_commands'"), patience_s=0.4, every_s=0.001)
                break
            except AssertionError:
                for pid in workers:
                    os.kill(pid, signal.SIGCONT)
                for number in numbers:
                    host.result(number)
                host.command("stop", "idle")
        else:
            self.fail("never were commands seen to wait")
        os.kill(engine, signal.SIGKILL)
        self.assertEqual(["done"] * len(asked), [host.result(number)[0] for number in numbers])
        order = [row[0] for row in host.query("SELECT command_id FROM command_results WHERE command_id>=? ORDER BY rev", numbers[0])]
        self.assertEqual(sorted(numbers), sorted(order), "each once")
        self.assertEqual(numbers[3], order[0], "it needs no busy plugin")
        self.assertLess(order.index(numbers[0]), order.index(numbers[1]), "the order of the bot's commands")
        self.assertEqual(0, host.stop())


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
