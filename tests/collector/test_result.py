#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Attestation results as a relying party takes them: verified by PyJWT with the keys that the collector publishes; who may
ask for them; keys that are rotated; and what `verify` says of keys that nobody made."""

import base64
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import time
import unittest

import jwt

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
import schemas  # noqa: E402
from filled_collector import Collector, Tampered, uuid  # noqa: E402

PROFILE = "tag:github.com,2023:veraison/ear"
TYPE = f'application/eat+jwt; eat_profile="{PROFILE}"'


def now_ms():
    return time.time_ns() // 1000000


def thumbprint(key):
    """RFC 7638."""
    text = json.dumps({name: key[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":"), sort_keys=True)
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


class Party:
    """Somebody who decides by results, and has no credential of this collector."""

    def __init__(self, collector):
        self.collector = collector

    def keys(self):
        status, headers, body = self.collector.request("GET", "/v1/jwks")
        if (status, headers["Content-Type"]) != (200, "application/jwk-set+json"):
            raise AssertionError((status, headers["Content-Type"], body))
        return json.loads(body)["keys"]

    def believe(self, token):
        """The claims; an exception of PyJWT where the token is not to be believed."""
        kid = jwt.get_unverified_header(token)["kid"]
        keys = {key["kid"]: jwt.PyJWK(key) for key in self.keys()}
        if kid not in keys:
            raise jwt.InvalidTokenError("the key is not published")
        return jwt.decode(token, keys[kid].key, algorithms=["ES256"], options={"require": ["iat", "exp"]})


def ask(collector, vm, query="", token=None):
    status, headers, body = collector.request("GET", f"/v1/vms/{uuid(vm)}/attestation-result{query}",
                                              token=token or collector.token)
    return status, headers["Content-Type"], body.decode()


def status_of(claims):
    return claims["submods"]["vtpm"]["ear.status"]


def verdict_of(claims):
    return claims["submods"]["vtpm"]["vtpm-agent.verdict"]


class Results(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(Collector())
        self.party = Party(self.collector)

    def result(self, vm, query=""):
        status, content, token = ask(self.collector, vm, query)
        self.assertEqual((status, content), (200, TYPE), token)
        return token

    def believed(self, vm, query=""):
        claims = self.party.believe(self.result(vm, query))
        self.assertEqual(schemas.complaints("attestation-result.schema.json", claims), [])
        return claims

    def test_it_is_verified_by_another_library(self):
        report = self.collector.report(1, at=now_ms() - 600000, is_baseline=True)
        token = self.result(1, "?nonce=c2VsZi1tYWRlLW5vbmNl")
        self.assertEqual(jwt.get_unverified_header(token)["typ"], "eat+jwt")
        claims = self.party.believe(token)
        self.assertEqual((claims["eat_profile"], claims["sub"], claims["eat_nonce"]),
                         (PROFILE, f"urn:uuid:{uuid(1)}", "c2VsZi1tYWRlLW5vbmNl"))
        self.assertTrue(0 <= time.time() - claims["iat"] < 60, claims)
        self.assertTrue(0 < claims["exp"] - time.time() <= 300)
        self.assertEqual(set(claims["ear.verifier-id"]), {"developer", "build"})
        appraisal = claims["submods"]["vtpm"]
        self.assertEqual((appraisal["ear.status"], appraisal["ear.trustworthiness-vector"]),
                         ("affirming", {"instance-identity": 2}))
        shown = self.collector.get(f"/v1/reports/{report}")
        verdict = verdict_of(claims)
        self.assertEqual(verdict["enrolment_policy"], self.collector.get("/v1/status")["enrolment"])
        self.assertEqual([verdict[name] for name in ("report", "hash", "continuity", "reason", "doubt", "received")],
                         [report, shown["hash"], "continuous", "same-tpm", None, shown["received"]])
        key, = self.party.keys()
        self.assertEqual(set(key), {"kty", "crv", "x", "y", "kid", "use", "alg"})
        self.assertEqual(key["kid"], thumbprint(key))

    def test_a_changed_one_is_refused(self):
        self.collector.report(1, at=now_ms(), status="contraindicated", continuity="replaced")
        header, body, signature = self.result(1).split(".")
        self.assertEqual(status_of(self.party.believe(".".join((header, body, signature)))), "contraindicated")
        text = base64.urlsafe_b64decode(body + "==").replace(b'"contraindicated"', b'"affirming"')
        forged = base64.urlsafe_b64encode(text).rstrip(b"=").decode()
        with self.assertRaises(jwt.InvalidSignatureError):
            self.party.believe(".".join((header, forged, signature)))

    def test_nothing_good_of_the_past(self):
        """What the page still shows as affirming."""
        hour = 3600000
        for vm, members, doubt in ((1, {"at": now_ms() - hour}, "old"),
                                   (2, {"at": now_ms(), "silent": now_ms() - hour}, "silent")):
            self.collector.report(vm, is_baseline=True, **members)
            claims = self.believed(vm)
            self.assertEqual((status_of(claims), verdict_of(claims)["doubt"]), ("none", doubt))
            self.assertEqual(verdict_of(claims)["status"], self.collector.get(f"/v1/vms/{uuid(vm)}")["status"])
            self.assertEqual(verdict_of(claims)["status"], "affirming")

    def test_an_announcement_and_an_acceptance(self):
        first = self.collector.report(1, at=now_ms(), is_baseline=True)
        path = f"/v1/vms/{uuid(1)}"
        self.collector.post(path + "/announcements", {"event": "live-migration", "timeout": 60}, 201)
        self.assertEqual((status_of(self.believed(1)), verdict_of(self.believed(1))["doubt"]), ("none", "awaited"))
        self.collector.post(path + "/announcements", {"event": "none"}, 201)
        self.assertEqual(status_of(self.believed(1)), "affirming")
        self.collector.post(path + "/acceptance", {"report": first}, 200)
        self.assertEqual(status_of(self.believed(1)), "none")

    def test_lost_reports(self):
        """An older copy of the database was put back, and reports came since: those of before are of the past."""
        self.collector.report(1, at=now_ms())
        self.collector.end_filler()
        self.collector.tamper(f"UPDATE forgotten SET report = {(1 << 32) + 5}")
        self.assertEqual(verdict_of(self.believed(1))["doubt"], "lost-report")
        self.collector.report(1, at=now_ms())
        self.assertEqual(status_of(self.believed(1)), "affirming")

    def test_a_forgotten_vm_has_none(self):
        self.collector.report(1, at=now_ms())
        self.result(1)
        self.collector.post(f"/v1/vms/{uuid(1)}/removal", {}, 200)
        self.assertEqual(ask(self.collector, 1)[:2], (404, "application/problem+json"))

    def test_who_may_ask(self):
        self.collector.report(1, at=now_ms())
        path = f"/v1/vms/{uuid(1)}/attestation-result"
        token, = self.collector.post("/v1/tokens", {"uuids": [uuid(1)]}, 201)["tokens"]
        self.assertEqual(self.collector.request("GET", path)[0], 401)
        self.assertEqual(self.collector.request("GET", path, token=token["token"])[0], 403)
        self.assertEqual(self.collector.request("POST", "/v1/jwks/rotation", {}, token=token["token"])[0], 403)
        self.assertEqual(self.collector.request("POST", "/v1/jwks/rotation", {})[0], 401)
        for nonce in ("short", "x" * 89, "white%20space", "%22quoted%22"):
            self.assertEqual(ask(self.collector, 1, f"?nonce={nonce}")[0], 400, nonce)

    def test_rotation(self):
        self.collector.report(1, at=now_ms())
        before = self.result(1)
        first, = self.party.keys()
        status, out, err = self.collector.run_command("result-key", "rotate")
        self.assertEqual((status, err), (0, ""))
        second = out.split()[0]
        after = self.result(1)
        self.assertEqual(jwt.get_unverified_header(after)["kid"], second)
        self.assertEqual([key["kid"] for key in self.party.keys()], [second, first["kid"]])
        self.assertEqual(self.collector.run_command("result-key", "list"), (0, f"{second}\n{first['kid']}\n", ""))
        self.assertEqual([status_of(self.party.believe(token)) for token in (before, after)], 2 * ["affirming"])
        with sqlite3.connect(self.collector.database) as database:
            secrets = dict(database.execute("SELECT until_ms = 0, secret FROM result_keys"))
        self.assertEqual((len(secrets[1]), secrets[0]), (32, b""))
        # A key that was stolen is believed no more.
        status, out, err = self.collector.run_command("result-key", "revoke")
        self.assertEqual((status, err, out.split(" ", 1)[1]),
                         (0, "", "signs from now on; earlier keys are published no more\n"))
        for token in (before, after):
            with self.assertRaisesRegex(jwt.InvalidTokenError, "not published"):
                self.party.believe(token)
        self.assertEqual(status_of(self.believed(1)), "affirming")
        # By no clock, also not by one that is set back.
        with sqlite3.connect(self.collector.database) as database:
            ends = {end for end, in database.execute("SELECT until_ms FROM result_keys WHERE until_ms != 0")}
        self.assertEqual(ends, {1})
        self.assertIsNone(self.collector.post("/v1/jwks/rotation", {"compromised": True}, 200)["others_until"])
        events = [event for event in self.collector.get("/v1/audit")["events"] if event["action"] == "result-key"]
        self.assertEqual([event["actor"] for event in events], ["collector"] + 3 * ["admin-token"])
        self.assertEqual(self.collector.run_command("verify")[0], 0)

    def test_a_word_that_is_no_boolean_rotates_nothing(self):
        keys = self.party.keys()
        for word in ("true", 1, None, []):
            self.collector.post("/v1/jwks/rotation", {"compromised": word}, 400)
        self.assertEqual(self.party.keys(), keys)
        self.collector.report(1, at=now_ms())
        self.collector.post(f"/v1/vms/{uuid(1)}/announcements", {"event": "none", "confirm": "true"}, 400)

    def test_it_stays_over_a_restart(self):
        key, = self.party.keys()
        port = self.collector.port
        self.collector.stop()
        self.collector.restart(port)
        self.assertEqual(self.party.keys(), [key])

    def test_confirm(self):
        self.collector.report(1, at=now_ms(), is_baseline=True)
        waiting = process.start(self.collector.command("confirm", uuid(1), "--event", "live-migration", "--json",
                                                       "--timeout", "120"),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertTrue(process.wait_until(
            lambda: self.collector.get(f"/v1/vms/{uuid(1)}")["announced"] is not None, 60))
        report = self.collector.report(1, at=now_ms(), status="warning", continuity="crashed")
        out, err = waiting.communicate(timeout=120)
        self.assertEqual(waiting.returncode, 1, err)
        answer = json.loads(out)
        self.assertEqual(answer["id"], report)
        claims = self.party.believe(answer["attestation_result"])
        self.assertEqual(verdict_of(claims)["report"], report)


class Keys(Tampered):
    """Keys that somebody puts into the store who can write to it."""

    @classmethod
    def fill(cls):
        cls.collector.report(1, at=now_ms())
        Party(cls.collector).keys()
        cls.collector.post("/v1/jwks/rotation", {}, 200)
        cls.first, cls.second = [key["kid"] for key in reversed(Party(cls.collector).keys())]
        cls.collector.end_filler()

    def check(self, statement, told):
        self.tamper(statement)
        status, lines = self.verify()
        self.assertEqual(status, 2, lines)
        self.assertIn(f"store: {told}", "\n".join(lines))

    def test_untouched(self):
        self.tamper()
        self.assertEqual(self.verify()[0], 0)

    def test_a_key_that_nobody_made(self):
        kid = base64.urlsafe_b64encode(b"k" * 32).rstrip(b"=").decode()
        self.check("INSERT INTO result_keys SELECT CAST('kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk' AS BLOB), made_ms + 1, 0, x, y,"
                   " secret FROM result_keys WHERE until_ms = 0",
                   f"the key {kid} of attestation results is not the one of its name")
        self.assertEqual(ask(self.collector, 1)[0], 503)

    def test_a_key_without_an_event(self):
        text = base64.urlsafe_b64encode(b"k" * 32).rstrip(b"=").decode()
        name = thumbprint({"crv": "P-256", "kty": "EC", "x": text, "y": text})
        number = base64.urlsafe_b64decode(name + "==").hex()
        self.check(f"UPDATE result_keys SET x = x'{'6b' * 32}', y = x'{'6b' * 32}', kid = x'{number}' WHERE until_ms = 0",
                   f"the key {name} of attestation results was made by no audit event")

    def test_an_old_key_that_stays(self):
        self.check("UPDATE result_keys SET until_ms = until_ms + 1 WHERE until_ms > 0",
                   f"the key {self.first} of attestation results is published for another time than the audit log says")

    def test_a_key_that_is_gone(self):
        self.check("DELETE FROM result_keys WHERE until_ms > 0",
                   f"the key {self.first} of attestation results is gone, and an audit event made it")

    def test_another_secret(self):
        self.tamper("UPDATE result_keys SET secret = randomblob(32) WHERE until_ms = 0")
        self.assertEqual(ask(self.collector, 1)[0], 503)


if __name__ == "__main__":
    unittest.main()
