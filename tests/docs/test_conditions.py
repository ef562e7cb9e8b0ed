#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A condition that goes on over a line is told from its body: no line of it begins in the body's column.
The formatter puts both there; another wording keeps them apart."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import sources  # noqa: E402

HEAD = re.compile(r"^[ \t]*(?:\} )?(?:else )?(?:if|for|while|switch) ?(?=\()", re.MULTILINE)


def of_tests():
    found = []
    for folder, _, names in os.walk(os.path.join(sources.ROOT, "tests")):
        found += [os.path.relpath(os.path.join(folder, name), sources.ROOT)
                  for name in names if name.endswith((".c", ".h", ".cpp"))]
    return sorted(found)


def bare(text):
    """Without comments and what stands in quotes, line by line as before."""
    kept = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)
    return kept.sub(lambda match: "\n" * match.group().count("\n"), text)


def end_of_brackets(text, at):
    depth = 0
    for bracket in re.compile(r"[()]").finditer(text, at):
        depth += 1 if bracket.group() == "(" else -1
        if not depth:
            return bracket.end()
    raise ValueError("a bracket that does not close")


def column(line):
    return re.match(r"\s*", line.expandtabs(8)).end()


def mixed(text):
    """The numbers of the lines where a condition begins that is not told from its body."""
    text, found = bare(text), []
    for head in HEAD.finditer(text):
        end = end_of_brackets(text, head.end())
        rest, *below = text[end:].split("\n", 20)
        body = next((line for line in below if line.strip()), "")
        goes_on = text[head.start():end].split("\n")[1:]
        if rest.strip() in ("", "{") and column(body) in map(column, goes_on):
            found.append(text.count("\n", 0, head.start()) + 1)
    return found


class Conditions(unittest.TestCase):
    def test_told_from_bodies(self):
        files = [*sources.files(), *of_tests()]
        self.assertGreater(len(files), 300)
        for file in files:
            with self.subTest(file=file):
                self.assertEqual(mixed(sources.text(file)), [], "lines with such a condition")

    def test_rule(self):
        self.assertEqual(mixed("\tif (a &&\n\t\tb)\n\t\tc();\n"), [1])
        self.assertEqual(mixed("x;\n\t} else if (a(\")\") || /* ( */\n\t\tb) {\n\n\t\tc();\n"), [2])
        self.assertEqual(mixed("\tfor (i = 0; i < n;\n\t\ti++) {\n\t\tc();\n"), [1])
        self.assertEqual(mixed("\tif (a(\n\t\t    b))\n\t\tc();\n"), [])
        self.assertEqual(mixed("\tif (a && b)\n\t\tc(d,\n\t\t\te);\n"), [])
        self.assertEqual(mixed("\t} while (a &&\n\t\tb);\n\t\tc();\n"), [])


if __name__ == "__main__":
    unittest.main()
