#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The .deb packages of a suite in a minimal system of that suite that does not run, as when an image is
built: installed, run, upgraded, removed and purged; and the static agent beside them."""

import json
import os
import re
import tarfile
import unittest

import packages
import process
from suites import Suite
from swtpm import Swtpm

SUITE = os.environ["VTPM_SUITE"]
UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"

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
    @classmethod
    def setUpClass(cls):
        """The suite's own apt finds all that they say they need."""
        cls.tar = os.path.join(process.temporary_directory("ready"), "root.tar")
        with Suite(SUITE) as root:
            root.satisfy(*(packages.dependencies(path) for path in cls.debs()),
                         "libtss2-tcti-swtpm0 | libtss2-tcti-swtpm0t64")
            root.write_tar(cls.tar)

    def setUp(self):
        self.root = self.enterContext(Suite(SUITE, self.tar))

    @staticmethod
    def debs(version="new"):
        return [packages.deb(name, version, SUITE) for name in packages.NAMES]

    def version(self, number):
        return f"{number}~deb{packages.RELEASES[SUITE]}u1"

    def status(self, package):
        return self.root.run("dpkg-query", "-W", "-f", "${Status} ${Version}", package)[1]

    def account(self, name):
        return self.root.run("getent", "passwd", name)[1]

    def test_life(self):
        root = self.root
        before = ours(root.files())
        accounts = [root.read(path) for path in ACCOUNTS]

        with self.subTest("installed"):
            root.install(*self.debs("old"))
            self.assertEqual(self.status("vtpm-agent"), "install ok installed " + self.version("0.0.9"))
            self.assertIn("/usr/sbin/nologin", self.account("vtpm-agent"))
            self.assertIn("vtpm-agent", root.run("getent", "group", "tss")[1])
            self.assertIn("/usr/sbin/nologin", self.account("vtpm-collector"))
            for name in packages.NAMES:
                self.assertIn("0.1.0", root.check(name, "--version"))
                for path in (f"usr/share/man/man1/{name}.1.gz",
                             f"usr/share/bash-completion/completions/{name}",
                             f"usr/share/fish/vendor_completions.d/{name}.fish",
                             f"usr/share/zsh/vendor-completions/_{name}", f"usr/share/zsh/site-functions/_{name}"):
                    self.assertTrue(os.path.isfile(root.path(path)), path)
            root.check("systemd-analyze", "verify", "--man=no", "vtpm-agent.service",
                       "vtpm-agent-check.timer", "vtpm-agent-textfile.timer", "vtpm-agent-unlock.socket", "vtpm-agent-unlock@.service",
                       "vtpm-collector.service", "vtpm-host-watch.service")

        with self.subTest("nothing is enabled, by the preset neither"):
            for unit in ("vtpm-agent.service", "vtpm-agent-check.timer", "vtpm-agent-textfile.timer", "vtpm-collector.service",
                         "vtpm-host-watch.service"):
                self.assertEqual(root.run("systemctl", "is-enabled", unit)[1].strip(), "disabled")
                root.check("systemctl", "--quiet", "preset", unit)
                self.assertEqual(root.run("systemctl", "is-enabled", unit)[1].strip(), "disabled")

        with self.subTest("upgraded"):
            root.enable("vtpm-agent.service")
            root.write(CONF, "[run]\ninterval = 77\n")
            root.write(STATE, "{}")
            root.install(*self.debs())
            self.assertEqual(self.status("vtpm-agent"), "install ok installed " + self.version("0.1.0"))
            self.assertEqual(root.read(CONF), "[run]\ninterval = 77\n")
            self.assertEqual(root.read(STATE), "{}")
            self.assertTrue(os.path.islink(root.path(WANTS)))

        with self.subTest("once more, and what the script does once more"):
            root.install(packages.deb("vtpm-agent", suite=SUITE))
            root.check("dpkg-reconfigure", "vtpm-agent")
            root.check("/var/lib/dpkg/info/vtpm-agent.postinst", "configure", self.version("0.1.0"))
            self.assertEqual(root.read(CONF), "[run]\ninterval = 77\n")

        with self.subTest("removed"):
            root.check("dpkg", "--remove", *packages.NAMES)
            left = ours(root.files()) - before
            self.assertEqual(left, {"etc/vtpm-agent", CONF, "etc/vtpm-collector",
                                    "etc/vtpm-collector/vtpm-collector.conf", "etc/vtpm-host",
                                    "etc/vtpm-host/vtpm-host.conf",
                                    "var/lib/vtpm-agent", STATE})
            self.assertTrue(self.account("vtpm-agent"))

        with self.subTest("purged, and once more"):
            for _ in range(2):
                root.run("dpkg", "--purge", *packages.NAMES)
                self.assertEqual(ours(root.files()), before)
                self.assertEqual([root.read(path) for path in ACCOUNTS], accounts)

    def start_collector(self):
        """The installed one; where it listens."""
        log = self.root.path("srv/log")
        with open(log, "wb") as file:
            child = process.start([*self.root.enter(), "vtpm-collector", "serve", "--state",
                                   "/srv/collector", "--listen", "127.0.0.1:0"], stderr=file)
        self.addCleanup(process.stop, child)

        def lines():
            with open(log, encoding="utf-8") as file:
                return file.read()
        self.assertTrue(process.wait_until(lambda: "listening on http" in lines(), 30), lines())
        return re.search(r"listening on (http\S+)", lines())[1]

    def test_run(self):
        """Each program does its work with the suite's libraries; a TPM and libvirt are elsewhere."""
        root = self.root
        root.install(*self.debs())
        tpm = self.enterContext(Swtpm())
        status, text = root.run("vtpm-agent", "status", "--json", "--tcti", tpm.tcti)
        self.assertEqual((status, json.loads(text)["verdict"]), (0, "healthy"), text)

        url = self.start_collector()
        report = ("vtpm-agent", "report", "--url", url, "--uuid", UUID, "--tcti", tpm.tcti)
        self.assertEqual([root.run(*report)[0] for _ in range(2)], [0, 0])   # enrolled, then compared
        text = root.check("vtpm-collector", "list", "--url", url, "--state", "/srv/collector")
        self.assertIn(UUID, text)

        status, text = root.run("vtpm-host", "preflight", "guest")
        self.assertEqual(status, 3, text)
        self.assertIn("libvirt", text)

    def test_static_agent(self):
        with tarfile.open(packages.archive()) as archive:
            archive.extractall(self.root.path("srv"))
        program = "/srv/" + os.path.basename(packages.archive()).removesuffix(".tar.gz") + "/vtpm-agent"
        self.assertIn("0.1.0", self.root.check(program, "--version"))
        status, text = self.root.run(program, "status", "--tcti", "device:/dev/no-tpm")
        self.assertEqual(status, 2, text)
        self.assertIn("no such device node", text)

    def test_comes_back(self):
        """Removed and installed again: state and configuration are still there."""
        root, package = self.root, packages.deb("vtpm-agent", suite=SUITE)
        root.install(package)
        root.write(CONF, "[run]\ninterval = 77\n")
        root.write(STATE, "{}")
        root.check("dpkg", "--remove", "vtpm-agent")
        root.install(package)
        self.assertEqual((root.read(CONF), root.read(STATE)), ("[run]\ninterval = 77\n", "{}"))


if __name__ == "__main__":
    unittest.main()
