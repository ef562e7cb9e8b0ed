#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent as a Windows service, under Wine's own service control manager."""

import os
import shutil
import stat
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402
import wine  # noqa: E402
from wine import Wine  # noqa: E402

KEY = r"HKLM\SYSTEM\CurrentControlSet\Services"


class Service(unittest.TestCase):
    def setUp(self):
        self.wine = self.enterContext(Wine())
        self.home = self.wine.drive("ProgramData", "vtpm-agent")
        self.state = os.path.join(self.home, "state")

    def service(self, verb, code=0, **options):
        result = self.wine.agent("service", verb, **options)
        self.assertEqual(result.code, code, result)
        return result

    def state_of(self):
        return self.wine.run([wine.WINE, "sc", "query", "vtpm-agent"]).out

    def test_life(self):
        """From a directory with a space in its name."""
        program = self.wine.drive("Program Files", "vTPM agent", "vtpm-agent.exe")
        os.makedirs(os.path.dirname(program))
        shutil.copy(wine.AGENT, program)
        with Swtpm() as tpm:
            self.wine.set_variable("TBS_PORT", str(tpm.port))
            self.service("install", program=program)
            self.assertIn(r'"C:\Program Files\vTPM agent\vtpm-agent.exe" run',
                          self.wine.registry(KEY + r"\vtpm-agent", "ImagePath"))
            source = KEY + r"\EventLog\Application\vtpm-agent"
            self.assertIn(r"C:\Program Files\vTPM agent\vtpm-agent.exe",
                          self.wine.registry(source, "EventMessageFile"))
            self.assertIn("0x7", self.wine.registry(source, "TypesSupported"))
            self.assertEqual(stat.S_IMODE(os.stat(self.state).st_mode) & 0o007, 0)
            self.service("start")
            self.assertIn("RUNNING", self.state_of())
            self.service("start")
            self.assertTrue(process.wait_until(
                lambda: os.path.exists(os.path.join(self.state, "verdict.json")), 30))
            self.service("stop")
            self.assertIn("STOPPED", self.state_of())
            self.service("stop")
            self.service("start")
            self.service("remove")
            self.assertNotIn("vtpm-agent.exe", self.wine.registry(source, "EventMessageFile"))
            self.assertIn("vtpm-agent", self.service("start", 3).err)

    def test_wrong_configuration(self):
        self.service("install")
        with open(os.path.join(self.home, "vtpm-agent.conf"), "w") as file:
            file.write("[run]\ninterval = never\n")
        self.assertIn("line 2", self.service("start", 78).err)

    def test_another_users_directory(self):
        """In ProgramData any user may make a directory before the service comes."""
        os.makedirs(self.home)
        os.chown(self.home, 65534, 65534)
        for words in (("service", "install"), ("status",)):
            result = self.wine.agent(*words)
            self.assertEqual(result.code, 78, result)
            self.assertIn("belongs to another user", result.err)

    def test_wrong_verb(self):
        self.assertIn("install, remove, start or stop", self.service("enable", 64).err)


if __name__ == "__main__":
    unittest.main()
