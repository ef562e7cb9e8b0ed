#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What distributions' own tools find in the packages, and systemd in the units."""

import glob
import os
import subprocess
import tempfile
import unittest

import packages

RPMLINT = os.path.join(packages.HERE, "..", "..", "..", "installer", "rpm", "rpmlint.toml")


def run(*argv):
    result = subprocess.run(argv, capture_output=True, text=True)
    return result.returncode, result.stdout + result.stderr


class Lint(unittest.TestCase):
    def test_lintian(self):
        status, text = run("lintian", "--allow-root", "--fail-on", "error",
                           *packages.all_debs())
        self.assertEqual(status, 0, text)

    def test_rpmlint(self):
        status, text = run("rpmlint", "--config", RPMLINT, *map(packages.rpm, packages.NAMES))
        self.assertEqual(status, 0, text)
        self.assertIn(" 0 errors,", text)

    def test_exposure(self):
        """systemd-analyze calls 2.0 "OK"; every service of ours is at or below it."""
        with tempfile.TemporaryDirectory() as directory:
            for name in packages.NAMES:
                subprocess.run(["dpkg-deb", "-x", packages.deb(name), directory], check=True)
            units = sorted(glob.glob(f"{directory}/usr/lib/systemd/system/*.service"))
            self.assertEqual([os.path.basename(unit) for unit in units], [
                "vtpm-agent-check.service", "vtpm-agent-textfile.service", "vtpm-agent-unlock@.service",
                "vtpm-agent.service", "vtpm-collector.service", "vtpm-host-watch.service"])
            for unit in units:
                status, text = run("systemd-analyze", "security", "--offline=true", "--no-pager",
                                   "--threshold=20", unit)
                self.assertEqual(status, 0, text)
                print(text.strip().rpartition("\n")[2])


if __name__ == "__main__":
    unittest.main()
