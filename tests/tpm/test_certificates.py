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
HIGH_RSA2048, HIGH_ECC_P256 = 0x01C00012, 0x01C00014
HIGH_ECC_P521, HIGH_RSA4096 = 0x01C00018, 0x01C0001E
# EK Credential Profile 2.5, annex B: PolicyB_SHA256, and what is set in an EK of the high range.
POLICY_B = bytes.fromhex("ca3d0a99a2b93906f7a3342414efcfb3a385d44cd1fd459089d19b5071c0b7a0")
HIGH = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|adminwithpolicy|restricted|decrypt"
RSA, P256 = "rsa2048:aes128cfb", "ecc256:aes128cfb"
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

    def certify(self, index, public):
        """A certificate for this public key (PEM) in that index."""
        at = process.temporary_directory("certify")
        self.addCleanup(process.remove_directory, at)
        key, issuer, subject = (os.path.join(at, name) for name in ("ca.key", "ca.pem", "ek.pem"))
        with open(subject, "wb") as file:
            file.write(public)
        oracle.command("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key,
                       "-subj", "/CN=issuer", "-out", issuer)
        der = oracle.command("openssl", "x509", "-new", "-force_pubkey", subject, "-CA", issuer,
                             "-CAkey", key, "-subj", "/CN=guest", "-days", "30", "-outform", "DER")
        oracle.tpm2(self.tpm, "nvdefine", "-C", "p", "-s", str(len(der)), "-a",
                    "ppwrite|ppread|ownerread|authread|no_da|platformcreate", hex(index))
        oracle.tpm2(self.tpm, "nvwrite", "-C", "p", "-i", "-", hex(index), stdin=der)

    def high(self, algorithm, keep=False):
        """The EK of a template of the high range, as tpm2-tools make it; it may stay loaded."""
        at = process.temporary_directory("high")
        self.addCleanup(process.remove_directory, at)
        policy, context, pem = (os.path.join(at, name) for name in ("policy", "context", "pem"))
        with open(policy, "wb") as file:
            file.write(POLICY_B)
        oracle.tpm2(self.tpm, "createprimary", "-C", "e", "-G", algorithm, "-g", "sha256",
                    "-a", HIGH, "-L", policy, "-c", context)
        oracle.tpm2(self.tpm, "flushcontext", "-t")
        oracle.tpm2(self.tpm, "readpublic", "-c", context, "-f", "pem", "-o", pem)
        if not keep:
            oracle.tpm2(self.tpm, "flushcontext", "-t")
        with open(pem, "rb") as file:
            return file.read()

    def low_ecc(self):
        at = process.temporary_directory("low")
        self.addCleanup(process.remove_directory, at)
        context, pem = os.path.join(at, "context"), os.path.join(at, "pem")
        oracle.tpm2(self.tpm, "createek", "-G", "ecc", "-c", context, "-u", pem, "-f", "pem")
        oracle.tpm2(self.tpm, "flushcontext", "-t")
        with open(pem, "rb") as file:
            return file.read()

    def foreign(self, *options):
        at = process.temporary_directory("foreign")
        self.addCleanup(process.remove_directory, at)
        key = os.path.join(at, "key")
        oracle.command("openssl", "genpkey", *options, "-out", key)
        return oracle.command("openssl", "pkey", "-in", key, "-pubout")

    def test_two_rsa_eks_of_one_tpm(self):
        self.certify(HIGH_RSA2048, self.high(RSA))
        result, evidence, part = self.look()
        self.assertEqual({int(each["index"], 16): each["is_ek"] for each in part["certificates"]},
                         {RSA2048: True, ECC_P384: True, HIGH_RSA2048: True})
        self.assertEqual((result.code, result.checks["ek-certificate"]["sentence"]),
                         (0, "3 certificates for the EKs"))
        self.assertEqual(len(evidence["eks"]["keys"]), 3)
        self.assertEqual(oracle.handles(self.tpm, "transient"), [])

    def test_ecc_eks_of_one_curve(self):
        self.certify(ECC_P256, self.low_ecc())
        self.certify(HIGH_ECC_P256, self.high(P256))
        result, evidence, part = self.look()
        self.assertEqual({int(each["index"], 16): each["is_ek"] for each in part["certificates"]},
                         {RSA2048: True, ECC_P384: True, ECC_P256: True, HIGH_ECC_P256: True})
        self.assertEqual(result.checks["ek-certificate"]["sentence"], "4 certificates for the EKs")
        self.assertEqual(len({each["name"] for each in evidence["eks"]["keys"]}), 4)

    def test_derived_ek_is_not_left_behind(self):
        """Its answer or its flush is damaged, so the agent never learns which handle it has."""
        public = self.high(RSA, keep=True)
        foreign = oracle.handles(self.tpm, "transient")
        self.assertEqual(len(foreign), 1)
        self.certify(HIGH_RSA2048, public)
        for options in ("mangle=truncate,at=13,fix=1,code=0x131,nth=1",
                        "mangle=truncate,at=60,fix=1,code=0x131,nth=1",
                        "mangle=rc,rc=0x1c4,code=0x165,nth=1"):
            with self.subTest(options=options):
                _, evidence, _ = self.look(options)
                self.assertEqual(len(evidence["eks"]["keys"]), 2, "the damaged one counts for nothing")
                self.assertEqual(oracle.handles(self.tpm, "transient"), foreign)

    def test_another_tpms(self):
        self.certify(HIGH_RSA2048, self.foreign("-algorithm", "RSA", "-pkeyopt",
                                                "rsa_keygen_bits:2048"))
        result, _, _ = self.look()
        self.assertEqual((result.code, result.results["ek-certificate"]), (2, "fail"))
        self.assertIn("NV 0x01c00012", result.checks["ek-certificate"]["sentence"])

    def test_templates_that_are_not_derived(self):
        """Whose they are is not known: no fault."""
        self.certify(HIGH_ECC_P521, self.foreign("-algorithm", "EC", "-pkeyopt",
                                                 "ec_paramgen_curve:P-521"))
        self.certify(HIGH_RSA4096, self.foreign("-algorithm", "RSA", "-pkeyopt",
                                                "rsa_keygen_bits:4096"))
        result, _, part = self.look()
        self.assertEqual((result.code, len(part["certificates"])), (0, 4))
        self.assertEqual(result.checks["ek-certificate"]["sentence"], "2 certificates for the EKs")

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
        self.assertEqual(agent.run("baseline", "save", "--force", baseline, tpm=self.tpm).code, 0)
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
