#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/openapi.json against the table of routes, and against what the real service answers."""

import copy
import json
import os
import re
import sys
import unittest

from jsonschema import Draft202012Validator, RefResolver

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import schemas  # noqa: E402
from filled_collector import DATA, EVIDENCE, Collector, uuid  # noqa: E402
from test_serve import routes  # noqa: E402

VM = uuid(1)
NAME = "openapi.json"
CA = os.path.join(DATA, "ek-chain", "root.pem")


def read_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


API = read_json(os.path.join(schemas.DOCS, NAME))


def operations():
    """(method, path, operation, parameters) of each."""
    for path, item in API["paths"].items():
        for method in item.keys() & {"get", "post"}:
            yield method.upper(), path, item[method], item.get("parameters", []) + item[method].get("parameters", [])


def close(schema):
    """The same, but what it does not name is refused: readers are to ignore it, and this document to name it."""
    if isinstance(schema, list):
        return [close(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: close(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema.get("type") == "object":
        closed["additionalProperties"] = False
    return closed


def complaints(schema, answer):
    resolver = RefResolver(NAME, {"components": close(copy.deepcopy(API["components"]))}, store=schemas.store())
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:300]}"
            for error in Draft202012Validator(close(schema), resolver=resolver).iter_errors(answer)]


