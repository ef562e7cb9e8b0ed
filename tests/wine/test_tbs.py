#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What TPM Base Services can answer instead of doing what they are asked, and a TPM that hangs."""

import os
import struct
import sys
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from wine import Wine  # noqa: E402

TPM_CC_CREATE_PRIMARY = "131"
BEHIND = "the TPM does not answer: an earlier run of this program still waits for it"

# What each code says where a context is refused: the exit status, and the words that name meaning or
# remedy. facts: winerror.h, FACILITY_TPM_SERVICE.
CREATE = {
    "80280400": (3, "blocks this command"),
    "80284001": (2, "internal error"),
    "80284002": (2, "bad parameter"),
    "80284003": (2, "bad output pointer"),
    "80284004": (2, "no longer valid"),
    "80284005": (2, "larger than 4096 bytes"),
    "80284006": (2, "swtpm still runs"),
    "80284007": (3, "Windows 8.1"),
    "80284009": (3, "too many programs"),
    "8028400A": (3, "short of resources"),
    "8028400C": (3, "no physical presence"),
    "8028400D": (2, "was cancelled"),
    "8028400E": (2, "too large"),
    "8028400F": (2, "Windows finds no TPM"),
    "80284010": (2, "Set-Service TBS"),
    "80284012": (3, "run as administrator"),
    "80284013": (3, "not allowed by policy"),
    "80284014": (3, "no physical presence"),
    "80284015": (2, "no owner authorization"),
    "80284016": (2, "Initialize-Tpm"),
    "80284099": (2, "unknown to this program"),
}
# And where a command is: the code of the conversation that ends with it.
SUBMIT = {
    "80284001": "io",
    "80284004": "io",
    "80284006": "io",
    "80284008": "device-unbound",
    "8028400A": "device-busy",
    "8028400D": "timeout",
    "8028400E": "io",
    "8028400F": "device-missing",
    "80284010": "device-unbound",
    "80284016": "device-unbound",
}
# TPM2, as QEMU describes a tpm-crb: TCG ACPI Specification, table 7.
TABLE = (b"TPM2" + struct.pack("<IBB6s8sI4sI", 76, 4, 0, b"BOCHS ", b"BXPC    ", 1, b"BXPC", 1) +
         struct.pack("<HHQI12sIQ", 0, 0, 0xfed40040, 7, bytes(12), 65536, 0x7ff50000))
