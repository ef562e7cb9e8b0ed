#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reports that nothing signed, over HTTP: who may send them, that they only worsen what is shown, and that no
baseline comes of them. By the real agent with its TPM gone, and by the client of no code of ours."""

import json
import os
import ssl
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import client  # noqa: E402
import manufacture  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from client import BROKEN  # noqa: E402
from collector import Collector  # noqa: E402
from credentials import write, write_tokens  # noqa: E402
from swtpm import Swtpm  # noqa: E402

TOKENS = {"admin": "a" * 40, "viewer": "v" * 40, "agent": "g" * 40}
JSON = {"Content-Type": "application/json"}


class Distress(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("distress")
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.agent_token = write(os.path.join(cls.directory, "agent-token"), TOKENS["agent"] + "\n")

    def setUp(self):
        self.uuid = str(uuid.uuid4())
        self.tokens = write_tokens(os.path.join(self.directory, self.id()), TOKENS, vm=self.bound_to())
        self.collector = self.enterContext(Collector(config=f"[auth]\ntokens = {self.tokens}\n"))
        self.guest = client.Client(self.collector.url(), self.tpm.tcti, self.uuid, token=TOKENS["agent"])
        self.addCleanup(self.guest.close)

    def bound_to(self):
        return manufacture.TEMPLATE_UUID if "by_the_agent" in self.id() else self.uuid

    def send(self, token=TOKENS["agent"], vm=None, **changes):
        """(status, answer) of a distress report; by default one of a lost device."""
        changes = changes or {"session": BROKEN, "clock": BROKEN, "pcrs": BROKEN, "ak": BROKEN}
        message = {"version": "1.0", "uuid": vm or self.guest.uuid, "event": "none",
                   "evidence": client.encode(self.guest.evidence(**changes))}
        answer = self.collector.ask("POST", "/v1/reports", json.dumps(message), token, **JSON)
        return answer.status, json.loads(answer.body)

    def get(self, path):
        return json.loads(self.collector.ask("GET", path, token=TOKENS["viewer"]).body)

    def vm(self):
        return self.get("/v1/vms/" + self.guest.uuid)

    def report(self):
        answer = self.guest.report()
        self.assertEqual(answer.status, 200, answer.json)
        return answer.json["report"]

    def test_it_worsens_and_moves_nothing(self):
        first = self.report()
        before = self.vm()
        status, answer = self.send()
        self.assertEqual((status, answer["verdict"]["continuity"], answer["verdict"]["quote_verified"]),
                         (200, "missing", False), answer)
        seen = self.vm()
        self.assertEqual((seen["status"], seen["head"]), ("contraindicated", answer["report"]))
        for name in ("baseline", "eks", "ak_name", "enrolment", "reset_count", "clock_ms"):
            self.assertEqual(seen[name], before[name], name)
        self.assertEqual(seen["baseline"], first)
        kept = self.get(f"/v1/reports/{answer['report']}")
        self.assertEqual((kept["is_signed"], kept["reset_count"], kept["clock_ms"]), (False, None, None))
        # No operator makes a baseline of it either.
        answer = self.collector.ask("POST", f"/v1/vms/{self.guest.uuid}/acceptance",
                                    json.dumps({"report": answer["report"]}), TOKENS["admin"], **JSON)
        self.assertEqual(answer.status, 409, answer.text)
        # What is signed is believed again.
        self.report()
        self.assertEqual((self.vm()["status"], self.vm()["continuity"]), ("warning", "continuous"))

    def test_what_comes_again_is_over(self):
        """The same distress report, late or repeated, after the TPM answered in the same boot; not a new one, and not
        one of another boot."""
        self.report()
        broken = {name: BROKEN for name in ("session", "clock", "pcrs", "ak")}
        first = json.loads(self.guest.evidence())
        broken.update(guest=first["guest"], iat=first["iat"])
        self.assertEqual(self.send(**broken)[1]["verdict"]["continuity"], "missing")
        self.report()
        before = self.vm()
        status, answer = self.send(**broken)
        self.assertEqual((status, answer["report"], answer["verdict"]["reasons"][0]["code"]), (200, None, "overtaken"))
        self.assertEqual(self.vm(), before)
        other = dict(first["guest"], boot_id="8d7e3f3c-9b5b-4d0a-8d2f-3a1f6c1f7a10")
        self.assertEqual(self.send(**dict(broken, guest=other))[1]["verdict"]["continuity"], "missing")
        self.report()
        self.assertEqual(self.send()[1]["verdict"]["continuity"], "missing")

    def test_it_improves_nothing(self):
        self.report()
        self.send()
        before = self.vm()
        # The TPM's own quote left out: healthy, says whoever sends it.
        status, answer = self.send(smbios={"uuid": self.guest.uuid})
        self.assertEqual((status, answer["report"]), (200, None), answer)
        self.assertEqual(self.vm(), before)

    def test_event_and_name_stay(self):
        """It shows no event, and is no word of the guest."""
        self.report()
        answer = self.collector.ask("POST", f"/v1/vms/{self.guest.uuid}/announcements",
                                    json.dumps({"event": "hard-reboot"}), TOKENS["admin"], **JSON)
        self.assertEqual(answer.status, 201, answer.text)
        before = self.vm()
        self.assertEqual(self.send(session=BROKEN, clock=BROKEN, pcrs=BROKEN, ak=BROKEN,
                                   guest={"hostname": "elsewhere", "boot_id": client.BOOT_ID,
                                          "uptime_ms": 10 ** 12})[0], 200)
        seen = self.vm()
        self.assertEqual((seen["announced"], seen["hostname"]), (before["announced"], before["hostname"]))
        self.assertEqual(seen["continuity"], "missing")

    def test_of_another_vm(self):
        """Neither by the request nor by the evidence in it."""
        self.report()
        before = self.vm()
        other = str(uuid.uuid4())
        status, refused = self.send(vm=other)
        self.assertEqual((status, refused["detail"]), (403, "this credential is another VM's: use this VM's own"))
        self.assertEqual(self.send(session=BROKEN, smbios={"uuid": other})[0], 400)
        self.assertEqual(self.vm(), before)

    def test_of_nobody(self):
        self.assertEqual(self.send()[0], 404)
        self.assertEqual(self.get("/v1/vms")["vms"], [])

    def test_who_may(self):
        self.report()
        before = self.vm()
        for token, status in ((None, 401), ("x" * 40, 401), (TOKENS["viewer"], 403), (TOKENS["admin"], 403)):
            self.assertEqual(self.send(token)[0], status, token)
        self.assertEqual(self.vm(), before)
        self.assertEqual(self.send()[0], 200)

    def test_where_agents_need_no_token(self):
        """Then nobody proves to be one: not even with a token of another role."""
        with Collector(config="") as self.collector:
            self.guest.address = self.collector.url().split("//")[1]
            self.guest.token = None
            self.report()
            self.assertEqual(self.send(None)[0], 401)
            self.assertNotEqual(self.send(self.collector.admin_token())[0], 200)
            answer = self.collector.ask("GET", "/v1/vms/" + self.guest.uuid,
                                        token=self.collector.admin_token())
            self.assertNotEqual(json.loads(answer.body)["status"], "contraindicated")

    def test_client_certificate(self):
        authority = Authority(self.directory, "ours")
        server, key = authority.issue("server", "serverAuth")
        config = (f"[http]\ncertificate = {server}\nkey = {key}\nclient-ca = {authority.ca}\n"
                  f"[auth]\ntokens = {self.tokens}\n")
        context = ssl.create_default_context(cafile=authority.ca)
        self.collector.stop()
        with Collector(config=config, context=context, state=self.collector.state) as self.collector:
            self.assertEqual(self.send(None)[0], 401)
            context.load_cert_chain(*authority.issue("web-1", "clientAuth"))
            self.assertEqual(self.send(None)[0], 404)  # let in, but that VM is not known

    def test_by_the_agent(self):
        def report(tpm):
            return agent.run("report", "--json", "--uuid", manufacture.TEMPLATE_UUID, "--url",
                             self.collector.url(), "--token-file", self.agent_token, tpm=tpm)

        with Swtpm() as tpm:
            self.assertIn("first-seen", report(tpm).out)
            tpm.stop()
            result = report(tpm)
            self.assertEqual(result.code, 2, str(result))
            seen = self.get("/v1/vms/" + manufacture.TEMPLATE_UUID)
            self.assertEqual((seen["status"], seen["baseline"]), ("contraindicated", 1))
            tpm.start()
            self.assertIn("counters-moved", report(tpm).out)


if __name__ == "__main__":
    unittest.main()
