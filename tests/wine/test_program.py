#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The programs as files: what they need, how they are hardened, what they carry."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import wine  # noqa: E402
from status_window import STATUS  # noqa: E402

OBJDUMP = "x86_64-w64-mingw32-objdump"
# All of Windows itself; tbs.dll is loaded by name, from System32.
SYSTEM_DLLS = {"advapi32.dll", "bcrypt.dll", "crypt32.dll", "kernel32.dll", "msvcrt.dll",
               "normaliz.dll", "ntdll.dll", "ole32.dll", "oleaut32.dll", "shell32.dll", "ws2_32.dll"}
WINDOW_DLLS = {"comctl32.dll", "comdlg32.dll", "gdi32.dll", "user32.dll"}


class Agent(unittest.TestCase):
    program = wine.AGENT
    dlls = SYSTEM_DLLS
    texts = ("ProductVersion", "vTPM verification agent")
    settings = (b"UTF-8</activeCodePage>", b"true</longPathAware>")

    @classmethod
    def setUpClass(cls):
        cls.headers = subprocess.run([OBJDUMP, "-p", cls.program], check=True, text=True,
                                     stdout=subprocess.PIPE).stdout

    def test_needs_only_windows(self):
        dlls = {name.lower() for name in re.findall(r"DLL Name: (\S+)", self.headers)}
        self.assertIn("kernel32.dll", dlls)
        self.assertEqual(dlls - self.dlls, set())

    def test_hardened(self):
        for flag in ("HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT"):
            self.assertIn(flag, self.headers)
        # Without relocations the loader could not put it anywhere else.
        self.assertRegex(self.headers, r"Entry 5 0*[1-9a-f][0-9a-f]* [0-9a-f]+ Base Relocation")

    def test_carries_version_manifest_and_icon(self):
        with open(self.program, "rb") as file:
            program = file.read()
        for text in self.texts:
            self.assertIn(text.encode("utf-16-le"), program)
        for setting in self.settings:
            self.assertIn(setting, program)
        listing = subprocess.run(["wrestool", "--list", "--type=group_icon", self.program],
                                 check=True, text=True, stdout=subprocess.PIPE).stdout
        self.assertIn("--name=1 ", listing)


class Status(Agent):
    program = STATUS
    dlls = SYSTEM_DLLS | WINDOW_DLLS
    texts = ("ProductVersion", "vTPM status")
    settings = Agent.settings + (b"PerMonitorV2, PerMonitor</dpiAwareness>",
                                 b"Microsoft.Windows.Common-Controls")

    def test_has_no_console(self):
        self.assertRegex(self.headers, r"Subsystem\s+0*2\b")


if __name__ == "__main__":
    unittest.main()