INTERFACES = {"1": "tpm-1.2", "2": "trustzone", "3": "hardware", "4": "emulator", "5": "spb"}


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
        for code, kind in SUBMIT.items():
            with self.subTest(code=code):
                result = self.wine.status(tpm=self.tpm, TBS_SUBMIT=code)
                self.assertEqual(self.session(result)["code"], kind, result)
                self.assertIn(f"0x{code.lower()}", self.session(result)["message"])
                self.assertEqual(result.code, 3 if kind == "device-busy" else 2, result)

    def check_shown(self, table, code, **refusal):
        """What the finding is where Windows finds no TPM and this is the ACPI table."""
        with open(self.wine.path("TPM2"), "wb") as file:
            file.write(table)
        result = self.wine.status(tpm=self.tpm, TBS_ACPI="TPM2", **refusal)
        error = self.session(result)
        self.assertEqual((error["code"], result.code), (code, 2), result)
        self.assertIn("0x8028400f", error["message"])
        self.assertEqual(result.checks["device"]["result"], "fail")
        return error["message"]

    def test_no_driver(self):
        """The machine shows a TPM: then Windows lacks its driver, and the host is right."""
        for refusal in ("TBS_CREATE", "TBS_SUBMIT"):
            message = self.check_shown(TABLE, "device-unbound", **{refusal: "8028400F"})
            self.assertIn("but ACPI shows one", message)
            self.assertIn("Device Manager", message)
            self.assertNotIn("host", message)

    def test_no_table(self):
        """One that is cut, of another name or too large shows nothing."""
        for table in (b"", TABLE[:51], b"TCPA" + TABLE[4:], TABLE + bytes(4096)):
            message = self.check_shown(table, "device-missing", TBS_CREATE="8028400F")
            self.assertIn("on the host", message)

    def test_answer_too_large(self):
        """An answer that does not fit is the fault of what was asked, not of the conversation."""
        result = self.wine.status(tpm=self.tpm, TBS_SUBMIT="80284005")
        self.assertNotIn("error", result.evidence["session"])
        error = result.evidence["properties"]["error"]
        self.assertEqual(error["code"], "too-large")
        self.assertIn("an answer of more than 16384 bytes", error["message"])
        self.assertIn("answered no command", result.checks["responsive"]["sentence"])
        self.assertEqual(result.code, 2, result)

    def test_answer_of_another_length(self):
        """What the DLL says of its answer's length is not believed."""
        for length, part, words in (
                ("fff", "properties", "an answer of 4095 bytes that claims"),
                ("4", "properties", "too short for its header"),
                ("ffffffff", "session", "an answer of 4294967295 bytes")):
            with self.subTest(length=length):
                result = self.wine.status(tpm=self.tpm, TBS_LENGTH=length)
                self.assertIn(words, result.evidence[part]["error"]["message"])
                self.assertEqual(result.code, 2, result)

    def test_device_info(self):
        for number, name in INTERFACES.items():
            with self.subTest(number=number):
                device = self.wine.evidence(tpm=self.tpm, TBS_INTERFACE=number).json["device"]
                self.assertEqual((device["driver"], device["version_major"]), (name, 2))
        for number in ("0", "9"):
            device = self.wine.evidence(tpm=self.tpm, TBS_INTERFACE=number).json["device"]
            self.assertNotIn("driver", device)

    def test_device_info_refused(self):
        for code, access in (("8028400F", "missing"), ("80284012", "denied")):
            evidence = self.wine.evidence(tpm=self.tpm, TBS_DEVICE_INFO=code).json
            self.assertEqual(evidence["device"]["resource_manager"]["access"], access)
            self.assertNotIn("version_major", evidence["device"])

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
        """The command is cancelled; where that does not bring it back, it is left behind."""
        for stuck in ({}, {"TBS_STUCK": "1"}):
            with self.subTest(**stuck):
                self.tpm.suspend()
                try:
                    result = self.wine.status("--timeout", "2", tpm=self.tpm,
                                              TBS_CANCELLED="cancelled", **stuck)
                finally:
                    self.tpm.resume()
                self.assertEqual(self.session(result)["code"], "timeout")
                self.assertLess(result.seconds, 20)
                self.assertTrue(os.path.exists(self.wine.path("cancelled")))
                os.unlink(self.wine.path("cancelled"))
                # The connection that was given up still stands in swtpm's way for a moment.
                self.tpm.restart()
        self.assertEqual(self.wine.status(tpm=self.tpm).checks["device"]["result"], "pass")

    def test_behind_a_hung_run(self):
        """While an earlier run waits for the TPM, a later one says so and does not come beside it."""
        self.tpm.suspend()
        with ThreadPoolExecutor(1) as pool:
            try:
                earlier = pool.submit(self.wine.status, "--timeout", "50", tpm=self.tpm, timeout=120)
                # The first of these may have come before it.
                for _ in range(3):
                    later = self.wine.status("--timeout", "2", tpm=self.tpm)
                    if BEHIND in self.session(later)["message"]:
                        break
                self.assertFalse(earlier.done())
            finally:
                self.tpm.resume()
            earlier.result()
        self.assertEqual((later.code, self.session(later)),
                         (2, {"code": "timeout", "message": f"open TPM Base Services: {BEHIND}"}))
        self.assertGreater(later.seconds, 9)
        self.tpm.restart()
        self.assertEqual(self.wine.status(tpm=self.tpm).checks["device"]["result"], "pass")

    def test_context_never_there(self):
        result = self.wine.status("--timeout", "2", tpm=self.tpm, TBS_SILENT="1")
        self.assertEqual((self.session(result)["code"], result.code), ("timeout", 2), result)
        self.assertLess(result.seconds, 20)


if __name__ == "__main__":
    unittest.main()
