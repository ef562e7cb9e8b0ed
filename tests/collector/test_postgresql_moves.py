#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Two collectors on a database that another server takes over, or whose disk is full."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import instances  # noqa: E402
import postgresql  # noqa: E402
import process  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402

GUESTS = 4


class Moves(unittest.TestCase):
    def collectors(self, url):
        return [self.enterContext(Collector(config=f"{UNLIMITED}url = {url}\n")) for _ in range(2)]

    def wait_for(self, run, more):
        """Until so many more reports are acknowledged."""
        enough = run.count() + more
        self.assertTrue(process.wait_until(lambda: run.count() >= enough, 120), f"stuck at {run.count()}: {run.refused}")

    def check(self, run, server):
        run.settle()
        run.check(self, server)


class Promoted(Moves):
    def setUp(self):
        self.primary = self.enterContext(postgresql.Server())
        self.standby = self.enterContext(postgresql.Standby(self.primary))
        self.standby.follow()
        folders = f"{self.primary.folder},{self.standby.folder}"
        self.both = self.collectors(f"postgresql:///postgres?host={folders}&user=postgres&"
                                    "target_session_attrs=read-write")

    def test_primary_is_killed(self):
        with instances.Load(self.both, GUESTS) as run:
            self.wait_for(run, 100)
            self.primary.kill()
            self.standby.promote()
            self.wait_for(run, 100)
        self.check(run, self.standby)

    def test_primary_hands_over(self):
        """And then follows the other one, though the URL names it first."""
        with instances.Load(self.both, GUESTS) as run:
            self.wait_for(run, 100)
            self.primary.stop()
            self.standby.promote()
            self.primary.begin_to_follow(self.standby)
            self.wait_for(run, 100)
        self.assertEqual(self.primary.ask("SHOW transaction_read_only"), "on")
        self.check(run, self.standby)


class FullDisk(Moves):
    def setUp(self):
        self.server = self.enterContext(postgresql.Server(["max_wal_size=64MB"], size="256M"))
        self.ballast = os.path.join(self.server.data, "ballast")
        self.both = self.collectors(self.server.url())

    def fill(self):
        """Up to 1 MiB; the log that is written ahead has room in the segment that it begins now."""
        self.server.ask("CHECKPOINT")
        self.server.ask("SELECT pg_switch_wal()")
        self.server.ask("SELECT pg_logical_emit_message(true, '', '')")  # or it has no segment yet, and PANICs
        with open(self.ballast, "wb") as file:
            while (place := os.statvfs(self.server.data)).f_bavail * place.f_frsize > 1 << 20:
                file.write(bytes(1 << 16))
                file.flush()

    def test_reports_wait_for_room(self):
        with instances.Load(self.both, GUESTS) as run:
            self.wait_for(run, 100)
            self.fill()
            for collector in self.both:
                self.assertTrue(process.wait_until(lambda: "disk is full" in collector.lines(), 120), self.server.log())  # noqa: B023
            os.remove(self.ballast)
            self.wait_for(run, 100)
        self.check(run, self.server)


if __name__ == "__main__":
    unittest.main()
