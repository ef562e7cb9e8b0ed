#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One run of the agent at a time talks to a TPM: the others wait for it, at no cost of their time for the TPM; and where
it hangs, they say so and leave no second process behind. The device is a pseudo terminal that never answers. And one
at a time compares with what is kept."""

import fcntl
import json
import os
import pty
import select
import socket
import sys
import time
import tty
import unittest
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import process  # noqa: E402
from proxy import Proxy  # noqa: E402
from swtpm import Swtpm  # noqa: E402

TURN = 10  # seconds: TRANSPORT_TURN_US
READ_CLOCK, GET_RANDOM, PCR_READ, QUOTE, NV_READ_PUBLIC, NV_CERTIFY = 0x181, 0x17b, 0x17e, 0x158, 0x169, 0x184
BEHIND = "the TPM does not answer: an earlier run of this program still waits for it"


class Turns(unittest.TestCase):
    def setUp(self):
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.slave)
        tty.setraw(self.slave)
        self.node = os.ttyname(self.slave)

    def hang_up(self):
        """Ends a broker that waits for an answer."""
        os.close(self.master)

    def start(self, *words):
        return agent.start(*(words or ("evidence",)), "--timeout", "2", tcti="device:" + self.node, stdout=-1, stderr=-1,
                           env=agent.environment(will_be_killed=True))

    def brokers(self):
        """Who has the device open."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                open_files = [os.readlink(f"/proc/{pid}/fd/{fd}") for fd in os.listdir(f"/proc/{pid}/fd")]
            except OSError:
                continue
            if self.node in open_files and int(pid) != os.getpid():
                found.append(int(pid))
        return found

    def has_command(self, seconds):
        return bool(select.select([self.master], [], [], seconds)[0])

    def check_hung(self, child):
        out, err = child.communicate(timeout=60)
        agent.check_sanitizers()
        self.assertIn(b"did not answer in time", out, err)

    def test_waits_for_its_turn(self):
        fcntl.flock(self.slave, fcntl.LOCK_EX)
        with self.start() as child:
            self.assertFalse(self.has_command(3))
            fcntl.flock(self.slave, fcntl.LOCK_UN)
            begin = time.monotonic()
            self.assertTrue(self.has_command(10))
            self.check_hung(child)
            self.assertGreater(time.monotonic() - begin, 1.5)
        self.hang_up()

    def test_one_that_does_not_say_who_he_is_hides_nothing(self):
        fcntl.flock(self.slave, fcntl.LOCK_EX)
        with self.start() as child:
            self.assertFalse(self.has_command(TURN - 2))
            self.assertTrue(self.has_command(20))
            self.check_hung(child)
        self.hang_up()

    def check_behind(self, child):
        out, err = child.communicate(timeout=120)
        agent.check_sanitizers()
        found = json.loads(out)
        self.assertEqual((child.returncode, err, found["reason"]), (2, b"", "responsive"))
        self.assertEqual(found["evidence"]["session"]["error"],
                         {"code": "timeout", "message": f"open {self.node}: {BEHIND}"})

    def test_behind_a_hung_run(self):
        """One process waits for the TPM, however many runs there are: at once, and one after the other."""
        with self.start() as first:
            self.assertTrue(self.has_command(10))
            os.read(self.master, 4096)
            with self.assertRaises(BlockingIOError):
                fcntl.flock(self.slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.check_hung(first)
        begin = time.monotonic()
        runs = [self.start("status", "--json") for _ in range(20)]
        for run in runs:
            with run:
                self.check_behind(run)
        self.assertGreater(time.monotonic() - begin, TURN - 1)
        with self.start("status", "--json") as run:
            self.check_behind(run)
        self.assertFalse(self.has_command(0))
        self.assertTrue(process.wait_until(lambda: len(self.brokers()) == 1, 30), self.brokers())
        self.hang_up()
        self.assertTrue(process.wait_until(lambda: not self.brokers(), 30))

    def test_nobody_waits_for_a_run_that_was_killed(self):
        with self.start() as first:
            self.assertTrue(self.has_command(10))
            with self.start() as second:
                self.assertTrue(process.wait_until(lambda: len(self.brokers()) == 2, 30))
                second.kill()
            self.assertTrue(process.wait_until(lambda: len(self.brokers()) == 1, TURN - 2))
            self.check_hung(first)
        self.hang_up()


class Named(unittest.TestCase):
    """A TCTI's turn is a name, which anybody on the machine may take."""

    def test_behind_a_hung_run(self):
        with Swtpm() as tpm:
            tpm.suspend()
            with ThreadPoolExecutor(12) as pool:
                runs = list(pool.map(lambda _: agent.status("--timeout", "1", tpm=tpm), range(12)))
            messages = [run.evidence["session"]["error"]["message"] for run in runs]
            self.assertEqual([run.code for run in runs], 12 * [2])
            self.assertEqual([BEHIND in message for message in messages].count(False), 1, messages)
            runs.append(agent.status("--timeout", "1", tpm=tpm))
            self.assertIn(BEHIND, runs[-1].evidence["session"]["error"]["message"])

            def brokers():
                return [broker for run in runs for broker in process.members(run.session)]

            self.assertTrue(process.wait_until(lambda: len(brokers()) == 1, 30), brokers())
            tpm.resume()
            self.assertTrue(process.wait_until(lambda: not brokers(), 30))
            self.assertEqual(agent.status(tpm=tpm).code, 0)

    def test_many_that_answer_are_no_hung_one(self):
        """Together they take longer than any of them waits for one that hangs."""
        with Swtpm() as tpm:
            slow = agent.mangled("mangle=slow,ms=4300,code=0x181", tpm)
            begin = time.monotonic()
            with ThreadPoolExecutor(4) as pool:
                runs = list(pool.map(lambda _: agent.status("--timeout", "12", tcti=slow), range(4)))
            self.assertGreater(time.monotonic() - begin, TURN)
            self.assertEqual([run.code for run in runs], 4 * [0])

    def test_a_name_that_is_taken_hides_nothing(self):
        with Swtpm() as tpm, socket.socket(socket.AF_UNIX) as squatter:
            squatter.bind(f"\0vtpm-agent {tpm.tcti}")
            result = agent.status("--timeout", "2", tpm=tpm)
            self.assertEqual(result.code, 0)
            self.assertGreater(result.seconds, TURN - 1)


    def test_long_names_are_not_cut(self):
        """Two that begin alike have a turn each: the digest of what is too long is its name."""
        with Swtpm() as tpm:
            tcti = agent.mangled("mangle=slow,ms=1,code=0x" + 60 * "0" + "181", tpm)
            name = f"vtpm-agent {tcti}"
            self.assertGreater(len(name), 106)
            for taken, waits in ((name[:106], False), (f"vtpm-agent sha256 {sha256(tcti.encode()).hexdigest()}", True)):
                with self.subTest(taken), socket.socket(socket.AF_UNIX) as squatter:
                    squatter.bind("\0" + taken)
                    result = agent.status("--timeout", "2", tcti=tcti)
                    self.assertEqual((result.code, result.seconds > TURN - 1), (0, waits), result)


class Order(unittest.TestCase):
    def test_clock_first_and_quote_last(self):
        """By this, two documents tell whether one was read before the other was quoted."""
        codes = []
        with Swtpm() as tpm, Proxy(tpm, before=lambda code, _: codes.append(code)) as proxy:
            self.assertEqual(agent.run("beacon", "enable", tcti=proxy.tcti).code, 0)
            codes.clear()
            agent.evidence(tcti=proxy.tcti)
        after = {codes.index(code) for code in (GET_RANDOM, NV_READ_PUBLIC, NV_CERTIFY, PCR_READ)}
        self.assertLess(codes.index(READ_CLOCK), min(after))
        self.assertLess(len(codes) - codes[::-1].index(PCR_READ), codes.index(QUOTE) + 1)


class State(unittest.TestCase):
    """Two that compare with one state directory: the outcome of one is what the other begins with."""

    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        self.state = process.temporary_directory("state")
        self.env = agent.environment(STATE_DIRECTORY=self.state)

    def once(self, *words):
        return agent.run("run", "--once", *words, tpm=self.tpm, env=self.env)

    def kept(self):
        with open(os.path.join(self.state, "verdict.json")) as file:
            return json.load(file)["reasons"][0]["code"]

    def test_waits(self):
        self.once()
        directory = os.open(self.state, os.O_RDONLY)
        self.addCleanup(os.close, directory)
        fcntl.flock(directory, fcntl.LOCK_EX)
        result = self.once("--timeout", "2")
        self.assertEqual((result.code, self.kept()), (3, "first-seen"))
        self.assertIn("another run has it", result.err)
        self.assertGreater(result.seconds, 1.9)
        fcntl.flock(directory, fcntl.LOCK_UN)
        self.assertEqual((self.once().code, self.kept()), (0, "same-tpm"))

    def test_many_first_ones_at_once(self):
        os.rmdir(self.state)
        with ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda _: self.once("--verbose"), range(6)))
        self.assertEqual(sum("reason=first-seen" in result.err for result in results), 1, results)

    def test_many_at_once(self):
        self.once()
        with ThreadPoolExecutor(6) as pool:
            results = list(pool.map(lambda _: self.once(), range(12)))
        self.assertEqual({result.code for result in results}, {0}, results[0])
        self.assertEqual((self.kept(), sorted(os.listdir(self.state))),
                         ("same-tpm", ["baseline.json", "service.json", "verdict.json"]))


if __name__ == "__main__":
    unittest.main()
