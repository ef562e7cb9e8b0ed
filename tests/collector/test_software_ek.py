#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Credentials activated by a TPM in Python and OpenSSL's command line, which share no code with ours:
also for keys that no TPM at hand has."""

import hmac
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import credential  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402

# fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt.
ATTRIBUTES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 16 | 1 << 17
CURVES = {3: ("P-256", 32, "06082a8648ce3d030107"), 4: ("P-384", 48, "06052b81040022"),
          5: ("P-521", 66, "06052b81040023")}
NAME = b"\0\x0b" + bytes(range(32))

# Made for this test, because its public x begins with a zero byte.
KEY_WITH_ZERO = b"""-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggymfu8cK01XsnT7d
BIsb5BkPVmXlCbacjSDWOaTeu8+hRANCAAQAHz4BTGEddLd++FmR78yxZfKa7YtE
UOKUH0K870eprQa5lgF98s8K7HzLgwHNuV0ZlAOYkg51dvd5bKC32g2I
-----END PRIVATE KEY-----
"""


def words(*numbers):
    return b"".join(number.to_bytes(2, "big") for number in numbers)


class Ek:
    """An EK of our own: `hash_alg` its nameAlg, `aes` the bits of its cipher's key."""

    def __init__(self, hash_alg, aes):
        self.hash_alg, self.hash, self.aes = hash_alg, credential.HASHES[hash_alg], aes
        self.directory = process.temporary_directory("ek")
        self.key = self.path("key")

    def path(self, name):
        return os.path.join(self.directory, name)

    def head(self, kind):
        return (words(kind, self.hash_alg) + ATTRIBUTES.to_bytes(4, "big") + words(0)
                + words(6, self.aes, 0x43))

    def activate(self, name, id_object, encrypted):
        seed = self.recover(encrypted)
        reader = oracle.Reader(id_object)
        integrity = reader.sized()
        identity = reader.bytes(len(id_object) - reader.at)
        size = len(integrity)
        key = credential.kdf_a(self.hash, seed, b"INTEGRITY", b"", 8 * size)
        if hmac.new(key, identity + name, self.hash).digest() != integrity:
            raise ValueError("the integrity value is wrong")
        key = credential.kdf_a(self.hash, seed, b"STORAGE", name, self.aes)
        plain = oracle.command("openssl", "enc", "-d", f"-aes-{self.aes}-cfb", "-K", key.hex(),
                               "-iv", "00" * 16, stdin=identity)
        reader = oracle.Reader(plain)
        secret = reader.sized()
        reader.end()
        return secret


class RsaEk(Ek):
    def __init__(self, bits, hash_alg, aes):
        super().__init__(hash_alg, aes)
        oracle.command("openssl", "genrsa", "-out", self.key, str(bits))
        text = oracle.command("openssl", "rsa", "-in", self.key, "-noout", "-modulus").decode()
        self.public = (self.head(1) + words(0x10, bits) + bytes(4)
                       + credential.sized(bytes.fromhex(text.strip().partition("=")[2])))

    def recover(self, encrypted):
        options = {"rsa_padding_mode": "oaep", "rsa_oaep_md": self.hash, "rsa_mgf1_md": self.hash,
                   "rsa_oaep_label": b"IDENTITY\0".hex()}
        arguments = [part for name, value in options.items()
                     for part in ("-pkeyopt", f"{name}:{value}")]
        return oracle.command("openssl", "pkeyutl", "-decrypt", "-inkey", self.key, *arguments,
                              stdin=encrypted)


class EccEk(Ek):
    def __init__(self, curve, hash_alg, aes, key=None):
        super().__init__(hash_alg, aes)
        group, self.field, self.oid = CURVES[curve]
        with open(self.key, "wb") as file:
            file.write(key or oracle.command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                                             f"ec_paramgen_curve:{group}"))
        info = oracle.command("openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER")
        self.x, y = info[-2 * self.field:-self.field], info[-self.field:]
        self.public = (self.head(0x23) + words(0x10, curve, 0x10)
                       + credential.sized(self.x) + credential.sized(y))

    def recover(self, encrypted):
        reader = oracle.Reader(encrypted)
        x, y = reader.sized(), reader.sized()
        reader.end()
        info = oracle.der(
            0x30, oracle.der(0x30, bytes.fromhex("06072a8648ce3d0201" + self.oid)),
            oracle.der(3, b"\0\x04" + x + y))
        with open(self.path("peer"), "wb") as file:
            file.write(oracle.command("openssl", "pkey", "-pubin", "-inform", "DER", stdin=info))
        z = oracle.command("openssl", "pkeyutl", "-derive", "-inkey", self.key, "-peerkey",
                           self.path("peer"))
        size = int(self.hash[3:])
        return credential.kdf_e(self.hash, z, b"IDENTITY", x, self.x, size)


class SoftwareEk(unittest.TestCase):
    def check(self, ek, largest):
        for size in (1, 16, largest):
            secret = os.urandom(size)
            made = credential.make(ek.public, NAME, secret)
            self.assertEqual(ek.activate(NAME, *made), secret)
            with self.assertRaises(ValueError):
                ek.activate(NAME[:-1] + b"x", *made)
        with self.assertRaisesRegex(oracle.Refused, "too-large"):
            credential.make(ek.public, NAME, bytes(largest + 1))

    def test_rsa_2048(self):
        self.check(RsaEk(2048, 0xB, 128), 32)

    def test_rsa_3072(self):
        self.check(RsaEk(3072, 0xC, 256), 48)

    def test_rsa_4096(self):
        self.check(RsaEk(4096, 0xD, 192), 64)

    def test_ecc(self):
        for curve, hash_alg, aes, largest in (
                (3, 0xB, 128, 32), (4, 0xC, 256, 48), (5, 0xD, 256, 64)):
            with self.subTest(curve=curve):
                self.check(EccEk(curve, hash_alg, aes), largest)

    def test_a_coordinate_with_a_leading_zero(self):
        ek = EccEk(3, 0xB, 128, KEY_WITH_ZERO)
        self.assertEqual(ek.x[0], 0)
        self.assertEqual(ek.activate(NAME, *credential.make(ek.public, NAME, b"zero")), b"zero")
        # As a TPM may write it, without that byte; the derivation takes the whole coordinate.
        public = ek.public.replace(credential.sized(ek.x), credential.sized(ek.x[1:]))
        self.assertNotEqual(public, ek.public)
        self.assertEqual(ek.activate(NAME, *credential.make(public, NAME, b"zero")), b"zero")


if __name__ == "__main__":
    unittest.main()
