#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The .rpm packages in a system that does not run: `rpm --root` with its scripts. The system is Debian's
in which they were built, so that dependencies, whose names are another distribution's, are not looked at
(--nodeps)."""

import os
import subprocess
import unittest

import packages
import suites

CONF = "etc/vtpm-agent/vtpm-agent.conf"
STATE = "var/lib/vtpm-agent/baseline.json"
RECORDS = ("run/", "var/lib/rpm", "usr/lib/sysimage", "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow",
           "etc/.pwd.lock", "usr/lib/.build-id")


def ours(files):
    return {path for path in files if not path.startswith(RECORDS)}


class Rpm(unittest.TestCase):
    def setUp(self):
        self.root = self.enterContext(suites.Suite("bookworm"))
        self.root.satisfy(*(packages.dependencies(packages.deb(name, suite="bookworm"))
                            for name in packages.NAMES))

    def rpm(self, *words):
        result = subprocess.run(["rpm", "--root", self.root.directory, *words], capture_output=True,
                                text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        # A script that fails is a warning to rpm
        self.assertNotIn("scriptlet", result.stderr)
        return result.stdout

    def test_life(self):
        root = self.root
        self.rpm("--initdb")
        # Where packages are rpm's, filesystem has these
        root.check("mkdir", "-p", "/usr/share/fish/vendor_completions.d", "/usr/share/zsh/site-functions")
        before = ours(root.files())

        self.rpm("-i", "--nodeps", *(packages.rpm(name, "old") for name in packages.NAMES))
        self.assertEqual(self.rpm("-q", "vtpm-agent"), "vtpm-agent-0.0.9-1.x86_64\n")
        for name in packages.NAMES:
            self.assertIn("0.1.0", root.check(name, "--version"))
        self.assertIn("vtpm-agent", root.check("getent", "group", "tss"))
        self.assertTrue(root.check("getent", "passwd", "vtpm-collector"))
        self.assertEqual(root.run("systemctl", "is-enabled", "vtpm-agent.service")[1].strip(),
                         "disabled")
        self.assertEqual(self.rpm("-V", "--nodeps", *packages.NAMES), "")

        root.enable("vtpm-agent.service")
        root.write(CONF, "[run]\ninterval = 77\n")
        root.write(STATE, "{}")
        self.rpm("-U", "--nodeps", *(packages.rpm(name) for name in packages.NAMES))
        self.assertEqual(self.rpm("-q", "vtpm-agent"), "vtpm-agent-0.1.0-1.x86_64\n")
        self.assertEqual((root.read(CONF), root.read(STATE)), ("[run]\ninterval = 77\n", "{}"))
        self.assertEqual(root.run("systemctl", "is-enabled", "vtpm-agent.service")[1].strip(),
                         "enabled")

        # rpm keeps a configuration file that was edited under another name
        self.rpm("-e", *packages.NAMES)
        self.assertEqual(ours(root.files()) - before, {
            "etc/vtpm-agent", CONF + ".rpmsave", "var/lib/vtpm-agent", STATE})
        self.assertFalse(os.path.lexists(root.path(CONF)))


if __name__ == "__main__":
    unittest.main()
