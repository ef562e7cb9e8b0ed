#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector backup while guests report: the copy is whole, and has all that was acknowledged before."""

import os
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import history  # noqa: E402
import instances  # noqa: E402
import process  # noqa: E402
from collector import PROGRAM, UNLIMITED, Collector  # noqa: E402

CA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "ek-chain", "root.pem")


class Backup(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector(config=UNLIMITED))
        self.place = os.path.join(process.temporary_directory("backup"), "copy")

    def backup(self, *options):
        return subprocess.run([PROGRAM, "backup", self.place, "--state", self.collector.state, *options],
                              timeout=60, check=False, capture_output=True, text=True)

    def test_in_use(self):
        with open(CA, "rb") as file:
            answer = self.collector.ask("POST", "/v1/trust-cas", file.read(), self.collector.admin_token())
        self.assertEqual(answer.status, 201, answer.text)
        copy = os.path.join(self.place, "collector.sqlite")
        with instances.Load([self.collector], 4) as run:
            self.assertTrue(process.wait_until(lambda: run.count() >= 50, 60))
            before = {guest.uuid: dict(guest.acknowledged) for guest in run.guests}
            done = self.backup()
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            after = run.count()
            self.assertTrue(process.wait_until(lambda: run.count() > after, 60))
        run.settle()
        found = history.read(copy)
        for uuid, acknowledged in before.items():
            self.assertEqual(acknowledged.items() - found[uuid].items(), set())
        self.assertEqual(stat.S_IMODE(os.stat(copy).st_mode), 0o600)
        self.assertEqual(sorted(os.listdir(self.place)), ["collector.sqlite", "trust-cas.pem"])
        # It serves in the place of the first one.
        os.rename(copy, os.path.join(self.place, "served.sqlite"))
        with Collector(config=f"[store]\nurl = sqlite:{self.place}/served.sqlite\n") as other:
            self.assertEqual(other.ask("GET", "/readyz").status, 200)
            self.assertIn(run.guests[0].uuid, other.ask("GET", "/v1/vms", token=other.admin_token()).text)

    def test_nothing_is_overwritten(self):
        self.assertEqual(self.backup().returncode, 0)
        with open(os.path.join(self.place, "collector.sqlite"), "rb") as file:
            before = file.read()
        again = self.backup()
        self.assertEqual(again.returncode, 64)
        self.assertIn("is there already", again.stderr)
        with open(os.path.join(self.place, "collector.sqlite"), "rb") as file:
            self.assertEqual(file.read(), before)

    def test_another_store(self):
        done = self.backup("--store", "postgresql:///none")
        self.assertEqual((done.returncode, os.path.exists(self.place)), (64, False), done.stderr)

    def test_what_is_no_store(self):
        path = os.path.join(self.collector.state, "other")
        for content, told in ((b"", "another program's"), (b"no database" * 1000, "no SQLite database")):
            with open(path, "wb") as file:
                file.write(content)
            done = self.backup("--store", f"sqlite:{path}")
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(told, done.stderr)
            self.assertEqual(os.listdir(self.place), [])


if __name__ == "__main__":
    unittest.main()
