#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What each package installs of the documents: their links lead to files of the same package."""

import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import process  # noqa: E402

BUILD = os.environ["VTPM_BUILD_DIR"]


class Installed(unittest.TestCase):
    def test_links(self):
        for component in ("agent", "collector", "host"):
            place = process.temporary_directory(component)
            # A prefix alone leaves what goes to /etc where it is meant to go.
            subprocess.run(["cmake", "--install", BUILD, "--component", component],
                           env=dict(os.environ, DESTDIR=place), check=True, stdout=subprocess.DEVNULL)
            documents = glob.glob(os.path.join(place, "**", "share", "doc", "*", "*.md"), recursive=True)
            self.assertTrue(documents, component)
            for document in documents:
                with open(document, encoding="utf-8") as file:
                    links = re.findall(r"\]\((?!https?:)([^)#\s]+)", file.read())
                for link in links:
                    with self.subTest(component=component, document=os.path.basename(document), link=link):
                        self.assertTrue(os.path.exists(os.path.join(os.path.dirname(document), link)))


if __name__ == "__main__":
    unittest.main()
