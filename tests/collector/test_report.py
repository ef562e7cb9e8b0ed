#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent report against a server that speaks docs/protocol.md without any of our code: what it sends
is bound to the challenge byte for byte, and each fault of server and network ends in one clear line."""

import base64
import json
import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import schemas  # noqa: E402
from proxy import Proxy, extend  # noqa: E402
from stub_collector import VERDICT, Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
QUOTE, ACTIVATE = 0x158, 0x147
BEACON = "0x01807674"
LIBCURL_LEAKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "libcurl_leaks.txt")


def report(stub, *words, url=None, **options):
    return agent.run("report", "--uuid", UUID, "--url", url or stub.url, *words, **options)


class Bound(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def assert_reported(self, result, stub, count=1):
        self.assertEqual((result.code, result.err), (0, ""), str(result))
        self.assertEqual(len(stub.reports), count)
        self.assertEqual(stub.reports[-1].is_bound, (True, True))
        self.assertNotIn("quote", stub.reports[-1].evidence)
        self.assertEqual(stub.reports[-1].evidence["smbios"]["uuid"], UUID)

    def test_each_ek_of_a_real_tpm(self):
        for number, kind in enumerate(("rsa", "ecc")):
            with self.subTest(kind=kind), Stub(pick=lambda eks: eks[number]) as stub:
                result = report(stub, "--event", "live-migration", tpm=self.tpm)
                self.assert_reported(result, stub)
                challenge = stub.challenges[0]
                self.assertEqual((challenge["uuid"], challenge["event"]), (UUID, "live-migration"))
                self.assertEqual(challenge["ak"], stub.reports[0].evidence["ak"]["key"]["public"])
                self.assertTrue(all("certificate" in ek for ek in challenge["eks"]))
        self.assert_nothing_left()

    def assert_nothing_left(self):
        for kind in ("handles-transient", "handles-loaded-session"):
            self.assertFalse(oracle.tpm2(self.tpm, "getcap", kind).strip())

    def lockout_counter(self):
        return [line for line in str(oracle.tpm2(self.tpm, "getcap", "properties-variable")).split("\n")
                if "LOCKOUT_COUNTER" in line]

    def test_without_a_credential(self):
        with Stub(has_credential=False) as stub:
            self.assert_reported(report(stub, tpm=self.tpm), stub)

    def test_ek_by_template_alone(self):
        with Swtpm(empty=True) as tpm, Stub() as stub:
            self.assert_reported(report(stub, tpm=tpm), stub)
            self.assertNotIn("certificate", stub.challenges[0]["eks"][0])

    def test_beacon_is_for_the_challenge(self):
        with Swtpm() as tpm, Stub() as stub:
            self.assertEqual(agent.run("beacon", "enable", tpm=tpm).code, 0)
            self.assert_reported(report(stub, tpm=tpm), stub)
            beacon = stub.reports[0].evidence["beacon"]
            self.assertIn(stub.nonce, base64.b64decode(beacon["attest"]))
            self.assertTrue(beacon["is_advanced"])

    def test_beacon_that_was_never_written(self):
        """As `beacon enable` leaves it that was ended between its two steps: the report tells of it, and
        is answered like any other."""
        with Swtpm() as tpm, Stub() as stub:
            oracle.tpm2(tpm, "nvdefine", BEACON, "-C", "o", "-s", "8", "-g", "sha256", "-a", "0x02040014")
            for form in ((), ("--json",)):
                with self.subTest(form=form):
                    result = report(stub, *form, tpm=tpm)
                    self.assertEqual((result.code, result.err), (0, ""), str(result))
                    self.assertIn("error", stub.reports[-1].evidence["beacon"])
            self.assertEqual(result.json["exit_code"], 0)
        self.assertEqual(len(stub.reports), 2)

    def test_extends_during_a_report(self):
        counts = {}

        def hook(code, send):
            counts[code] = counts.get(code, 0) + 1
            if code == QUOTE and counts[code] in (2, 3):
                send(extend(10, sha256=bytes([counts[code]]) * 32))

        with Proxy(self.tpm, before=hook) as proxy, Stub() as stub:
            self.assert_reported(report(stub, tcti=proxy.tcti), stub)
        # One by the collection, three bound ones of which two were overtaken.
        self.assertEqual(counts[QUOTE], 4)

    def test_credential_for_another_key(self):
        with Swtpm(name="other") as other:
            pick = {}
            with Stub() as stub:
                report(stub, tpm=other)
                pick = stub.challenges[0]["eks"][0]
            with Stub(pick=lambda eks: pick) as stub:
                result = report(stub, tpm=self.tpm)
        self.assertEqual((result.code, stub.reports), (3, []))
        self.assertIn("none of this TPM's endorsement keys", result.err)

    def test_lockout_counter_stays(self):
        before = self.lockout_counter()
        self.assertEqual(len(before), 1)
        with Stub(pick=lambda eks: eks[-1]) as stub:
            self.assert_reported(report(stub, tpm=self.tpm), stub)
        self.assertEqual(self.lockout_counter(), before)

    def test_enrolled_and_not_healthy(self):
        """That this vTPM is the baseline now hides nothing that is wrong with it."""
        first = {**VERDICT, "ear.status": "none", "continuity": "first-seen", "exit_code": 3,
                 "reasons": [{"code": "first-seen", "sentence": "nothing to compare with"}]}
        with Swtpm() as tpm, Stub(verdict=first) as stub:
            result = report(stub, tpm=tpm)
            self.assertEqual((result.code, result.out.split()[0]), (0, "ENROLLED"), result)
            oracle.fail_authorizations(tpm, 2)
            result = report(stub, tpm=tpm)
            self.assertEqual((result.code, result.out.split()[0]), (1, "WARNING"), result)
            self.assertIn("this vTPM is now the baseline (report 2), and 2 of 3 failed authorizations",
                      " ".join(result.out.split()))
            result = report(stub, "--json", tpm=tpm)
            self.assertEqual((result.code, result.json["exit_code"]), (1, 1), result)
            self.assertEqual(schemas.complaints("verdict.schema.json", result.json), [])

    def test_nothing_was_kept(self):
        """The verdict says why: it reaches the guest as any other does."""
        with Stub(verdict={**VERDICT, "ear.status": "none", "continuity": "unverified", "reasons": [
                {"code": "ak-changed", "sentence": "the EK is this VM's, the attestation key is not"}]},
                  is_kept=False) as stub:
            result = report(stub, tpm=self.tpm)
            self.assertEqual((result.code, result.err), (3, ""), str(result))
            self.assertIn("the attestation key is not", result.out)
            self.assertRegex(result.out, "Report +not kept")
            answer = report(stub, "--json", tpm=self.tpm).json
            self.assertEqual((answer["report"], answer["reasons"][0]["code"]), (None, "ak-changed"))

    def test_a_claim(self):
        """Other keys than the VM's: the guest is told that an operator decides."""
        with Stub(verdict={**VERDICT, "ear.status": "contraindicated", "continuity": "replaced"}, is_kept=False,
                  claim=7) as stub:
            result = report(stub, tpm=self.tpm)
            self.assertEqual((result.code, result.err), (2, ""), str(result))
            self.assertIn("Claim 7, kept apart: not signed with a key known to be this VM's; an operator decides",
                          " ".join(result.out.split()))
            self.assertNotIn("not kept", result.out)
            answer = report(stub, "--json", tpm=self.tpm).json
            self.assertEqual((answer["report"], answer["claim"]), (None, 7))

    def test_verdicts_and_exit_codes(self):
        for status, code in (("affirming", 0), ("warning", 1), ("contraindicated", 2), ("none", 3)):
            with self.subTest(status), Stub(verdict={
                    **VERDICT, "ear.status": status, "reasons": [
                        {"code": "a-new-reason", "sentence": "\x1b[31mnot ours"}]}) as stub:
                result = report(stub, tpm=self.tpm)
                self.assertEqual(result.code, code)
                self.assertIn("not ours", result.out)
                self.assertNotIn("\x1b", result.out)
                self.assertEqual(report(stub, "--json", tpm=self.tpm).json["ear.status"], status)


