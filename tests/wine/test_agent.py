#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent.exe on a healthy TPM: what it shows, and that it is what the Linux program shows."""

import base64
import hashlib
import json
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
from wine import Wine  # noqa: E402

LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "eventlog")
NONCE = "00112233445566778899aabbccddeeff"
# Of one TPM at rest all of this is the same, whoever reads it.
SAME_PARTS = ("properties", "algorithms", "pcrs", "self_test", "persistent", "eks", "nv",
              "certificates", "srk", "ak")


class Agent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = Wine()
        cls.tpm = cls.wine.tpm().start()

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()
        cls.wine.close()

    def test_same_evidence_as_on_linux(self):
        windows = self.wine.evidence("--nonce", NONCE, tpm=self.tpm)
        linux = agent.evidence("--nonce", NONCE, tpm=self.tpm)
        self.assertEqual((windows.code, windows.err), (1, ""), windows)  # no firmware: PCRs are zero
        for part in SAME_PARTS:
            with self.subTest(part=part):
                self.assertIn(part, linux.json)
                self.assertEqual(windows.json[part], linux.json[part])
        self.assertTrue(windows.json["certificates"]["certificates"])
        self.assertEqual(windows.json["quote"]["eat_nonce"], linux.json["quote"]["eat_nonce"])
        self.assertEqual(windows.json["device"]["transport"], "tbs")

    def test_either_believes_the_other(self):
        """Quotes are verified by CNG here and by libcrypto there: P-256 and SHA-256 alike."""
        for name, evidence in (("linux", agent.evidence), ("windows", self.wine.evidence)):
            for when in ("before", "after"):
                with open(self.wine.path(f"{name}-{when}.json"), "w") as file:
                    file.write(evidence(tpm=self.tpm).out)
        for result in (
                agent.run("compare", self.wine.path("windows-before.json"), "--json",
                          "--evidence", self.wine.path("windows-after.json")),
                self.wine.agent("compare", "linux-before.json", "--json",
                                "--evidence", "linux-after.json")):
            self.assertEqual(result.json["continuity"], "continuous", result)

    def test_forged_quote_is_refused(self):
        evidence = self.wine.evidence(tpm=self.tpm).json
        signature = bytearray(base64.urlsafe_b64decode(evidence["quote"]["signature"] + "=="))
        signature[-1] ^= 1
        evidence["quote"]["signature"] = base64.b64encode(signature).decode()
        with open(self.wine.path("forged.json"), "w") as file:
            json.dump(evidence, file)
        self.wine.agent("baseline", "save", "--force", "good.json", tpm=self.tpm)
        result = self.wine.agent("compare", "good.json", "--evidence", "forged.json", "--json")
        self.assertNotEqual(result.code, 0, result)
        self.assertIn("does not verify", result.out)

    def test_status(self):
        result = self.wine.status(tpm=self.tpm)
        self.assertEqual(result.checks["device"]["result"], "pass", result)
        self.assertEqual(result.checks["attestation"]["result"], "pass", result)
        self.assertNotIn("fail", result.results.values(), result)

    def test_page_has_no_escapes_and_unix_lines(self):
        result = self.wine.agent(tpm=self.tpm)
        self.assertEqual(result.err, "")
        self.assertNotIn("\r", result.out)
        self.assertNotIn("\x1b", result.out)

    def test_boot_identity(self):
        first, again = (self.wine.evidence(tpm=self.tpm).json["guest"]["boot_id"] for _ in "ab")
        self.assertEqual(first, again)
        self.wine.reboot()
        self.assertNotEqual(self.wine.evidence(tpm=self.tpm).json["guest"]["boot_id"], first)

    def test_event_log(self):
        """The log of this boot; before Windows 10 1803 it is asked for in another way."""
        log = os.path.join(LOG, "ovmf-sha256.bin")
        for name in ("tbs.dll", "tbs-1709.dll"):
            with self.subTest(name):
                self.wine.use_tbs(name)
                self.addCleanup(self.wine.use_tbs, "tbs.dll")
                part = self.wine.evidence(
                    tpm=self.tpm, TBS_LOG="Z:" + os.path.realpath(log)).json["event_log"]
                with open(log, "rb") as file:
                    self.assertEqual(part["sha256"], hashlib.sha256(file.read()).hexdigest())

    def test_guest(self):
        """What both systems say of the machine under them, and Windows of itself."""
        before = time.clock_gettime(time.CLOCK_BOOTTIME)
        evidence = self.wine.evidence(tpm=self.tpm).json
        after = time.clock_gettime(time.CLOCK_BOOTTIME)
        linux = agent.evidence(tpm=self.tpm).json
        if "uuid" in linux["smbios"]:  # else Wine makes one up
            self.assertEqual(evidence["smbios"], linux["smbios"])
        self.assertIn("uuid", evidence["smbios"])
        guest = evidence["guest"]
        self.assertEqual(guest["hostname"].lower(), linux["guest"]["hostname"].split(".")[0][:15].lower())
        # Windows counts in steps, which Wine makes when it finds the time.
        self.assertTrue(before - 5 <= guest["uptime_ms"] / 1000 <= after + 0.1, guest)
        key = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
        build = self.wine.registry(key, "CurrentBuildNumber").split()[-1]
        self.assertRegex(guest["kernel"], rf"^Windows NT \d+\.\d+\.{build}\.\d+ x86_64$")
        product = self.wine.registry(key, "ProductName").split("REG_SZ")[1].strip()
        self.assertTrue(guest["os"].startswith(product), (guest, product))

    def test_no_event_log(self):
        part = self.wine.evidence(tpm=self.tpm).json["event_log"]
        self.assertEqual(part["error"]["code"], "not-found")
        self.assertIn("0x80284011", part["error"]["message"])

    def test_output_replaces_the_file(self):
        with open(self.wine.path("out.json"), "w") as file:
            file.write("old")
        result = self.wine.evidence("--output", "out.json", tpm=self.tpm)
        self.assertEqual((result.code, result.out, result.err), (1, "", ""), result)
        with open(self.wine.path("out.json")) as file:
            self.assertTrue(file.read().startswith("{"))
        self.assertEqual([name for name in os.listdir(self.wine.directory)
                          if name.startswith("out.json")], ["out.json"])

    def test_tcti_is_refused(self):
        result = self.wine.status("--tcti", "swtpm:port=1", tpm=self.tpm)
        self.assertEqual(result.code, 3, result)
        self.assertIn("leave --tcti away", result.out)

    def test_no_tpm(self):
        """Wine's own tbs.dll, which is that of a machine without one."""
        result = self.wine.status(WINEDLLOVERRIDES="mscoree,mshtml=;tbs=b")
        self.assertEqual(result.code, 2, result)
        self.assertEqual(result.checks["device"]["result"], "fail")
        self.assertIn("0x8028400f", result.checks["device"]["sentence"])


if __name__ == "__main__":
    unittest.main()
