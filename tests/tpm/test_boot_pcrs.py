#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""PCR 0 to 7 against the baseline's, in one boot of the system: what tpm2-tools extend is no reset, and
a reset is one, whatever is extended after it."""

import hashlib
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

BOOT = range(8)
CAPPED = (*range(11), 12, 13)
SEPARATED = (0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14)
BOTH = ("sha1", "sha256")


class BootPcrs(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm(banks="sha1,sha256"))
        self.directory = process.temporary_directory("boot-pcrs")
        self.addCleanup(process.remove_directory, self.directory)
        self.baseline = os.path.join(self.directory, "baseline.json")

    def extend(self, pcrs, text, banks=BOTH):
        """By each bank's hash of the text; by zeros where there is none."""
        digests = {bank: hashlib.new(bank, text).hexdigest() if text is not None
                   else "00" * hashlib.new(bank).digest_size for bank in banks}
        oracle.tpm2(self.tpm, "pcrextend", *(
            f"{pcr}:" + ",".join(f"{bank}={digest}" for bank, digest in digests.items())
            for pcr in pcrs))

    def save(self):
        result = agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm)
        self.assertEqual(result.code, 0, result)

    def compare(self, code, continuity, *reasons):
        result = agent.run("compare", self.baseline, "--json", tpm=self.tpm)
        self.assertEqual((result.code, result.json["continuity"]), (code, continuity), result)
        self.assertEqual([reason["code"] for reason in result.json["reasons"]], list(reasons), result)
        return result.json["reasons"][-1]["sentence"]

    def boot(self):
        self.extend(BOOT, b"firmware")
        self.save()
        self.compare(0, "continuous", "same-tpm")

    def test_one_pcr_extended(self):
        self.boot()
        self.extend((7,), b"mine", ("sha256",))
        self.assertIn("PCR 7 ", self.compare(1, "continuous", "same-tpm", "boot-pcrs-extended"))
        self.save()
        self.compare(0, "continuous", "same-tpm")

    def test_separator(self):
        self.boot()
        self.extend(SEPARATED, b"os-separator")
        self.assertIn("os-separator", self.compare(0, "continuous", "same-tpm", "boot-pcrs-extended"))
        self.extend((7,), b"mine")
        self.compare(1, "continuous", "same-tpm", "boot-pcrs-extended", "boot-pcrs-extended")

    def test_cap(self):
        self.boot()
        self.extend(CAPPED, None, ("sha1",))
        self.assertIn("the cap", self.compare(0, "continuous", "same-tpm", "boot-pcrs-extended"))

    def test_zeros_in_one_pcr(self):
        """No cap: that is of a whole bank."""
        self.boot()
        self.extend((7,), None, ("sha1",))
        self.compare(1, "continuous", "same-tpm", "boot-pcrs-extended")

    def test_both_banks_capped(self):
        """Windows uses one of them. Nothing of the boot is left to be seen, and yet nothing was reset."""
        self.boot()
        self.extend(CAPPED, None)
        self.compare(1, "continuous", "same-tpm", "boot-pcrs-extended")

    def test_nothing_measured(self):
        self.save()
        self.extend((7,), b"mine")
        self.compare(1, "continuous", "same-tpm", "boot-pcrs-extended")

    def test_reset(self):
        self.boot()
        self.tpm.restart()
        self.compare(2, "reset-under-guest", "boot-pcrs-changed")
        self.extend((6, 7), b"mine")
        self.extend(SEPARATED, b"os-separator")
        self.compare(2, "reset-under-guest", "boot-pcrs-changed")

    def test_measured_anew(self):
        """As before the hibernated system is read back; not announced, and it looks so."""
        self.boot()
        self.tpm.restart()
        self.extend(BOOT[1:], b"firmware")
        self.extend(BOOT[:1], b"newer firmware")
        self.compare(1, "restarted", "suspended", "not-announced", "measurements-changed",
                     "rollback-not-excluded")


if __name__ == "__main__":
    unittest.main()
