#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a stranger can make a collector do for one request: an attacker without any code of ours."""

import datetime
import math
import os
import secrets
import sys
import unittest
import uuid

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import client  # noqa: E402
import metrics  # noqa: E402
import oracle  # noqa: E402
from collector import Collector  # noqa: E402
from software_client import SoftwareClient  # noqa: E402

LIMITS = "vtpm_collector_limits_total"
NAME = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "swtpm-localca")])


def certificate(subject, public, key, is_ca):
    """DER, issued under NAME; nothing in it tells one issuer of that name from another."""
    now = datetime.datetime(2020, 1, 1)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(NAME).public_key(public)
            .serial_number(x509.random_serial_number()).not_valid_before(now)
            .not_valid_after(now.replace(year=2100))
            .add_extension(x509.BasicConstraints(is_ca, None), True)
            .sign(key, hashes.SHA256()))
    return made.public_bytes(serialization.Encoding.DER)


def expensive_key():
    """RSA with a public exponent as long as the modulus: to verify costs what to sign does."""
    numbers = rsa.generate_private_key(65537, 3072).private_numbers()
    order = math.lcm(numbers.p - 1, numbers.q - 1)
    while True:
        exponent = secrets.randbits(3071) | 1 << 3070 | 1
        if math.gcd(exponent, order) == 1:
            return rsa.RSAPublicNumbers(exponent, numbers.public_numbers.n).public_key()


class Keys(unittest.TestCase):
    """policy = ek-certificate: certificates are verified before anybody is believed anything."""

    def setUp(self):
        self.collector = self.enterContext(
            Collector(config="[enrolment]\npolicy = ek-certificate\n"))
        self.url = self.collector.url()

    def counted(self, limit):
        answer = self.collector.ask("GET", "/metrics", token=self.collector.admin_token())
        return metrics.parse(answer.text)[f'{LIMITS}{{limit="{limit}"}}']

    def report(self, publics, ek_count=1):
        """The verdict on a VM whose EK certificate may be issued by any of these CAs."""
        guest = SoftwareClient(self.url, str(uuid.uuid4()))
        self.addCleanup(guest.close)
        key = ec.generate_private_key(ec.SECP256R1())
        ek = serialization.load_der_public_key(oracle.command(
            "openssl", "pkey", "-in", guest.ek_key.key, "-pubout", "-outform", "DER"))
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"vm:{guest.uuid}")])
        leaf = certificate(subject, ek, key, False)
        chain = [client.encode(certificate(NAME, public, key, True)) for public in publics]
        eks = [{"public": client.encode(guest.content("p256.pub")),
                "certificate": client.encode(leaf)}] * ek_count
        answer = guest.challenge(eks=eks, chain=chain)
        self.assertEqual(answer.status, 201, answer.json)
        answer = guest.post("/v1/reports", guest.prepare(answer.json))
        self.assertEqual((answer.status, answer.json["enrolment"]), (200, "pending"), answer.json)
        return answer.json["verdict"]["reasons"][0]

    def test_large_exponents(self):
        reason = self.report([expensive_key()] * 8)
        self.assertEqual(reason["code"], "ek-not-trusted")
        self.assertIn("limit key-size", reason["sentence"])
        self.assertEqual(self.counted("key-size"), 1)

    def test_many_issuers_of_one_name(self):
        publics = [ec.generate_private_key(ec.SECP256R1()).public_key() for _ in range(8)]
        self.report(publics)
        self.assertEqual(self.counted("verifications"), 0)
        reason = self.report(publics, 4)
        self.assertEqual(reason["code"], "ek-not-trusted")
        self.assertEqual(self.counted("verifications"), 1)


if __name__ == "__main__":
    unittest.main()
