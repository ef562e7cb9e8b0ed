#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Whoever may give the agent a nonce has it sign what he chose; that is no report's quote, whatever he chose."""

import base64
import hashlib
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


class ChosenNonce(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(collector.Collector())
        self.tpm = self.enterContext(Swtpm())

    def post(self, path, body):
        answer = self.collector.ask("POST", path, json.dumps(body), **{"Content-Type": "application/json"})
        self.assertIn(answer.status, (200, 201), answer.text)
        return json.loads(answer.text)

    def agent_report(self):
        return agent.run("report", "--url", self.collector.url(), "--uuid", UUID, "--json", tpm=self.tpm).json

    def test_a_reports_digest(self):
        self.assertEqual(self.agent_report()["continuity"], "first-seen")
        document = agent.evidence(tpm=self.tpm).json
        challenge = self.post("/v1/challenges", {
            "version": "1.1", "uuid": UUID, "ak": document["ak"]["key"]["public"],
            "eks": [{"public": ek["public"]} for ek in document["eks"]["keys"]]})
        self.assertIsNone(challenge["credential"])  # activated before: nothing else is missing to a report
        del document["quote"]
        document["smbios"] = {"uuid": UUID}
        document["guest"]["hostname"] = "as-i-like"
        evidence = json.dumps(document).encode()
        chosen = hashlib.sha256(b"vtpm-report-v1\0" + base64.b64decode(challenge["nonce"])
                                + hashlib.sha256(evidence).digest())
        quote = agent.evidence("--nonce", chosen.hexdigest(), tpm=self.tpm).json["quote"]
        answer = self.post("/v1/reports", {
            "version": "1.1", "challenge": challenge["challenge"], "evidence": base64.b64encode(evidence).decode(),
            "quote": {name: quote[name] for name in ("attest", "signature")}})
        self.assertIsNone(answer["report"])
        self.assertEqual(answer["verdict"]["continuity"], "unverified")
        self.assertIn("not for this nonce", answer["verdict"]["reasons"][0]["sentence"])
        # And the agent's own reports go on.
        self.assertEqual(self.agent_report()["continuity"], "continuous")


if __name__ == "__main__":
    unittest.main()
