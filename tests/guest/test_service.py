#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`vtpm-agent run`: as a service manager sees it, and in a guest that is migrated and loses power."""

import json
import os
import signal
import socket
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "matrix")]
import agent  # noqa: E402
import guest  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
import vm as machine  # noqa: E402
from swtpm import Swtpm  # noqa: E402

STATE = "/var/lib/vtpm-agent"
LOG = "/tmp/log"
SIGN_SECONDS = 30


class Manager:
    """What systemd is to a service: a socket for its messages, and the watchdog's period."""

    def __init__(self, directory):
        self.path = os.path.join(directory, "notify")
        self.state = os.path.join(directory, "state")
        self.config = os.path.join(directory, "conf")
        self.messages = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.settimeout(20)
        self.log = open(os.path.join(directory, "log"), "w+")
        self.configure("")

    def configure(self, text):
        with open(self.config, "w") as file:
            file.write(text)

    def start(self, tpm):
        env = agent.environment(NOTIFY_SOCKET=self.path, WATCHDOG_USEC="1000000",
                                STATE_DIRECTORY=self.state)
        return agent.start("run", "--config", self.config, tpm=tpm, env=env, stderr=self.log)

    def wait(self, word):
        """The next message with that word."""
        while True:
            message = self._socket.recv(4096).decode()
            self.messages.append(message)
            if word in message:
                return message

    def read(self, name, state=None):
        with open(os.path.join(state or self.state, name)) as file:
            return json.load(file)

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    def close(self):
        self._socket.close()
        self.log.close()


