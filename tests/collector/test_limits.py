#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a stranger can make a collector do for one request: an attacker without any code of ours."""

import contextlib
import datetime
import http.client
import json
import math
import os
import secrets
import sqlite3
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
import process  # noqa: E402
from collector import Collector  # noqa: E402
from software_client import SoftwareClient  # noqa: E402

CUT = (OSError, http.client.HTTPException, ValueError)
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


def keys_of(guest, publics, ek_count=1):
    """The members of a challenge whose EK certificate may be issued by any CA with one of these keys."""
    key = ec.generate_private_key(ec.SECP256R1())
    ek = serialization.load_der_public_key(oracle.command(
        "openssl", "pkey", "-in", guest.ek_key.key, "-pubout", "-outform", "DER"))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, f"vm:{guest.uuid}")])
    leaf = certificate(subject, ek, key, False)
    return {"eks": [{"public": client.encode(guest.content("p256.pub")),
                     "certificate": client.encode(leaf)}] * ek_count,
            "chain": [client.encode(certificate(NAME, public, key, True)) for public in publics]}


def eks_that_cost(guest):
    return keys_of(guest, [expensive_key()] * 8)


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
        answer = guest.challenge(**keys_of(guest, publics, ek_count))
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


class Case(unittest.TestCase):
    def start(self, config):
        self.collector = self.enterContext(Collector(config=config))
        self.token = self.collector.admin_token()

    def guest(self, vm=None):
        guest = SoftwareClient(self.collector.url(), vm or str(uuid.uuid4()))
        self.addCleanup(guest.close)
        return guest

    def vm(self, guest):
        return json.loads(self.collector.ask("GET", "/v1/vms/" + guest.uuid, token=self.token).text)

    def kept(self):
        """The numbers of all reports, as the export has them."""
        lines = self.collector.ask("GET", "/v1/export", token=self.token).text.splitlines()
        return [json.loads(line)["vtpm"]["report"] for line in lines]

    def refused(self, answer, status, limit):
        self.assertEqual((answer.status, answer.json.get("limit")), (status, limit), answer.json)
        text = self.collector.ask("GET", "/metrics", token=self.token).text
        self.assertGreater(metrics.parse(text)[f'{LIMITS}{{limit="{limit}"}}'], 0)


class Hour(Case):
    """What a VM that is known may have kept in an hour."""

    def test_unchanged_reports_are_noted(self):
        self.start("[store]\nreports-per-hour = 6\n")
        guest = self.guest()
        answers = [guest.report().json for _ in range(8)]
        self.assertEqual([answer["noted"] for answer in answers], 3 * [False] + 5 * [True])
        self.assertEqual([answer["report"] for answer in answers], [1, 2] + 6 * [3])
        # Each is judged; one that came without a receipt gets none of the report that it confirms.
        self.assertEqual({answer["verdict"]["reasons"][0]["code"] for answer in answers[1:]}, {"same-tpm"})
        self.assertEqual(["receipt" in answer for answer in answers], 3 * [True] + 5 * [False])
        self.assertEqual(self.kept(), [1, 2, 3])
        self.assertEqual(self.vm(guest)["head"], 3)
        text = self.collector.ask("GET", "/metrics", token=self.token).text
        self.assertEqual(metrics.parse(text)["vtpm_collector_reports_noted_total"], 5)

        def is_seen():
            guest.report()
            return self.vm(guest)["seen"] > self.vm(guest)["received"]
        self.assertTrue(process.wait_until(is_seen, 30))

    def test_what_changes_is_kept_longer_and_then_refused(self):
        self.start("[store]\nreports-per-hour = 6\n")
        guest = self.guest()
        for _ in range(3):
            guest.report()
        # Each tells of an event, so that it is not like the one before.
        numbers = [guest.report(event="soft-reboot").json["report"] for _ in range(3)]
        self.assertEqual(numbers, [4, 5, 6])
        answer = guest.report(event="soft-reboot")
        self.refused(answer, 429, "reports-per-hour")
        self.assertIn(int(answer.headers["Retry-After"]), range(3500, 7202))
        # Another VM has its own hour; and an operator who waits gets what he waits for.
        self.assertEqual(self.guest().report().json["noted"], False)
        self.collector.ask("POST", f"/v1/vms/{guest.uuid}/announcements",
                           json.dumps({"event": "soft-reboot", "confirm": True}), self.token,
                           **{"Content-Type": "application/json"})
        answer = guest.report()
        self.assertEqual((answer.status, answer.json["noted"]), (200, False), answer.json)

    def test_what_is_waited_for_has_an_end(self):
        """A guest that answers an operator's question again and again, with anything but an answer."""
        self.start("[store]\nreports-per-hour = 4\n")
        guest = self.guest()
        self.assertEqual(guest.report().status, 200)
        self.collector.ask("POST", f"/v1/vms/{guest.uuid}/announcements",
                           json.dumps({"event": "none", "confirm": True}), self.token,
                           **{"Content-Type": "application/json"})
        answers = [guest.report(event="soft-reboot") for _ in range(9)]
        self.assertEqual([answer.status for answer in answers], 7 * [200] + 2 * [429])
        self.refused(answers[-1], 429, "reports-per-hour")
        self.assertEqual(len(self.kept()), 8)

    def test_blanks(self):
        self.start("")
        guest = self.guest()
        answer = guest.challenge().json
        evidence = guest.evidence().replace(b"{", b"{" + 100000 * b" ", 1)
        self.refused(guest.post("/v1/reports", guest.prepare(answer, evidence=evidence)), 413, "blanks")


