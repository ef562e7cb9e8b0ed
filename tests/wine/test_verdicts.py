#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The verdict's rows that need no guest, by vtpm-agent.exe: what happens to the TPM, and to the
Windows on it, between baseline and comparison."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import oracle  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from wine import Wine  # noqa: E402

OTHER_VM = "99999999-1111-4222-8333-444455556666"


def close_endorsement(tpm):
    oracle.tpm2(tpm, "changeauth", "-c", "e", "secret")


# No firmware runs before these TPMs.
SAVED = ("vtpm-agent: baseline saved, with a warning: PCR 0 to 7 are all zero: the firmware measured "
         "nothing\r\n")


class Verdicts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = Wine()

    @classmethod
    def tearDownClass(cls):
        cls.wine.close()

    def baseline(self, tpm):
        result = self.wine.agent("baseline", "save", "--force", "baseline.json", tpm=tpm)
        self.assertEqual((result.code, result.err), (1, SAVED), result)

    def judge(self, tpm, continuity, code):
        result = self.wine.agent("compare", "baseline.json", "--json", tpm=tpm)
        self.assertEqual(result.err, "")
        self.assertEqual((result.json["continuity"], result.code), (continuity, code), result)
        return [reason["code"] for reason in result.json["reasons"]]

    def test_continuous(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            self.judge(tpm, "continuous", 0)

    def test_restarted(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            tpm.restart()
            self.wine.reboot()
            self.wine.age_clock(tpm)
            self.judge(tpm, "restarted", 0)

    def test_replaced(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
        with self.wine.tpm() as other:
            self.judge(other, "replaced", 2)

    def test_cloned(self):
        """Another VM's state directory was put in the place of this VM's."""
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
        with Swtpm(name="other", vm_uuid=OTHER_VM) as other:
            self.assertEqual(self.judge(other, "cloned", 2), ["other-vm"])

    def roll_back(self, close):
        with self.wine.tpm() as tpm:
            close(tpm)
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
            return self.judge(tpm, "rolled-back", 2)

    def test_rolled_back(self):
        self.assertEqual(self.roll_back(lambda tpm: None)[0], "counters-behind")

    def test_rolled_back_in_the_owner_hierarchy(self):
        """Its counters are obfuscated, and yet they tell."""
        self.assertEqual(self.roll_back(close_endorsement),
                         ["counters-behind", "counters-obfuscated"])

    def test_continuous_in_the_owner_hierarchy(self):
        with self.wine.tpm() as tpm:
            close_endorsement(tpm)
            self.baseline(tpm)
            self.assertEqual(self.judge(tpm, "continuous", 0), ["same-tpm", "counters-obfuscated"])

    def test_no_attestation_key(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            close_endorsement(tpm)
            oracle.tpm2(tpm, "changeauth", "-c", "o", "secret")
            self.assertEqual(self.judge(tpm, "unverified", 3), ["no-quote", "ek-only"])

    def test_cleared(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            oracle.tpm2(tpm, "clear", "-c", "p")
            self.judge(tpm, "cleared", 2)

    def test_reset_under_the_guest(self):
        with self.wine.tpm() as tpm:
            self.baseline(tpm)
            tpm.restart()
            self.wine.age_clock(tpm)
            # Nothing was measured here, so that it may as well have been hibernated.
            self.assertIn("counters-moved", self.judge(tpm, "restarted", 1))


if __name__ == "__main__":
    unittest.main()
