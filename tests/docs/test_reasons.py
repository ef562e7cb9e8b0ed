#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every reason that a verdict can have is explained, and shown by a row of the detection matrix or by the test
that tests/guest/matrix/elsewhere.py names; and the matrix' document has them all."""

import os
import re
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "guest", "matrix")]
import by_hand  # noqa: E402
from elsewhere import ELSEWHERE  # noqa: E402
from rows import ROWS, expected  # noqa: E402

# Without a baseline there is nothing to compare, and no row: it is the continuity's own section.
NO_ROW = {"none", "first-seen"}


def read(*path):
    with open(os.path.join(by_hand.ROOT, *path)) as file:
        return file.read()


class Reasons(unittest.TestCase):
    def setUp(self):
        listed = re.findall(r'^REASON\((\w+), "([^"]+)"', read("core", "verdict", "reasons.inc"), re.M)
        self.codes = {name: code for code, name in listed if name not in NO_ROW}
        self.assertGreater(len(self.codes), 50)
        self.shown = {reason for row in ROWS for _, _, reasons in expected(row) for reason in reasons}

    def test_explained(self):
        explained = set(re.findall(r"^### `([^`]+)`", read("docs", "verdicts.md"), re.M))
        self.assertEqual(set(self.codes) - explained, set())

    def test_shown(self):
        self.assertEqual(set(self.codes), self.shown | set(ELSEWHERE))
        self.assertEqual(self.shown & set(ELSEWHERE), set())

    def test_named_where_it_is_said_to_be(self):
        for reason, path in ELSEWHERE.items():
            with self.subTest(reason):
                self.assertRegex(read("tests", path), rf'["\']{reason}["\']|\bREASON_{self.codes[reason]}\b')

    def test_document_has_every_row(self):
        document = read("docs", "detection-matrix.md")
        for row in ROWS:
            for model, _ in row.on:
                self.assertIn(f"\n| {row.name} | {model} | ", document, "test_matrix.py --write")
        for reason, path in ELSEWHERE.items():
            self.assertIn(f"\n| `{reason}` | `tests/{path}` |\n", document, "test_matrix.py --write")


if __name__ == "__main__":
    unittest.main()
