#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent as a Windows service, under Wine's own service control manager."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from wine import Wine  # noqa: E402

KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"


class Service(unittest.TestCase):
    def setUp(self):
        self.wine = Wine()
        self.addCleanup(self.wine.close)
        self.state = os.path.join(self.wine.prefix, "drive_c", "ProgramData", "vtpm-agent", "state")

    def service(self, verb, code=0):
        result = self.wine.agent("service", verb)
        self.assertEqual(result.code, code, result)
        return result

    def test_life(self):
        with Swtpm() as tpm:
            self.wine.set_variable("TBS_PORT", str(tpm.port))
            self.service("install")
            self.assertRegex(self.wine.registry(KEY + r"\vtpm-agent", "ImagePath"),
                             r'"[A-Z]:\\[^"]*vtpm-agent\.exe" run')
            self.assertIn("vtpm-agent.exe", self.wine.registry(
                KEY + r"\EventLog\Application\vtpm-agent", "EventMessageFile"))
            self.service("start")
            self.assertTrue(process.wait_until(
                lambda: os.path.exists(os.path.join(self.state, "verdict.json")), 30))
            self.service("stop")
            self.service("remove")
            self.assertIn("vtpm-agent", self.service("start", 3).err)

    def test_wrong_verb(self):
        self.assertIn("install, remove, start or stop", self.service("enable", 64).err)


if __name__ == "__main__":
    unittest.main()
