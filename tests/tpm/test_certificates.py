#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What an NV index that cannot be read, or one too many, costs: itself and nothing else."""

import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

RSA2048, ECC_P256, ECC_P384 = 0x01C00002, 0x01C0000A, 0x01C00016
NV_READ, GET_CAPABILITY = 0x14E, 0x17A
PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
NV_MAX = 256


def define(tpm, index, size=8, attributes=0x02040004 | 0x2):
    """TPM2_NV_DefineSpace by the owner: ownerwrite, authwrite, authread, no_da."""
    public = struct.pack(">IHIHH", index, 0x000B, attributes, 0, size)
    body = struct.pack(">I", 0x40000001) + PASSWORD + struct.pack(">HH", 0, len(public)) + public
    answer = tpm.command(struct.pack(">HII", 0x8002, 10 + len(body), 0x12A) + body)
    assert answer[6:10] == bytes(4), (hex(index), answer.hex())


class Certificates(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())

    def look(self, options=None):
        tcti = agent.mangled(options, self.tpm) if options else None
        result = agent.status(tcti=tcti) if tcti else agent.status(tpm=self.tpm)
        evidence = result.json["evidence"]
        return result, evidence, evidence["certificates"]

    def indices(self, part):
        return sorted(int(each["index"], 16) for each in part["certificates"])

    def overwrite(self, index, content):
        """As whoever owns the platform hierarchy can."""
        oracle.tpm2(self.tpm, "nvundefine", "-C", "p", hex(index))
        oracle.tpm2(self.tpm, "nvdefine", "-C", "p", "-s", str(len(content)), "-a",
                    "ppwrite|ppread|ownerread|authread|no_da|platformcreate", hex(index))
        oracle.tpm2(self.tpm, "nvwrite", "-C", "p", "-i", "-", hex(index), stdin=content)

    def test_nothing_unread(self):
        result, _, part = self.look()
        self.assertEqual((result.code, self.indices(part)), (0, [RSA2048, ECC_P384]))
        self.assertNotIn("unread", part)
        self.assertNotIn("parts", result.checks)

    def test_one_that_needs_an_authorization(self):
        oracle.tpm2(self.tpm, "nvdefine", "-C", "o", "-s", "8", "-a",
                    "ownerwrite|authread|authwrite", hex(ECC_P256))
        oracle.tpm2(self.tpm, "nvwrite", "-C", "o", "-i", "-", hex(ECC_P256), stdin=bytes(8))
        result, _, part = self.look()
        self.assertEqual((result.code, self.indices(part)), (0, [RSA2048, ECC_P384]))
        self.assertEqual([(each["index"], each["error"]["code"]) for each in part["unread"]],
                         [("0x01c0000a", "tpm-auth")])
        self.assertEqual(result.checks["ek-certificate"]["sentence"],
                         "2 for the EKs; NV 0x01c0000a: readable only with an authorization")
        self.assertEqual(oracle.lockout_counter(self.tpm), 0)

    def test_rubbish_where_a_certificate_belongs(self):
        self.overwrite(ECC_P384, os.urandom(64))
        result, _, part = self.look()
        self.assertEqual(self.indices(part), [RSA2048])
        self.assertEqual([(each["index"], each["error"]["code"]) for each in part["unread"]],
                         [("0x01c00016", "unsupported")])
        self.assertIn("NV 0x01c00016: it holds no certificate",
                      result.checks["ek-certificate"]["sentence"])

    def compare(self, change):
        """The reasons that tell a baseline from the TPM after a change."""
        at = process.temporary_directory("compare")
        self.addCleanup(process.remove_directory, at)
        baseline = os.path.join(at, "baseline.json")
        self.assertEqual(agent.run("baseline", "save", baseline, tpm=self.tpm).code, 0)
        change()
        result = agent.run("compare", baseline, "--json", tpm=self.tpm)
        return [each["code"] for each in result.json["reasons"]]

    def test_a_certificate_that_was_there(self):
        size = len(oracle.tpm2(self.tpm, "nvread", hex(ECC_P384)))
        self.assertEqual(self.compare(lambda: self.overwrite(ECC_P384, os.urandom(size))),
                         ["same-tpm", "objects-changed"])

    def test_an_index_replaced_under_its_handle(self):
        index = "0x01500000"
        shape = ("-C", "o", "-a", "ownerwrite|ownerread|authread|authwrite|no_da")
        oracle.tpm2(self.tpm, "nvdefine", "-s", "8", *shape, index)

        def write():
            oracle.tpm2(self.tpm, "nvwrite", "-C", "o", "-i", "-", index, stdin=bytes(8))

        def replace(size, *more):
            oracle.tpm2(self.tpm, "nvundefine", "-C", "o", index)
            oracle.tpm2(self.tpm, "nvdefine", "-s", str(size), *shape[:3],
                        "|".join((shape[3], *more)), index)

        self.assertEqual(self.compare(write), ["same-tpm"])
        self.assertEqual(self.compare(lambda: (replace(8), write())), ["same-tpm"])
        self.assertEqual(self.compare(lambda: replace(9)), ["same-tpm", "objects-changed"])
        self.assertEqual(self.compare(lambda: replace(9, "policyread")),
                         ["same-tpm", "objects-changed"])

    def test_one_that_the_tpm_refuses(self):
        result, _, part = self.look(f"mangle=rc,rc=0x14a,code={NV_READ:#x},nth=1")
        self.assertEqual((result.code, self.indices(part)), (0, [ECC_P384]))
        self.assertEqual([(each["index"], each["error"]["rc"]) for each in part["unread"]],
                         [("0x01c00002", "0x0000014a")])
        self.assertIn("1 for the EKs; NV 0x01c00002: TPM2_NV_Read",
                      result.checks["ek-certificate"]["sentence"])
        self.assertEqual(result.results["certificate-uuid"], "unknown")

    def test_none_that_the_tpm_gives(self):
        result, _, part = self.look(f"mangle=rc,rc=0x14a,code={NV_READ:#x}")
        self.assertEqual((self.indices(part), len(part["unread"])), ([], 2))
        self.assertEqual(result.checks["certificate-uuid"]["result"], "unknown")
        self.assertNotIn("holds none", result.out)

    def test_more_indices_than_are_kept(self):
        """Certificates are found all the same, and what is missing is said."""
        have = len(oracle.handles(self.tpm, "nv-index"))
        for i in range(NV_MAX - have):
            define(self.tpm, 0x01500000 + i)
        result, evidence, part = self.look()
        self.assertEqual((result.code, len(evidence["nv"]["indices"])), (0, NV_MAX))
        define(self.tpm, 0x01510000)
        result, evidence, part = self.look()
        self.assertEqual(evidence["nv"]["error"]["code"], "too-large")
        self.assertEqual(self.indices(part), [RSA2048, ECC_P384])
        self.assertEqual(result.checks["ek-certificate"]["result"], "pass")
        self.assertEqual((result.code, result.checks["parts"]["result"]), (1, "warn"))
        self.assertIn("not read: nv (TPM2_GetCapability: more than 256 handles)",
                      result.checks["parts"]["sentence"])


if __name__ == "__main__":
    unittest.main()
