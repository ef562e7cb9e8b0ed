#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent.exe report to a real vtpm-collector over TLS: by Windows' own TLS, with a pinned CA. Without
--ca Wine's accepts any certificate, so that nothing would be shown by its refusing one."""

import contextlib
import json
import os
import ssl
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import event_log  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import Collector  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from wine import Wine  # noqa: E402

TOKEN = "a-token-that-agents-share"


class Report(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.wine = cls.enterClassContext(Wine())
        cls.tpm = cls.enterClassContext(cls.wine.tpm())
        cls.directory = process.temporary_directory("tls")
        cls.addClassCleanup(process.remove_directory, cls.directory)
        cls.ours, cls.other = (Authority(cls.directory, name) for name in ("ours", "other"))
        cls.write("token", TOKEN)
        cls.write("wrong-token", TOKEN + "!")
        cls.collector = cls.enterClassContext(cls.serve("DNS:localhost"))

    @classmethod
    def write(cls, name, text):
        path = os.path.join(cls.directory, name)
        with open(path, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(text + "\n")
        return path

    @classmethod
    @contextlib.contextmanager
    def serve(cls, host):
        certificate, key = cls.ours.issue(host.replace(":", "-"), "serverAuth", names=(host,))
        context = ssl.create_default_context(cafile=cls.ours.ca)
        context.check_hostname = False
        with Collector(context=context, config=f"[http]\ncertificate = {certificate}\nkey = {key}\n"
                       f"[auth]\nagent-token = {cls.directory}/token\n") as collector:
            collector.port = collector.url().rsplit(":", 1)[1]
            yield collector
        process.remove_directory(collector.state)

    def report(self, *words, authority=None, token="token", collector=None, tpm=None, **options):
        port = (collector or self.collector).port
        return self.wine.agent(
            "report", "--json", "--url", f"https://localhost:{port}", "--timeout", "20",
            "--ca", "Z:" + (authority or self.ours).ca, "--token-file", f"Z:{self.directory}/{token}",
            *words, tpm=tpm or self.tpm, **options)

    def posts(self, collector=None):
        return (collector or self.collector).lines().count("POST")

    def refuse(self, result, words):
        self.assertEqual((result.code, result.out), (3, ""), result)
        self.assertIn(words, result.err)

    def test_reported_and_bound(self):
        first = self.report()
        self.assertEqual(first.json["continuity"], "first-seen", first)
        self.assertTrue(first.json["quote_verified"])
        again = self.report("--event", "live-migration")
        self.assertEqual((again.json["continuity"], again.code), ("continuous", 0), again)
        self.assertGreater(again.json["report"], first.json["report"])
        vm = self.wine.uuid
        seen = self.collector.ask("GET", f"/v1/vms/{vm}", token=self.collector.admin_token())
        self.assertEqual(json.loads(seen.text)["continuity"], "continuous", seen.text)

    def test_event_log(self):
        """Asked for once, and sent as Windows gives it."""
        log, _ = event_log.real("ovmf-sha256")
        path = os.path.join(event_log.DATA, "ovmf-sha256.bin")
        vm = str(uuid.uuid4())
        with Swtpm(name="windows", vm_uuid=vm) as tpm:
            for pcr, digest in event_log.digests(log):
                oracle.tpm2(tpm, "pcrextend", f"{pcr}:sha256={digest.hex()}")
            for told in (True, False):
                result = self.report("--verbose", "--uuid", vm, tpm=tpm, TBS_LOG="Z:" + os.path.realpath(path))
                self.assertEqual(f"sent the event log: {len(log)} bytes" in result.err, told, result)
        kept = self.collector.ask("GET", f"/v1/reports/{result.json['report']}/event-log",
                                  token=self.collector.admin_token())
        self.assertEqual((kept.status, kept.body), (200, log))

    def test_wrong_ca(self):
        before = self.posts()
        self.refuse(self.report(authority=self.other), "check --ca")
        self.assertEqual(self.posts(), before)

    def test_wrong_host(self):
        with self.serve("DNS:elsewhere.example") as elsewhere:
            self.refuse(self.report(collector=elsewhere), "check --ca, the host name")
            self.assertEqual(self.posts(elsewhere), 0)

    def test_wrong_token(self):
        self.refuse(self.report(token="wrong-token"), "--token-file")

    def test_no_collector(self):
        with self.serve("DNS:localhost") as gone:
            pass
        self.refuse(self.report(collector=gone), "no connection")


if __name__ == "__main__":
    unittest.main()
