#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Every command of the three programs, by two builds of each: what main() passes as `struct error` is all
zero in one and rubbish in the other. Exit status and output must be the same, whether the command
succeeds or fails."""

import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import luks  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from filled_collector import Collector, uuid  # noqa: E402
from stub_collector import Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

TWINS = os.environ["VTPM_TWINS"]
BEACON = "0x01807674"
ANY = None     # exit status: whatever the machine is that this runs on
OWN = "state"  # word: a directory of each twin's own


def commands(program):
    """Those that --help lists."""
    text = process.run([os.path.join(TWINS, f"{program}-zero"), "--help"]).decode()
    section = text.split("Commands:\n")[1].split("\n\n")[0]
    return set(re.findall(r"^  ([a-z-]+)", section, re.M))


def steady(text):
    """Without what is another one in each run: times, numbers, digests, the slowest command, and where lines
    are broken for them."""
    for pattern in (r"\d{4}-\d\d-\d\dT[0-9:]+Z", r"\bTPM2_[A-Z]\w+", r"[A-Za-z0-9+/=]{20,}",
                    r"\b[0-9a-f]*[0-9][0-9a-f]*\b"):
        text = re.sub(pattern, "#", text)
    return " ".join(text.split())


LOG = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "eventlog", "ovmf-secureboot.bin")


class Commands(unittest.TestCase):
    def setUp(self):
        self.directory = process.temporary_directory("errors")
        self.addCleanup(process.remove_directory, self.directory)

    def run_twin(self, program, init, words, stdin):
        words = [init if word == OWN else word for word in words]
        result = subprocess.run(
            [os.path.join(TWINS, f"{program}-{init}"), *words], input=stdin, capture_output=True,
            timeout=60, cwd=self.directory, env=agent.environment())
        agent.check_sanitizers()
        return (result.returncode, steady(result.stdout.decode(errors="backslashreplace")),
                steady(result.stderr.decode(errors="backslashreplace")))

    def assert_same(self, program, code, *words, stdin=b""):
        with self.subTest(words=words):
            clean = self.run_twin(program, "zero", words, stdin)
            if code is not ANY:
                self.assertEqual(clean[0], code, clean)
            self.assertEqual(self.run_twin(program, "pattern", words, stdin), clean)

    def assert_all(self, program, rows):
        """rows: (exit status, words). A command without a row is a failure."""
        self.assertEqual({words[0] for _, words in rows}, commands(program))
        for code, words in rows:
            self.assert_same(program, code, *words)

    def agent_rows(self, tcti, url):
        baseline = os.path.join(self.directory, "baseline")
        os.makedirs(os.path.join(self.directory, "occupied", "verdict.json"))
        link = ("--url", url, "--uuid", uuid(1), *tcti)
        return [
            (1, ("status", *tcti)), (1, ("status", "--json", *tcti)),
            (64, ("status", "--format", "none", *tcti)),
            (1, ("evidence", *tcti)), (3, ("evidence", "--output", "/nowhere/file", *tcti)),
            (0, ("boot", "--log", LOG)), (0, ("boot", "--events", "--json", "--log", LOG)),
            (3, ("boot", "--log", "/nowhere/file")),
            (0, ("unlock", "--volume", self.volume.path, *tcti)), (3, ("unlock", "--volume", "/nowhere/file", *tcti)),
            (1, ("baseline", "save", "--force", baseline, *tcti)), (64, ("baseline", "lose", baseline)),
            (0, ("baseline", "show", baseline)), (3, ("baseline", "show", "/nowhere/file")),
            (64, ("accept", "--state", OWN, *tcti)), (1, ("accept", "--yes", "--state", OWN, *tcti)),
            (0, ("compare", baseline, *tcti)), (3, ("compare", "/nowhere/file", *tcti)),
            (0, ("report", *link)), (0, ("report", "--json", *link)),
            (3, ("report", "--url", "http://127.0.0.1:1", "--uuid", uuid(1), "--timeout", "2", *tcti)),
            (78, ("report", *tcti)),
            (0, ("relay", "ask", "--uuid", uuid(1), *tcti)), (3, ("relay", "answer", *tcti)),
            (0, ("run", "--once", "--state", OWN, *tcti)),
            (3, ("run", "--once", "--state", OWN, "--url", "https://127.0.0.1:1", *tcti)),
            (3, ("run", "--once", "--state", "/dev/null/state", *tcti)),
            (0, ("beacon", "status", *tcti)), (64, ("beacon", "light", *tcti)),
            (0, ("explain", "ek-changed")), (64, ("explain", "nothing")),
            (64, ("service", "start")),
            (0, ("reset-state", "--state", OWN)), (3, ("reset-state", "--state", "occupied")),
        ]

    def test_agent(self):
        """The beacon's index was never written: so something is tolerated in each run, and a warning where
        health is told. No device at all is a result, too."""
        self.volume = self.enterContext(luks.Volume())
        with Swtpm() as tpm, Stub() as stub:
            self.volume.enrol(tpm, "--tpm2-pcrs=7")
            oracle.tpm2(tpm, "nvdefine", BEACON, "-C", "o", "-s", "8", "-g", "sha256", "-a", "0x02040014")
            self.assert_all("vtpm-agent", self.agent_rows(("--tcti", tpm.tcti), stub.url))
        for words in (("status",), ("evidence",), ("beacon", "status")):
            self.assert_same("vtpm-agent", 3 if words[0] == "beacon" else 2, *words,
                             "--tcti", "device:/nowhere/tpm0")

    def test_collector(self):
        authority = os.path.join(self.directory, "none.pem")
        open(authority, "w").close()
        with Collector() as collector:
            number = collector.report(1)
            collector.report(2, status="contraindicated")
            link = ("--url", collector.url(), "--state", collector.state)
            place = os.path.join(collector.state, "copy")
            unknown = uuid(9)
            self.assert_all("vtpm-collector", [
                (0, ("serve", "--routes")), (78, ("serve", "--config", "/nowhere/file")),
                (0, ("init", "--state", collector.state)), (64, ("init", "role", "--state", collector.state)),
                (64, ("copy",)), (64, ("copy", "--from", "sqlite:/nowhere/a", "--to", "sqlite:/nowhere/a")),
                (3, ("copy", "--from", "sqlite:/nowhere/a", "--to", "sqlite:/nowhere/b")),
                (64, ("backup",)), (64, ("backup", place, "--store", "postgresql:///none")),
                (3, ("confirm", uuid(1), "--timeout", "1", *link)), (3, ("confirm", unknown, *link)),
                (0, ("announce", uuid(1), "--event", "clear", *link)), (64, ("announce", uuid(1), *link)),
                (3, ("announce", unknown, "--event", "clear", *link)),
                (3, ("page", "--url", "http://127.0.0.1:1")), (64, ("page", "--url", "unix:/nowhere")),
                (0, ("token", "list", *link)), (3, ("token", "revoke", "9", *link)), (64, ("token", *link)),
                (3, ("token", "make", "/nowhere/uuids", *link)),
                (0, ("result-key", "list", *link)), (3, ("result-key", "rotate", "--url", "http://127.0.0.1:1")),
                (64, ("result-key", *link)), (3, ("result-key", "revoke", "--url", "http://127.0.0.1:1")),
                (0, ("list", *link)), (0, ("list", "--json", *link)),
                (3, ("list", "--url", "http://127.0.0.1:1")),
                (3, ("diff", uuid(1), *link)), (3, ("diff", unknown, *link)), (64, ("diff", uuid(1), "1", *link)),
                (3, ("event-log", str(number), *link)), (64, ("event-log", *link)),
                (0, ("show", uuid(1), *link)), (2, ("show", uuid(2), *link)), (3, ("show", unknown, *link)),
                (0, ("accept", uuid(1), "--report", str(number), *link)), (3, ("accept", unknown, *link)),
                (3, ("forget", unknown, *link)), (64, ("forget", *link)),
                (3, ("forget", uuid(2), "--export", "/nowhere/file", *link)),
                (0, ("trust-ca", "list", *link)), (3, ("trust-ca", "add", authority, *link)),
                (64, ("trust-ca", "forget", *link)),
                (0, ("explain", "ek-changed")), (64, ("explain", "nothing")),
                (0, ("export", *link)), (0, ("verify", *link)), (3, ("verify", unknown, *link)),
                (3, ("verify", "--against", "/nowhere/file", *link)), (3, ("verify", "--against", authority, *link)),
                (0, ("checkpoint", "--full", *link)), (78, ("checkpoint", "--sign-key", authority, *link)),
                (3, ("checkpoint", "--timestamp", "http://127.0.0.1:1/", *link)),
            ])

    def test_host(self):
        """Of libvirt's test driver, whose one domain has no vTPM; and of no libvirt at all."""
        link = ("--connect", "test:///default")
        self.assert_all("vtpm-host", [
            (ANY, ("preflight", *link)), (ANY, ("preflight", "--json", *link)),
            (ANY, ("diagnose", "test", *link)), (ANY, ("diagnose", "nothing", *link)),
            (0, ("facts", *link)),
            (3, ("confirm", "test", *link)), (3, ("confirm", "--all", *link)), (64, ("confirm", *link)),
            (3, ("watch", "--once", "--state", OWN, *link)), (64, ("watch", "test", "--state", OWN, *link)),
            (78, ("watch", "--once", "--config", "/nowhere/file", "--state", OWN, *link)),
            (3, ("watch", "--once", "--state", "/dev/null/state", *link)),
            (3, ("watch", "--once", "--state", OWN, "--connect", "test:///nowhere/file")),
            (3, ("status", "--state", OWN)), (3, ("status", "--json", "--state", OWN)),
            (78, ("status", "--config", "/nowhere/file")),
            (0, ("explain", "ek-changed")), (64, ("explain", "nothing")),
            (3, ("baselines", "export", "--state", "/nowhere")),
            (3, ("baselines", "export", uuid(1), "--state", "/nowhere")),
            (3, ("baselines", "import", "/nowhere/file", "--state", OWN)), (64, ("baselines", "import")),
            (3, ("baselines", "import", LOG, "--state", OWN)), (64, ("baselines", "export", "x", "--state", OWN)),
            (3, ("eks", "/nowhere")), (3, ("eks", "--state", "/nowhere", "--json")), (3, ("eks", TWINS)),
        ])
        for words in (("preflight",), ("facts",), ("confirm", "--all")):
            self.assert_same("vtpm-host", 3, *words, "--connect", "test:///nowhere/file")


if __name__ == "__main__":
    unittest.main()