class UnderAManager(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm())
        self.manager = Manager(self.enterContext(tempfile.TemporaryDirectory(prefix="vtpm-")))
        self.addCleanup(self.manager.close)

    def test_life(self):
        manager = self.manager
        child = manager.start(self.tpm)
        self.addCleanup(process.kill, child)
        self.assertIn("STATUS=there is no baseline: this vTPM has not been seen before",
                      manager.wait("READY=1"))
        self.assertEqual(manager.read("verdict.json")["continuity"], "first-seen")
        self.assertIn("quote", manager.read("baseline.json"))

        begin = time.monotonic()
        for _ in range(4):
            self.assertEqual(manager.wait("WATCHDOG=1"), "WATCHDOG=1")
        self.assertTrue(1.0 < time.monotonic() - begin < 4.0)

        child.send_signal(signal.SIGHUP)
        self.assertIn("STATUS=same keys", manager.wait("READY=1"))
        self.assertEqual(manager.read("verdict.json")["continuity"], "continuous")
        self.assertIn("continuity=continuous reason=same-tpm cause=reload", manager.log_text())

        # A configuration that became wrong is told and not taken.
        manager.configure("[tpm]\ntimeout = never\n")
        child.send_signal(signal.SIGHUP)
        manager.wait("READY=1")
        self.assertIn("configuration not reloaded: ", manager.log_text())
        self.assertIsNone(child.poll())

        # One that is right is taken.
        other = manager.state + ".other"
        manager.configure(f"[run]\nstate = {other}\n")
        child.send_signal(signal.SIGHUP)
        manager.wait("READY=1")
        self.assertEqual(sorted(os.listdir(other)), ["baseline.json", "service.json", "verdict.json"])

        # The TPM goes away: told, and the baseline stays.
        baseline = manager.read("baseline.json", other)
        self.tpm.stop()
        child.send_signal(signal.SIGHUP)
        manager.wait("READY=1")
        self.assertEqual(manager.read("verdict.json", other)["exit_code"], 2)
        self.assertEqual(manager.read("baseline.json", other), baseline)

        child.send_signal(signal.SIGTERM)
        manager.wait("STOPPING=1")
        self.assertEqual(child.wait(10), 0)
        process.reap(child)
        agent.check_sanitizers()

    def test_once(self):
        """For timers; and what is kept is forgotten where an image is to be cloned."""
        def run(*words, tpm=self.tpm):
            result = agent.run(*words, "--config", self.manager.config, tpm=tpm,
                               env=agent.environment(STATE_DIRECTORY=self.manager.state))
            return result.code

        kept = ["baseline.json", "candidate-numbers.json", "candidate.json", "service.json", "verdict.json"]
        self.assertEqual(run("run", "--once"), 0)   # nothing to compare with: health counts
        self.assertEqual(self.manager.read("verdict.json")["continuity"], "first-seen")
        self.assertEqual(run("run", "--once"), 0)
        self.assertEqual(self.manager.read("verdict.json")["continuity"], "continuous")
        with Swtpm(name="other") as other:
            self.assertEqual(run("run", "--once", tpm=other), 2)
            self.assertEqual(sorted(os.listdir(self.manager.state)), kept)
            for _ in range(2):
                self.assertEqual(run("--reset-state", tpm=None), 0)
                self.assertEqual(os.listdir(self.manager.state), [])
            self.assertEqual(run("run", "--once", tpm=other), 0)
            self.assertEqual(self.manager.read("verdict.json")["continuity"], "first-seen")

    def test_stops_at_once(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            child = self.manager.start(self.tpm)
            self.addCleanup(process.kill, child)
            self.manager.wait("READY=1")
            child.send_signal(number)
            self.assertEqual(child.wait(5), 0)
            agent.check_sanitizers()


class InAGuest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.image = in_guest.image()

    def start(self, vm):
        """Starts the service and waits for its first verdict: the line in its log."""
        vm.guest.spawn(["sh", "-c", f"exec vtpm-agent run --interval 86400 2>{LOG}"], timeout=3600)
        return self.wait_log(vm, "cause=start")

    def wait_log(self, vm, text, timeout=30):
        """The line of the service's log in which that text comes."""
        status, out, _ = vm.guest.run(
            ["sh", "-c", f"until grep '{text}' {LOG}; do usleep 100000; done"], timeout=timeout)
        if status != 0:
            self.fail(f"no \"{text}\" in:\n" + vm.guest.shell(f"cat {LOG}"))
        return out.decode().strip()

    def state(self, vm, name):
        return json.loads(vm.guest.get(f"{STATE}/{name}"))

    def test_moved_and_cut_off(self):
        directory = self.enterContext(tempfile.TemporaryDirectory(prefix="vtpm-"))
        disk = guest.make_disk(os.path.join(directory, "disk"))
        with machine.Vm(self.image, "tpm-crb", "debian12", network=True, disk=disk) as vm:
            with self.subTest("first verdict"):
                self.assertIn("status=none continuity=first-seen", self.start(vm))
                self.assertEqual(self.state(vm, "verdict.json")["continuity"], "first-seen")
                first = self.state(vm, "baseline.json")["quote"]

            with self.subTest("live migration"):
                begin = time.monotonic()
                vm.migrate()
                line = self.wait_log(vm, "cause=sign", SIGN_SECONDS)
                print(f"a comparison {time.monotonic() - begin:.1f} s after the migration began:\n"
                      f"{line}", flush=True)
                self.assertIn("status=affirming continuity=continuous reason=same-tpm", line)
                self.assertNotIn("announces=0", line)
                self.assertNotEqual(self.state(vm, "baseline.json")["quote"], first)
                page = in_guest.agent(vm.guest)
                self.assertIn("survived: continuous", " ".join(page.out.split()), page)

            with self.subTest("power cut"):
                vm.power_off(crash=True)
                vm.power_on()
                before = self.state(vm, "verdict.json")
                self.assertEqual(before["continuity"], "continuous")
                self.assertIn("status=warning continuity=crashed reason=crashed", self.start(vm))

            with self.subTest("another vTPM"):
                baseline = vm.guest.get(f"{STATE}/baseline.json")
                vm.power_off()
                vm.power_on(vm.make_tpm(copy_of=vm.ready_made("anew")))
                self.assertIn("status=contraindicated continuity=replaced reason=ek-changed",
                              self.start(vm))
                self.assertEqual(vm.guest.get(f"{STATE}/baseline.json"), baseline)

            with self.subTest("end"):
                vm.guest.shell("kill -TERM $(pidof vtpm-agent | tr ' ' '\\n' | tail -n 1); "
                               "while pidof vtpm-agent; do usleep 10000; done")


if __name__ == "__main__":
    unittest.main()
