#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""kill -9 of the whole collector at random moments while guests report: whatever it acknowledged is
there, what it did not acknowledge is there once or not at all, and the chains are whole."""

import contextlib
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import client  # noqa: E402
import history  # noqa: E402
import load  # noqa: E402
import process  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402

ROUNDS = 50
GUESTS = 8
LONGEST = 0.6  # seconds that a collector lives


class Killed(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("VTPM_SEED") or time.time())
        print(f"VTPM_SEED={seed}", flush=True)  # the same moments again, as far as a machine gives them
        self.random = random.Random(seed)
        self.collector = Collector(config=UNLIMITED)
        self.database = os.path.join(self.collector.state, "collector.sqlite")
        self.guests = []

    def check(self):
        """Both verifications; each guest's reports are those acknowledged, and at most the one that was
        cut off."""
        found = history.read(self.database)
        count = subprocess.run([os.environ["VTPM_VERIFY_STORE"], self.database], timeout=60, check=True,
                               stdout=subprocess.PIPE).stdout
        self.assertEqual(int(count), sum(map(len, found.values())))
        for guest in self.guests:
            kept = found.get(guest.uuid, {})
            self.assertEqual(guest.acknowledged.items() - kept.items(), set(), "acknowledged, and lost")
            self.assertLessEqual(len(kept), len(guest.acknowledged) + bool(guest.in_flight))

    def send_again(self):
        """What was cut off, on the challenge that was acknowledged before: taken now, or spent already
        and then kept."""
        found = history.read(self.database)
        outcomes = []
        for guest in filter(lambda guest: guest.in_flight, self.guests):
            digest = hashlib.sha256(client.decode(guest.in_flight["evidence"])).digest()
            number = found.get(guest.uuid, {}).get(digest)
            answer = guest.send()
            outcomes.append(answer.status)
            if number:
                self.assertEqual((answer.status, answer.code), (409, "challenge-spent"))
                guest.acknowledged[digest] = number
            else:
                self.assertEqual(answer.status, 200, answer.json)
        return outcomes

    def announce(self):
        """Something for the audit log's chain."""
        if not self.guests[0].acknowledged:
            return
        answer = self.collector.ask("POST", f"/v1/vms/{self.guests[0].uuid}/announcements",
                                    b'{"event": "none"}', self.collector.admin_token(),
                                    **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 201, answer.text)

    def check_that_checks_find(self):
        """Both verifications, of a database that somebody has changed."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            number, = database.execute("SELECT max(id) FROM reports WHERE prev > 0 AND status <> 'affirming'").fetchone()
        self.assertTrue(number)
        for change in (f"reports SET evidence = x'00' WHERE id = {number}",
                       f"reports SET status = 'affirming' WHERE id = {number}",
                       f"reports SET prev = 0 WHERE id = {number}",
                       "audit SET actor = 'nobody' WHERE id = 2"):
            changed = self.database + ".changed"
            shutil.copy(self.database, changed)
            with contextlib.closing(sqlite3.connect(changed)) as database:
                database.execute("UPDATE " + change)
                database.commit()
            with self.assertRaises(history.Broken):
                history.read(changed)
            self.assertEqual(subprocess.run([os.environ["VTPM_VERIFY_STORE"], changed], timeout=60,
                                            check=False, capture_output=True).returncode, 1)

    def live_and_die(self):
        """One life under load; returns what became of the requests that the last one's death cut off."""
        self.collector.start()
        for guest in self.guests:
            guest.move(self.collector.url())
        while len(self.guests) < GUESTS:
            self.guests.append(load.Guest(self.collector.url()))
            self.addCleanup(self.guests[-1].close)
        self.check()
        outcomes = self.send_again()
        self.announce()
        threads = load.start(self.guests)
        time.sleep(self.random.uniform(0, LONGEST))
        self.collector.kill()
        load.join(threads)
        for guest in self.guests:
            self.assertEqual([answer.json for answer in guest.refused], [])
        return outcomes

    def die_young(self):
        """Killed while it starts, in the middle of setting up or recovering its database."""
        with open(self.collector.log, "wb") as log:
            child = process.start(self.collector.argv, stdin=subprocess.DEVNULL, stderr=log)
        time.sleep(self.random.uniform(0, 0.05))
        process.kill(child)

    def test_at_random_moments_under_load(self):
        outcomes = []
        for number in range(ROUNDS):
            if number % 5 == 0:
                self.die_young()
            outcomes += self.live_and_die()
        self.collector.start()
        self.check()
        self.assertEqual(self.collector.stop(), 0)
        self.check()
        self.check_that_checks_find()
        acknowledged = sum(len(guest.acknowledged) for guest in self.guests)
        print(f"{acknowledged} reports acknowledged; cut off: {outcomes.count(200)} not kept, "
              f"{outcomes.count(409)} kept")
        self.assertGreater(acknowledged, 10 * ROUNDS)
        self.assertGreater(len(outcomes), ROUNDS, "the load was too small to be cut off")


if __name__ == "__main__":
    unittest.main()