class Distress(unittest.TestCase):
    def assert_distress(self, result, stub):
        self.assertEqual(result.err, "")
        self.assertEqual((len(stub.challenges), len(stub.reports)), (0, 1))
        request = stub.reports[0].request
        self.assertEqual((request["uuid"], request["event"]), (UUID, "none"))
        self.assertNotIn("quote", request)
        self.assertNotIn("quote", stub.reports[0].evidence)
        self.assertIn("error", stub.reports[0].evidence["session"])

    def test_missing(self):
        with Stub() as stub:
            self.assert_distress(report(stub, tcti="device:/dev/no-such-tpm"), stub)

    def test_hung(self):
        with Swtpm() as tpm, Stub() as stub:
            tpm.suspend()
            try:
                result = report(stub, "--timeout", "2", tpm=tpm,
                                env=agent.environment(will_be_killed=True))
            finally:
                tpm.resume()
            self.assert_distress(result, stub)

    def test_dies_during_the_challenge(self):
        with Swtpm() as tpm:
            def answer(path, _):
                if path == "/v1/challenges":
                    tpm.kill()

            with Stub(answer=answer) as stub:
                result = report(stub, tpm=tpm)
            self.assertEqual(result.code, 0, str(result))
            self.assertEqual(len(stub.challenges), 1)
            self.assertNotIn("quote", stub.reports[0].request)


