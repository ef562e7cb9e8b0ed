#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who becomes known, by each policy: real TPMs of two hosts with their own swtpm_localca, a client of no code
of ours, and the real collector."""

import json
import os
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import era12  # noqa: E402
import manufacture  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402

FILES = {"rsa2048": "ek-rsa2048.crt", "p384": "ek-secp384r1.crt"}


def certificates(tpm, *kinds):
    """The DER that swtpm_setup left beside the state."""
    found = {}
    for kind in kinds:
        with open(os.path.join(tpm.state, FILES[kind]), "rb") as file:
            found[kind] = file.read()
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read()


class Enrolment(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = manufacture.default_authority()
        cls.away = manufacture.Authority(os.path.join(process.temporary_directory("localca"), "away"))
        cls.uuid = str(uuid.uuid4())
        # One VM's TPM as each host makes it: only the CA tells them apart.
        cls.tpm = cls.enterClassContext(Swtpm(name="web", vm_uuid=cls.uuid, authority=cls.home))
        cls.foreign = cls.enterClassContext(Swtpm(name="web", vm_uuid=cls.uuid, authority=cls.away))

    def start(self, text, *authorities):
        self.collector = self.enterContext(Collector(config=f"[enrolment]\n{text}\n"))
        for authority in authorities:
            self.trust(authority)

    def trust(self, authority):
        for path in (authority.root, authority.issuer):
            answer = self.collector.ask("POST", "/v1/trust-cas", read(path),
                                        token=self.collector.admin_token())
            self.assertEqual(answer.status, 201, answer.text)

    def client(self, tpm=None, vm=None, **options):
        made = client.Client(self.collector.url(), (tpm or self.tpm).tcti, vm or self.uuid, **options)
        self.addCleanup(made.close)
        return made

    def check(self, answer, enrolment, reason):
        self.assertEqual(answer.status, 200, answer.json)
        self.assertEqual((answer.json["enrolment"], answer.json["verdict"]["reasons"][0]["code"]),
                         (enrolment, reason), answer.json)
        return answer.json["verdict"]["reasons"][0]["sentence"]

    def refused(self, answer, reason, words):
        self.assertIn(words, self.check(answer, "pending", reason))
        vm = self.vm()
        self.assertEqual((vm["enrolment"], vm["status"], vm["baseline"]), ("pending", "none", None))

    def vm(self):
        return json.loads(self.collector.ask("GET", "/v1/vms/" + self.uuid,
                                             token=self.collector.admin_token()).body)

    def accept(self, body):
        return self.collector.ask("POST", f"/v1/vms/{self.uuid}/acceptance", json.dumps(body),
                                  token=self.collector.admin_token(), **{"Content-Type": "application/json"})

    def command(self, name, *words):
        done = subprocess.run([PROGRAM, name, self.uuid, *words, "--url", self.collector.url(), "--state",
                               self.collector.state], capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def test_first_use(self):
        self.start("policy = first-use")
        self.check(self.client().report(), "accepted", "first-seen")

    def test_approve(self):
        self.start("policy = approve")
        guest = self.client()
        for _ in range(2):
            report = guest.report()
            self.refused(report, "enrolment-pending", "waits for an operator")
        # The newest report may be anybody's.
        self.assertEqual(self.accept({}).status, 409)
        status, out, err = self.command("accept")
        self.assertEqual((status, out), (3, ""))
        self.assertIn(f"{self.uuid} is not accepted yet: `vtpm-collector show {self.uuid}` lists its reports; accept "
                      "one with --report ID", err)
        status, out, _ = self.command("show")
        self.assertEqual(status, 3)
        ek = guest.fingerprint("rsa2048")
        self.assertIn(f"EK {ek[:32]} {ek[32:]}, by report #{report.json['report']} ", " ".join(out.split()))
        shown = json.loads(self.command("show", "--json")[1])
        self.assertEqual(shown["timeline"][0]["ek"], guest.fingerprint("rsa2048"))
        answer = self.accept({"report": report.json["report"]})
        self.assertEqual(answer.status, 200, answer.text)
        self.check(guest.report(), "accepted", "same-tpm")
        # Of whom nothing but the address is known.
        self.assertIsNotNone(self.client(self.foreign).report().json["claim"])
        self.assertRegex(" ".join(self.command("show")[1].split()), r"\), by 127\.0\.0\.1 ")

    def test_certificates_of_two_hosts(self):
        self.start("policy = ek-certificate", self.home)
        here = self.client(certificates=certificates(self.tpm, "rsa2048"))
        there = self.client(self.foreign, certificates=certificates(self.foreign, "rsa2048"))
        self.refused(there.report(), "ek-not-trusted", "does not count")
        self.trust(self.away)
        self.check(there.report(), "accepted", "first-seen")
        # Known now: whose certificate it is changes nothing.
        self.assertEqual(here.report().json["verdict"]["continuity"], "replaced")

    def old(self, tpm):
        """The certificate of its RSA EK as the TPM 1.2 era made them, by the CA that counts."""
        return era12.as_oaep(certificates(tpm, "rsa2048")["rsa2048"],
                             os.path.join(self.home.directory, "signkey.pem"))

    def test_certificate_of_the_tpm_12_era(self):
        """Its key is one for RSAES-OAEP, which libcrypto does not read: it is told as what it is, and an EK
        beside it whose certificate counts lets the VM in."""
        old = self.old(self.tpm)
        self.assertIn("rsaesOaep", oracle.command("openssl", "x509", "-inform", "DER", "-noout", "-text",
                                                  stdin=old).decode())
        self.start("policy = ek-certificate", self.home)
        self.refused(self.client(certificates={"rsa2048": old}).report(), "ek-not-trusted", "RSAES-OAEP")
        both = {"rsa2048": old, **certificates(self.tpm, "p384")}
        self.check(self.client(certificates=both, ek="rsa2048 p384").report(), "accepted", "first-seen")

    def test_certificate_of_the_tpm_12_era_in_a_tpm(self):
        """The same with the agent, which reads it out of the TPM and knows it for the EK's."""
        vm = str(uuid.uuid4())
        tpm = self.enterContext(Swtpm(name="old", vm_uuid=vm, authority=self.home))
        old = self.old(tpm)
        oracle.tpm2(tpm, "nvundefine", "-C", "p", "0x01c00002")
        oracle.tpm2(tpm, "nvdefine", "-C", "p", "-s", str(len(old)), "-a",
                    "ppwrite|ppread|ownerread|authread|no_da|platformcreate", "0x01c00002")
        oracle.tpm2(tpm, "nvwrite", "-C", "p", "-i", "-", "0x01c00002", stdin=old)
        status = agent.status(tpm=tpm)
        self.assertEqual(status.checks["ek-certificate"]["sentence"], "2 certificates for the EKs", status)
        self.start("policy = ek-certificate", self.home)
        for code, reason in ((0, "first-seen"), (0, "same-tpm")):
            result = agent.run("report", "--uuid", vm, "--url", self.collector.url(), "--json", tpm=tpm)
            self.assertEqual((result.code, result.json["reasons"][0]["code"]), (code, reason), result)
        answer = self.collector.ask("GET", "/v1/vms/" + vm, token=self.collector.admin_token())
        self.assertEqual(json.loads(answer.body)["enrolment"], "accepted")

    def test_no_certificate(self):
        self.start("policy = ek-certificate", self.home, self.away)
        self.refused(self.client().report(), "ek-not-trusted", "none was sent")

    def test_certificate_of_another_ek(self):
        """Of another kind's, and of another TPM's EK of the same kind, both for this VM."""
        self.start("policy = ek-certificate", self.home, self.away)
        for wrong in (certificates(self.tpm, "p384")["p384"],
                      certificates(self.foreign, "rsa2048")["rsa2048"]):
            self.refused(self.client(certificates={"rsa2048": wrong}).report(), "ek-not-trusted",
                         "does not count")

    def test_certificate_of_another_vm(self):
        self.start("policy = ek-certificate", self.home)
        other = self.uuid
        self.uuid = str(uuid.uuid4())
        guest = self.client(certificates=certificates(self.tpm, "rsa2048", "p384"), ek="rsa2048 p384")
        self.refused(guest.report(), "ek-not-trusted", f"it is of VM {other}")

    def test_second_ek_has_the_certificate(self):
        """The EK whose certificate counts is the one that must be proven, and that the VM is known by."""
        self.start("policy = ek-certificate", self.home)
        good, foreign = certificates(self.tpm, "p384"), certificates(self.foreign, "rsa2048")
        for shown in (good, {**good, **foreign}):
            with self.subTest(len(shown)):
                guest = self.client(ek="rsa2048 p384", certificates=shown)
                challenge = guest.challenge().json
                self.assertEqual(challenge["credential"]["ek_name"], guest.content("p384.name").hex())
        self.check(guest.post("/v1/reports", guest.prepare(challenge)), "accepted", "first-seen")
        self.assertEqual(self.vm()["eks"], [guest.fingerprint("p384")])

    def test_pending_by_its_first_ek(self):
        """Known by an EK that does not count, a VM is let in by one that does."""
        self.start("policy = ek-certificate", self.home)
        self.refused(self.client(ek="p256").report(), "ek-not-trusted", "none was sent")
        guest = self.client(ek="p256 rsa2048", certificates=certificates(self.tpm, "rsa2048"))
        self.check(guest.report(), "accepted", "first-seen")

    def test_certificate_that_the_tpm_cannot_prove(self):
        """Another TPM's EK and certificate, which do count, beside a TPM of its own."""
        self.start("policy = ek-certificate", self.away)
        guest = self.client(ek="p256")
        theirs = self.client(self.foreign, certificates=certificates(self.foreign, "rsa2048"))
        challenge = guest.challenge(eks=[guest.shown("p256"), theirs.shown("rsa2048")]).json
        self.assertEqual(challenge["credential"]["ek_name"], theirs.content("rsa2048.name").hex())
        for secret in (b"", bytes(32)):
            evidence = guest.evidence()
            attest, signature = guest.quote(evidence, client.decode(challenge["nonce"]), secret)
            answer = guest.post("/v1/reports", {
                "version": "1.0", "challenge": challenge["challenge"], "evidence": client.encode(evidence),
                "quote": {"attest": client.encode(attest), "signature": client.encode(signature)}})
            self.assertEqual(answer.json["verdict"]["continuity"], "unverified", answer.json)
            challenge = guest.challenge(eks=[guest.shown("p256"), theirs.shown("rsa2048")]).json
        self.assertEqual(self.collector.ask("GET", "/v1/vms/" + self.uuid,
                                            token=self.collector.admin_token()).status, 404)

    def test_allowlist(self):
        path = os.path.join(process.temporary_directory("allowlist"), "allowlist")
        with open(path, "w") as file:
            file.write("# nobody yet\n")
        self.start(f"policy = allowlist\nallowlist = {path}")
        guest = self.client(ek="p384 rsa2048")
        self.refused(guest.report(), "not-on-allowlist", self.uuid)
        self.collector.stop()
        with open(path, "w") as file:
            file.write(f"{uuid.uuid4()} {guest.fingerprint('p384')}\n"
                       f"{self.uuid} {64 * '0'}\n{self.uuid} {guest.fingerprint('rsa2048')}\n")
        self.start(f"policy = allowlist\nallowlist = {path}")
        guest.address = self.collector.url().split("//")[1]
        self.check(guest.report(), "accepted", "first-seen")
        self.assertEqual(self.vm()["eks"], [guest.fingerprint("rsa2048")])

    def test_rate(self):
        self.start("rate = 1")
        guest = self.client()
        self.check(guest.report(), "accepted", "first-seen")
        for _ in range(2):
            answer = guest.challenge(uuid=str(uuid.uuid4()))
            self.assertEqual((answer.status, answer.code, answer.json["limit"]),
                             (429, "too-many", "enrolment-rate"), answer.json)
            self.assertIn(int(answer.headers["Retry-After"]), range(1, 122))
        # Who is known does not wait for them.
        self.check(guest.report(), "accepted", "same-tpm")

    def test_strangers_do_not_silence_who_speaks_for_a_vm(self):
        self.start("rate = 4")
        guest = self.client()
        self.check(guest.report(), "accepted", "first-seen")
        for number in range(2, 7):
            guest.source = (f"127.0.0.{number}", 0)
            guest.challenge(uuid=str(uuid.uuid4()))
        self.assertEqual(guest.challenge(uuid=str(uuid.uuid4())).status, 429)
        made = subprocess.run([PROGRAM, "token", "make", "--url", self.collector.url(), "--state", self.collector.state],
                              input=self.uuid, capture_output=True, text=True, timeout=60, check=True).stdout
        other = self.client(tpm=self.foreign, token=made.split()[1])
        self.assertEqual(other.challenge().status, 201)

    def test_share_of_one_sender(self):
        def ask(source):
            guest.source = (source, 0)
            return guest.challenge(uuid=str(uuid.uuid4())).status
        self.start("rate = 12\n[http]\nconnections-per-address = 100")
        guest = self.client()
        self.assertEqual([ask("127.0.0.1") for _ in range(5)], [201, 201, 201, 429, 429])
        # What it was refused, others have.
        self.assertEqual([ask("127.0.0.2") for _ in range(4)], [201, 201, 201, 429])

    def test_no_shares_behind_a_balancer(self):
        self.start("rate = 12\n[http]\nconnections-per-address = 0")
        guest = self.client()
        self.assertEqual([guest.challenge(uuid=str(uuid.uuid4())).status for _ in range(13)],
                         12 * [201] + [429])

    def test_no_rate(self):
        self.start("rate = 0")
        guest = self.client()
        self.assertEqual({guest.challenge(uuid=str(uuid.uuid4())).status for _ in range(20)}, {201})


if __name__ == "__main__":
    unittest.main()
