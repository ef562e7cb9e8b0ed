#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Who may speak for a VM: everything that a stranger sends, by the client of no code of ours, and what comes of it.
Each case got something on the collector of protocol 1.0: docs/threat-model.md has the table."""

import hashlib
import json
import os
import ssl
import subprocess
import sys
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client  # noqa: E402
import process  # noqa: E402
import authority  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from software_client import SoftwareClient  # noqa: E402
from swtpm import Swtpm  # noqa: E402

JSON = {"Content-Type": "application/json"}
ADMIN, BOUND, FREE, HOST = "a" * 40, "b" * 40, "f" * 40, "h" * 40
BROKEN = {"error": {"code": "device-missing", "message": "no /dev/tpm0"}}


def write(path, text):
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, 0o600)
    return path


class Authority(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.other = cls.enterClassContext(Swtpm(name="other"))

    def setUp(self):
        self.uuid, self.directory = str(uuid.uuid4()), process.temporary_directory("authority")
        lines = (("admin", "ops", ADMIN, ""), ("agent", "web-1", BOUND, self.uuid), ("agent", "fleet", FREE, ""),
                 ("host", "host-1", HOST, ""))
        tokens = write(os.path.join(self.directory, "tokens"), "".join(
            f"{role} {name} {hashlib.sha256(token.encode()).hexdigest()} {vm}\n" for role, name, token, vm in lines))
        self.admin_token = write(os.path.join(self.directory, "admin"), ADMIN + "\n")
        self.collector = self.enterContext(Collector(config=f"[auth]\ntokens = {tokens}\n"))
        self.guest = self.client(self.tpm)

    def client(self, tpm, token=FREE, vm=None, **options):
        made = client.Client(self.collector.url(), tpm.tcti, vm or self.uuid, token=token, **options)
        self.addCleanup(made.close)
        return made

    def get(self, path):
        return json.loads(self.collector.ask("GET", path, token=ADMIN).body)

    def post(self, path, body):
        return self.collector.ask("POST", path, json.dumps(body), ADMIN, **JSON)

    def vm(self):
        return self.get("/v1/vms/" + self.uuid)

    def claims(self):
        return self.get(f"/v1/vms/{self.uuid}/claims")["claims"]

    def accept(self, **named):
        return self.post(f"/v1/vms/{self.uuid}/acceptance", named)

    def report(self, guest, continuity="continuous"):
        answer = guest.report()
        self.assertEqual(answer.status, 200, answer.json)
        self.assertEqual(answer.json["verdict"]["continuity"], continuity, answer.json)
        return answer.json

    def distress(self, token):
        message = {"version": "1.0", "uuid": self.uuid, "evidence": client.encode(
            self.guest.evidence(session=BROKEN, clock=BROKEN, pcrs=BROKEN, ak=BROKEN))}
        answer = self.collector.ask("POST", "/v1/reports", json.dumps(message), token, **JSON)
        self.assertEqual(answer.status, 200, answer.text)
        return json.loads(answer.body)

    def changes_nothing(self, send, continuity):
        """What it sends is a claim, and nothing else of the VM is another."""
        before = self.vm()
        timeline = self.get(f"/v1/vms/{self.uuid}/reports")
        answer = send()
        self.assertEqual((answer["report"], answer["verdict"]["continuity"]), (None, continuity), answer)
        after = self.vm()
        self.assertGreater(after.pop("claimed_ms"), before.pop("claimed_ms") or 0)
        self.assertEqual(after, before)
        self.assertEqual(self.get(f"/v1/vms/{self.uuid}/reports"), timeline)
        return answer["claim"]


class Claims(Authority):
    def test_a_stranger_changes_nothing(self):
        self.report(self.guest, "first-seen")
        self.post(f"/v1/vms/{self.uuid}/announcements", {"event": "hard-reboot"})
        number = self.changes_nothing(lambda: self.report(self.client(self.other), "replaced"), "replaced")
        claim, = self.claims()
        stranger = self.client(self.other)
        self.assertEqual((claim["id"], claim["continuity"], claim["reason"], claim["sender"]),
                         (number, "replaced", "ek-changed",
                          {"role": "agent", "name": "fleet", "address": "127.0.0.1"}))
        self.assertEqual(claim["keys"], {"ek": stranger.fingerprint("rsa2048"),
                                         "ak_name": stranger.content("ak.name").hex()})
        self.report(self.guest)

    def test_another_attestation_key(self):
        """With the VM's own EK: it is kept, and shown."""
        policy = os.path.join(self.directory, "policy")
        with open(policy, "wb") as file:
            file.write(32 * b"\1")
        self.report(self.guest, "first-seen")
        other = self.client(self.tpm, ak=("-L", policy))
        self.changes_nothing(lambda: self.report(other, "unverified"), "unverified")
        self.assertEqual(self.claims()[0]["reason"], "ak-changed")

    def test_distress_of_an_agent_of_any_vm(self):
        self.report(self.guest, "first-seen")
        self.changes_nothing(lambda: self.distress(FREE), "missing")
        self.assertIsNone(self.claims()[0]["keys"])
        for token in (BOUND, HOST):
            self.assertIsNotNone(self.distress(token)["report"])
            self.assertEqual(self.vm()["continuity"], "missing")

    def test_bounded(self):
        """Eight senders: nobody pushes out who claimed before, with the same credential from other addresses either."""
        self.report(self.guest, "first-seen")
        real = self.client(self.other)
        real.source = ("127.0.0.2", 0)
        number = self.report(real, "replaced")["claim"]
        stranger = SoftwareClient(self.collector.url(), self.uuid, token=FREE)
        self.addCleanup(stranger.close)
        for i in range(9):
            stranger.disconnect()
            stranger.source = (f"127.0.1.{i + 1}", 0)
            last = self.report(stranger, "replaced")["claim"]
        shown = self.claims()
        self.assertEqual((len(shown), shown[0]["id"], shown[-1]["id"]), (8, last, number))
        self.assertEqual(self.report(real, "replaced")["claim"], number)
        self.assertEqual(self.accept(claim=number).status, 200)
        self.report(real, "first-seen")

    def test_accept_takes_what_is_named(self):
        first = self.report(self.guest, "first-seen")["report"]
        stranger = self.client(self.other)
        named = self.report(stranger, "replaced")["claim"]
        # Without a name it is the VM's own.
        answer = self.accept()
        self.assertEqual((answer.status, json.loads(answer.body)["baseline"]), (200, first), answer.text)
        self.assertEqual(json.loads(answer.body)["dropped"], [named])
        self.assertEqual((self.vm()["ak_name"], self.claims()), (self.guest.content("ak.name").hex(), []))
        answer = self.accept(claim=named)
        self.assertEqual(answer.status, 404)
        self.assertIn("or an acceptance dropped it", answer.text)
        # Other keys that came after it was looked at have another number.
        before = SoftwareClient(self.collector.url(), self.uuid, token=FREE)
        self.addCleanup(before.close)
        named = self.report(before, "replaced")["claim"]
        later = self.report(stranger, "replaced")["claim"]
        self.assertEqual(self.report(stranger, "replaced")["claim"], later)
        self.assertEqual(self.accept(claim=named).status, 404)
        self.assertEqual(self.accept(claim=later, report=first).status, 400)
        answer = self.accept(claim=later, comment="the host was rebuilt")
        self.assertEqual((answer.status, json.loads(answer.body)["baseline"]), (200, None), answer.text)
        event = self.get("/v1/audit")["events"][-1]
        self.assertEqual((event["action"], event["detail"]),
                         ("accept", f"claim {later} by fleet from 127.0.0.1: the host was rebuilt"))
        self.assertEqual((self.vm()["continuity"], self.vm()["baseline"], self.claims()), ("first-seen", None, []))
        answer = self.accept()
        self.assertEqual(answer.status, 409)
        self.assertIn("accept one with --report ID or --claim ID", answer.text)
        self.report(stranger, "first-seen")
        self.report(stranger)
        self.report(self.guest, "replaced")

    def test_sender_of_each_report(self):
        number = self.report(self.guest, "first-seen")["report"]
        shown = self.get(f"/v1/reports/{number}")
        self.assertEqual(shown["sender"], {"role": "agent", "name": "fleet", "address": "127.0.0.1"})
        self.assertLess(abs(shown["challenged_ms"] / 1000 - time.time()), 30)
        line = json.loads(self.collector.ask("GET", "/v1/export", token=ADMIN).text.splitlines()[0])
        self.assertEqual((line["vtpm"]["sender"], line["vtpm"]["is_intact"]), (shown["sender"], True))
        self.report(self.client(self.tpm, token=HOST))
        self.assertEqual(self.get(f"/v1/vms/{self.uuid}/reports")["reports"][0]["sender"]["role"], "host")


