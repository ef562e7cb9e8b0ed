#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""One run of the agent at a time talks to a TPM's device: the others wait for it, at no cost of their time for the
TPM; and where it hangs, they find the TPM hung, and not taken. The device is a pseudo terminal that never answers. And
one at a time compares with what is kept."""

import fcntl
import json
import os
import pty
import select
import sys
import time
import tty
import unittest
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import process  # noqa: E402
from proxy import Proxy  # noqa: E402
from swtpm import Swtpm  # noqa: E402

TURN = 10  # seconds: TRANSPORT_TURN_US
READ_CLOCK, GET_RANDOM, PCR_READ, QUOTE, NV_READ_PUBLIC, NV_CERTIFY = 0x181, 0x17b, 0x17e, 0x158, 0x169, 0x184


class Turns(unittest.TestCase):
    def setUp(self):
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.slave)
        tty.setraw(self.slave)
        self.node = os.ttyname(self.slave)

    def hang_up(self):
        """Ends a broker that waits for an answer."""
        os.close(self.master)

    def start(self):
        return agent.start("evidence", "--timeout", "2", tcti="device:" + self.node, stdout=-1, stderr=-1,
                           env=agent.environment(will_be_killed=True))

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

    def test_hung_run_hides_nothing(self):
        with self.start() as first:
            self.assertTrue(self.has_command(10))
            os.read(self.master, 4096)
            with self.assertRaises(BlockingIOError):
                fcntl.flock(self.slave, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.check_hung(first)
        begin = time.monotonic()
        with self.start() as second:
            self.assertFalse(self.has_command(TURN - 2))
            self.assertTrue(self.has_command(4))
            self.check_hung(second)
        self.assertLess(time.monotonic() - begin, TURN + 10)
        self.hang_up()


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
                         ("same-tpm", ["baseline.json", "verdict.json"]))


if __name__ == "__main__":
    unittest.main()