class Faults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def refused(self, answer, *words, words_in, code=3, requests=None):
        with Stub(answer=answer) as stub:
            result = report(stub, "--timeout", "5", *words, tpm=self.tpm)
        self.assertEqual(result.code, code, str(result))
        self.assertEqual(result.err.count("\n"), 1)
        self.assertIn(words_in, result.err)
        if requests:
            self.assertEqual(len(stub.requests), requests)
        return stub, result

    def test_statuses(self):
        for status, words_in in ((400, "update"), (401, "--token-file"), (403, "for this VM"),
                                 (404, "--url"), (413, "so large"), (422, "keys"),
                                 (302, "correct --url"), (418, "does not have")):
            body = json.dumps({"detail": "the\x1b detail"}).encode()
            with self.subTest(status):
                _, result = self.refused(lambda *_: (status, {"Location": "http://127.0.0.1:1/"}, body),
                                         words_in=words_in, requests=1)
                self.assertIn("detail", result.err)
                self.assertNotIn("\x1b", result.err)

    def test_conflict_begins_again(self):
        with Stub(answer=lambda path, n: (409, {}, b"{}") if n == 2 else None) as stub:
            result = report(stub, tpm=self.tpm)
        self.assertEqual(result.code, 0, str(result))
        self.assertEqual([path for path, _, _ in stub.requests],
                         ["/v1/challenges", "/v1/reports"] * 2)
        self.assertNotEqual(stub.challenges[0], None)

    def test_retry_after_is_kept(self):
        times = []

        def answer(_, number):
            times.append(time.monotonic())
            return (503, {"Retry-After": "3"}, b"{}") if number == 1 else None

        with Stub(answer=answer) as stub:
            result = report(stub, "--wait", "30", tpm=self.tpm)
        self.assertEqual(result.code, 0, str(result))
        self.assertGreaterEqual(times[1] - times[0], 3)

    def test_wait_ends(self):
        with Stub(answer=lambda *_: (503, {"Retry-After": "60"}, b"{}")) as stub:
            result = report(stub, "--wait", "2", tpm=self.tpm)
        self.assertEqual((result.code, len(stub.requests)), (3, 1))
        self.assertIn("busy", result.err)

    def test_bad_answers(self):
        for body in (b"", b"{", b"[]", b"null", b'{"version": "2.0"}', b'{"version": "1.0"}',
                     b'{"version": "1.0", "version": "1.0"}', b"\xff" * 100,
                     b'{"version":"1.0","challenge":"a","nonce":"AA==","credential":null}',
                     b'{"version":"1.0","challenge":"a","nonce":"%s"}' % (b"A" * 44)):
            with self.subTest(body):
                self.refused(lambda *_: (201, {}, body), words_in="the collector", requests=1)
                self.refused(lambda path, _: (200, {}, body) if path == "/v1/reports" else None,
                             words_in="the collector", requests=2)

    def test_oversize(self):
        self.refused(lambda *_: (201, {}, b" " * 70000), words_in="more than 65536", requests=1)

    def test_half_an_answer(self):
        with Stub(answer=lambda *_: (201, {"Content-Length": "100", "Connection": "close"}, b"{")) as stub:
            result = report(stub, "--timeout", "2", tpm=self.tpm)
        self.assertEqual(result.code, 3)

    def test_slow(self):
        def answer(*_):
            time.sleep(5)

        begin = time.monotonic()
        self.refused(answer, "--timeout", "2", words_in="no answer in time")
        self.assertLess(time.monotonic() - begin, 30)

    def test_nobody_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"http://127.0.0.1:{free.getsockname()[1]}"
            result = report(None, "--timeout", "2", url=url, tpm=self.tpm)
        self.assertEqual(result.code, 3)
        self.assertIn("does the collector run", result.err)
        # libcurl 8.14 forgets the name, where it is told not to wait for a resolver that hangs
        not_ours = agent.environment(LSAN_OPTIONS=f"suppressions={LIBCURL_LEAKS}:print_suppressions=0")
        result = report(None, "--timeout", "5", url="https://no-such-host.invalid", tpm=self.tpm, env=not_ours)
        self.assertEqual(result.code, 3)
        self.assertIn("host not found", result.err)

    def test_comes_up_later(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        child = agent.start("report", "--uuid", UUID, "--url", f"http://127.0.0.1:{port}", "--wait",
                            "60", tpm=self.tpm)
        time.sleep(1)
        with Stub(port=port) as stub:
            self.assertEqual(child.wait(60), 0)
        self.assertEqual(stub.reports[0].is_bound, (True, True))
        agent.check_sanitizers()

    def test_urls(self):
        for url in ("http://192.0.2.1", "http://localhost.example", "ftp://127.0.0.1", "https://",
                    "https://user@host", "https://host/?a", "nonsense"):
            with self.subTest(url):
                result = report(None, url=url, tpm=self.tpm)
                self.assertEqual((result.code, result.err.count("\n")), (78, 1), str(result))

    def test_one_connection(self):
        with Stub() as stub:
            report(stub, tpm=self.tpm)
            self.assertEqual((stub.connections, len(stub.requests)), (1, 2))


if __name__ == "__main__":
    unittest.main()
