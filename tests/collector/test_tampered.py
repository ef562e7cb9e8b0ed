#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What a client from the documents alone can do wrong, one thing at a time, with a real TPM that signs it: the
collector refuses each, and nothing changes."""

import hashlib
import json
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client  # noqa: E402
from client import decode, encode  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402


def flipped(text, at):
    data = bytearray(decode(text))
    data[at] ^= 1
    return encode(bytes(data))


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.other = cls.enterClassContext(Swtpm(name="other", vm_uuid=str(uuid.uuid4())))
        cls.collector = cls.enterClassContext(Collector())

    def client(self, tpm=None, vm=None, **options):
        made = client.Client(self.collector.url(), (tpm or self.tpm).tcti, vm or str(uuid.uuid4()), **options)
        self.addCleanup(made.close)
        return made

    def vm(self, guest):
        answer = self.collector.ask("GET", "/v1/vms/" + guest.uuid, token=self.collector.admin_token())
        return answer.status, json.loads(answer.body)

    def refused(self, guest, report, name):
        """It is told as an answer, not as an error of the protocol, and nothing else changes."""
        with self.subTest(name):
            before = self.vm(guest)
            answer = guest.post("/v1/reports", report)
            self.assertEqual(answer.status, 200, answer.json)
            verdict = answer.json["verdict"]
            self.assertEqual((verdict["continuity"], verdict["reasons"][0]["code"], answer.json["report"]),
                             ("unverified", "bad-quote", None), answer.json)
            self.assertFalse(verdict["quote_verified"])
            self.assertEqual(self.vm(guest), before)


class Reports(Case):
    """By a VM that is known: its TPM signs what it is told to, and the message is altered behind it."""

    def setUp(self):
        self.guest = self.client()
        # The same TPM for all: whose it was before does not matter to what is not proven.
        self.assertEqual(self.guest.report().status, 200)

    def variant(self, name, spoil=None, **options):
        report = self.guest.prepare(self.guest.challenge().json, **options)
        if spoil:
            spoil(report)
        self.refused(self.guest, report, name)

    def test_attest(self):
        def at(offset):
            def spoil(report):
                report["quote"]["attest"] = flipped(report["quote"]["attest"], offset)
            return spoil

        def length(change):
            def spoil(report):
                report["quote"]["attest"] = encode(change(decode(report["quote"]["attest"])))
            return spoil

        report = self.guest.prepare(self.guest.challenge().json)
        size = len(decode(report["quote"]["attest"]))
        # Magic, type, signer, nonce, clock, counters, firmware, selection, digest: each byte is signed.
        for offset in sorted({0, 4, 5, 6, 12, *range(16, size, 16), size - 1}):
            self.variant(f"byte {offset}", at(offset))
        self.variant("trailing byte", length(lambda attest: attest + b"\0"))
        self.variant("truncated", length(lambda attest: attest[:-1]))
        self.variant("cut to one byte", length(lambda attest: attest[:1]))

    def test_signature(self):
        def change(function):
            def spoil(report):
                report["quote"]["signature"] = encode(function(decode(report["quote"]["signature"])))
            return spoil

        for name, function in {"flipped": lambda s: s[:-1] + bytes([s[-1] ^ 1]),
                               "trailing byte": lambda s: s + b"\0",
                               "truncated": lambda s: s[:-1],
                               "another scheme": lambda s: b"\0\x14" + s[2:],
                               "another hash": lambda s: s[:2] + b"\0\x04" + s[4:],
                               "zeros": lambda s: s[:4] + b"\0\x20" + bytes(32) + b"\0\x20" + bytes(32),
                               "empty numbers": lambda s: s[:4] + bytes(4)}.items():
            self.variant(name, change(function))

    def test_evidence(self):
        def change(function):
            def spoil(report):
                evidence = decode(report["evidence"])
                self.assertNotEqual(function(evidence), evidence)
                report["evidence"] = encode(function(evidence))
            return spoil

        for name, function in {"a byte": lambda e: e.replace(b"client.py", b"client.pz"),
                               "white space": lambda e: e.replace(b'"iat": ', b'"iat":  '),
                               "trailing byte": lambda e: e + b"\n",
                               "another boot": lambda e: e.replace(client.BOOT_ID.encode(),
                                                                   str(uuid.uuid4()).encode())}.items():
            self.variant(name, change(function))


class Signed(Case):
    """The TPM signed the message as it is, but the message is wrong."""

    def setUp(self):
        self.guest = self.client()
        self.assertEqual(self.guest.report().status, 200)

    def variant(self, name, **options):
        self.refused(self.guest, self.guest.prepare(self.guest.challenge().json, **options), name)

    def pcrs(self, **values):
        return {"update_counter": 0, "rereads": 0, "is_consistent": True,
                "banks": {"sha256": {**self.guest.pcrs(), **values}}}

    def test_nonce(self):
        self.variant("another nonce", nonce=bytes(32))
        self.variant("no nonce", nonce=b"")
        before = decode(self.guest.challenge().json["nonce"])
        self.variant("another challenge's nonce", nonce=before)
        # Quoted for one's own challenge, sent for another one; and for another VM's.
        report = self.guest.prepare(self.guest.challenge().json)
        report["challenge"] = self.guest.challenge().json["challenge"]
        self.refused(self.guest, report, "another challenge")
        stranger = self.client(self.other)
        report = self.guest.prepare(self.guest.challenge().json)
        report["challenge"] = stranger.challenge().json["challenge"]
        self.refused(stranger, report, "another VM's challenge")

    def test_secret(self):
        self.variant("a secret where none was asked for", secret=bytes(32))
        stranger = self.client(self.other)
        for name, secret in (("no secret", b""), ("zeros", bytes(32)), ("too long", bytes(33))):
            report = stranger.prepare(stranger.challenge().json, secret=secret)
            self.refused(stranger, report, name)
        before = stranger.activate(stranger.challenge().json["credential"])
        self.refused(stranger, stranger.prepare(stranger.challenge().json, secret=before),
                     "another challenge's secret")

    def test_credential_is_for_one_key(self):
        """For the EK shown and the AK named: no other TPM or key gets the secret."""
        stranger = self.client(self.other, self.guest.uuid)
        credential = self.client().challenge().json["credential"]
        with self.assertRaises(RuntimeError):
            stranger.activate({**credential, "ek_name": stranger.content("rsa2048.name").hex()})
        self.guest.make_key("second", "-L", self.policy())
        fresh = self.guest.challenge(uuid=str(uuid.uuid4()), ak=encode(self.guest.content("second.pub"))).json
        with self.assertRaises(RuntimeError):
            self.guest.activate(fresh["credential"])

    def policy(self):
        with open(self.guest.path("policy"), "wb") as file:
            file.write(32 * b"\1")
        return self.guest.path("policy")

    def test_what_is_quoted(self):
        self.variant("some of the PCRs", pcrs="sha256:0,1,2,3,4,5,6,7")
        self.variant("all but one", pcrs="sha256:" + ",".join(map(str, range(23))))
        self.variant("other values than shown", evidence=self.guest.evidence(pcrs=self.pcrs(**{"7": 64 * "a"})))
        fewer = self.pcrs()
        del fewer["banks"]["sha256"]["23"]
        self.variant("fewer than quoted", evidence=self.guest.evidence(pcrs=fewer))

    def test_what_is_told_besides(self):
        self.variant("another VM's evidence", smbios={"uuid": str(uuid.uuid4())})
        self.variant("no VM's evidence", smbios={"manufacturer": "QEMU"})
        for name, value in (("reset_count", 99), ("restart_count", 99), ("clock_ms", 2 ** 50)):
            self.variant(name, clock={**self.guest.clock(), name: value})

    def test_which_key(self):
        guest = self.guest
        guest.make_key("second", "-L", self.policy())
        guest.make_key("owner", hierarchy="o")
        self.variant("signed by another key", key="second")
        self.variant("signed by the other key that is shown", key="second",
                     evidence=guest.evidence(ak=guest.ak_part("second")))
        self.variant("another key is shown", evidence=guest.evidence(ak=guest.ak_part("second")))
        # The key may be asked for, its hierarchy shows in what it signs.
        challenge = guest.challenge(ak=encode(guest.content("owner.pub"))).json
        secret = guest.activate(challenge["credential"], "owner")
        self.assertEqual(len(secret), 32)
        evidence = json.loads(guest.evidence(ak=guest.ak_part("owner")))
        del evidence["clock"]  # which its quote would contradict
        self.refused(guest, guest.prepare(challenge, secret=secret, key="owner",
                                          evidence=json.dumps(evidence).encode()),
                     "a key of the owner's hierarchy")

    def test_another_attestation(self):
        """The AK signs other structures, too: with the right nonce, but it is no quote."""
        guest = self.guest
        challenge = guest.challenge().json
        evidence = guest.evidence()
        qualifying = hashlib.sha256(b"vtpm-report-v1\0" + decode(challenge["nonce"])
                                    + hashlib.sha256(evidence).digest()).hexdigest()
        guest.tpm2("gettime", "-c", guest.path("ak"), "-q", qualifying, "-g", "sha256", "-o",
                   guest.path("signature"), "-f", "tss", "--attestation", guest.path("attest"))
        guest.flush()
        report = guest.prepare(challenge)
        report["evidence"] = encode(evidence)
        for name in ("attest", "signature"):
            report["quote"][name] = encode(guest.content(name))
        self.refused(guest, report, "TPM2_GetTime")


class Keys(Case):
    """Keys that prove nothing are refused before anything is made for them."""

    def check(self, name, message, **changes):
        with self.subTest(name):
            answer = self.guest.challenge(**changes)
            self.assertEqual((answer.status, answer.code), (422, "unusable-key"), answer.json)
            self.assertRegex(answer.json["detail"], message)

    def setUp(self):
        self.guest = self.client()

    def test_attestation_keys(self):
        plain = client.AK_ATTRIBUTES
        for name, options in {
                "not restricted": {"attributes": plain.replace("|restricted", "")},
                "may be duplicated": {"attributes": "sensitivedataorigin|userwithauth|noda|restricted|sign"},
                "decrypts": {"attributes": plain.replace("|sign", "|decrypt"),
                             "kind": "ecc:null:aes128cfb"},
                "RSA": {"kind": "rsa2048:rsassa-sha256:null"},
                "P-384": {"kind": "ecc384:ecdsa-sha256:null"},
                "RSASSA's place taken by ECSCHNORR": {"kind": "ecc:ecschnorr-sha256:null"},
        }.items():
            self.guest.make_key("bad", **options)
            self.check(name, "^ak: ", ak=encode(self.guest.content("bad.pub")))
        ak = self.guest.content("ak.pub")
        for name, area in {"none": b"", "cut": ak[:-1], "trailing byte": ak + b"\0", "one byte": ak[:1]}.items():
            self.check(name, "^ak: ", ak=encode(area))

    def test_uuids(self):
        for name in ("00000000-0000-0000-0000-000000000000", "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
                     "03000200-0400-0500-0006-000700080009"):
            report = {"version": "1.0", "uuid": name, "event": "none", "evidence": encode(b"{}")}
            for answer in (self.guest.challenge(uuid=name), self.guest.post("/v1/reports", report)):
                self.assertEqual((answer.status, answer.code), (400, "malformed"), answer.json)
                self.assertRegex(answer.json["detail"], f"uuid: {name.lower()} is a placeholder")

    def test_endorsement_keys(self):
        rsa = self.guest.content("rsa2048.pub")
        self.guest.make_key("rsa1024", kind="rsa1024:null:aes128cfb",
                            attributes="fixedtpm|fixedparent|sensitivedataorigin|userwithauth|restricted|decrypt")
        at = rsa.index(b"\0\x06\0\x80\0\x43\0\x10\x08\0") + 10  # symmetric, scheme, bits; then the exponent
        self.assertEqual(rsa[at:at + 4], bytes(4))
        for name, area in {"RSA 1024": self.guest.content("rsa1024.pub"), "cut": rsa[:-1],
                           "trailing byte": rsa + b"\0", "one byte": rsa[:1],
                           "exponent 1": rsa[:at] + b"\0\0\0\1" + rsa[at + 4:],
                           "exponent 3": rsa[:at] + b"\0\0\0\3" + rsa[at + 4:],
                           "a signing key": self.guest.content("ak.pub")}.items():
            self.check(name, "^eks", eks=[{"public": encode(area)}])


class Messages(Case):
    """Requests that are none: 400, and which member it is."""

    def check(self, answer, code, words):
        self.assertEqual((answer.status, answer.code), (400, code), answer.json)
        self.assertIn(words, answer.json["detail"])

    def test_challenges(self):
        guest = self.client()
        ek = guest.shown("rsa2048")
        for words, changes in (("uuid", {"uuid": "x"}), ("uuid", {"uuid": None}), ("event", {"event": "party"}),
                               ("ak", {"ak": "%%%%"}), ("eks", {"eks": []}),
                               ("eks", {"eks": 5 * [ek]}), ("eks", {"eks": [{}]}),
                               ("eks", {"eks": [{**ek, "certificate": encode(bytes(5000))}]}),
                               ("chain", {"chain": 9 * [encode(b"x")]}), ("chain", {"chain": [1]}),
                               ("version", {"version": 1})):
            with self.subTest(changes):
                self.check(guest.challenge(**changes), "malformed", words)
        self.check(guest.challenge(version="2.0"), "unsupported-version", "2.0")
        # What a later minor version adds is no fault.
        self.assertEqual(guest.challenge(version="1.7", new={"a": 1}).status, 201)

    def test_reports(self):
        guest = self.client()
        good = guest.prepare(guest.challenge().json)
        evidence = decode(good["evidence"])
        for words, changes in (
                ("challenge", {"challenge": "0" * 31}), ("challenge", {"challenge": None}),
                ("quote", {"quote": None}), ("attest", {"quote": {"signature": good["quote"]["signature"]}}),
                ("signature", {"quote": {"attest": good["quote"]["attest"]}}),
                ("attest", {"quote": {**good["quote"], "attest": encode(bytes(1025))}}),
                ("uuid", {"uuid": guest.uuid}), ("evidence", {"evidence": None}),
                ("evidence", {"evidence": good["evidence"][:76] + "\n" + good["evidence"][76:]}),
                ("evidence", {"evidence": encode(bytes(262145))}),
                ("format", {"evidence": encode(evidence.replace(b"vtpm-evidence", b"evidence"))}),
                ("duplicate", {"evidence": encode(evidence.replace(b'"iat"', b'"agent"'))})):
            with self.subTest(words):
                sent = {name: value for name, value in {**good, **changes}.items() if value is not None}
                answer = guest.post("/v1/reports", sent)
                self.assertEqual((answer.status, answer.code), (400, "malformed"), answer.json)
                self.assertIn(words, answer.json["detail"])
        for body in (b"{", b"[]", b"null", b"\xff" * 9, b'{"version": "1.0", "version": "1.0"}'):
            self.check(guest.post("/v1/reports", body), "malformed", "")
        # None of them has spent the challenge.
        self.assertEqual(guest.post("/v1/reports", good).status, 200)


if __name__ == "__main__":
    unittest.main()
