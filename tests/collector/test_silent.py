#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""VMs of which nothing is heard for too long: when they are silent, where that is shown, and what ends it. On a clock of
the test's own, in steps that are smaller than what the collector takes for a gap."""

import contextlib
import glob
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from collector import PROGRAM, Collector  # noqa: E402
from credentials import write, write_tokens  # noqa: E402
from metrics import parse  # noqa: E402
from process import remove_directory, temporary_directory, wait_until  # noqa: E402
from software_client import SoftwareClient  # noqa: E402

ADMIN, OWN, ANYBODY = "d" * 64, "a" * 64, "b" * 64
STEP_S = 20


class Silent(unittest.TestCase):
    def setUp(self):
        self.vm = str(uuid.uuid4())
        directory = temporary_directory("silent")
        self.addCleanup(remove_directory, directory)
        self.offset = os.path.join(directory, "offset")
        self.set_clock(0)
        tokens = write_tokens(os.path.join(directory, "tokens"), {"admin": ADMIN, "agent": OWN}, self.vm)
        with open(tokens, "a") as file:
            file.write(f"agent anybody {hashlib.sha256(ANYBODY.encode()).hexdigest()}\n")
        self.admin = write(os.path.join(directory, "admin"), ADMIN)
        # A sanitizer wants to be the first library.
        env = dict(os.environ, LD_PRELOAD=glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0],
                   FAKETIME_TIMESTAMP_FILE=self.offset, FAKETIME_NO_CACHE="1",
                   FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_RESET="1",
                   ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
        self.collector = self.enterContext(Collector(env=env, config=f"[auth]\ntokens = {tokens}\n"
                                                     "[store]\nreports-per-hour = 8\n"
                                                     "[retention]\nforget-silent-after = 1\n"))
        self.guest = self.new_guest()

    def new_guest(self, token=OWN):
        guest = SoftwareClient(self.collector.url(), self.vm, token=token)
        self.addCleanup(guest.close)
        return guest

    def set_clock(self, seconds):
        self.ahead = seconds
        with open(self.offset + ".new", "w") as file:
            file.write(f"{seconds:+}\n")
        os.replace(self.offset + ".new", self.offset)

    def looked(self):
        """When the collector looked last, by its clock."""
        path = os.path.join(self.collector.state, "collector.sqlite")
        with contextlib.closing(sqlite3.connect(path)) as database:
            return (database.execute("SELECT ran_ms FROM watch").fetchone() or [0])[0]

    def await_look(self):
        """It begins after this was called."""
        for _ in range(2):
            before = self.looked()
            self.assertTrue(wait_until(lambda: self.looked() != before, 60))  # noqa: B023

    def advance(self, seconds):
        while seconds > 0:
            before = self.looked()
            self.set_clock(self.ahead + min(seconds, STEP_S))
            self.assertTrue(wait_until(lambda: self.looked() != before, 60))  # noqa: B023
            seconds -= STEP_S

    def report(self, guest=None, **members):
        guest = guest or self.guest
        answer = guest.post("/v1/reports", {**guest.prepare(guest.challenge().json), **members})
        self.assertEqual(answer.status, 200, answer.json)
        return answer.json

    def ask(self, path):
        return json.loads(self.collector.ask("GET", path, token=ADMIN).text)

    def shown(self):
        return self.ask(f"/v1/vms/{self.vm}")

    def is_silent(self):
        return self.shown()["silent_since"] is not None

    def await_silence(self):
        """Longer where the machine is so busy that a look comes late: that is a gap."""
        for _ in range(40):
            if self.is_silent():
                return
            self.advance(STEP_S)
        self.fail("it is not silent")

    def actions(self):
        return [event["action"] for event in self.ask("/v1/audit")["events"] if event["uuid"] == self.vm]

    def command(self, *words):
        done = subprocess.run([PROGRAM, *words, "--url", self.collector.url(), "--token-file", self.admin],
                              capture_output=True, text=True, timeout=90)
        return done.returncode, done.stdout, done.stderr

    def assert_verified(self):
        self.assertEqual(json.loads(self.command("verify", "--json")[1])["faults"], [])

    def metric(self, name):
        return parse(self.collector.ask("GET", "/metrics", token=ADMIN).text)[name]

    def test_later_than_twice_what_was_promised(self):
        for _ in range(2):  # the first has nothing to compare with; the second lacks what a TPM has
            self.report(next_within=1)
        self.assertEqual([self.shown()[name] for name in ("silent_since", "next_within")], [None, 60])
        self.assertEqual([self.command("list")[0], self.command("show", self.vm)[0]], [0, 1])
        self.advance(90)
        self.assertFalse(self.is_silent())
        self.await_silence()
        shown = self.shown()
        self.assertEqual([shown["silent_since"], shown["status"]], [shown["seen"], "warning"])
        self.assertEqual([vm["uuid"] for vm in self.ask("/v1/vms?silent=true")["vms"]], [self.vm])
        self.assertTrue(wait_until(lambda: self.ask("/v1/vms")["silent"] == 1, 30))
        self.assertEqual(self.metric('vtpm_collector_vms{state="silent"}'), 1)
        self.assertGreaterEqual(self.metric("vtpm_collector_oldest_report_age_seconds"), 120)
        code, table, _ = self.command("list", "--silent")
        self.assertEqual(code, 3)
        self.assertIn("silent", table.splitlines()[1])
        self.assertNotIn("warning", table)
        code, page, _ = self.command("show", self.vm)
        self.assertEqual(code, 3)
        self.assertIn("SILENT", page)
        self.assertIn("recovery key", page)
        self.assertEqual(self.actions(), ["silent"])
        self.assert_verified()
        code, _, message = self.command("confirm", self.vm, "--event", "none", "--timeout", "1")
        self.assertEqual(code, 3)
        self.assertIn(f"it is silent since {shown['silent_since']}", message)
        self.report(next_within=60)
        self.assertFalse(self.is_silent())
        self.assertEqual([action for action in self.actions() if action != "announce"], ["silent", "heard"])
        self.assertEqual(self.command("list", "--silent"), (0, self.command("list", "--silent")[1], ""))
        self.assert_verified()

    def test_a_record_that_says_otherwise(self):
        self.report()
        self.assertEqual(self.report(self.new_guest(), next_within=60)["verdict"]["continuity"], "replaced")
        self.await_silence()
        # What is contraindicated stays so.
        self.assertEqual(self.command("show", self.vm)[0], 2)
        path = os.path.join(self.collector.state, "collector.sqlite")
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
            database.execute("UPDATE vms SET silent_ms = 0")
            database.commit()
        code, out, _ = self.command("verify")
        self.assertEqual(code, 2)
        self.assertIn("what is shown as silent_ms is", out)

    def test_reports_that_are_noted_are_heard(self):
        noted = [self.report(next_within=60)["noted"] for _ in range(5)]
        self.assertEqual(noted[-1], True)
        self.advance(90)
        self.assertTrue(self.report(next_within=60)["noted"])
        self.advance(90)
        self.assertFalse(self.is_silent())
        # Another promise is new.
        self.assertFalse(self.report(next_within=61)["noted"])

    def test_a_stranger_is_not_heard(self):
        self.report(next_within=60)
        self.advance(90)
        self.assertIsNotNone(self.report(self.new_guest(ANYBODY), next_within=86400)["claim"])
        self.await_silence()
        self.report(self.new_guest(ANYBODY))
        self.assertTrue(self.is_silent())

    def test_a_clock_that_is_set(self):
        self.report(next_within=60)
        for ahead in (3600, 0, -3600):
            self.set_clock(ahead)
            self.await_look()
            self.assertFalse(self.is_silent(), ahead)
        # By the clock of now everybody had his time.
        self.advance(90)
        self.assertFalse(self.is_silent())
        self.await_silence()

    def test_an_outage(self):
        self.report(next_within=60)
        self.await_look()
        self.collector.stop()
        self.set_clock(3600)
        self.collector.start()
        self.await_look()
        self.assertFalse(self.is_silent())
        self.advance(90)
        self.assertFalse(self.is_silent())
        self.await_silence()

    def be_watchful(self, seconds):
        """As if the collector had listened for so long without a gap."""
        path = os.path.join(self.collector.state, "collector.sqlite")
        with contextlib.closing(sqlite3.connect(path, timeout=60)) as database:
            database.execute("UPDATE watch SET since_ms = ran_ms - ?", (seconds * 1000,))
            database.commit()

    def is_gone(self):
        return self.collector.ask("GET", f"/v1/vms/{self.vm}", token=ADMIN).status == 404

    def test_silent_for_so_long_that_it_is_forgotten(self):
        self.report(next_within=60)
        self.await_silence()
        self.set_clock(self.ahead + 86400 + 3600)
        self.await_look()
        self.assertFalse(self.is_gone())  # who was away himself waits
        # While no VM at all is heard nobody is forgotten.
        other = SoftwareClient(self.collector.url(), str(uuid.uuid4()), token=ANYBODY)
        self.addCleanup(other.close)

        def gone():
            self.report(other)
            self.be_watchful(7200)
            return self.is_gone()

        self.assertTrue(wait_until(gone, 240))
        event = self.ask("/v1/audit")["events"][-1]
        self.assertEqual([event["action"], event["actor"], event["uuid"]], ["forgotten", "collector", self.vm])
        self.assertRegex(event["detail"], "^report 1, SHA-256 [0-9a-f]{64}, .*: silent since 20")
        self.assertEqual(self.ask("/v1/vms")["silent"], 0)
        self.assert_verified()
        self.guest.disconnect()  # the collector has closed what was idle for so long
        # No person decided that it may begin anew, and the policy, first use, is not asked.
        for _ in range(2):
            answer = self.report(next_within=60)
            self.assertEqual([answer["enrolment"], answer["verdict"]["continuity"]], ["pending", "unverified"])
        self.assertEqual(self.actions()[-1:], ["forgotten"])
        self.assertEqual(self.command("accept", self.vm, "--report", str(answer["report"]))[0], 0)
        self.assertEqual(self.report(next_within=60)["enrolment"], "accepted")
        self.assert_verified()

    def announce(self, seconds, event="cold-migration"):
        answer = self.collector.ask("POST", f"/v1/vms/{self.vm}/announcements",
                                    json.dumps({"event": event, "timeout": seconds}), token=ADMIN,
                                    **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer.text)

    def test_announced_and_not_heard_of(self):
        self.report()
        self.announce(2)
        self.await_silence()
        self.assertIn("cold-migration was announced", self.ask("/v1/audit")["events"][-1]["detail"])
        self.report()
        self.assertFalse(self.is_silent())
        # What was asked for before says nothing of it.
        early = self.guest.prepare(self.guest.challenge().json)
        self.announce(40)
        self.assertEqual(self.guest.post("/v1/reports", early).status, 200)
        self.await_silence()
        self.report()
        self.assertFalse(self.is_silent())
        self.announce(2)
        self.report()
        self.announce(600)
        self.announce(1, "none")
        self.advance(30)
        self.await_look()
        self.assertFalse(self.is_silent())
        self.assert_verified()


if __name__ == "__main__":
    unittest.main()