class MaySpeak(Authority):
    def test_replaced(self):
        """By the VM's own credential, and by its host's."""
        self.report(self.guest, "first-seen")
        for token, name in ((BOUND, "web-1"), (HOST, "host-1")):
            with self.subTest(name):
                answer = self.report(self.client(self.other, token=token), "replaced")
                self.assertEqual(self.get(f"/v1/reports/{answer['report']}")["sender"]["name"], name)
                self.assertEqual((self.vm()["status"], self.claims()), ("contraindicated", []))
                self.assertEqual(self.vm()["ak_name"], self.guest.content("ak.name").hex())
                # Whose keys these are is an operator's to say, and he names them.
                self.assertEqual(self.accept().status, 200)
                self.report(self.guest)

    def test_of_another_vm(self):
        """A VM's own credential is good for nothing else: neither a challenge, nor another's challenge."""
        self.assertEqual(self.client(self.tpm, token=BOUND, vm=str(uuid.uuid4())).challenge().status, 403)
        other = self.client(self.other, vm=str(uuid.uuid4()))
        report = other.prepare(other.challenge().json)
        other.token = BOUND
        self.assertEqual(other.post("/v1/reports", report).status, 403)

    def test_lines_of_tokens(self):
        digest = hashlib.sha256(b"x").hexdigest()
        for line in (f"agent a {digest} no-uuid", f"host h {digest} {self.uuid}", f"viewer v {digest} {self.uuid}",
                     f"agent a {digest} {self.uuid} more"):
            with self.subTest(line):
                path = write(os.path.join(self.directory, "wrong"), line + "\n")
                with self.assertRaisesRegex(RuntimeError, "line 1"):
                    Collector(config=f"[auth]\ntokens = {path}\n").start()


