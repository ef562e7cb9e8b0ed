#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `vtpm-collector` makes as root in the directory of the account that serves is that account's."""

import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import collector as service  # noqa: E402
import postgresql  # noqa: E402
import process  # noqa: E402


class Owner(unittest.TestCase):
    def setUp(self):
        self.state = self.enterContext(tempfile.TemporaryDirectory())
        os.chown(self.state, process.NOBODY, process.NOBODY)
        self.store = f"sqlite:{self.state}/collector.sqlite"

    def run_command(self, *words):
        done = subprocess.run([service.PROGRAM, *words], check=False, capture_output=True, text=True, timeout=120)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def assert_files(self, names):
        self.assertEqual(sorted(os.listdir(self.state)), names)
        for name in names:
            of = os.stat(os.path.join(self.state, name))
            self.assertEqual((of.st_uid, of.st_gid, of.st_mode & 0o777), (process.NOBODY, process.NOBODY, 0o600), name)

    def test_copy(self):
        server = self.enterContext(postgresql.Server())
        self.run_command("init", "--store", server.url())
        server.ask("INSERT INTO vtpm.documents VALUES ('trust-cas.pem', 'one'), ('webhook-cursor', '0 0 0')")
        self.run_command("copy", "--from", server.url(), "--to", self.store, "--state", self.state)
        self.assert_files(["collector.sqlite", "trust-cas.pem", "webhook-cursor"])

    def test_init(self):
        self.run_command("init", "--store", self.store)
        self.assert_files(["collector.sqlite"])


if __name__ == "__main__":
    unittest.main()
