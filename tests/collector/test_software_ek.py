#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Credentials, activated by code that shares none with ours: also for keys that no TPM at hand has."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import credential  # noqa: E402
import oracle  # noqa: E402
from software_ek import EccEk, RsaEk  # noqa: E402

NAME = b"\0\x0b" + bytes(range(32))

# Made for this test, because its public x begins with a zero byte.
KEY_WITH_ZERO = b"""-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggymfu8cK01XsnT7d
BIsb5BkPVmXlCbacjSDWOaTeu8+hRANCAAQAHz4BTGEddLd++FmR78yxZfKa7YtE
UOKUH0K870eprQa5lgF98s8K7HzLgwHNuV0ZlAOYkg51dvd5bKC32g2I
-----END PRIVATE KEY-----
"""


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
