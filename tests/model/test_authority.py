#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The rules of authority as a model (authority.pml), walked through by spin: every order of messages, of the host's
faults and of an operator's steps. Each rule turned back to what it was breaks a property, so that none is empty."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "authority.pml")
# A rule turned back, and the property that falls.
TURNED_BACK = (
    (("TODAY_CONFIRM_BEFORE",), "confirmed_unproven"),
    (("TODAY_STRANGER_REPLACES",), "changed_by_stranger"),
    (("TODAY_STRANGER_REPLACES", "WHATEVER_CHANGES"), "alarmed_by_stranger"),
    (("TODAY_CLAIM_EATS_ANNOUNCEMENT",), "changed_by_stranger"),
    (("TODAY_DISTRESS_OF_ANYONE",), "changed_by_stranger"),
    (("TODAY_OWNER_BEFORE_WAITING",), "changed_by_stranger"),
    (("TODAY_PENDING_TEACHES",), "changed_by_stranger"),
    (("TODAY_PENDING_TEACHES", "WHATEVER_CHANGES"), "enrolment_poisoned"),
    (("TODAY_ACCEPT_NEWEST",), "accepted_unseen"),
    (("TODAY_CLAIMS_LOST",), "replaced_unnoticed"),
    (("TODAY_SPENT_BEFORE",), "counted_twice"),
    (("TODAY_HOST_CARRIES_ALL",), "host_believed_another"),
)


def run(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=300, **options).stdout


def walk(*switches):
    """What pan says of the model with these switches."""
    folder = process.temporary_directory("pan")
    run("spin", *(f"-D{switch}" for switch in switches), "-a", MODEL, cwd=folder)
    run("cc", "-O2", "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c", cwd=folder)
    return run("./pan", "-m100000", "-E", cwd=folder)


def properties():
    with open(MODEL) as file:
        return set(re.findall(r"assert\(!(\w+)\)", file.read()))


class Authority(unittest.TestCase):
    def test_rules(self):
        said = walk()
        self.assertIn("errors: 0", said)
        self.assertNotIn("max search depth too small", said)
        self.assertGreater(int(re.search(r"(\d+) states, stored", said).group(1)), 100000)

    def test_turned_back(self):
        for switches, falls in TURNED_BACK:
            with self.subTest(switches):
                self.assertRegex(walk(*switches), rf"assertion violated +!\({falls}\)")

    def test_no_property_is_empty(self):
        self.assertEqual({falls for _, falls in TURNED_BACK}, properties())


if __name__ == "__main__":
    unittest.main()