class CertificateAndToken(unittest.TestCase):
    def test_the_bond_stays(self):
        """Whatever token is beside a VM's own certificate, it speaks for no other VM."""
        directory, ours, another = process.temporary_directory("bond"), str(uuid.uuid4()), str(uuid.uuid4())
        ca = authority.Authority(directory, "ca")
        server, own = ca.issue("server", "serverAuth"), ca.issue(ours, "clientAuth")
        lines = (("viewer", "looks", "v" * 40, ""), ("agent", "fleet", FREE, ""), ("agent", "other", BOUND, another))
        tokens = write(os.path.join(directory, "tokens"), "".join(
            f"{role} {name} {hashlib.sha256(token.encode()).hexdigest()} {vm}\n" for role, name, token, vm in lines))
        context = ssl.create_default_context(cafile=ca.ca)
        context.load_cert_chain(*own)
        config = (f"[http]\ncertificate = {server[0]}\nkey = {server[1]}\nclient-ca = {ca.ca}\n"
                  f"[auth]\ntokens = {tokens}\n")
        with Collector(config=config, context=context) as collector:
            for vm, token, status in (
                    (ours, None, 201), (another, None, 403), (ours, FREE, 201), (another, FREE, 403),
                    (ours, "v" * 40, 403), (another, "v" * 40, 403), (ours, BOUND, 401), (another, BOUND, 401),
                    (ours, "wrong" * 8, 401)):
                with self.subTest(ours=vm == ours, token=token):
                    guest = SoftwareClient(collector.url(), vm, token=token, context=context)
                    self.addCleanup(guest.close)
                    self.assertEqual(guest.challenge().status, status)


