#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A real TPM gives the secret back: for each kind of EK, only with the right EK and the right key, and
likewise for a credential by an independent maker, tpm2_makecredential."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import credential  # noqa: E402
import oracle  # noqa: E402
from swtpm import Swtpm  # noqa: E402

RSA, P384 = "0x81010001", "0x81010016"
ATTESTATION_KEY = "fixedtpm|fixedparent|sensitivedataorigin|userwithauth|noda|restricted|sign"


class Machine:
    """A TPM with an attestation key, and what tpm2-tools leave lying about."""

    def __init__(self, tpm):
        self.tpm = tpm
        self.run("createprimary", "-C", "e", "-G", "ecc:ecdsa-sha256:null", "-a", ATTESTATION_KEY,
                 "-c", self.path("ak"))
        self.name = self.read_name(self.path("ak"))
        self.flush()

    def path(self, name):
        return os.path.join(self.tpm.directory, name)

    def run(self, tool, *arguments):
        return oracle.tpm2(self.tpm, tool, *arguments)

    def flush(self):
        self.run("flushcontext", "-t")

    def content(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def read_name(self, key):
        self.run("readpublic", "-c", key, "-n", self.path("name"))
        return self.content("name")

    def read_ek(self, ek):
        """Its TPMT_PUBLIC; and as a TPM2B_PUBLIC in file ek.tss."""
        self.run("readpublic", "-c", ek, "-f", "tpmt", "-o", self.path("ek.tpmt"))
        self.run("readpublic", "-c", ek, "-f", "tss", "-o", self.path("ek.tss"))
        self.flush()
        return self.content("ek.tpmt")

    def create(self, context, *arguments):
        self.run(*arguments, "-c", self.path(context))
        self.flush()
        return self.path(context)

    def make_elsewhere(self, name, secret):
        """By tpm2_makecredential, without a TPM, for the EK that was read last."""
        with open(self.path("secret"), "wb") as file:
            file.write(secret)
        oracle.command("tpm2_makecredential", "-T", "none", "-u", self.path("ek.tss"), "-s",
                       self.path("secret"), "-n", name.hex(), "-o", self.path("blob"))
        return self.content("blob")

    def activate(self, ek, blob, has_policy):
        with open(self.path("blob"), "wb") as file:
            file.write(blob)
        arguments = ["-c", self.path("ak"), "-C", ek, "-i", self.path("blob"), "-o",
                     self.path("activated")]
        try:
            if has_policy:
                self.run("startauthsession", "--policy-session", "-S", self.path("session"))
                self.run("policysecret", "-S", self.path("session"), "-c", "e")
                arguments += ["-P", "session:" + self.path("session")]
            self.run("activatecredential", *arguments)
        finally:
            self.flush()
            self.run("flushcontext", "-l")
        return self.content("activated")


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


class Activation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = Swtpm().start()
        cls.machine = Machine(cls.tpm)

    @classmethod
    def tearDownClass(cls):
        cls.tpm.close()

    def check(self, ek, has_policy, sizes):
        machine = self.machine
        public = machine.read_ek(ek)
        for size in sizes:
            secret = os.urandom(size)
            made = credential.make(public, machine.name, secret)
            self.assertEqual(machine.activate(ek, credential.blob(*made), has_policy), secret)
        secret = os.urandom(16)
        made = machine.make_elsewhere(machine.name, secret)
        self.assertEqual(machine.activate(ek, made, has_policy), secret)
        # Another key's name, and a bit of each part of what is sent.
        id_object, encrypted = credential.make(public, machine.name, secret)
        refused = [
            credential.make(public, flipped(machine.name, 9), secret),
            (flipped(id_object, 5), encrypted),
            (flipped(id_object, len(id_object) - 1), encrypted),
            (id_object, flipped(encrypted, len(encrypted) - 1)),
        ]
        for made in refused:
            with self.assertRaises(oracle.Refused):
                machine.activate(ek, credential.blob(*made), has_policy)
        self.assertEqual(
            machine.activate(ek, credential.blob(id_object, encrypted), has_policy), secret)

    def test_rsa_2048(self):
        self.check(RSA, True, [1, 20, 32])

    def test_ecc_p384(self):
        self.check(P384, False, [1, 32, 48])

    def test_ecc_p256(self):
        ek = self.machine.create("ek.p256", "createek", "-G", "ecc", "-u", self.machine.path("u"))
        self.check(ek, True, [1, 32])

    def test_rsa_3072(self):
        ek = self.machine.create("ek.3072", "createprimary", "-C", "e", "-G", "rsa3072:aes256cfb",
                                 "-g", "sha384")
        self.check(ek, False, [48])

    def test_ecc_p521(self):
        ek = self.machine.create("ek.p521", "createprimary", "-C", "e", "-G", "ecc521:aes256cfb",
                                 "-g", "sha512")
        self.check(ek, False, [64])

    def test_a_key_that_is_not_in_this_tpm(self):
        machine = self.machine
        with Swtpm(name="other", vm_uuid="0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d") as tpm:
            other = Machine(tpm)
            for ek, has_policy in ((RSA, True), (P384, False)):
                made = credential.make(other.read_ek(ek), machine.name, b"secret")
                with self.assertRaises(oracle.Refused):
                    machine.activate(ek, credential.blob(*made), has_policy)
                # And the other way round: its own EK, but our attestation key.
                with self.assertRaises(oracle.Refused):
                    other.activate(ek, credential.blob(*made), has_policy)
                made = credential.make(other.read_ek(ek), other.name, b"secret")
                self.assertEqual(other.activate(ek, credential.blob(*made), has_policy), b"secret")

    def test_the_attestation_key_as_ek(self):
        self.machine.run("readpublic", "-c", self.machine.path("ak"), "-f", "tpmt", "-o",
                         self.machine.path("ak.tpmt"))
        self.machine.flush()
        with self.assertRaisesRegex(oracle.Refused, "unsupported: EK: not a restricted decryption"):
            credential.make(self.machine.content("ak.tpmt"), self.machine.name, b"secret")


if __name__ == "__main__":
    unittest.main()
