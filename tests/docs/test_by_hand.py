#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A test written in Python runs by hand, too, from a tree that is built, as CONTRIBUTING.md says."""

import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))


def run(test, case, **environment):
    """One case, without what CTest gives."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("VTPM_")}
    return subprocess.run([sys.executable, os.path.join(ROOT, "tests", test), case],
                          env={**kept, **environment}, cwd="/", capture_output=True, text=True)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def imports_by_hand(path):
    """Itself, or a module of tests/lib that does."""
    names = re.findall(r"(?m)^(?:import|from) (\w+)", read(path))
    paths = [os.path.join(ROOT, "tests", "lib", f"{name}.py") for name in names]
    return "by_hand" in names or any(os.path.exists(each) and imports_by_hand(each) for each in paths)


class ByHand(unittest.TestCase):
    def test_one_case(self):
        result = run("docs/test_manual.py", "Programs.test_help_fits_a_terminal",
                     VTPM_BUILD_DIR=os.environ["VTPM_BUILD_DIR"])
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Ran 1 test", result.stderr)

    def test_a_build_that_is_not_there(self):
        result = run("docs/test_manual.py", "Programs", VTPM_BUILD_DIR="/nonexistent")
        self.assertEqual(result.stderr, "test_manual.py: no test of /nonexistent: configure that again\n")

    def test_every_test_can(self):
        wrong = []
        for path in glob.glob(os.path.join(ROOT, "tests", "**", "*.py"), recursive=True):
            uses = re.search(r'environ(\[|\.get\()\s*"VTPM_', read(path))
            if uses and "/bench/" not in path and not imports_by_hand(path):
                wrong.append(os.path.relpath(path, ROOT))
        self.assertEqual(wrong, ["tests/lib/by_hand.py"], "import by_hand there")


if __name__ == "__main__":
    unittest.main(verbosity=2)
