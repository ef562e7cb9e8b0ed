#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The whole scripts/test on a system that nobody has prepared: test_whole.py SUITE."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), HERE]
import system  # noqa: E402

SUITE = sys.argv[1]


class Whole(unittest.TestCase):
    def test_everything(self):
        with system.System(SUITE, on_disk=True) as fresh:
            fresh.add_clone("/root/vtpm-agent")
            output = fresh.run("/root/vtpm-agent/scripts/test", timeout=7200)
            print(output[output.rindex("==> testing with"):])
            self.assertEqual(output.count("100% tests passed"), 2)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
