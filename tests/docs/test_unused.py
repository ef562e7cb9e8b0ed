#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every function and object that one file of the product shows to others is used by another one, every
source is built, and every store is tested. The linker's view: nm over the objects of this build. What it
does not compile is read as text."""

import glob
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import sources  # noqa: E402

BUILD = os.environ["VTPM_BUILD_DIR"]

# Shown for the sake of a test, and why that cannot do with what the product uses.
FOR_TESTS = {
    "beacon_name": "forges beacons as a TPM would certify them",
    "options_parse_config": "reads texts, and fuzzed ones, without a file for each",
    "smbios_parse": "reads tables that no machine has",
    "status_page_build": "compares a page as data, before it is printed",
}


def others_words():
    """The words of the sources that this build does not compile."""
    compiled = {each.source for each in sources.objects(BUILD)}
    return set().union(*(sources.words(file) for file in sources.files()
                         if file not in compiled and not file.endswith(".h")))


def used_elsewhere():
    """All names that another file than the one that defines them may mean."""
    return others_words().union(*(each.wanted for each in sources.objects(BUILD)))


class Unused(unittest.TestCase):
    def test_functions_and_objects(self):
        used = used_elsewhere() | {"main", "WinMain"}
        unused, alone = [], []
        for each in sources.objects(BUILD):
            for name in sorted(each.defined - used):
                inside = re.findall(rf"\b{name}\b", sources.code(each.source))
                if name not in FOR_TESTS:
                    (alone if len(inside) > 1 else unused).append(f"{each.source}: {name}")
        self.assertEqual(unused, [], "nobody uses these: delete them")
        self.assertEqual(alone, [], "only their own file uses these: make them static")

    def test_exceptions_are_needed(self):
        defined = set().union(*(each.defined for each in sources.objects(BUILD)))
        needed = (defined - used_elsewhere()) | others_words()
        self.assertEqual(sorted(FOR_TESTS.keys() - needed), [])

    def test_sources(self):
        lists = glob.glob("**/CMakeLists.txt", root_dir=sources.ROOT, recursive=True)
        built = {os.path.normpath(os.path.join(os.path.dirname(each), word.replace("${CMAKE_CURRENT_SOURCE_DIR}/", "")))
                 for each in lists for word in re.findall(r"[^\s()\"]+\.c(?:pp)?\b", sources.text(each))}
        self.assertEqual([file for file in sources.files() if not file.endswith(".h") and file not in built], [],
                         "no CMakeLists.txt has these")

    def test_stores(self):
        stores = re.findall(r"\bint store_(\w+)_open\(", sources.code("collector/store/store.h"))
        self.assertTrue(stores)
        tested = sources.words("tests/collector/fixture.h")
        self.assertEqual([store for store in stores if f"fixture_{store}" not in tested], [],
                         "tests/collector/fixture.h has no row for these in ON_EACH")

    def test_inline_functions(self):
        unused = [f"{header}: {name}" for name, header in sources.inline_functions()
                  if not any(name in sources.words(file) for file in sources.files() if file != header)
                  and len(re.findall(rf"\b{name}\b", sources.code(header))) < 2]
        self.assertEqual(unused, [], "nobody uses these: delete them")

    def test_declarations(self):
        """A prototype whose function is gone."""
        text = {file: sources.words(file) for file in sources.files() if not file.endswith(".h")}
        unused = [f"{min(headers)}: {name}" for name, headers in sources.declarations().items()
                  if not any(name in words for words in text.values())]
        self.assertEqual(unused, [], "declared, and nowhere defined")


if __name__ == "__main__":
    unittest.main(verbosity=2)
