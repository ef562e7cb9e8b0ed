#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What TPM Base Services can answer instead of doing what they are asked, and a TPM that hangs."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from wine import Wine  # noqa: E402

TPM_CC_CREATE_PRIMARY = "131"

# What a refused context says: the exit status, and part of the message that names a remedy.
CREATE = {
    "80284001": (2, "internal error"),
    "80284002": (2, "bad parameter"),
    "80284006": (2, "swtpm still runs"),
    "80284007": (3, "Windows 8.1"),
    "80284009": (3, "too many programs"),
    "8028400A": (3, "short of resources"),
    "8028400F": (2, "Windows finds no TPM"),
    "80284010": (2, "Set-Service TBS"),
    "80284012": (3, "run as administrator"),
    "80284016": (2, "Initialize-Tpm"),
    "80284099": (2, "unknown to this program"),
}


class Tbs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = Wine()
        cls.tpm = cls.wine.tpm().start()

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()
        cls.wine.close()

    def session(self, result):
        return result.evidence["session"]["error"]

    def test_context_refused(self):
        for code, (status, words) in CREATE.items():
            with self.subTest(code=code):
                result = self.wine.status(tpm=self.tpm, TBS_CREATE=code)
                message = self.session(result)["message"]
                self.assertIn(words, message)
                self.assertIn(f"0x{code.lower()}", message)
                self.assertEqual(result.code, status, result)

    def test_waits_for_the_service(self):
        for code in ("80284008", "8028400B"):
            with self.subTest(code=code):
                result = self.wine.status(tpm=self.tpm, TBS_CREATE=f"{code}:2")
                self.assertEqual(result.checks["device"]["result"], "pass", result)

    def test_does_not_wait_for_ever(self):
        result = self.wine.status("--timeout", "2", tpm=self.tpm, TBS_CREATE="80284008")
        self.assertEqual(self.session(result)["code"], "device-unbound")
        self.assertIn("Start-Service TBS", self.session(result)["message"])

    def test_submit_fails(self):
        result = self.wine.status(tpm=self.tpm, TBS_SUBMIT="80284006")
        self.assertEqual(self.session(result)["code"], "io")
        self.assertIn("0x80284006", self.session(result)["message"])
        self.assertEqual(result.code, 2, result)

    def test_not_elevated(self):
        """Windows keeps a user who is no administrator from creating objects; the rest is shown."""
        for code in ("80280400", "80284012"):
            with self.subTest(code=code):
                result = self.wine.status(tpm=self.tpm,
                                          TBS_COMMAND=f"{TPM_CC_CREATE_PRIMARY}:{code}")
                evidence = result.evidence
                self.assertEqual(evidence["ak"]["error"]["code"], "tpm-blocked")
                self.assertIn("administrator", evidence["ak"]["error"]["message"])
                self.assertNotIn("error", evidence["properties"])
                self.assertNotIn("error", evidence["pcrs"])
                self.assertEqual(result.code, 1, result)

    def test_hang(self):
        for stuck in ({}, {"TBS_STUCK": "1"}):
            with self.subTest(**stuck):
                self.tpm.suspend()
                try:
                    result = self.wine.status("--timeout", "2", tpm=self.tpm, **stuck)
                finally:
                    self.tpm.resume()
                self.assertEqual(self.session(result)["code"], "timeout")
                self.assertLess(result.seconds, 20)
                # The connection that was given up still stands in swtpm's way for a moment.
                self.tpm.restart()
        self.assertEqual(self.wine.status(tpm=self.tpm).checks["device"]["result"], "pass")


if __name__ == "__main__":
    unittest.main()
