#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent.exe as a file: what it needs, how it is hardened, what it carries."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import wine  # noqa: E402

OBJDUMP = "x86_64-w64-mingw32-objdump"
# All of Windows itself; tbs.dll is loaded by name, from System32.
SYSTEM_DLLS = {"advapi32.dll", "bcrypt.dll", "crypt32.dll", "kernel32.dll", "msvcrt.dll",
               "normaliz.dll", "ntdll.dll", "ole32.dll", "shell32.dll", "ws2_32.dll"}


class Program(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.headers = subprocess.run([OBJDUMP, "-p", wine.AGENT], check=True, text=True,
                                     stdout=subprocess.PIPE).stdout

    def test_needs_only_windows(self):
        dlls = {name.lower() for name in re.findall(r"DLL Name: (\S+)", self.headers)}
        self.assertIn("kernel32.dll", dlls)
        self.assertEqual(dlls - SYSTEM_DLLS, set())

    def test_hardened(self):
        for flag in ("HIGH_ENTROPY_VA", "DYNAMIC_BASE", "NX_COMPAT"):
            self.assertIn(flag, self.headers)
        # Without relocations the loader could not put it anywhere else.
        self.assertRegex(self.headers, r"Entry 5 0*[1-9a-f][0-9a-f]* [0-9a-f]+ Base Relocation")

    def test_carries_version_and_manifest(self):
        with open(wine.AGENT, "rb") as file:
            program = file.read()
        for text in ("ProductVersion", "vTPM verification agent"):
            self.assertIn(text.encode("utf-16-le"), program)
        self.assertIn(b"UTF-8</activeCodePage>", program)
        self.assertIn(b"true</longPathAware>", program)


if __name__ == "__main__":
    unittest.main()
