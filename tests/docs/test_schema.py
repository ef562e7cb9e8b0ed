#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The JSON Schemas against the agent's documents, and against what the decoder in core refuses."""

import copy
import json
import os
import re
import struct
import subprocess
import sys
import unittest

from jsonschema import Draft202012Validator

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import by_hand  # noqa: E402, F401
import process  # noqa: E402
import schemas  # noqa: E402
from swtpm import Swtpm  # noqa: E402

DOCS = os.path.join(HERE, "..", "..", "docs")
AGENT = os.environ["VTPM_AGENT"]
DECODE = os.environ["VTPM_EVIDENCE_DECODE"]


EVIDENCE = schemas.store()["evidence.schema.json"]
STATUS = schemas.store()["status.schema.json"]
VERDICT = schemas.store()["verdict.schema.json"]


def complaints(schema, document):
    return schemas.complaints(schema["$id"], document)


def run_agent(*arguments):
    result = subprocess.run([AGENT, *arguments], capture_output=True, timeout=60)
    assert result.stdout, result.stderr
    return result.returncode, result.stdout


def decode(text):
    """The document as core reads and writes it, or None and why it is refused."""
    result = subprocess.run([DECODE], input=text, capture_output=True, timeout=10)
    assert result.returncode in (0, 1), result
    return (result.stdout if result.returncode == 0 else None), result.stderr.decode()


def compact(document):
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()


def tpm2(tool, *arguments, tpm):
    subprocess.run([f"tpm2_{tool}", "-T", tpm.tcti, *arguments], check=True, capture_output=True)


def lock_out(tpm):
    """TPM2_DictionaryAttackParameters with newMaxTries 0: the counter has reached it already."""
    authorization = struct.pack(">IHBH", 0x40000009, 0, 0, 0)
    body = struct.pack(">II", 0x4000000A, len(authorization)) + authorization \
        + struct.pack(">III", 0, 1000, 1000)
    answer = tpm.command(struct.pack(">HII", 0x8002, 10 + len(body), 0x13A) + body)
    assert answer[6:10] == bytes(4), answer.hex()


def at(document, path):
    for step in path:
        document = document[step]
    return document


def replaced(document, path, value):
    """A copy of the document with another value at the path."""
    result = copy.deepcopy(document)
    at(result, path[:-1])[path[-1]] = value
    return result


def without(document, path):
    result = copy.deepcopy(document)
    del at(result, path[:-1])[path[-1]]
    return result


BOOT = {"bank": "sha256", "secure_boot": "on", "firmware": "edk2", "unproven": 1, "left_out": 2,
        "os_separators": "0x000000ff",
        "variables": [{"name": "db", "certificates": 1, "hashes": 2}],
        "certificates": [{"variable": "db", "subject": "CN=A", "not_after": "2026-06-27T21:32:45Z",
                          "sha256": "5a" * 32}],
        "authorities": [{"variable": "db", "subject": "CN=A", "sha256": "5a" * 32}],
        "measurements": [{"pcr": 4, "what": "application", "name": "shimx64.efi", "events": 1,
                          "digest": "5a" * 32}]}

UNLOCK = {"volumes": [{"uuid": "0c5b2d1e-93b5-4a6e-8a56-2f3a1e0f9d11",
                       "slots": [{"token": 1, "type": "systemd-tpm2", "result": "pcr-differs", "bank": "sha256",
                                  "pcrs": [4, 7], "differ": [4], "detail": "so"}]}], "left_out": 1}

# Where the members' names are data: one of them stands for all.
MAPS = [("properties", "values"), ("algorithms", "algorithms"), ("pcrs", "banks"),
        ("event_log", "replay")]


def paths(value, path=()):
    """Each kind of place in the document once."""
    if path:
        yield path
    if isinstance(value, list):
        members = [(0, value[0])] if value else []
    elif isinstance(value, dict):
        members = list(value.items())
        if any(path[:len(place)] == place for place in MAPS):
            members = members[:1]
    else:
        members = []
    for name, member in members:
        yield from paths(member, path + (name,))


