#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The agent leaves the TPM as it found it: after a run, after being killed at any moment, and, where
its broker was killed too, after the next run."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from proxy import Proxy  # noqa: E402
from swtpm import Swtpm  # noqa: E402

CREATE_PRIMARY = 0x131
QUOTE = 0x158
KINDS = ("transient", "loaded-session", "saved-session", "persistent", "nv-index")


def contents(tpm):
    """All that a run could leave behind, as tpm2-tools see it, and the state file."""
    with open(os.path.join(tpm.state, "tpm2-00.permall"), "rb") as file:
        state = hashlib.sha256(file.read()).hexdigest()
    return {"state": state, "nv": oracle.tpm2(tpm, "nvreadpublic"),
            "variable": oracle.tpm2(tpm, "getcap", "properties-variable"), "pcrs": oracle.pcrs(tpm),
            **{kind: oracle.handles(tpm, kind) for kind in KINDS}}


class LeavesNothing(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        oracle.tpm2(self.tpm, "nvdefine", "0x1500002", "-s", "8", "-a",
                    "nt=counter|ownerread|ownerwrite|authread|authwrite|no_da")
        oracle.tpm2(self.tpm, "nvincrement", "0x1500002", "-C", "o")
        self.before = contents(self.tpm)

    def assert_unchanged(self):
        self.assertEqual(contents(self.tpm), self.before)

    def start(self, tcti=None):
        return agent.start("evidence", tpm=self.tpm, tcti=tcti, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, start_new_session=True,
                           env=agent.environment(will_be_killed=True))

    def wait_for_end(self, child):
        process.reap(child)
        self.assertTrue(process.wait_until(lambda: not process.members(child.pid), 20),
                        "the broker does not end")
        agent.check_sanitizers()

    def kill_at(self, should_kill, when, deliver):
        """Runs the agent until should_kill(code, n) says so of its n-th command; then deliver(child)
        happens before the TPM is asked, or after it has answered."""
        child, count, killed = None, 0, []

        def hook(code, _send):
            nonlocal count
            count += 1
            if should_kill(code, count) and not killed:
                while child is None:
                    time.sleep(0.001)
                deliver(child)
                killed.append(code)
                time.sleep(0.002)

        with Proxy(self.tpm, **{when: hook}) as proxy:
            child = self.start(proxy.tcti)
            self.wait_for_end(child)
        return killed

    def test_runs(self):
        for words in (["status"], ["status", "--json"], ["evidence"], ["--format", "nagios"],
                      ["--format", "prometheus"]):
            result = agent.run(*words, tpm=self.tpm)
            self.assertEqual(result.code, 0)
            self.assertEqual(process.members(result.session), [])
            self.assert_unchanged()

    def test_agent_killed_at_each_command(self):
        """The broker, on its own, takes away what the agent had made."""
        for when in ("before", "after"):
            at, killed = 1, True
            while killed:
                killed = self.kill_at(lambda code, n: n == at, when,
                                      lambda child: child.kill())
                self.assertEqual(oracle.handles(self.tpm, "transient"), [], (when, at))
                at += 1
            self.assertGreater(at, 30)
        self.assert_unchanged()

    def test_agent_killed_at_any_moment(self):
        moments = random.Random(1)
        for _ in range(40):
            child = self.start()
            time.sleep(moments.uniform(0, 0.05))
            child.kill()
            self.wait_for_end(child)
            self.assertEqual([oracle.handles(self.tpm, kind) for kind in KINDS[:3]], [[], [], []])
        self.assert_unchanged()

    def test_interrupted_at_a_terminal(self):
        """^C, a hang-up or a shutdown reach the whole process group."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for code in (CREATE_PRIMARY, QUOTE):
                killed = self.kill_at(lambda this, n: this == code, "after",
                                      lambda child: os.killpg(child.pid, number))
                self.assertTrue(killed)
                self.assert_unchanged()

    def leave_a_key(self, code):
        """Kills agent and broker at once while a key of ours is loaded."""
        killed = self.kill_at(lambda this, n: this == code, "after",
                              lambda child: os.killpg(child.pid, signal.SIGKILL))
        self.assertTrue(killed)

    def test_everything_killed(self):
        for code in (CREATE_PRIMARY, QUOTE):
            self.leave_a_key(code)
            self.assertEqual(len(oracle.handles(self.tpm, "transient")), 1)
            self.assertEqual(agent.evidence(tpm=self.tpm).code, 0)
            self.assert_unchanged()

    def test_everything_killed_again_and_again(self):
        """More often than the TPM has slots: each run begins by making room."""
        for _ in range(5):
            self.leave_a_key(QUOTE)
            self.assertEqual(len(oracle.handles(self.tpm, "transient")), 1)
        self.assertEqual(agent.evidence(tpm=self.tpm).code, 0)
        self.assert_unchanged()

    def test_foreign_objects_stay(self):
        def path(name):
            return os.path.join(self.tpm.directory, name)

        oracle.tpm2(self.tpm, "createprimary", "-C", "o", "-G", "ecc", "-c", path("first"))
        self.leave_a_key(QUOTE)
        with open(path("policy"), "wb") as file:
            file.write(hashlib.sha256(b"vtpm-agents").digest())
        oracle.tpm2(self.tpm, "createprimary", "-C", "e", "-G", "ecc", "-L", path("policy"),
                    "-c", path("second"))
        handles = oracle.handles(self.tpm, "transient")
        self.assertEqual(len(handles), 3)
        oracle.tpm2(self.tpm, "startauthsession", "-S", path("session"))
        sessions = [oracle.handles(self.tpm, kind) for kind in KINDS[1:3]]
        self.assertEqual(sum(map(len, sessions)), 1)
        names = {handle: oracle.tpm2(self.tpm, "readpublic", "-c", hex(handle))
                 for handle in (handles[0], handles[2])}
        agent.evidence(tpm=self.tpm)
        self.assertEqual(oracle.handles(self.tpm, "transient"), [handles[0], handles[2]])
        for handle, name in names.items():
            self.assertEqual(oracle.tpm2(self.tpm, "readpublic", "-c", hex(handle)), name)
        self.assertEqual([oracle.handles(self.tpm, kind) for kind in KINDS[1:3]], sessions)

    def test_reader_goes_away(self):
        """`vtpm-agent | true`."""
        child = agent.start("evidence", tpm=self.tpm, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, start_new_session=True)
        child.stdout.close()
        child.stderr.read()
        child.stderr.close()
        self.wait_for_end(child)
        self.assert_unchanged()


if __name__ == "__main__":
    unittest.main()
