#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The .deb packages in a small Debian that does not run, as when an image is built: installed, upgraded,
removed and purged."""

import os
import unittest

import packages
import debian

CONF = "etc/vtpm-agent/vtpm-agent.conf"
STATE = "var/lib/vtpm-agent/baseline.json"
WANTS = "etc/systemd/system/multi-user.target.wants/vtpm-agent.service"
# What no boot keeps, and dpkg's and passwd's own records of what happened
RECORDS = ("run/", "var/lib/dpkg", "var/log", "var/cache/ldconfig", "etc/passwd-", "etc/group-",
           "etc/shadow-", "etc/gshadow-", "etc/.pwd.lock")
ACCOUNTS = ("etc/passwd", "etc/group", "etc/shadow", "etc/gshadow")


def ours(files):
    return {path for path in files if not path.startswith(RECORDS)}


class Deb(unittest.TestCase):
    def setUp(self):
        self.root = self.enterContext(debian.Root())

    def status(self, package):
        return self.root.run("dpkg-query", "-W", "-f", "${Status} ${Version}", package)[1]

    def account(self, name):
        return self.root.run("getent", "passwd", name)[1]

    def test_life(self):
        root = self.root
        before = ours(root.files())
        accounts = [root.read(path) for path in ACCOUNTS]

        with self.subTest("installed"):
            root.install(*(packages.deb(name, "old") for name in packages.NAMES))
            self.assertEqual(self.status("vtpm-agent"), "install ok installed 0.0.9")
            self.assertIn("/usr/sbin/nologin", self.account("vtpm-agent"))
            self.assertIn("vtpm-agent", root.run("getent", "group", "tss")[1])
            self.assertIn("/usr/sbin/nologin", self.account("vtpm-collector"))
            for name in packages.NAMES:
                self.assertIn("0.1.0", root.check(name, "--version"))
                for path in (f"usr/share/man/man1/{name}.1.gz",
                             f"usr/share/bash-completion/completions/{name}"):
                    self.assertTrue(os.path.isfile(root.path(path)), path)
            root.check("systemd-analyze", "verify", "--man=no", "vtpm-agent.service",
                       "vtpm-agent-check.timer", "vtpm-collector.service")

        with self.subTest("nothing is enabled, by the preset neither"):
            for unit in ("vtpm-agent.service", "vtpm-agent-check.timer", "vtpm-collector.service"):
                self.assertEqual(root.run("systemctl", "is-enabled", unit)[1].strip(), "disabled")
                root.check("systemctl", "--quiet", "preset", unit)
                self.assertEqual(root.run("systemctl", "is-enabled", unit)[1].strip(), "disabled")

        with self.subTest("upgraded"):
            root.enable("vtpm-agent.service")
            root.write(CONF, "[run]\ninterval = 77\n")
            root.write(STATE, "{}")
            root.install(*(packages.deb(name) for name in packages.NAMES))
            self.assertEqual(self.status("vtpm-agent"), "install ok installed 0.1.0")
            self.assertEqual(root.read(CONF), "[run]\ninterval = 77\n")
            self.assertEqual(root.read(STATE), "{}")
            self.assertTrue(os.path.islink(root.path(WANTS)))

        with self.subTest("once more, and what the script does once more"):
            root.install(packages.deb("vtpm-agent"))
            root.check("dpkg-reconfigure", "vtpm-agent")
            root.check("/var/lib/dpkg/info/vtpm-agent.postinst", "configure", "0.1.0")
            self.assertEqual(root.read(CONF), "[run]\ninterval = 77\n")

        with self.subTest("removed"):
            root.check("dpkg", "--remove", *packages.NAMES)
            left = ours(root.files()) - before
            self.assertEqual(left, {"etc/vtpm-agent", CONF, "etc/vtpm-collector",
                                    "etc/vtpm-collector/vtpm-collector.conf",
                                    "var/lib/vtpm-agent", STATE})
            self.assertTrue(self.account("vtpm-agent"))

        with self.subTest("purged, and once more"):
            for _ in range(2):
                root.run("dpkg", "--purge", *packages.NAMES)
                self.assertEqual(ours(root.files()), before)
                self.assertEqual([root.read(path) for path in ACCOUNTS], accounts)

    def test_comes_back(self):
        """Removed and installed again: state and configuration are still there."""
        root = self.root
        root.install(packages.deb("vtpm-agent"))
        root.write(CONF, "[run]\ninterval = 77\n")
        root.write(STATE, "{}")
        root.check("dpkg", "--remove", "vtpm-agent")
        root.install(packages.deb("vtpm-agent"))
        self.assertEqual((root.read(CONF), root.read(STATE)), ("[run]\ninterval = 77\n", "{}"))


if __name__ == "__main__":
    unittest.main()
