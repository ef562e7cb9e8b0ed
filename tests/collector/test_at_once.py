#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Everybody looks at one TPM at once: the service, reports on a path where requests pass each other, a host that
carries a report's two steps, and looks that are compared on the spot. Nothing happens to the TPM, and nobody says that
something did.

usage: test_at_once.py [--seconds N]
"""

import argparse
import collections
import http.client
import json
import os
import random
import signal
import sys
import threading
import time
import unittest
import urllib.parse
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import process  # noqa: E402
from collector import UNLIMITED, Collector  # noqa: E402
from slow_path import SlowPath  # noqa: E402
from swtpm import Swtpm  # noqa: E402

SECONDS = 15
UUID = str(uuid.uuid4())


class AtOnce(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        self.collector = self.enterContext(Collector(config=UNLIMITED))
        chance = random.Random(1)
        self.slow = self.enterContext(SlowPath(self.collector.url(), lambda: chance.choice((0, 0, 0.2, 1.5))))
        self.directory = process.temporary_directory("at-once")
        self.baseline = os.path.join(self.directory, "baseline")
        self.end = None
        self.seen = collections.Counter()
        self.wrong = []

    def look(self, *words, **options):
        return agent.run(*words, tpm=self.tpm, **options)

    def count(self, kind, verdict):
        code = verdict["reasons"][0]["code"]
        self.seen[kind] += 1
        if (verdict["ear.status"], code) != ("affirming", "same-tpm"):
            self.wrong.append((kind, verdict))

    # Each is one look, and counts what came of it.

    def report(self, url):
        self.count("report", self.look("report", "--url", url, "--json", "--uuid", UUID).json)

    def report_slowly(self):
        self.report(self.slow.url)

    def report_quickly(self):
        self.report(self.collector.url())

    def post(self, path, body):
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.slow.url).netloc, timeout=30)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            return connection.getresponse().read()
        finally:
            connection.close()

    def confirm(self):
        """As vtpm-host does: what was overtaken is asked for once more."""
        for _ in range(4):
            question = self.look("relay", "ask", "--uuid", UUID).out
            challenge = os.path.join(self.directory, f"challenge-{threading.get_ident()}")
            with open(challenge, "wb") as file:
                file.write(self.post("/v1/challenges", question))
            with open(challenge, "rb") as file:
                answer = self.look("relay", "answer", "--uuid", UUID, stdin=file).out
            verdict = json.loads(self.post("/v1/reports", answer))["verdict"]
            if verdict["reasons"][0]["code"] != "overtaken":
                self.count("confirm", verdict)
                return
        # On a busy machine others report again and again: that is no verdict, and so no wrong one.
        self.seen["overtaken"] += 1

    def compare(self):
        self.count("compare", self.look("compare", self.baseline, "--json").json)

    def evidence(self):
        path = os.path.join(self.directory, f"evidence-{threading.get_ident()}")
        self.look("evidence", "--output", path)
        self.count("evidence", agent.run("compare", self.baseline, "--evidence", path, "--json").json)

    def begin_service(self):
        config, self.log = (os.path.join(self.directory, name) for name in ("conf", "log"))
        with open(config, "w") as file:
            file.write(f"[collector]\nurl = {self.slow.url}\nuuid = {UUID}\n"
                       f"[run]\nstate = {self.directory}/state\n")
        with open(self.log, "w") as log:
            return agent.start("run", "--config", config, tpm=self.tpm, stderr=log)

    def lines(self, words):
        with open(self.log) as file:
            return [line for line in file if words in line]

    def repeat(self, look):
        try:
            while time.monotonic() < self.end:
                look()
        except Exception as failure:
            self.wrong.append((look.__name__, repr(failure)))

    def check_service(self):
        verdicts, reports = self.lines("verdict status="), self.lines("reported number=")
        self.seen["service"] = len(verdicts)
        self.assertEqual([line for line in verdicts[1:] if "reason=same-tpm" not in line], [])
        self.assertEqual([line for line in reports if "status=affirming" not in line], [])
        # It may be on the slow path just as it is ended.
        failed = [line for line in self.lines("not reported") if "this program is to end" not in line]
        self.assertEqual(failed, [])

    def check_history(self):
        """Nothing else was kept either."""
        answer = json.loads(self.collector.ask("GET", f"/v1/vms/{UUID}/reports?limit=200",
                                               token=self.collector.admin_token()).body)
        odd = [each for each in answer["reports"] if each["reason"] not in ("same-tpm", "first-seen")]
        self.assertEqual(odd, [])

    def test_nobody_disturbs_anybody(self):
        self.assertEqual(self.look("beacon", "enable").code, 0)
        self.look("baseline", "save", "--force", self.baseline)
        self.look("report", "--url", self.collector.url(), "--uuid", UUID)
        service = self.begin_service()
        self.assertTrue(process.wait_until(lambda: self.lines("reported number="), 60))
        self.end = time.monotonic() + SECONDS
        looks = (self.report_slowly, self.report_slowly, self.report_quickly, self.confirm, self.compare,
                 self.evidence)
        threads = [threading.Thread(target=self.repeat, args=(look,)) for look in looks]
        for thread in threads:
            thread.start()
        while time.monotonic() < self.end:
            service.send_signal(signal.SIGHUP)
            time.sleep(1)
        for thread in threads:
            thread.join()
        service.send_signal(signal.SIGTERM)
        self.assertEqual(process.reap(service), 0)
        agent.check_sanitizers()
        self.assertEqual(self.wrong, [])
        self.check_service()
        self.check_history()
        print(dict(self.seen), flush=True)
        for kind in ("report", "confirm", "compare", "evidence", "service"):
            self.assertGreater(self.seen[kind], 0, kind)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=int, default=SECONDS)
    options, rest = parser.parse_known_args()
    SECONDS = options.seconds
    unittest.main(argv=[sys.argv[0], *rest])
