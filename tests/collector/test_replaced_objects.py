#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""An NV index that is another one under its old handle, and an EK certificate that is none any more: a real
TPM is changed, and the agent's comparison and the collector both tell."""

import json
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402

INDEX, EK_ECC = "0x01500002", "0x01c00016"
ATTRIBUTES = "ownerread|ownerwrite|authread|authwrite|no_da"
# As swtpm_setup defines them.
CERTIFICATE = "ppwrite|writedefine|ppread|ownerread|authread|no_da|platformcreate"


class ReplacedObjects(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector())
        self.tpm = self.enterContext(Swtpm())
        self.uuid = str(uuid.uuid4())
        self.baseline = os.path.join(process.temporary_directory("baseline"), "baseline.json")
        self.addCleanup(process.remove_directory, os.path.dirname(self.baseline))
        self.define(ATTRIBUTES, 8)

    def define(self, attributes, size=None):
        oracle.tpm2(self.tpm, "nvdefine", INDEX, "-C", "o", "-a", attributes,
                    *(["-s", str(size)] if size else []))

    def replace(self, attributes, size=None):
        oracle.tpm2(self.tpm, "nvundefine", INDEX, "-C", "o")
        self.define(attributes, size)

    def report(self, *words):
        result = agent.run("report", "--json", "--uuid", self.uuid, "--url", self.collector.url(), *words,
                           tpm=self.tpm)
        return json.loads(result.out)

    def begin(self):
        self.assertEqual(agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm).code, 0)
        self.assertEqual(self.report()["continuity"], "first-seen")

    def check(self, status, *reasons):
        """The sentence of the last reason."""
        seen = (agent.run("compare", self.baseline, "--json", tpm=self.tpm).json, self.report())
        for verdict in seen:
            self.assertEqual((verdict["continuity"], verdict["ear.status"],
                              tuple(reason["code"] for reason in verdict["reasons"])),
                             ("continuous", status, reasons), verdict)
        self.assertEqual(seen[0]["reasons"][-1]["sentence"], seen[1]["reasons"][-1]["sentence"])
        return seen[0]["reasons"][-1]["sentence"]

    def test_the_same_again(self):
        self.begin()
        self.replace(ATTRIBUTES, 8)
        self.check("affirming", "same-tpm")

    def test_first_written(self):
        """The TPM itself changes an attribute then."""
        self.begin()
        oracle.tpm2(self.tpm, "nvwrite", INDEX, "-C", "o", "-i", "-", stdin=bytes(8))
        self.check("affirming", "same-tpm")

    def test_no_longer_written(self):
        oracle.tpm2(self.tpm, "nvwrite", INDEX, "-C", "o", "-i", "-", stdin=bytes(8))
        self.begin()
        self.replace(ATTRIBUTES, 8)
        self.check("warning", "same-tpm", "objects-changed")

    def test_another_size(self):
        self.begin()
        self.replace(ATTRIBUTES, 9)
        self.check("warning", "same-tpm", "objects-changed")

    def test_another_type(self):
        self.begin()
        self.replace("nt=counter|" + ATTRIBUTES)
        self.check("warning", "same-tpm", "objects-changed")

    def test_other_attributes(self):
        self.begin()
        self.replace(ATTRIBUTES + "|policywrite", 8)
        self.check("warning", "same-tpm", "objects-changed")

    def test_garbage_for_a_certificate(self):
        """Of the same size and attributes, so that only what it holds tells."""
        self.begin()
        with open(self.baseline) as file:
            indices = {each["index"]: each["size"] for each in json.load(file)["nv"]["indices"]}
        size = indices[EK_ECC]
        oracle.tpm2(self.tpm, "nvundefine", "-C", "p", EK_ECC)
        oracle.tpm2(self.tpm, "nvdefine", "-C", "p", EK_ECC, "-s", str(size), "-a", CERTIFICATE)
        oracle.tpm2(self.tpm, "nvwrite", "-C", "p", EK_ECC, "-i", "-", stdin=size * b"x")
        oracle.tpm2(self.tpm, "nvwritelock", "-C", "p", EK_ECC)
        for _ in range(2):  # no such report becomes the baseline
            self.assertIn("certificate", self.check("warning", "same-tpm", "objects-changed"))

    def test_owner_hierarchy_disabled_until_a_reboot(self):
        """What a report could not see, the next one is compared with as before: here as there. The system
        does not boot anew, so it slept."""
        self.begin()
        oracle.tpm2(self.tpm, "hierarchycontrol", "-C", "p", "shEnable", "clear")
        self.check("affirming", "same-tpm")
        self.tpm.restart()
        words = ("--event", "resume", "--json")
        for verdict in (agent.run("compare", self.baseline, *words, tpm=self.tpm).json, self.report(*words[:2])):
            self.assertEqual((verdict["ear.status"], [reason["code"] for reason in verdict["reasons"]]),
                             ("affirming", ["suspended", "rollback-not-excluded"]), verdict)


if __name__ == "__main__":
    unittest.main()