def wrong_values(path, value):
    """Values that the same place must not hold."""
    if path[-2:] == ("error", "code"):
        return [1, None]    # a code not known is one that a later version added
    if path[0] in ("boot", "unlock") and path[-1] in ("secure_boot", "what", "result"):
        return [1, None, []]    # and so is a word
    if isinstance(value, bool):
        return [1, "true", None]
    if path[-1] == "drift_ms":
        return [-2 ** 63 - 1, 2 ** 63, "1", 1.5, None]
    if isinstance(value, int):
        return [-1, 2 ** 63, "1", 1.5, None]
    if isinstance(value, str):
        return [1, None, "\x01" + value, "\x7f", value + "x" * 6000, []]
    if path[-1] in ("pcrs", "differ") and isinstance(value, list):
        return [{}, "", value * 200, [24], ["1"]]
    if isinstance(value, list):
        return [{}, "", value * 200 if value else 1, [1]]
    return [[], "", 1, None]


class Documents(unittest.TestCase):
    def check(self, expected, *arguments):
        """Both documents of one situation; returns the evidence."""
        for command in (("evidence",), ("status", "--json")):
            status, text = run_agent(*command, *arguments)
            document = json.loads(text)
            self.assertEqual(status, expected, document)
            if command[0] == "status":
                self.assertEqual(complaints(STATUS, document), [])
                self.assertEqual(document["exit_code"], expected)
                text = compact(document["evidence"]) + b"\n"
            self.assertEqual(complaints(EVIDENCE, json.loads(text)), [])
            self.assertEqual(decode(text), (text, ""))
        return json.loads(text)

    def test_healthy(self):
        with Swtpm(banks="sha1,sha256,sha384,sha512") as tpm:
            run_agent("beacon", "enable", "--tcti", tpm.tcti)
            evidence = self.check(0, "--tcti", tpm.tcti)
        missing = set(EVIDENCE["properties"]) - set(evidence)
        self.assertEqual(missing - {"boot"}, {"signs", "unlock"})
        self.assertEqual("boot" in missing, "error" in evidence["event_log"])
        self.assertEqual(set(evidence["pcrs"]["banks"]), {"sha1", "sha256", "sha384", "sha512"})

    def test_without_certificates(self):
        with Swtpm(certificates=False) as tpm:
            evidence = self.check(0, "--tcti", tpm.tcti)
        self.assertEqual(evidence["certificates"], {"certificates": []})

    def test_no_device(self):
        evidence = self.check(2, "--tcti", "device:/nonexistent/tpm0")
        self.assertEqual(evidence["session"]["error"]["code"], "device-missing")
        self.assertNotIn("properties", evidence)

    def test_hung(self):
        with Swtpm() as tpm:
            tpm.suspend()
            evidence = self.check(2, "--tcti", tpm.tcti, "--timeout", "1")
        self.assertEqual(evidence["session"]["error"]["code"], "timeout")
        self.assertIn(tpm.tcti, evidence["session"]["error"]["message"])

    def test_not_started(self):
        with Swtpm(startup=False) as tpm:
            evidence = self.check(2, "--tcti", tpm.tcti)
        self.assertEqual(evidence["session"]["error"]["code"], "tpm-initialize")
        self.assertEqual(evidence["session"]["error"]["rc"], "0x00000100")

    def test_authorizations_set(self):
        with Swtpm() as tpm:
            tpm2("changeauth", "-c", "owner", "secret", tpm=tpm)
            tpm2("changeauth", "-c", "endorsement", "secret", tpm=tpm)
            evidence = self.check(1, "--tcti", tpm.tcti)
        for part in ("srk", "ak"):
            self.assertEqual(evidence[part]["error"]["code"], "tpm-auth")
            self.assertIn("rc", evidence[part]["error"])
        self.assertNotIn("quote", evidence)

    def test_locked_out(self):
        with Swtpm() as tpm:
            lock_out(tpm)
            evidence = self.check(2, "--tcti", tpm.tcti)
        self.assertIn("attest", evidence["quote"])


