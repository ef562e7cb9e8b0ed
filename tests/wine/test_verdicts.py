#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The verdict's rows that need no guest, by vtpm-agent.exe: what happens to the TPM, and to the
Windows on it, between baseline and comparison."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import oracle  # noqa: E402
from wine import Wine  # noqa: E402


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = Wine()

    @classmethod
    def tearDownClass(cls):
        cls.wine.close()

    def baseline(self, tpm):
        result = self.wine.agent("baseline", "save", "baseline.json", tpm=tpm)
        self.assertEqual((result.code, result.err), (1, ""), result)

    def judge(self, tpm, continuity, code):
        result = self.wine.agent("compare", "baseline.json", "--json", tpm=tpm)
        self.assertEqual(result.err, "")
        self.assertEqual((result.json["continuity"], result.code), (continuity, code), result)

    def test_continuous(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            self.judge(tpm, "continuous", 0)

    def test_restarted(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            tpm.restart()
            self.wine.reboot()
            self.judge(tpm, "restarted", 0)

    def test_replaced(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
        with self.wine.tpm() as other:
            self.judge(other, "replaced", 2)

    def test_rolled_back(self):
        with self.wine.tpm() as tpm:
            tpm.stop()
            snapshot = tpm.snapshot()
            tpm.start()
            tpm.restart()
            tpm.restart()
            self.baseline(tpm)
            tpm.stop()
            tpm.restore(snapshot)
            tpm.start()
            self.wine.reboot()
            self.judge(tpm, "rolled-back", 2)

    def test_cleared(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            oracle.tpm2(tpm, "clear", "-c", "p")
            self.judge(tpm, "cleared", 2)

    def test_reset_under_the_guest(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            tpm.restart()
            self.judge(tpm, "reset-under-guest", 2)


if __name__ == "__main__":
    unittest.main()
