#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The quote in the evidence holds before two verifiers that share no code with ours, and falls when a
byte of it is changed."""

import base64
import hashlib
import os
import random
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
from swtpm import Swtpm  # noqa: E402

TPM_RH_ENDORSEMENT = 0x4000000B


def qualified(nonce):
    """What docs/evidence.md says that a quote is for: never what a report's is."""
    return hashlib.sha256(b"vtpm-evidence-v1\0" + nonce).digest()


class Quote:
    """What the evidence claims, decoded."""

    def __init__(self, evidence):
        self.attest = base64.b64decode(evidence["quote"]["attest"])
        self.signature = base64.b64decode(evidence["quote"]["signature"])
        self.nonce = bytes.fromhex(evidence["quote"]["eat_nonce"])
        self.public = base64.b64decode(evidence["ak"]["key"]["public"])
        self.ak_name = bytes.fromhex(evidence["ak"]["key"]["name"])
        self.banks = {
            oracle.HASHES[name]: {int(pcr): bytes.fromhex(value) for pcr, value in bank.items()}
            for name, bank in evidence["pcrs"]["banks"].items()}

    @property
    def digest(self):
        return hashlib.sha256(b"".join(
            bank[pcr] for bank in self.banks.values() for pcr in sorted(bank))).digest()

    def openssl_accepts(self, attest=None, signature=None):
        return oracle.verify_ecdsa(self.public, attest or self.attest, signature or self.signature)

    def parser_accepts(self, attest=None, nonce=None, banks=None):
        """Everything about the attest but the signature."""
        quote = oracle.read_quote(attest or self.attest)
        signer = b"\0\x0b" + hashlib.sha256(
            struct.pack(">I", TPM_RH_ENDORSEMENT) + self.ak_name).digest()
        selection = {alg: sorted(bank) for alg, bank in (banks or self.banks).items()}
        return (quote["nonce"] == qualified(nonce or self.nonce) and quote["signer"] == signer
                and quote["selection"] == selection and quote["digest"] == self.digest)

    def pcr_file(self):
        """What tpm2_quote -o writes: sixteen TPMS_PCR_SELECTION and TPML_DIGESTs, as C structures."""
        selections = b"".join(
            struct.pack("<HB4sx", alg, 3, sum(1 << pcr for pcr in bank).to_bytes(4, "little"))
            for alg, bank in self.banks.items())
        digests = [bank[pcr] for bank in self.banks.values() for pcr in sorted(bank)]
        lists = [digests[i:i + 8] for i in range(0, len(digests), 8)]
        return (struct.pack("<I", len(self.banks)) + selections.ljust(16 * 8, b"\0")
                + struct.pack("<I", len(lists)) + b"".join(
                    (struct.pack("<I", len(some)) + b"".join(
                        struct.pack("<H", len(digest)) + digest.ljust(64, b"\0")
                        for digest in some)).ljust(4 + 8 * 66, b"\0") for some in lists))

    def checkquote_accepts(self, tpm, attest=None, signature=None, nonce=None, pcrs=None):
        files = {"key": oracle.p256_pem(self.public), "attest": attest or self.attest,
                 "signature": signature or self.signature, "pcrs": pcrs or self.pcr_file()}
        paths = {name: os.path.join(tpm.directory, name) for name in files}
        for name, content in files.items():
            with open(paths[name], "wb") as file:
                file.write(content)
        try:
            oracle.command("tpm2_checkquote", "-Q", "-u", paths["key"], "-m", paths["attest"],
                           "-s", paths["signature"], "-f", paths["pcrs"], "-g", "sha256",
                           "-q", qualified(nonce or self.nonce).hex())
            return True
        except oracle.Refused:
            return False


def flipped(data, at, bit=0):
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1:]


