#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The unit tests of core/, agent/ and win32/, built for Windows: each of them passes there too."""

import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import wine  # noqa: E402


TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
# test_memory makes libcrypto's memory short; the others make sockets and files as POSIX has them.
LINUX_ONLY = {"test_memory", "test_address", "test_token_file", "test_given"}


def names(pattern, suffix):
    return {os.path.basename(path).removesuffix(suffix) for path in glob.glob(pattern)}


class Unit(unittest.TestCase):
    def test_all(self):
        pattern = os.path.join(wine.DIRECTORY, "tests", "*", "test_*.exe")
        sources = names(os.path.join(TESTS, "unit", "test_*.c"), ".c") | \
            names(os.path.join(TESTS, "wine", "test_*.c"), ".c")
        self.assertEqual(names(pattern, ".exe"), sources - LINUX_ONLY)
        with wine.Wine() as windows:
            for program in sorted(glob.glob(pattern)):
                with self.subTest(program=os.path.basename(program)):
                    result = windows.run([wine.WINE, program])
                    self.assertEqual(result.code, 0, result)


if __name__ == "__main__":
    unittest.main()