class Pending(Case):
    """VMs that nobody has accepted."""

    def test_number(self):
        self.start("[enrolment]\npolicy = approve\npending = 2\n")
        first, second, third = (self.guest() for _ in range(3))
        for guest in (first, second):
            self.assertEqual(guest.report().json["enrolment"], "pending")
        self.refused(third.report(), 429, "pending")
        self.assertEqual(self.collector.ask("GET", "/v1/vms/" + third.uuid, token=self.token).status, 404)
        # Who is there goes on, and keeps one report; who is accepted makes room.
        answers = [first.report().json for _ in range(3)]
        self.assertEqual([(answer["noted"], answer["report"]) for answer in answers], 3 * [(True, 1)])
        answer = self.collector.ask("POST", f"/v1/vms/{first.uuid}/acceptance", '{"report": 1}', self.token,
                                    **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertTrue(process.wait_until(lambda: third.report().status == 200, 30))
        self.assertEqual(first.report().json["enrolment"], "accepted")

    def test_who_is_let_in_begins_an_hour(self):
        """What others sent in its name while it waited is not charged to it."""
        self.start("[enrolment]\npolicy = approve\n[store]\nreports-per-hour = 4\n")
        guest = self.guest()
        for _ in range(5):
            guest.report(event="soft-reboot")
        self.refused(guest.report(event="soft-reboot"), 429, "reports-per-hour")
        number = self.kept()[-1]
        answer = self.collector.ask("POST", f"/v1/vms/{guest.uuid}/acceptance", json.dumps({"report": number}),
                                    self.token, **{"Content-Type": "application/json"})
        self.assertEqual(answer.status, 200, answer.text)
        self.assertEqual(guest.report(event="soft-reboot").json["noted"], False)

    def test_who_comes_later_is_a_claim(self):
        self.start("[enrolment]\npolicy = approve\n")
        first = self.guest()
        first.report()
        other = self.guest(first.uuid)
        answers = [other.report().json for _ in range(5)]
        self.assertEqual([answer["report"] for answer in answers], 5 * [None])
        self.assertTrue(all(answer["claim"] for answer in answers))
        self.assertEqual(self.kept(), [1])
        claims = json.loads(self.collector.ask(
            "GET", f"/v1/vms/{first.uuid}/claims", token=self.token).text)["claims"]
        self.assertEqual(len(claims), 1)


class FullStore(Case):
    """A store that has no room left but for what changes of the VMs that it knows."""

    def taken(self):
        path = os.path.join(self.collector.state, "collector.sqlite")
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=60)) as database:
            pages, unused, size = (database.execute(f"PRAGMA {name}").fetchone()[0]
                                   for name in ("page_count", "freelist_count", "page_size"))
        return (pages - unused) * size

    def test_known_vms_are_still_told(self):
        self.start("[store]\nmax-size = 16\nreports-per-hour = 0\nbytes-per-hour = 0\n")
        known = self.guest()
        known.report()
        known.report()

        def is_full():
            evidence = json.loads(known.evidence())
            evidence["padding"] = secrets.token_hex(120000)
            challenge = known.challenge(event="soft-reboot").json
            known.post("/v1/reports", known.prepare(challenge, evidence=client.to_json(evidence)))
            # What is packed takes less than was reckoned with: the next look at the file would find room.
            return self.taken() > (16 << 20) - 2600000 and self.collector.ask("GET", "/readyz").status == 503
        self.assertTrue(process.wait_until(is_full, 120))
        answer = self.collector.ask("GET", "/readyz")
        self.assertEqual((answer.status, json.loads(answer.text)["limit"]), (503, "store-size"))
        self.refused(self.guest().report(), 503, "store-size")
        known.report()
        for _ in range(3):
            answer = known.report()
            self.assertEqual((answer.status, answer.json["noted"]), (200, True), answer.json)
        # What changes is kept.
        answer = known.report(event="soft-reboot")
        self.assertEqual((answer.status, answer.json["noted"]), (200, False), answer.json)


if __name__ == "__main__":
    unittest.main()