class Verdicts(unittest.TestCase):
    """What compare --json prints and what the service keeps."""

    def setUp(self):
        self.directory = process.temporary_directory("verdicts")
        self.addCleanup(process.remove_directory, self.directory)
        self.baseline = os.path.join(self.directory, "baseline.json")

    def save(self, tpm):
        subprocess.run([AGENT, "baseline", "save", "--force", self.baseline, "--tcti", tpm.tcti], check=True)

    def compare(self, continuity, status, *arguments):
        code, text = run_agent("compare", self.baseline, "--json", *arguments)
        verdict = json.loads(text)
        self.assertEqual(complaints(VERDICT, verdict), [])
        self.assertEqual((verdict["continuity"], verdict["ear.status"], verdict["exit_code"]),
                         (continuity, status, code), verdict)
        return verdict

    def test_compare(self):
        with Swtpm() as tpm:
            self.save(tpm)
            tcti = ("--tcti", tpm.tcti)
            verdict = self.compare("continuous", "affirming", *tcti)
            self.assertNotIn("remedy", verdict["reasons"][0])
            self.compare("continuous", "warning", "--event", "clear", *tcti)
            self.compare("unverified", "none", "--evidence", self.baseline)
            tpm.restart()
            self.compare("restarted", "warning", *tcti)   # nothing was measured here
            tpm.suspend()
            self.compare("unresponsive", "contraindicated", "--timeout", "1", *tcti)
        with Swtpm(name="other") as tpm:
            verdict = self.compare("replaced", "contraindicated", "--tcti", tpm.tcti)
            self.assertTrue(verdict["quote_verified"])
            self.assertIn("remedy", verdict["reasons"][0])
        self.compare("missing", "contraindicated", "--tcti", "device:/nonexistent/tpm0")

    def test_kept_by_the_service(self):
        with Swtpm() as tpm:
            service = subprocess.Popen([AGENT, "run", "--state", self.directory, "--tcti", tpm.tcti],
                                       stderr=subprocess.PIPE)
            service.stderr.readline()
            kept = os.path.join(self.directory, "verdict.json")
            self.assertTrue(process.wait_until(lambda: os.path.exists(kept)))
            service.terminate()
            self.assertEqual(service.communicate(timeout=10)[1], b"")
            self.assertEqual(service.returncode, 0)
        with open(kept, "rb") as file:
            verdict = json.load(file)
        self.assertEqual(complaints(VERDICT, verdict), [])
        self.assertEqual(verdict["continuity"], "first-seen")
        with open(self.baseline, "rb") as file:
            text = file.read()
        self.assertEqual(complaints(EVIDENCE, json.loads(text)), [])
        self.assertEqual(decode(text), (text, ""))
        self.assertEqual(json.loads(text)["signs"], {"announces": 0, "drift_ms": 0})
        self.assertAlmostEqual(verdict["iat"], json.loads(text)["iat"], delta=5)

    def test_words_are_the_programs(self):
        def words(name, pattern):
            with open(os.path.join(DOCS, "..", "core", name)) as file:
                return re.findall(pattern, file.read())

        facts, boot = "tcg/boot_facts.h", EVIDENCE["$defs"]["boot"]["properties"]
        self.assertEqual(boot["secure_boot"]["examples"] +
                         boot["measurements"]["items"]["properties"]["what"]["examples"],
                         words(facts, r'row\(\w+, "([a-z-]+)"\)'))
        slot = EVIDENCE["$defs"]["unlock"]["properties"]["volumes"]["items"]["properties"]["slots"]["items"]
        self.assertEqual(slot["properties"]["result"]["examples"],
                         words("tcg/unlock_facts.h", r'row\(\w+, "([a-z-]+)"\)'))
        properties = VERDICT["properties"]
        self.assertEqual(properties["continuity"]["enum"],
                         words("verdict/verdict.h", r'ROW\(\w+, "([a-z-]+)", "'))
        self.assertEqual(properties["event"]["enum"],
                         words("verdict/verdict.h", r'(?:FIRST|ROW)\(\w+, "([a-z-]+)"\)'))
        codes = words("verdict/reasons.inc", r'REASON\(\w+, "([a-z0-9.-]+)"')
        codes.remove("none")
        self.assertEqual(properties["reasons"]["items"]["properties"]["code"]["examples"], codes)

    def test_wrong_ones_are_refused(self):
        with Swtpm() as tpm:
            self.save(tpm)
            verdict = self.compare("continuous", "affirming", "--tcti", tpm.tcti)
        for path, value in {("ear.status",): "warning", ("exit_code",): 1, ("continuity",): "same",
                            ("quote_verified",): False, ("reasons",): [], ("event",): "reboot",
                            ("reasons", 0, "code"): "Same", ("reasons", 0, "remedy"): ""}.items():
            with self.subTest(path=path):
                self.assertNotEqual(complaints(VERDICT, replaced(verdict, path, value)), [])


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        with Swtpm() as tpm:
            run_agent("beacon", "enable", "--tcti", tpm.tcti)
            cls.document = json.loads(run_agent("evidence", "--tcti", tpm.tcti)[1])
        cls.document["signs"] = {"announces": 2, "drift_ms": -17}
        cls.document["boot"] = BOOT
        cls.document["unlock"] = UNLOCK

    def accepted(self, document):
        return not complaints(EVIDENCE, document), decode(compact(document))[0] is not None

    def assert_refused(self, document):
        self.assertEqual(self.accepted(document), (False, False))

    def test_are_schemas(self):
        for schema in (EVIDENCE, STATUS, VERDICT):
            Draft202012Validator.check_schema(schema)

    def test_what_the_decoder_refuses_the_schema_refuses(self):
        refused = 0
        for path in paths(self.document):
            for value in wrong_values(path, at(self.document, path)):
                with self.subTest(path=path, value=str(value)[:40]):
                    self.assert_refused(replaced(self.document, path, value))
                    refused += 1
            with self.subTest(path=path, value="missing"):
                by_schema, by_decoder = self.accepted(without(self.document, path))
                self.assertTrue(by_decoder or not by_schema)
        self.assertGreater(refused, 300)

    def test_chosen_places(self):
        wrong = {
            ("format",): "vtpm-status", ("version",): "2.0", ("agent",): "1" * 32,
            ("clock", "reset_count"): 2 ** 32,
            ("nv", "indices", 0, "size"): 65536,
            ("nv", "indices", 0, "index"): "0x1c00002",
            ("nv", "indices", 0, "name_alg"): "sha-256",
            ("ak", "key", "curve"): "P-25519",
            ("ak", "key", "name"): "000b1",
            ("ak", "key", "public"): "AAA",
            ("ak", "key"): {"error": {"code": "tpm-rc", "message": "no part"}, "type": 1},
            ("quote", "eat_nonce"): "00" * 65,
            ("pcrs", "banks", "sha257"): {},
            ("pcrs", "banks", "sha256", "24"): "00" * 32,
            ("pcrs", "banks", "sha256", "00"): "00" * 32,
            ("pcrs", "banks", "sha256", "0"): "00" * 31,
            ("properties", "values", "TPM2_PT_NONE"): 1,
            ("properties", "values", "0x123"): 1,
            ("algorithms", "curves", 0): "P-1",
            ("srk",): {"error": {"code": "tpm-rc"}},
            ("smbios",): {"error": "none"},
            ("guest",): {"error": {"code": 5, "message": "m"}},
            ("eks",): {"error": {"code": "tpm-rc", "message": "m" * 320}},
            ("nv",): {"error": {"code": "tpm-rc", "message": "m", "rc": 257}},
        }
        for path, value in wrong.items():
            with self.subTest(path=path):
                self.assert_refused(replaced(self.document, path, value))

    def test_can_grow(self):
        """What a later minor version may bring is no reason to refuse."""
        grown = {
            ("version",): "1.7", ("new",): {"any": [1]}, ("clock", "new"): 1,
            ("ak", "key", "new"): "x", ("nv", "indices", 0, "new"): None,
            ("random",): {"error": {"code": "new-code", "message": "of its own", "new": 1}},
            ("properties", "values", "0x0000012f"): 5,
            ("algorithms", "curves", 0): "0x00000030",
        }
        for path, value in grown.items():
            with self.subTest(path=path):
                self.assertEqual(self.accepted(replaced(self.document, path, value)), (True, True))
        for part in EVIDENCE["properties"]:
            if part in ("format", "version", "agent", "iat"):
                continue
            with self.subTest(part=part):
                self.assertEqual(self.accepted(without(self.document, (part,))), (True, True))

    def test_only_the_decoder_sees(self):
        text = compact(self.document)
        self.assertIsNotNone(decode(text)[0])
        self.assertIn("duplicate", decode(text.replace(b'"iat"', b'"agent":"2","iat"', 1))[1])
        self.assertIn("not JSON", decode(text[:-1])[1])
        self.assertIn("not JSON", decode(text + b"{}")[1])
        self.assertIn("too-large", decode(text[:-1] + b" " * (256 * 1024) + b"}")[1])
        for version in ("1. 0", "1.-1", "+1.0", "1", "1.0.0", "1.0 "):
            self.assertIn("version", decode(compact({**self.document, "version": version}))[1])

    def test_names_are_the_decoders(self):
        with open(os.path.join(DOCS, "..", "core", "tcg", "tcg.c")) as file:
            source = file.read()
        for table, definition in (("algs", "algorithm"), ("curves", "curve"),
                                  ("properties", "property")):
            rows = re.search(rf"named {table}\[\] = {{(.*?)\n}};", source, re.S).group(1)
            self.assertEqual(EVIDENCE["$defs"][definition]["anyOf"][0]["enum"],
                             re.findall(r'"([^"]+)"', rows))


if __name__ == "__main__":
    unittest.main()
