#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The attestation key where the endorsement hierarchy does not let us in: of the owner hierarchy, whose
counters a TPM obfuscates; and none, where the owner's does not either."""

import base64
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

OTHER_BOOT = "11111111-2222-4333-8444-555555555555"


class Ladder(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        self.directory = process.temporary_directory("ladder")
        self.addCleanup(process.remove_directory, self.directory)
        self.baseline = os.path.join(self.directory, "baseline.json")

    def close(self, hierarchy):
        oracle.tpm2(self.tpm, "changeauth", "-c", hierarchy, "secret")

    def save(self):
        result = agent.run("baseline", "save", "--force", self.baseline, tpm=self.tpm)
        self.assertEqual(result.code, 0, result)

    def compare(self, continuity, code, *words):
        result = agent.run("compare", self.baseline, "--json", *words, tpm=self.tpm)
        self.assertEqual((result.json["continuity"], result.code), (continuity, code), result)
        return [reason["code"] for reason in result.json["reasons"]]

    def signed(self, evidence):
        """What tpm2-tools read in the attest."""
        path = os.path.join(self.directory, "attest")
        with open(path, "wb") as file:
            file.write(base64.b64decode(evidence["quote"]["attest"]))
        attest = oracle.tree(oracle.tpm2(self.tpm, "print", "-t", "TPMS_ATTEST", path))
        return {name: int(value) for name, value in attest["clockInfo"].items()}

    def lockout_counter(self):
        return oracle.tree(oracle.tpm2(self.tpm, "getcap", "properties-variable"))[
            "TPM2_PT_LOCKOUT_COUNTER"]

    def test_counters_are_obfuscated_by_the_same(self):
        self.close("e")
        seen = []
        for _ in range(3):
            evidence = agent.evidence(tpm=self.tpm).evidence
            self.assertEqual(evidence["ak"]["hierarchy"], "owner")
            seen.append((evidence["clock"], self.signed(evidence)))
            self.tpm.restart()
        for shown, signed in seen:
            self.assertLess(signed["clock"] - shown["clock_ms"], 10000)
            for name, ours in (("resetCount", "reset_count"), ("restartCount", "restart_count")):
                self.assertEqual((signed[name] - shown[ours]) % 2**32,
                                 (seen[0][1][name] - seen[0][0][ours]) % 2**32)
                self.assertNotEqual(signed[name], shown[ours])
        self.assertEqual(self.lockout_counter(), "0x0")

    def test_status_says_so(self):
        self.close("e")
        result = agent.status(tpm=self.tpm)
        self.assertEqual(result.checks["attestation"]["result"], "pass")
        self.assertIn("owner hierarchy, which obfuscates", result.checks["attestation"]["sentence"])

    def test_disabled_endorsement_hierarchy(self):
        oracle.tpm2(self.tpm, "hierarchycontrol", "-C", "p", "ehEnable", "clear")
        self.assertEqual(agent.evidence(tpm=self.tpm).evidence["ak"]["hierarchy"], "owner")

    def test_continuous(self):
        self.close("e")
        self.save()
        self.assertEqual(self.compare("continuous", 0, "--event", "live-migration"),
                         ["same-tpm", "counters-obfuscated"])

    def test_reset(self):
        self.close("e")
        self.save()
        self.tpm.restart()
        # Nothing was measured here, so that it may as well have been hibernated.
        self.assertEqual(self.compare("restarted", 1)[:3], ["suspended", "not-announced", "counters-moved"])
        with open(self.baseline) as file:
            baseline = json.load(file)
        baseline["guest"]["boot_id"] = OTHER_BOOT
        with open(self.baseline, "w") as file:
            json.dump(baseline, file)
        self.assertEqual(self.compare("restarted", 0, "--event", "soft-reboot"),
                         ["restarted-orderly", "rollback-not-excluded", "counters-obfuscated"])

    def test_rolled_back(self):
        self.close("e")
        self.tpm.stop()
        snapshot = self.tpm.snapshot()
        self.tpm.start()
        self.tpm.restart()
        self.save()
        self.tpm.stop()
        self.tpm.restore(snapshot)
        self.tpm.start()
        self.assertEqual(self.compare("rolled-back", 2)[0], "counters-behind")

    def test_cleared(self):
        """A clear takes the authorization away too: what quotes then is the endorsement's key."""
        self.close("e")
        self.save()
        oracle.tpm2(self.tpm, "clear", "-c", "p")
        self.assertEqual(self.compare("cleared", 2)[0], "owner-seed-changed")
        self.assertIn("counters-obfuscated", self.compare("cleared", 1, "--event", "clear"))
        self.close("e")
        self.assertEqual(self.compare("cleared", 2)[0], "owner-seed-changed")

    def test_replaced(self):
        self.close("e")
        self.save()
        with Swtpm(name="other") as self.tpm:
            self.assertEqual(self.compare("replaced", 2), ["ek-changed"])
            self.close("e")
            self.assertEqual(self.compare("replaced", 2), ["ek-changed"])

    def test_authorization_set_since(self):
        self.save()
        self.close("e")
        self.assertEqual(self.compare("unverified", 3), ["ak-hierarchy"])

    def test_no_rung_left(self):
        self.save()
        self.close("e")
        self.close("o")
        self.assertEqual(self.compare("unverified", 3), ["no-quote", "ek-only"])
        result = agent.status(tpm=self.tpm)
        sentence = result.checks["attestation"]["sentence"]
        self.assertIn("attestation key unavailable: endorsement hierarchy: ", sentence)
        self.assertIn("; owner hierarchy: ", sentence)
        self.assertEqual(result.evidence["ak"]["error"]["code"], "tpm-auth")
        self.assertTrue(result.evidence["eks"]["keys"])
        self.assertEqual(self.lockout_counter(), "0x0")
        with Swtpm(name="other") as self.tpm:
            self.close("e")
            self.close("o")
            self.assertEqual(self.compare("replaced", 2), ["ek-changed", "no-quote"])

    def test_nothing_is_reported_that_cannot_be_bound(self):
        self.close("e")
        result = agent.run("report", "--url", "http://127.0.0.1:1", tpm=self.tpm)
        self.assertEqual(result.code, 3, result)
        self.assertIn("of the owner hierarchy", result.err)


if __name__ == "__main__":
    unittest.main()