class Description(unittest.TestCase):
    def test_every_route(self):
        """Each with its role, body and query; those of agents are in docs/protocol.md alone."""
        known = {}
        for method, path, role, limit, content, query in routes():
            if role != "agent" and path not in ("/", "/web/*"):
                known[method, path] = (role, content if limit != "0" else None,
                                       set() if query in "-*" else set(query.split(",")))
        told = {}
        for method, path, operation, parameters in operations():
            body = operation.get("requestBody", {"content": {"none": None}})["content"]
            content, = body
            self.assertEqual(operation.get("security", API["security"]),
                             [] if operation["x-role"] == "anyone" else [{"token": []}], path)
            self.assertEqual({each["name"] for each in parameters if each["in"] == "path"},
                             set(re.findall(r"\{(\w+)\}", path)), path)
            told[method, re.sub(r"\{\w+\}", "*", path)] = (
                operation["x-role"], {"none": None, "application/octet-stream": "-"}.get(content, content),
                {each["name"] for each in parameters if each["in"] == "query"})
        self.assertEqual(told, known)

    def test_references_and_schemas(self):
        resolver = RefResolver(NAME, API, store=schemas.store())

        def walk(node):
            if isinstance(node, dict):
                if "$ref" in node:
                    resolver.resolve(node["$ref"])
                for value in node.values():
                    walk(value)
            elif isinstance(node, list):
                for value in node:
                    walk(value)
        walk(API)
        for schema in API["components"]["schemas"].values():
            Draft202012Validator.check_schema(schema)


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())
        evidence = read_json(EVIDENCE)
        boot = {"bank": "sha256", "secure_boot": "on", "firmware": "edk2",
                "variables": [{"name": "db", "certificates": 1, "hashes": 0}],
                "certificates": [{"variable": "db", "subject": "CN=Somebody", "not_after": "2037-10-25T11:15:37Z",
                                  "sha256": "cc" * 32}],
                "authorities": [{"variable": "db", "subject": "CN=Somebody", "sha256": "cc" * 32}],
                "measurements": [{"pcr": 4, "what": "application", "name": "shimx64.efi", "events": 1,
                                  "digest": "aa" * 32}]}
        changed = copy.deepcopy(boot)
        changed["measurements"][0]["digest"] = "bb" * 32
        cls.collector.report(1, is_baseline=True, status="none", continuity="first-seen", reason="first-seen")
        for number, parts in enumerate((boot, changed)):
            guest = {**evidence["guest"], "boot_id": uuid(800 + number)}
            cls.last = cls.collector.disks(1, "opens", "pcr-differs", parts={"boot": parts, "guest": guest})
        cls.claim = cls.collector.claim(1, "192.0.2.7")
        for vm in (2, 3):
            cls.collector.report(vm, is_baseline=True, status="contraindicated", continuity="replaced",
                                 reason="replaced")

    def ask(self, method, path, body=None, token=None):
        status, headers, answer = self.collector.request(method, path, body, token=token or self.collector.token)
        return status, headers.get("Content-Type", "").split(";")[0], answer

    def check(self, method, path, target, body=None, token=None):
        """Asks, holds the answer to the description, and returns it."""
        item = API["paths"][path]
        responses = item[method.lower()]["responses"]
        status, content, answer = self.ask(method, target, body, token)
        self.assertIn(str(status), responses, (target, answer))
        told = responses[str(status)].get("content", {content: {"schema": {}}})
        self.assertEqual({content}, set(told), target)
        parsed = ([json.loads(line) for line in answer.splitlines()] if content == "application/x-ndjson" else
                  [json.loads(answer)] if content.endswith("json") else [answer.decode()])
        self.assertTrue(parsed, target)
        for each in parsed:
            self.assertEqual(complaints(told[content]["schema"], each), [], target)
        self.asked.add((method, path))
        return parsed[0]

    def test_every_answer(self):
        self.asked = set()
        for path in ("/v1", "/v1/vms", "/v1/trust-cas", "/v1/export", "/v1/audit", "/v1/heads", "/v1/verification",
                     "/v1/verification/owners", "/v1/verification/event-logs", "/v1/status", "/healthz", "/readyz", "/metrics", "/v1/claims/export"):
            self.check("GET", path, path)
        for name in ("", "/reports", "/boot", "/claims", "/verification"):
            answer = self.check("GET", "/v1/vms/{uuid}" + name, f"/v1/vms/{VM}" + name)
            self.assertNotIn(None, answer.values() if name == "/boot" else ())
        for path in ("/v1/vms?limit=2", f"/v1/vms?after={VM}", "/v1/vms?limit=1&status=contraindicated&search=web",
                     "/v1/vms?disks=will-not-open&silent=true"):
            self.check("GET", "/v1/vms", path)
        self.check("GET", "/v1/vms/{uuid}/reports", f"/v1/vms/{VM}/reports?from={self.last}&limit=1")
        self.check("GET", "/v1/reports/{id}", f"/v1/reports/{self.last}")
        self.check("GET", "/v1/reports/{id}/evidence", f"/v1/reports/{self.last}/evidence")
        self.assertEqual(self.ask("GET", f"/v1/reports/{self.last}/event-log")[0], 404)  # test_event_log has one
        self.asked.add(("GET", "/v1/reports/{id}/event-log"))
        self.check("POST", "/v1/vms/{uuid}/announcements", f"/v1/vms/{VM}/announcements", {"event": "soft-reboot"})
        self.check("GET", "/v1/vms/{uuid}", f"/v1/vms/{VM}")
        self.check("POST", "/v1/vms/{uuid}/acceptance", f"/v1/vms/{VM}/acceptance",
                   {"report": self.last, "comment": "a drill"})
        with open(CA, "rb") as file:
            self.check("POST", "/v1/trust-cas", "/v1/trust-cas", file.read())
        self.check("GET", "/v1/trust-cas", "/v1/trust-cas")
        self.check("GET", "/v1/vms/{uuid}/attestation-result", f"/v1/vms/{VM}/attestation-result?nonce=0123456789")
        self.check("GET", "/v1/jwks", "/v1/jwks")
        self.check("POST", "/v1/jwks/rotation", "/v1/jwks/rotation", {"compromised": True})
        self.check("POST", "/v1/tokens", "/v1/tokens", {"uuids": [VM]})
        token, = self.check("GET", "/v1/tokens", f"/v1/tokens?uuid={VM}")["tokens"]
        self.check("POST", "/v1/tokens/{id}/revocation", f"/v1/tokens/{token['id']}/revocation", {})
        for path in ("/v1/audit", "/v1/audit/export", "/v1/audit/verification"):
            self.check("GET", path, path)
        self.check("GET", "/v1/vms/{uuid}/export", f"/v1/vms/{uuid(2)}/export")
        self.check("POST", "/v1/vms/{uuid}/removal", f"/v1/vms/{uuid(2)}/removal", {"comment": "a drill"})
        self.check("GET", "/v1/audit", "/v1/audit")
        code = self.check("POST", "/v1/sessions/codes", "/v1/sessions/codes", b"")["code"]
        session = self.check("POST", "/v1/sessions", "/v1/sessions", {"code": code})["token"]
        self.check("POST", "/v1/sessions/end", "/v1/sessions/end", b"", session)
        name, = API["paths"]["/v1/schemas/{name}"]["parameters"]
        for each in name["schema"]["enum"]:
            self.assertEqual(self.check("GET", "/v1/schemas/{name}", f"/v1/schemas/{each}"),
                             read_json(os.path.join(schemas.DOCS, each)))
        self.assertEqual(self.asked, {(method, path) for method, path, *_ in operations()})

    def test_refusals(self):
        for method, path, status in (("GET", f"/v1/vms/{uuid(99)}", 404), ("GET", "/v1/vms?limit=0", 400),
                                     ("GET", "/v1/vms?colour=red", 400), ("GET", "/v1/schemas/x", 404),
                                     ("POST", "/v1/vms", 405), ("GET", "/v1/export?after=99999", 409)):
            got, content, answer = self.ask(method, path)
            self.assertEqual((got, content), (status, "application/problem+json"), path)
            self.assertEqual(complaints(API["components"]["schemas"]["problem"], json.loads(answer)), [], path)

    def test_the_check_can_fail(self):
        vm = json.loads(self.ask("GET", f"/v1/vms/{VM}")[2])
        schema = API["components"]["schemas"]["vm"]
        self.assertEqual(complaints(schema, vm), [])
        for change in ({"colour": "red"}, {"uuid": "VM"}, {"status": "good"}, {"disks": {"sealed": 1}}, {"seen": 1}):
            self.assertNotEqual(complaints(schema, {**vm, **change}), [], change)
        del vm["head"]
        self.assertNotEqual(complaints(schema, vm), [])


if __name__ == "__main__":
    unittest.main()
