#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent.exe on a console: letters that its code page has, colour, and a window that stays."""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from wine import AGENT, WINE, Wine  # noqa: E402

NO_TPM = "mscoree,mshtml=;tbs=b"  # Wine's own: a page that fits the terminal
HOLD = "Press any key to close this window."
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What Wine's console adds: titles, where the cursor goes, whether it is shown.
CONSOLE = re.compile(r"\x1b\][^\x07]*\x07|\x1b\[[?0-9;]*[A-Za-ln-z]|\x1b.?(?=\x1b)|[\r\x0f]")


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = Wine()

    @classmethod
    def tearDownClass(cls):
        cls.wine.close()

    def run_on_console(self, *argv, key_after=None, **changes):
        """What the console showed; after these words a key is pressed."""
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 100, 0, 0))
        child = process.start([WINE, *argv], stdin=theirs, stdout=theirs, stderr=theirs,
                              cwd=self.wine.directory, start_new_session=True,
                              env=self.wine.environment(TERM="xterm-256color",
                                                        WINEDLLOVERRIDES=NO_TPM, **changes))
        os.close(theirs)
        shown, end = b"", time.monotonic() + 60
        try:
            while child.poll() is None or select.select([ours], [], [], 0)[0]:
                self.assertLess(time.monotonic(), end, shown)
                if select.select([ours], [], [], 0.2)[0]:
                    try:
                        shown += os.read(ours, 65536)
                    except OSError:  # the last program that had it is gone
                        break
                if key_after and key_after.encode() in shown:
                    os.write(ours, b" ")
                    key_after = None
        finally:
            process.stop(child)
            os.close(ours)
        return CONSOLE.sub("", shown.decode())

    def in_code_page(self, page, **changes):
        return self.run_on_console("cmd", "/c", f"chcp {page} >nul && {self.windows_path(AGENT)}",
                                   **changes)

    @staticmethod
    def windows_path(path):
        return "Z:" + path.replace("/", "\\")

    def test_unicode(self):
        shown = self.in_code_page(65001)
        self.assertIn("✘ BROKEN", shown)
        self.assertIn("Health", shown)
        self.assertIn("─" * 20, shown)
        self.assertIn("→ ", shown)
        self.assertNotIn("\ufffd", shown)
        self.assertTrue(COLOUR.search(shown))

    def test_code_pages_of_old(self):
        for page in (437, 850, 1252):
            with self.subTest(page=page):
                shown = self.in_code_page(page)
                self.assertIn("BROKEN  ", COLOUR.sub("", shown))
                self.assertIn("[FAIL]", shown)
                self.assertIn("-" * 20, shown)
                self.assertTrue(COLOUR.search(shown))
                self.assertTrue(shown.isascii(), shown)

    def test_no_colour(self):
        shown = self.in_code_page(65001, NO_COLOR="1")
        self.assertIn("─" * 20, shown)
        self.assertIn("BROKEN", shown)
        self.assertEqual(set(COLOUR.findall(shown)) - {"\x1b[0m", "\x1b[m"}, set())

    def test_stays_until_a_key(self):
        """Started by itself, as by a double click."""
        self.assertIn(HOLD, self.run_on_console(AGENT, key_after=HOLD))

    def test_does_not_stay_in_somebody_elses(self):
        self.assertNotIn(HOLD, self.in_code_page(437))


if __name__ == "__main__":
    unittest.main()