class Quotes(unittest.TestCase):
    def take(self, tpm, *arguments):
        result = agent.evidence(*arguments, tpm=tpm)
        self.assertEqual((result.code, result.err), (0, ""))
        return Quote(result.json), result.json

    def check(self, tpm, quote):
        self.assertTrue(quote.openssl_accepts())
        self.assertTrue(quote.parser_accepts())
        self.assertTrue(quote.checkquote_accepts(tpm))

    def test_nonces(self):
        with Swtpm() as tpm:
            for size in (8, 9, 32, 64):
                nonce = random.Random(size).randbytes(size)
                quote, evidence = self.take(tpm, "--nonce", nonce.hex().upper())
                self.assertEqual(evidence["quote"]["eat_nonce"], nonce.hex())
                self.assertEqual(oracle.read_quote(quote.attest)["nonce"], qualified(nonce))
                self.check(tpm, quote)

    def test_nonces_of_its_own(self):
        with Swtpm() as tpm:
            quotes = [self.take(tpm)[0] for _ in range(3)]
        self.assertEqual({len(quote.nonce) for quote in quotes}, {32})
        self.assertEqual(len({quote.nonce for quote in quotes}), 3)

    def test_banks(self):
        for banks in ("sha256", "sha1,sha256", "sha256,sha384", "sha1,sha256,sha384,sha512"):
            with self.subTest(banks=banks), Swtpm(banks=banks) as tpm:
                names = banks.split(",")
                for pcr in (0, 7, 10, 16, 23):
                    oracle.tpm2(tpm, "pcrevent", str(pcr), stdin=b"event %d" % pcr)
                quote, evidence = self.take(tpm)
                self.assertEqual(evidence["pcrs"]["banks"], oracle.pcrs(tpm))
                self.assertEqual(set(quote.banks), {oracle.HASHES[name] for name in names})
                self.check(tpm, quote)

    def test_sparse_banks(self):
        with Swtpm(banks="sha1,sha256") as tpm:
            oracle.tpm2(tpm, "pcrallocate", "sha1:0,7,17+sha256:0,1,2,3,4,5,6,7,8,9,17,23+"
                        "sha384:none+sha512:none")
            tpm.restart()
            oracle.tpm2(tpm, "pcrevent", "9", stdin=b"event")
            quote, evidence = self.take(tpm)
            self.assertEqual([sorted(bank) for bank in quote.banks.values()],
                             [[0, 7, 17], [*range(10), 17, 23]])
            self.assertEqual(evidence["pcrs"]["banks"], oracle.pcrs(tpm))
            self.assertTrue(quote.openssl_accepts() and quote.parser_accepts())

    def test_counters_are_in_the_clear(self):
        with Swtpm() as tpm:
            tpm.restart()
            quote, evidence = self.take(tpm)
            signed = oracle.read_quote(quote.attest)
            clock, values = evidence["clock"], evidence["properties"]["values"]
            self.assertEqual((signed["reset_count"], signed["restart_count"], bool(signed["safe"])),
                             (clock["reset_count"], clock["restart_count"], clock["is_safe"]))
            self.assertLessEqual(clock["clock_ms"], signed["clock"])
            self.assertLess(signed["clock"] - clock["clock_ms"], 30000)
            self.assertEqual(signed["firmware"], values["TPM2_PT_FIRMWARE_VERSION_1"] << 32
                             | values["TPM2_PT_FIRMWARE_VERSION_2"])

    def test_key_signs_only_what_the_tpm_made(self):
        with Swtpm() as tpm:
            quote, _ = self.take(tpm)
        public = oracle.read_ecc_public(quote.public)
        # fixedTPM, fixedParent, sensitiveDataOrigin, userWithAuth, noDA, restricted, sign.
        self.assertEqual(public["attributes"], 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 10
                         | 1 << 16 | 1 << 18)
        self.assertEqual((public["scheme"], public["scheme_hash"], public["curve"]), (0x18, 0xB, 3))
        self.assertEqual(quote.ak_name, b"\0\x0b" + hashlib.sha256(quote.public).digest())

    def test_tampering(self):
        with Swtpm() as tpm:
            oracle.tpm2(tpm, "pcrevent", "7", stdin=b"event")
            quote, _ = self.take(tpm, "--nonce", "00112233445566778899aabbccddeeff")
            self.check(tpm, quote)
            changes = random.Random(2)
            for at in range(0, len(quote.attest), 7):
                attest = flipped(quote.attest, at, changes.randrange(8))
                self.assertFalse(quote.openssl_accepts(attest=attest), at)
                if at % 21 == 0:
                    self.assertFalse(quote.checkquote_accepts(tpm, attest=attest), at)
            for at in range(0, len(quote.signature), 9):
                signature = flipped(quote.signature, at, changes.randrange(8))
                self.assertFalse(quote.openssl_accepts(signature=signature), at)
                if at % 27 == 0:
                    self.assertFalse(quote.checkquote_accepts(tpm, signature=signature), at)
            nonce = flipped(quote.nonce, 5)
            self.assertFalse(quote.parser_accepts(nonce=nonce))
            self.assertFalse(quote.checkquote_accepts(tpm, nonce=nonce))
            quote.banks[0xB][7] = flipped(quote.banks[0xB][7], 31)
            self.assertFalse(quote.parser_accepts())
            self.assertFalse(quote.checkquote_accepts(tpm))

    def test_surplus_bytes(self):
        with Swtpm() as tpm:
            quote, _ = self.take(tpm)
        for attest in (quote.attest + b"\0", quote.attest[:-1]):
            with self.assertRaises(ValueError):
                oracle.read_quote(attest)


if __name__ == "__main__":
    unittest.main()
