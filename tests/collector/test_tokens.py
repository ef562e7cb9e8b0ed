#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""VMs' own tokens: made in bulk, found among many, for one VM alone, revoked."""

import base64
import contextlib
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from filled_collector import Collector, uuid  # noqa: E402

NOBODY = uuid(999999)
VM = "7a3f1f6e-3c11-4b55-9a60-0123456789ab"


def digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def made_detail(token):
    return f"made, SHA-256 {digest(token)}"


class Tokens(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())

    def make(self, text, *words):
        done = subprocess.run(self.collector.command("token", "make", *words), input=text, capture_output=True,
                              text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def tokens(self, numbers):
        status, out, err = self.make("".join(uuid(number) + "\n" for number in numbers))
        self.assertEqual((status, err), (0, ""))
        return dict(line.split("\t") for line in out.splitlines())

    def distress(self, vm, token):
        """What an agent that has no TPM says; unsigned, so that whose token it is decides. 404: it is heard."""
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "evidence", "swtpm.json"),
                  "rb") as file:
            evidence = json.load(file)
        evidence["smbios"] = {"uuid": vm}
        evidence.pop("quote", None)
        body = {"version": "1.0", "uuid": vm, "event": "none",
                "evidence": base64.b64encode(json.dumps(evidence).encode()).decode()}
        return self.collector.request("POST", "/v1/reports", body, token=token)[0]

    def file(self, token):
        path = os.path.join(process.temporary_directory("token"), "token")
        with open(path, "w") as file:
            file.write(token + "\n")
        return path

    def why(self, token):
        """Of a refusal."""
        return json.loads(self.collector.request("POST", "/v1/reports", {}, token=token)[2])["detail"]

    def test_many(self):
        """More than the configuration holds; each is found, and only its digest is kept."""
        made = self.tokens(range(1, 702))
        self.assertEqual(len(set(made.values())), 701)
        for vm in (uuid(1), uuid(350), uuid(701)):
            self.assertEqual(self.distress(vm, made[vm]), 404, vm)
            self.assertEqual(self.distress(NOBODY, made[vm]), 403, vm)
        for path in ("/v1/vms", "/v1/tokens", "/metrics"):
            self.assertEqual(self.collector.request("GET", path, token=made[uuid(1)])[0], 403)
        with contextlib.closing(sqlite3.connect(self.collector.database)) as database:
            kept = {digest for digest, in database.execute("SELECT digest FROM tokens")}
        self.assertLessEqual({hashlib.sha256(token.encode()).digest() for token in made.values()}, kept)
        for name in os.listdir(self.collector.state):
            with open(os.path.join(self.collector.state, name), "rb") as file:
                self.assertNotIn(made[uuid(350)].encode(), file.read(), name)
        events = self.audit()
        self.assertLessEqual({("token", uuid(number), made_detail(made[uuid(number)])) for number in (1, 350, 701)},
                             {(event["action"], event["uuid"], event["detail"]) for event in events})
        self.assertEqual(self.collector.run_command("verify")[0], 0)

    def audit(self):
        events, after = [], 0
        while after is not None:
            page = self.collector.get(f"/v1/audit?limit=200&after={after}")
            events += page["events"]
            after = page.get("next")
        return events

    def test_one_is_revoked(self):
        status, out, _ = self.make(f"# two\n\n{VM.upper()} # with its comment\n{VM}\n", "--json", "-")
        self.assertEqual(status, 0)
        first, second = map(json.loads, out.splitlines())
        self.assertEqual(first["uuid"], VM)
        listed = self.collector.get(f"/v1/tokens?uuid={VM}")["tokens"]
        self.assertEqual([(token["uuid"], token["by"]) for token in listed], 2 * [(VM, "admin-token")])
        self.assertNotIn("token", listed[0])
        status, out, _ = self.collector.run_command("token", "revoke", str(listed[0]["id"]))
        self.assertEqual((status, out), (0, "1 revoked\n"))
        self.assertEqual(self.distress(VM, first["token"]), 401)
        self.assertEqual(self.why(first["token"]), "the token is not known here: revoked, or another collector's")
        self.assertEqual(self.why(self.collector.token), "this credential is not for that: the role agent is needed")
        other = subprocess.run([*self.collector.command("list")[:1], "list", "--url", self.collector.url(), "--token-file",
                                self.file(first["token"])], capture_output=True, text=True, timeout=60, check=False)
        self.assertIn("the token is not known here: revoked, or another collector's; give", other.stderr)
        self.assertEqual(self.distress(VM, second["token"]), 404)
        status, out, _ = self.collector.run_command("token", "list", VM)
        self.assertEqual((status, [line.split("\t")[0] for line in out.splitlines()]), (0, [str(listed[1]["id"])]))
        self.assertEqual(self.collector.run_command("token", "revoke", VM)[:2], (0, "1 revoked\n"))
        self.assertEqual(self.distress(VM, second["token"]), 401)
        self.assertEqual(self.collector.run_command("token", "revoke", VM)[0], 3)
        self.assertEqual(self.collector.run_command("token", "revoke", str(listed[0]["id"]))[0], 3)
        details = [event["detail"] for event in self.audit() if event["uuid"] == VM]
        hashes = [digest(one["token"]) for one in (first, second)]
        self.assertEqual(details, [made_detail(one["token"]) for one in (first, second)]
                         + [f"{row['id']} revoked, SHA-256 {sha256}"
                            for row, sha256 in zip(listed, hashes, strict=True)])
        self.assertEqual(self.collector.run_command("verify")[0], 0)

    def test_the_table_is_changed(self):
        """What the audit log says is what there should be."""
        status, out, _ = self.make(f"{VM}\n{VM}\n", "--json", "-")
        self.assertEqual(status, 0)
        kept, gone = [json.loads(line)["token"] for line in out.splitlines()]
        first, second = [row["id"] for row in self.collector.get(f"/v1/tokens?uuid={VM}")["tokens"]]
        self.collector.run_command("token", "revoke", str(second))
        insert = "INSERT INTO tokens (id, digest, uuid, made_ms, made_by) VALUES ({}, x'{}', '{}', 1, 'admin-token')"
        for change, back, told in (
                (insert.format(70000, "ee" * 32, VM), "DELETE FROM tokens WHERE id = 70000",
                 f"store: token 70000 of VM {VM}, SHA-256 {'ee' * 32}, is in no audit event"),
                (insert.format(second, digest(gone), VM), f"DELETE FROM tokens WHERE id = {second}",
                 f"store: token {second} of VM {VM}, which audit event "),
                (f"UPDATE tokens SET uuid = '{NOBODY}' WHERE id = {first}",
                 f"UPDATE tokens SET uuid = '{VM}' WHERE id = {first}",
                 f"store: token {first} is VM {NOBODY}'s; by audit event "),
                (f"DELETE FROM tokens WHERE id = {first}", insert.format(first, digest(kept), VM),
                 f"store: the token of VM {VM} that audit event ")):
            with self.subTest(change):
                self.collector.tamper(change)
                status, out, _ = self.collector.run_command("verify")
                self.assertEqual(status, 2)
                self.assertEqual(len(out.splitlines()), 2, out)
                self.assertIn(told, out)
                self.collector.tamper(back)
                self.assertEqual(self.collector.run_command("verify")[0], 0)

    def test_a_wrong_line_makes_none(self):
        before = len(self.audit())
        status, out, err = self.make(f"{VM}\nno uuid\n")
        self.assertEqual((status, out), (64, ""))
        self.assertRegex(err, r"^vtpm-collector: standard input: line 2: not one UUID\n$")
        path = os.path.join(process.temporary_directory("uuids"), "none")
        self.assertRegex(self.make("", path)[2], r"No such file")
        for text in ("", "\n# none\n"):
            self.assertEqual(self.make(text), (64, "", "vtpm-collector: standard input: there is no UUID in it\n"))
        for body in ({}, {"uuids": []}, {"uuids": 201 * [VM]}, {"uuids": [VM, 7]},
                     {"uuids": ["00000000-0000-0000-0000-000000000000"]}):
            self.collector.post("/v1/tokens", body, 400)
        self.assertEqual(len(self.audit()), before)

    def test_words(self):
        for words in ((), ("forget",), ("revoke",), ("revoke", "x"), ("list", "x")):
            self.assertEqual(self.collector.run_command("token", *words)[0], 64, words)


if __name__ == "__main__":
    unittest.main()