class Confirm(Authority):
    def start(self, *words):
        asked = len(self.get("/v1/audit")["events"])
        child = process.start(
            [PROGRAM, *words[:1], self.uuid, *words[1:], "--url", self.collector.url(), "--token-file",
             self.admin_token], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertTrue(process.wait_until(
            lambda: child.poll() is not None or len(self.get("/v1/audit")["events"]) > asked, 20))
        return child

    def end(self, child):
        out, err = child.communicate(timeout=60)
        return process.reap(child), out, err

    def test_challenged_before(self):
        """It may be of before the event, whenever it comes."""
        self.report(self.guest, "first-seen")
        late = self.guest.prepare(self.guest.challenge().json)
        child = self.start("confirm", "--event", "live-migration", "--timeout", "3")
        answer = self.guest.post("/v1/reports", late)
        self.assertEqual((answer.json["verdict"]["continuity"], answer.json["verdict"]["event"]),
                         ("continuous", "none"))
        self.assertIsNotNone(self.vm()["announced"])
        status, out, err = self.end(child)
        self.assertEqual((status, out), (3, ""), err)
        self.assertIn("no report of", err)

    def test_a_stranger_beside_it(self):
        """While the VM's own vTPM answers, nobody causes an alarm."""
        self.report(self.guest, "first-seen")
        child = self.start("confirm", "--event", "live-migration", "--timeout", "60")
        self.report(self.client(self.other), "replaced")
        self.assertIsNone(child.poll())
        self.report(self.guest)
        status, out, err = self.end(child)
        # A warning: this client leaves most parts out.
        self.assertEqual((status, err), (1, ""), out)
        self.assertIn("CONTINUOUS", out)
        self.assertIsNone(self.vm()["announced"])

    def test_a_replacement_without_authority(self):
        """The known vTPM does not answer, and another one does."""
        self.report(self.guest, "first-seen")
        self.report(self.client(self.other), "replaced")  # not since it was asked
        for options in ((), ("--json",)):
            with self.subTest(options):
                child = self.start("confirm", "--event", "live-migration", "--timeout", "4", *options)
                number = self.report(self.client(self.other), "replaced")["claim"]
                status, out, err = self.end(child)
                self.assertEqual((status, err), (2, ""), out)
                if options:
                    shown = json.loads(out)
                    self.assertEqual((shown["status"], shown["id"], shown["claims"][0]["id"]),
                                     ("contraindicated", None, number))
                else:
                    self.assertIn("the known vTPM did not report, and another one reports as this VM", out)
                    self.assertIn(f"--claim {number}", " ".join(out.split()))

    def test_accept_names_what_it_drops(self):
        first = self.report(self.guest, "first-seen")["report"]
        number = self.report(self.client(self.other), "replaced")["claim"]
        for dropped in (f"; dropped: claim {number}", ""):
            self.assertEqual(self.end(self.start("accept")),
                             (0, f"report #{first} is now the baseline of {self.uuid}{dropped}\n", ""))

    def test_only_older_claims(self):
        self.report(self.guest, "first-seen")
        number = self.report(self.client(self.other), "replaced")["claim"]
        status, _, err = self.end(self.start("confirm", "--event", "none", "--timeout", "2"))
        self.assertEqual(status, 3)
        self.assertIn(f"others claimed to be it before (claim {number})", err)

    def test_an_unsigned_claim(self):
        """It shows no vTPM at all."""
        self.report(self.guest, "first-seen")
        child = self.start("confirm", "--event", "live-migration", "--timeout", "3")
        self.distress(FREE)
        status, out, err = self.end(child)
        self.assertEqual((status, err), (2, ""), out)
        self.assertIn("the known vTPM did not report, and somebody says, unsigned, that this VM has none",
                      " ".join(out.split()))
        self.assertNotIn("accept", out)

    def test_the_event_was_changed(self):
        """By another operator: a report that was judged for his event says nothing of this one."""
        self.report(self.guest, "first-seen")
        for word, event in (("announce", "hard-reboot"), ("confirm", "cold-migration")):
            with self.subTest(word):
                child = self.start("confirm", "--event", "live-migration", "--timeout", "60")
                other = self.start(word, "--event", event)
                number = self.report(self.guest)["report"]
                status, out, err = self.end(child)
                self.assertEqual((status, out), (3, ""), err)
                self.assertIn(f"announced {event} until ", err)
                self.assertIn(f"report #{number} was judged for that: ask again", err)
                self.assertEqual(self.end(other)[0], 0 if word == "announce" else 1)

    def test_forgotten_since(self):
        """What reports then is a new VM, even if it is asked the same again."""
        self.report(self.guest, "first-seen")
        child = self.start("confirm", "--event", "live-migration", "--timeout", "60")
        self.assertEqual(self.end(self.start("forget"))[0], 0)
        self.report(self.guest, "first-seen")
        self.assertEqual(self.end(self.start("announce", "--event", "live-migration"))[0], 0)
        self.report(self.guest)
        status, out, err = self.end(child)
        self.assertEqual((status, out), (3, ""), err)
        self.assertRegex(err, "had it forgotten after live-migration was asked for")

    def test_announced_before(self):
        """A migration cannot be seen, so that its announcement holds for its time; a reboot can."""
        self.report(self.guest, "first-seen")
        status, out, err = self.end(self.start("announce", "--event", "hard-reboot", "--for", "600"))
        self.assertEqual((status, err), (0, ""))
        self.assertIn(f"hard-reboot is announced for {self.uuid}, until ", out)
        self.assertEqual(self.end(self.start("announce", "--event", "none")),
                         (0, f"nothing is announced for {self.uuid} any more\n", ""))
        self.assertIsNone(self.vm()["announced"])
        self.end(self.start("announce", "--event", "hard-reboot", "--for", "600"))
        answer = self.report(self.guest)
        self.assertEqual(answer["verdict"]["event"], "none")
        self.assertEqual(self.vm()["announced"]["event"], "hard-reboot")
        self.end(self.start("announce", "--event", "live-migration"))
        for _ in range(2):
            self.assertEqual(self.report(self.guest)["verdict"]["event"], "live-migration")
        self.assertEqual(self.vm()["announced"]["event"], "live-migration")


del Authority

if __name__ == "__main__":
    unittest.main()
