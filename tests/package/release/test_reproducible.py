#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The same source, built again in another directory, gives the same packages to the last byte."""

import glob
import hashlib
import os
import shutil
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import by_hand  # noqa: E402, F401
import process  # noqa: E402

SOURCE = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
PACKAGES = os.environ["VTPM_PACKAGES_DIR"]
# One of those that PACKAGES has: each is built alike.
SUITE = "bookworm"


def git(*words):
    return process.run(["git", "-c", "safe.directory=*", "-C", SOURCE, *words]).decode()


def sums(directory):
    found = {}
    for path in glob.glob(os.path.join(directory, "vtpm-*")):
        with open(path, "rb") as file:
            found[os.path.basename(path)] = hashlib.sha256(file.read()).hexdigest()
    return found


class Reproducible(unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("again")
        self.addCleanup(process.remove_directory, self.directory)
        self.source = os.path.join(self.directory, "somewhere", "else")

    def copy_source(self):
        for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
            if name and os.path.lexists(os.path.join(SOURCE, name)):
                target = os.path.join(self.source, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(os.path.join(SOURCE, name), target, follow_symlinks=False)
        for name in ("windows", "static"):
            process.run(["cp", "-al", os.path.join(SOURCE, ".cache", name),
                         os.path.join(self.source, ".cache", name)])
        os.symlink(os.path.join(SOURCE, ".cache", "suites"), os.path.join(self.source, ".cache", "suites"))

    def test_same_bytes(self):
        os.makedirs(os.path.join(self.source, ".cache"))
        self.copy_source()
        packages = os.path.join(self.directory, "packages")
        # Another time zone, language and mask, as another person's machine has
        environment = {**os.environ, "SOURCE_DATE_EPOCH": git("log", "-1", "--format=%ct").strip(),
                       "TZ": "Pacific/Apia", "LANG": "C.UTF-8"}
        process.run(["sh", "-c", 'umask 077; exec "$@"', "sh", os.path.join(self.source, "scripts", "package"),
                     "--output", packages, "--suite", SUITE], timeout=1100, env=environment)
        after = sums(packages)
        before = {name: sum for name, sum in sums(PACKAGES).items() if "~deb" not in name or name in after}
        self.assertEqual({name.rsplit(".", 1)[1] for name in before}, {"deb", "rpm", "gz", "json", "msi", "zip"})
        self.maxDiff = None
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()
