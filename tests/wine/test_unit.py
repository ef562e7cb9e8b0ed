#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The unit tests of core/, agent/ and win32/, built for Windows: each of them passes there too."""

import glob
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import wine  # noqa: E402


class Unit(unittest.TestCase):
    def test_all(self):
        programs = glob.glob(os.path.join(wine.DIRECTORY, "tests", "*", "test_*.exe"))
        self.assertGreaterEqual(len(programs), 15)
        with wine.Wine() as windows:
            for program in sorted(programs):
                with self.subTest(program=os.path.basename(program)):
                    result = windows.run([wine.WINE, program])
                    self.assertEqual(result.code, 0, result)


if __name__ == "__main__":
    unittest.main()
