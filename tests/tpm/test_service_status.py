#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What `vtpm-agent` says of its own service: its last verdict is in the first line and in the exit status, for
root and for a user who may ask neither the TPM nor the service."""

import json
import os
import re
import signal
import stat
import sys
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import agent  # noqa: E402
import own_service  # noqa: E402
import process  # noqa: E402
import schemas  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "5f3c2f6e-0d2b-4f47-8a39-5b1f6f4f7a01"
OTHER_UUID = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"


class Case(own_service.Case):
    def compare_once(self, code, *words, tpm=None):
        result = self.agent("run", "--once", *words, tpm=tpm)
        self.assertEqual(result.code, code, result)

    def check_status(self, code, reason, tpm=None, **options):
        """The same answer in each form. Returns the JSON."""
        result = self.agent("--json", tpm=tpm, **options)
        self.assertEqual(result.code, code, result)
        self.assertEqual((result.json["exit_code"], result.json.get("reason")), (code, reason), result)
        self.assertEqual(schemas.complaints("status.schema.json", result.json), [])
        words = {0: "OK", 1: "WARNING", 2: "CRITICAL", 3: "UNKNOWN"}
        nagios = self.agent("--format", "nagios", tpm=tpm, **options)
        self.assertEqual(nagios.code, code, nagios)
        self.assertTrue(nagios.out.startswith(f"VTPM {words[code]} - "), nagios)
        metrics = self.agent("--format", "prometheus", tpm=tpm, **options)
        self.assertEqual(metrics.code, code, metrics)
        self.assertIn(f"\nvtpm_status {code}\n", metrics.out)
        page = self.agent(tpm=tpm, **options)
        self.assertEqual(page.code, code, page)
        return result.json

    def page(self, tpm=None, **options):
        return " ".join(self.agent(tpm=tpm, **options).out.split())

    def change(self, name, **members):
        path = os.path.join(self.state, name)
        with open(path) as file:
            document = json.load(file)
        document.update(members)
        with open(path, "w") as file:
            json.dump(document, file)


class ItsVerdict(Case):
    def test_replaced(self):
        self.assertNotIn("continuity", self.check_status(0, None))
        self.compare_once(0)
        status = self.check_status(0, None)
        self.assertEqual(status["continuity"], "first-seen")
        self.compare_once(0)
        self.assertEqual(self.check_status(0, None)["continuity"], "continuous")
        self.assertIn("still the same one", self.page())
        self.compare_once(2, tpm=self.other)
        status = self.check_status(2, "ek-changed", tpm=self.other)
        self.assertEqual((status["continuity"], status["health"]), ("replaced", "affirming"))
        self.assertIn("REPLACED this is another vTPM", self.page(tpm=self.other))

    def test_a_first_sight_that_was_not_kept(self):
        os.mkdir(self.state, 0o755)
        self.env["JOURNAL_STREAM"] = "8:1"
        result = self.agent("run", "--once", nobody=True)
        self.assertEqual(result.code, 3, result)
        self.assertIn("<4>vtpm-agent: verdict status=none continuity=first-seen", result.err)
        self.assertNotIn("ENROLLED", result.err)

    def test_of_another_vm(self):
        """A cloned image brings the verdict of the VM that it was taken from."""
        config = os.path.join(self.directory, "conf")
        with open(config, "w") as file:
            file.write(f"[collector]\nuuid = {OTHER_UUID}\n")
        self.compare_once(0, "--uuid", UUID)
        self.compare_once(2, "--uuid", UUID, tpm=self.other)
        with Swtpm(name="third") as third:
            result = self.agent("--json", "--config", config, tpm=third)
            self.assertEqual(result.code, 0, result)
            self.assertFalse(result.json["service"]["counts"])
            self.assertNotIn("continuity", result.json)
            page = self.agent("--config", config, tpm=third)
            self.assertIn("another VM's: it came here with its image", " ".join(page.out.split()))
            metrics = self.agent("--format", "prometheus", "--config", config, tpm=third)
            self.assertNotIn("vtpm_continuity", metrics.out)

    def test_times(self):
        now = int(time.time())
        self.compare_once(0, "--interval", "60")
        self.assertIn("next", self.check_status(0, None)["service"])
        for name, next_, reason in (("late", now - 90, None), ("silent", now - 1000, "service-overdue")):
            with self.subTest(name):
                self.change("service.json", next=next_)
                status = self.check_status(1 if reason else 0, reason)
                self.assertEqual(status["service"]["overdue"], bool(reason))
        with self.subTest("the clock was set back"):
            self.change("service.json", next=now + 100000)
            self.change("verdict.json", iat=now + 90000)
            self.check_status(1, "clock-set-back")
        with self.subTest("older than the baseline"):
            self.change("service.json", next=now + 90000)
            self.change("verdict.json", iat=now - 90000)
            self.check_status(0, None)
            self.assertIn("newer than the verdict", self.page())
        with self.subTest("of another boot"):
            self.change("service.json", boot_id=UUID)
            self.assertIn("before this boot", self.page())
            self.assertIn("HEALTHY the vTPM is present and working 1", self.page())

    def test_what_cannot_be_read(self):
        self.compare_once(0)
        for name in ("verdict.json", "service.json", "baseline.json"):
            path = os.path.join(self.state, name)
            with open(path, "rb") as file:
                whole = file.read()
            for what, content in (("half", whole[:len(whole) // 2]), ("empty", b""), ("another", b"{}"),
                                  ("huge", whole + b" " * 3000000),
                                  ("hostile", b'{"format": "vtpm-service", "continuity": "\x1b[31m"')):
                with self.subTest(f"{name}: {what}"):
                    with open(path, "wb") as file:
                        file.write(content)
                    result = self.agent("--json")
                    self.assertEqual((result.code, result.json["reason"]), (3, "service-failed"), result)
                    self.assertIn(name, result.json["service"]["fault"])
            with open(path, "wb") as file:
                file.write(whole)
        self.check_status(0, None)


class TheService(Case):
    def start(self):
        child = agent.start("run", "--interval", "3600", "--state", self.state, tpm=self.tpm, env=self.env,
                            stderr=open(os.path.join(self.directory, "log"), "w"))
        self.addCleanup(process.kill, child)
        return child

    def wait_published(self, what):
        """The published document, once `what` holds of it."""
        end = time.monotonic() + 60
        while True:
            try:
                with open(self.public) as file:
                    document = json.load(file)
                if what(document):
                    return document
            except FileNotFoundError:
                pass
            if time.monotonic() > end:
                with open(os.path.join(self.directory, "log")) as file:
                    self.fail("not published:\n" + file.read())
            time.sleep(0.05)

    def test_life(self):
        child = self.start()
        document = self.wait_published(lambda document: "iat" in document)
        self.assertEqual(schemas.complaints("service.schema.json", document), [])
        self.assertEqual(document["continuity"], "first-seen")
        self.assertTrue(3600 <= document["next"] - document["iat"] <= 3600 * 1.1 + 60, document)
        self.assertEqual(stat.S_IMODE(os.stat(self.public).st_mode), 0o644)
        with open(os.path.join(self.state, "service.json")) as file:
            self.assertEqual(schemas.complaints("service.schema.json", json.load(file)), [])

        with self.subTest("it cannot read its baseline any more"):
            path = os.path.join(self.state, "baseline.json")
            with open(path) as file:
                baseline = file.read()
            with open(path, "w") as file:
                file.write("{")
            child.send_signal(signal.SIGHUP)
            document = self.wait_published(lambda document: "fault" in document)
            self.assertIn("baseline.json", document["fault"])
            self.assertEqual(document["continuity"], "first-seen")
            self.check_status(3, "service-failed")
            with open(path, "w") as file:
                file.write(baseline)
            child.send_signal(signal.SIGHUP)
            self.wait_published(lambda document: document["continuity"] == "continuous")
            self.check_status(0, None)

        with self.subTest("it ends"):
            child.send_signal(signal.SIGTERM)
            self.assertEqual(child.wait(30), 0)
            process.reap(child)
            document = self.wait_published(lambda document: "next" not in document)
            self.assertEqual(document["continuity"], "continuous")
            self.assertEqual(schemas.complaints("service.schema.json", document), [])
            self.check_status(0, None)
            self.change("service.json", ended=document["ended"] - 1000)
            self.assertIn("ended", self.check_status(1, "service-ended")["service"])
            self.assertIn("none: the service was stopped at 20", self.page())
        with self.subTest("a run by hand is no service"):
            self.compare_once(0)
            self.check_status(1, "service-ended")
            self.compare_once(0, "--interval", "60")
            self.check_status(0, None)
        agent.check_sanitizers()

        with self.subTest("all is forgotten"):
            self.assertEqual(agent.run("reset-state", "--state", self.state, env=self.env).code, 0)
            self.assertEqual(os.listdir(self.state) + os.listdir(self.run_directory), [])

    def test_names_nobody(self):
        """Whatever the verdict says, what everybody may read tells no key and no UUID."""
        self.compare_once(0, "--uuid", UUID)
        self.compare_once(2, "--uuid", UUID, tpm=self.other)
        with open(self.public) as file:
            text = file.read()
        self.assertEqual(schemas.complaints("service.schema.json", json.loads(text)), [])
        self.assertIsNone(re.search(r"[0-9a-f]{16}|[0-9a-f]{8}-[0-9a-f]{4}", text), text)
        self.assertNotIn(os.uname().nodename, text.split())


class SomebodyElse(Case):
    """Neither the TPM nor the state directory is theirs to read."""

    def setUp(self):
        super().setUp()
        self.node = os.path.join(self.directory, "tpm")
        with open(self.node, "w"):
            os.chmod(self.node, 0o600)

    def ask(self, code, reason):
        return self.check_status(code, reason, tcti=f"device:{self.node}", nobody=True)

    def test_sees_the_verdict(self):
        self.ask(3, "device")
        self.compare_once(0, "--interval", "60")
        os.chmod(self.state, 0o700)
        self.ask(0, None)
        self.compare_once(0, "--interval", "60")
        self.assertEqual(self.ask(0, None)["continuity"], "continuous")
        page = self.page(tcti=f"device:{self.node}", nobody=True)
        self.assertIn("HEALTHY the vTPM is present, working and still the same one, as the service found", page)
        self.assertIn("the service, to every user of this machine", page)
        self.compare_once(2, "--interval", "60", tpm=self.other)
        self.assertEqual(self.ask(2, "ek-changed")["continuity"], "replaced")

    def test_nobody_goes_on(self):
        self.compare_once(0, "--interval", "60")
        os.chmod(self.state, 0o700)
        with open(self.public) as file:
            document = json.load(file)
        now = int(time.time())
        boot = now - int(time.clock_gettime(time.CLOCK_BOOTTIME))
        for what, members in (("overdue", {"next": now - 1000}), ("ended", {"next": 0, "ended": now}),
                              ("of an earlier boot", {"iat": boot - 10})):
            with self.subTest(what):
                with open(self.public, "w") as file:
                    json.dump({**document, **members}, file)
                self.ask(3, "device")
        with open(self.public, "w") as file:
            file.write(json.dumps(document)[:40])
        self.ask(3, "device")


if __name__ == "__main__":
    unittest.main()
