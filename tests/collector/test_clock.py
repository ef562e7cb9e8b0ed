#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The collector's clock is set ahead and back again: what was spent stays spent, and challenges go on."""

import glob
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402

VM = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
HOUSEKEEPING_S = 5


class Clock(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        directory = process.temporary_directory("clock")
        self.addCleanup(process.remove_directory, directory)
        self.offset = os.path.join(directory, "offset")
        self.set_clock(0)
        # A sanitizer wants to be the first library.
        env = dict(os.environ, LD_PRELOAD=glob.glob("/usr/lib/*/faketime/libfaketime.so.1")[0],
                   FAKETIME_TIMESTAMP_FILE=self.offset, FAKETIME_NO_CACHE="1",
                   FAKETIME_DONT_FAKE_MONOTONIC="1", FAKETIME_DONT_RESET="1",
                   ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0")
        self.collector = Collector(env=env)
        self.enterContext(self.collector)
        self.guest = self.new_client()

    def new_client(self):
        guest = client.Client(self.collector.url(), self.tpm.tcti, VM)
        self.addCleanup(guest.close)
        return guest

    def set_clock(self, seconds):
        with open(self.offset + ".new", "w") as file:
            file.write(f"{seconds:+}\n")
        os.replace(self.offset + ".new", self.offset)

    def received(self, report):
        answer = self.guest.post("/v1/reports", report)
        self.assertEqual(answer.status, 200, answer.json)
        return answer.json["received"]

    def prepare(self):
        return self.guest.prepare(self.guest.challenge().json)

    def assert_refused(self, report):
        answer = self.guest.post("/v1/reports", report)
        self.assertEqual(answer.status, 409, answer.json)
        self.assertIn(answer.code, ("challenge-spent", "challenge-expired"))

    def test_ahead_and_back(self):
        first = self.prepare()
        before = self.received(first)
        self.set_clock(3600)
        self.assertGreater(self.received(self.prepare())[:16], before[:16])  # it is on the fake clock
        time.sleep(2 * HOUSEKEEPING_S)
        self.set_clock(0)
        self.assert_refused(first)
        self.received(self.prepare())

    def test_started_while_ahead(self):
        first = self.prepare()
        self.received(first)
        self.set_clock(3600)
        self.collector.stop()
        self.collector.start()
        time.sleep(2 * HOUSEKEEPING_S)
        self.set_clock(0)
        self.collector.stop()
        self.collector.start()
        self.assertIn("was it set back?", self.collector.lines())
        self.guest = self.new_client()
        self.assert_refused(first)
        self.received(self.prepare())


if __name__ == "__main__":
    unittest.main()
