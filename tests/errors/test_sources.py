#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The return value says that a function failed, `struct error` only why: what a compiler cannot see of it."""

import glob
import os
import re
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
ROOMS = ("agent", "collector", "console", "core", "host", "link", "linux", "platform", "win32", "window")
OWNER = os.path.join("core", "error.c")

RULES = {
    "an error is wiped; nobody may look at it before a failure": r"\*err\w* = \(struct error\)",
    "a code becomes the return value; pass the function's own on, or error_copy()":
        r"-\(int\)\s*[\w.>-]*(?:->|\.)code\b|return [\w.>-]*err(?:or)?(?:->|\.)code \?",
    "a code says whether something failed": r"if \(!?[\w.>-]*(?:err|error|fault)(?:->|\.)code\)",
}


def sources():
    for room in ROOMS:
        yield from glob.glob(os.path.join(TOP, room, "**", "*.[ch]*"), recursive=True)


class Sources(unittest.TestCase):
    def test_rules(self):
        paths = [path for path in sources() if not path.endswith(OWNER)]
        self.assertGreater(len(paths), 200)
        found = []
        for path in paths:
            with open(path) as file:
                for number, line in enumerate(file, 1):
                    found += [f"{os.path.relpath(path, TOP)}:{number}: {rule}"
                              for rule, pattern in RULES.items() if re.search(pattern, line)]
        self.assertEqual(found, [])


if __name__ == "__main__":
    unittest.main()
