#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The table of what cannot be decided, in docs/verdicts.md, is the model's. --write puts it there."""

import os
import subprocess
import sys
import unittest

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import by_hand  # noqa: E402, F401

PAGE = os.path.join(ROOT, "docs", "verdicts.md")
BEGIN, END = "<!-- by tests/model/test_undecided.py --write -->\n", "<!-- to here -->\n"


def table():
    model = os.path.join(os.environ["VTPM_BUILD_DIR"], "tests", "model", "model")
    return subprocess.run([model, "undecided"], check=True, capture_output=True).stdout.decode()


def parts():
    with open(PAGE, encoding="utf-8") as page:
        before, rest = page.read().split(BEGIN)
    return before, *rest.split(END)


class Undecided(unittest.TestCase):
    def test_table(self):
        self.assertEqual(parts()[1], table())


if __name__ == "__main__":
    if "--write" in sys.argv:
        head, _, tail = parts()
        text = head + BEGIN + table() + END + tail
        with open(PAGE, "w", encoding="utf-8") as output:
            output.write(text)
    else:
        unittest.main()
