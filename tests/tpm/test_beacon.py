#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The beacon's NV index: made, advanced and removed; and somebody else's in its place left alone."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

INDEX = "0x01807674"
SHAPE = ("-C", "o", "-s", "8", "-g", "sha256", "-a")
TAKEN = f"vtpm-agent: NV index {INDEX} is taken by something that is not the beacon\n"


class Beacon(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        directory = process.temporary_directory("beacon")
        self.addCleanup(process.remove_directory, directory)
        self.baseline = os.path.join(directory, "baseline.json")

    def tpm2(self, tool, *arguments):
        return subprocess.run([f"tpm2_{tool}", "-T", self.tpm.tcti, *arguments], check=True,
                              capture_output=True, text=True).stdout

    def beacon(self, word):
        result = agent.run("beacon", word, tpm=self.tpm)
        self.assertEqual((result.code, result.err), (0, ""))
        return result.out

    def compare(self):
        result = agent.run("compare", self.baseline, "--json", tpm=self.tpm)
        return result.json["continuity"], [reason["code"] for reason in result.json["reasons"]]

    def test_life(self):
        self.assertEqual(self.beacon("status"), "The beacon is not enabled.\n")
        self.assertEqual(self.beacon("disable"), "The beacon is not enabled.\n")
        self.assertIn(INDEX, self.beacon("enable"))
        self.assertEqual(self.beacon("enable"), "The beacon is enabled already.\n")
        self.assertEqual(agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm).code, 0)
        self.assertIn("stands at 1.", self.beacon("status"))
        self.assertEqual(self.compare(), ("continuous", ["same-tpm"]))
        self.assertIn("stands at 2.", self.beacon("status"))
        evidence = agent.evidence(tpm=self.tpm).evidence
        self.assertEqual((evidence["beacon"]["value"], evidence["beacon"]["is_advanced"]), (2, False))
        self.assertIn("removed", self.beacon("disable"))
        self.assertIn("beacon-missing", self.compare()[1])
        # It never goes back, not even so.
        self.beacon("enable")
        self.assertIn("stands at 3.", self.beacon("status"))

    def test_rolled_back(self):
        """However often an older state is compared, it stays an older state."""
        self.beacon("enable")
        self.tpm.stop()
        older = self.tpm.snapshot()
        self.tpm.start()
        self.assertEqual(agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm).code, 0)
        self.compare()
        self.assertEqual(agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm).code, 0)
        self.tpm.stop()
        self.tpm.restore(older)
        self.tpm.start()
        for _ in range(3):
            self.assertEqual(self.compare(), ("rolled-back", ["beacon-behind"]))
        self.assertIn("stands at 1.", self.beacon("status"))

    def test_ended_between_two_steps(self):
        self.tpm2("nvdefine", INDEX, *SHAPE, "0x02040014")
        self.assertIn("not be certified", self.beacon("status"))
        self.beacon("enable")
        self.assertIn("stands at 1.", self.beacon("status"))

    def test_baseline_with_a_warning(self):
        self.tpm2("nvdefine", INDEX, *SHAPE, "0x02040014")
        result = agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm)
        self.assertEqual((result.code, result.err.count("\n")), (1, 1), result)
        self.assertRegex(result.err, "saved, with a warning: .*beacon")
        self.assertEqual(self.compare()[0], "continuous")

    def test_somebody_elses_index(self):
        self.assertEqual(agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm).code, 0)
        self.tpm2("nvdefine", INDEX, *SHAPE, "authread|authwrite|nt=counter", "-p", "secret")
        for word in ("enable", "disable", "status"):
            result = agent.run("beacon", word, tpm=self.tpm)
            self.assertEqual((result.code, result.out, result.err), (3, "", TAKEN))
        self.assertEqual(self.compare(), ("continuous", ["same-tpm"]))
        self.assertNotIn("beacon", agent.evidence(tpm=self.tpm).evidence)
        # A wrong password would have been counted: this index is under dictionary-attack protection.
        self.assertRegex(self.tpm2("getcap", "properties-variable"),
                         re.compile(r"LOCKOUT_COUNTER: 0x0$", re.M))

    def test_owner_authorization(self):
        self.tpm2("changeauth", "-c", "owner", "secret")
        result = agent.run("beacon", "enable", tpm=self.tpm)
        self.assertEqual((result.code, result.out), (3, ""))
        self.assertIn("owner has set an authorization", result.err)
        self.assertRegex(self.tpm2("getcap", "properties-variable"),
                         re.compile(r"LOCKOUT_COUNTER: 0x0$", re.M))


if __name__ == "__main__":
    unittest.main()
