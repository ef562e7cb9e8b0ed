#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Persistent keys of types that nobody here knows, and answers of more than 4096 bytes: shown, and no
fault of the TPM."""

import hashlib
import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

READ_PUBLIC = 0x173
EK_RSA, KEY = "0x81010001", "0x81000005"
MLKEM, MLDSA = 0x00A0, 0x00A1  # TCG Algorithm Registry 2.00


def sized(data):
    return struct.pack(">H", len(data)) + data


def public_answer(kind, unique):
    """TPM2_ReadPublic's answer for a key of this type, and its name."""
    area = struct.pack(">HHI", kind, 0x000B, 0x00030072) + sized(b"") + struct.pack(">HH", 0x10, 2) \
        + sized(os.urandom(unique))
    name = struct.pack(">H", 0x000B) + hashlib.sha256(area).digest()
    body = sized(area) + sized(name) + sized(name)
    return struct.pack(">HII", 0x8001, 10 + len(body), 0) + body, name.hex()


class ForeignKeys(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        self.directory = process.temporary_directory("foreign-keys")
        self.addCleanup(process.remove_directory, self.directory)
        self.answer = os.path.join(self.directory, "answer")
        context = os.path.join(self.directory, "key")
        oracle.tpm2(self.tpm, "createprimary", "-C", "o", "-c", context)
        oracle.tpm2(self.tpm, "evictcontrol", "-C", "o", "-c", context, KEY)
        oracle.tpm2(self.tpm, "flushcontext", "-t")

    def tcti(self, handle, kind, unique):
        answer, name = public_answer(kind, unique)
        with open(self.answer, "wb") as file:
            file.write(answer)
        return agent.mangled(f"mangle=replace,file={self.answer},code={READ_PUBLIC:#x},"
                             f"handle={handle}", self.tpm), name

    def objects(self, result):
        return {each["handle"]: each for each in result.json["evidence"]["persistent"]["objects"]}

    def test_known_and_unknown(self):
        """Also larger than all that tpm2-tss has room for."""
        for kind, unique in ((MLKEM, 1184), (MLDSA, 2592), (0x7777, 12000)):
            tcti, name = self.tcti(KEY, kind, unique)
            result = agent.status(tcti=tcti)
            self.assertEqual(result.code, 0, result)
            self.assertEqual(self.objects(result)[KEY],
                             {"handle": KEY, "type": f"0x{kind:08x}", "name": name})
            self.assertEqual(len(result.json["evidence"]["eks"]["keys"]), 2)
            page = agent.run("status", tcti=tcti).out
            self.assertRegex(page, rf"type 0x{kind:04x} .*{KEY}")

    def test_in_the_place_of_an_ek(self):
        """No key that anybody could make a credential for: the TPM's own is derived."""
        tcti, name = self.tcti(EK_RSA, MLKEM, 1184)
        result = agent.status(tcti=tcti)
        self.assertEqual(self.objects(result)[EK_RSA]["name"], name)
        self.assertEqual([(each["type"], each.get("handle"))
                          for each in result.json["evidence"]["eks"]["keys"]],
                         [("ecc", "0x81010016"), ("rsa", None)])
        self.assertEqual(result.checks["ek-certificate"]["sentence"], "2 certificates for the EKs")
        self.assertNotEqual(result.code, 2)

    def test_replaced_by_another(self):
        tcti, _ = self.tcti(KEY, MLDSA, 1312)
        baseline = os.path.join(self.directory, "baseline.json")
        self.assertEqual(agent.run("baseline", "save", "--force", baseline, tcti=tcti).code, 0)
        result = agent.run("compare", baseline, "--json", tcti=tcti)
        self.assertEqual([each["code"] for each in result.json["reasons"]], ["same-tpm"])
        tcti, _ = self.tcti(KEY, MLDSA, 1312)
        result = agent.run("compare", baseline, "--json", tcti=tcti)
        self.assertIn("objects-changed", [each["code"] for each in result.json["reasons"]])

    def test_over_what_is_taken(self):
        """It costs that object its name, and nothing else."""
        result = agent.status(tcti=agent.mangled(
            f"mangle=oversize,at=20000,fix=1,code={READ_PUBLIC:#x},handle={KEY}", self.tpm))
        self.assertEqual((result.code, self.objects(result)[KEY]), (0, {"handle": KEY}))

    def test_a_command_whose_answer_is_too_large(self):
        """That part says so; the TPM is one, and the others are read."""
        result = agent.status(tcti=agent.mangled(
            "mangle=oversize,at=20000,fix=1,code=0x181", self.tpm))
        self.assertEqual(result.json["evidence"]["clock"]["error"]["code"], "too-large")
        self.assertEqual((result.code, result.results["parts"]), (1, "warn"), result)
        self.assertIn("quote", result.json["evidence"])


if __name__ == "__main__":
    unittest.main()
