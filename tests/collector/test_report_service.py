#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent run with a collector: reports after each comparison, tells a failure once, makes it good soon, or
at the next occasion where waiting does not help, and ends promptly while a report is under way."""

import json
import os
import signal
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import process  # noqa: E402
from stub_collector import Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


class Service(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def start(self, stub, interval=300):
        directory = process.temporary_directory("service")
        self.log = os.path.join(directory, "log")
        self.state = os.path.join(directory, "state")
        config = os.path.join(directory, "conf")
        with open(config, "w") as file:
            file.write(f"[collector]\nurl = {stub.url}\nuuid = {UUID}\n[run]\n"
                       f"interval = {interval}\nstate = {directory}/state\n")
        with open(self.log, "w") as log:
            return agent.start("run", "--config", config, tpm=self.tpm, stderr=log)

    def lines(self, word):
        with open(self.log) as file:
            return [line for line in file if word in line]

    def await_lines(self, word, count):
        process.wait_until(lambda: len(self.lines(word)) >= count, timeout=30)

    def stop(self, child):
        begin = time.monotonic()
        child.send_signal(signal.SIGTERM)
        self.assertEqual(child.wait(20), 0)
        agent.check_sanitizers()
        return time.monotonic() - begin

    def test_reports_and_recovers(self):
        answers = {"is_broken": False}
        with Stub(answer=lambda *_: (401, {}, b"{}") if answers["is_broken"] else None) as stub:
            child = self.start(stub)
            self.await_lines("reported number=1 status=affirming", 1)
            answers["is_broken"] = True
            for count in (2, 3):
                child.send_signal(signal.SIGHUP)
                self.await_lines("verdict status=", count)
                process.wait_until(lambda: len(stub.requests) >= count + 1, timeout=30)
            answers["is_broken"] = False
            child.send_signal(signal.SIGHUP)
            self.await_lines("reported number=2", 1)
            self.assertEqual(len(self.lines("not reported: ")), 1)
            self.assertIn("--token-file", self.lines("not reported: ")[0])
            self.stop(child)
        self.assertTrue(all(report.is_bound == (True, True) for report in stub.reports))

    def test_reports_what_it_cannot_compare(self):
        """The collector hears of the vTPM all the same, and nothing that was kept is replaced."""
        with Stub() as stub:
            state = process.temporary_directory("state")
            self.addCleanup(process.remove_directory, state)
            words = ("run", "--once", "--state", state, "--url", stub.url, "--uuid", UUID)
            self.assertEqual(agent.run("beacon", "enable", tpm=self.tpm).code, 0)
            self.assertEqual(agent.run(*words, tpm=self.tpm).code, 0)
            for name in ("verdict.json", "baseline.json"):
                with open(os.path.join(state, name), "w") as file:
                    file.write("{")
                for _ in range(2):
                    result = agent.run(*words, tpm=self.tpm)
                    self.assertEqual(result.code, 3, result)
                    self.assertIn(name, result.err)
                with open(os.path.join(state, name)) as file:
                    self.assertEqual(file.read(), "{")
            beacons = [report.evidence["beacon"]["value"] for report in stub.reports]
            self.assertEqual(beacons, [beacons[0]] * 5)

    def delivery(self):
        with open(os.path.join(self.state, "delivery.json")) as file:
            return json.load(file)

    def page(self):
        return agent.run("status", "--state", self.state, tpm=self.tpm).out

    def test_what_may_pass_is_tried_again_soon(self):
        answers = {"is_broken": True}
        with Stub(answer=lambda *_: (503, {}, b"{}") if answers["is_broken"] else None) as stub:
            child = self.start(stub)
            self.await_lines("not reported: ", 1)
            process.wait_until(lambda: os.path.exists(os.path.join(self.state, "delivery.json")), timeout=30)
            failed = self.delivery()
            self.assertEqual((failed["url"], failed["delivered"]), (stub.url, 0))
            # The interval is 300 seconds.
            self.assertLessEqual(failed["next"] - failed["tried"], 8)
            page = self.page()
            self.assertIn("none yet", page)
            self.assertIn("Last attempt", page)
            answers["is_broken"] = False
            self.await_lines("reported number=1", 1)
            self.assertEqual(len(self.lines("cause=retry")), 1)
            self.assertEqual(len(self.lines("not reported: ")), 1)
            process.wait_until(lambda: not self.delivery()["fault"], timeout=30)
            good = self.delivery()
            self.assertEqual((good["report"], good["status"]), (1, "affirming"))
            self.assertGreater(good["next"] - good["delivered"], 200)
            self.assertIn("Last delivery", self.page())
            self.stop(child)

    def test_attempts_grow_apart_up_to_the_interval(self):
        with Stub(answer=lambda *_: (503, {}, b"{}")) as stub:
            child = self.start(stub, interval=30)
            waits = []
            for count in (1, 2, 3):
                self.await_lines("verdict status=", count)
                process.wait_until(lambda: os.path.exists(os.path.join(self.state, "delivery.json"))
                                   and self.delivery()["tried"] not in [tried for tried, _ in waits], timeout=60)
                last = self.delivery()
                waits.append((last["tried"], last["next"] - last["tried"]))
            self.stop(child)
        # 5 and 15 seconds, a fifth more or less, and then the interval, a tenth more or less.
        for (_, wait), (least, most) in zip(waits, ((3, 8), (11, 20), (26, 35))):
            self.assertTrue(least <= wait <= most, waits)

    def test_says_when_it_comes_again(self):
        with Stub() as stub:
            child = self.start(stub, interval=600)
            self.await_lines("reported number=1", 1)
            self.stop(child)
            once = ("run", "--once", "--url", stub.url, "--uuid", UUID, "--state", self.state)
            agent.run(*once, "--interval", "990", tpm=self.tpm)
            self.assertLessEqual(abs(self.delivery()["next"] - self.delivery()["delivered"] - 990), 1)
            agent.run(*once, tpm=self.tpm)
            self.assertEqual(self.delivery()["next"], 0)
            agent.run("report", "--url", stub.url, "--uuid", UUID, tpm=self.tpm)
        self.assertEqual([report.request.get("next_within") for report in stub.reports], [660, 990, None, None])

    def test_beacon_waits_for_the_collector(self):
        """It is advanced once for each challenge. What nobody hears of does not advance it: a VM that was set back
        would come to where the collector saw it last."""
        state = process.temporary_directory("state")
        self.addCleanup(process.remove_directory, state)
        baseline = os.path.join(state, "mine.json")
        with Swtpm(name="beacon") as tpm:
            def stands_at():
                return int(agent.run("beacon", "status", tpm=tpm).out.split("stands at ")[1].split(".")[0])

            def look(command, url, code=0):
                words = {"run": ("run", "--once", "--state", state), "report": ("report", "--timeout", "2")}[command]
                result = agent.run(*words, "--url", url, "--uuid", UUID, tpm=tpm)
                self.assertEqual(result.code, code, result)

            def compare(directory):
                result = agent.run("compare", baseline, "--state", directory, "--json", tpm=tpm)
                self.assertEqual(result.json["continuity"], "continuous", result)

            self.assertEqual(agent.run("beacon", "enable", tpm=tpm).code, 0)
            with Stub() as stub:
                look("run", stub.url)
                look("report", stub.url)
                self.assertEqual([(report.evidence["beacon"]["value"], report.evidence["beacon"]["is_advanced"])
                                  for report in stub.reports], [(2, True), (3, True)])
                gone = stub.url
            self.assertEqual(agent.run("baseline", "save", "--force", baseline, tpm=tpm).code, 0)
            with open(os.path.join(state, "receipt"), "w") as file:
                file.write("one")
            for _ in range(3):
                look("run", gone, code=3)
            look("report", gone, code=3)
            compare(state)
            self.assertEqual(stands_at(), 3)
            compare(os.path.join(state, "empty"))
            self.assertEqual(stands_at(), 4)
            # Where no collector is configured, each comparison of the service advances it.
            result = agent.run("run", "--once", "--state", state, "--uuid", UUID, tpm=tpm)
            self.assertEqual((result.code, stands_at()), (0, 5), result)

    def test_beacon_behind_the_own_baseline_stays(self):
        """What the service keeps knows of more steps: each report would come nearer to them."""
        state = process.temporary_directory("state")
        self.addCleanup(process.remove_directory, state)
        words = ("run", "--once", "--state", state, "--uuid", UUID)
        with Swtpm(name="behind") as tpm, Stub() as stub:
            self.assertEqual(agent.run("beacon", "enable", tpm=tpm).code, 0)
            tpm.stop()
            older = tpm.snapshot()
            tpm.start()
            for _ in range(3):
                agent.run(*words, tpm=tpm)
            tpm.stop()
            tpm.restore(older)
            tpm.start()
            for _ in range(2):
                self.assertIn("beacon-behind", agent.run(*words, "--url", stub.url, tpm=tpm).err)
            self.assertEqual([report.evidence["beacon"]["value"] for report in stub.reports], [1, 1])

    def test_ends_during_a_slow_report(self):
        release = threading.Event()
        with Stub(answer=lambda *_: release.wait(60) and None) as stub:
            child = self.start(stub)
            process.wait_until(lambda: stub.requests, timeout=30)
            seconds = self.stop(child)
            release.set()
        # --timeout would be 30 seconds.
        self.assertLess(seconds, 15)


if __name__ == "__main__":
    unittest.main()
