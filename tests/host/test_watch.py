# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-host watch, with a real libvirtd and a real guest with a vTPM, QEMU's guest agent and no network:
what happens to the guest is confirmed without anybody asking, whoever is killed meanwhile."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hypervisor  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402
from guest import TCTI_DEVICE, Image  # noqa: E402
from hypervisor import Guest, virsh, vtpm_host  # noqa: E402
from journal import Journal  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
BARE = "6f9619ff-8b86-4011-b42d-00c04fc96400"
PLAIN = "6f9619ff-8b86-4011-b42d-00c04fc96401"
STATE = "/run/watch"
METRICS = "/run/watch.prom"
METRICS_AT = process.free_address()
LONG = 180  # seconds; TCG on a busy machine


def setUpModule():
    global guest, journal, libvirtd
    libvirtd = hypervisor.start()
    journal = Journal()
    image = Image(programs=[in_guest.AGENT, "qemu-ga"], plugins=TCTI_DEVICE)
    for name, uuid, options in (
            ("web1", UUID, {"image": image, "channel": True, "memory": 256}),
            ("bare", BARE, {}), ("plain", PLAIN, {"tpm": False})):
        virsh("define", hypervisor.file(hypervisor.domain(name, uuid, **options)))
    guest = Guest("web1").start()
    guest.start_guest_agent()


def tearDownModule():
    guest.stop()


def text(path):
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


def record(uuid):
    return json.loads(text(f"{STATE}/guests/{uuid}.json") or "null")


class Watch(unittest.TestCase):
    """In the order of their names: one guest."""

    watcher = None

    @classmethod
    def tearDownClass(cls):
        cls.stop(signal.SIGKILL)

    @classmethod
    def start(cls, *words):
        cls.log = open("/run/watch.log", "a")
        cls.watcher = process.start(
            [hypervisor.HOST, "watch", "--state", STATE, "--metrics", METRICS, *words],
            stdout=cls.log, stderr=cls.log, env=hypervisor.environment())

    @classmethod
    def stop(cls, number=signal.SIGTERM):
        if not cls.watcher:
            return None
        cls.watcher.send_signal(number)
        code = cls.watcher.wait(60)
        cls.watcher = None
        cls.log.close()
        return code

    def wait(self, what, condition):
        if not process.wait_until(condition, LONG):
            with open("/run/watch.log") as file:
                self.fail(f"{what}: {record(UUID)} {journal.entries[-3:]} {file.read()[-3000:]}")

    def told(self, after, **wanted):
        """The first entry of web1 behind the first `after` ones that is as wanted."""
        def found():
            return [entry for entry in journal.of(UUID)[after:]
                    if all(entry.get(f"VTPM_{name.upper()}") == value for name, value in wanted.items())]
        self.wait(f"told {wanted}", found)
        entry = found()[0]
        self.assertEqual(entry["MESSAGE_ID"], "98db4b7075554a94a49b42705562a450")
        return entry

    def owed(self):
        return (record(UUID) or {}).get("owed")

    def test_1_first_sight(self):
        self.assertEqual(vtpm_host("status", "--state", STATE)[0], 3)
        self.start("--metrics-listen", METRICS_AT)
        entry = self.told(0)
        self.assertEqual((entry["VTPM_STATUS"], entry["VTPM_CONTINUITY"], entry["VTPM_FIRST"]),
                         ("affirming", "first-seen", "yes"), entry)
        self.assertTrue(os.path.exists(f"{STATE}/baselines/{UUID}.json"))
        self.wait("settled", lambda: self.owed() is False)
        self.assertIsNone(record(PLAIN))
        code, out, err = vtpm_host("status", "--state", STATE, "--json")
        self.assertEqual((code, json.loads(out)["owed"]), (0, 0), err)
        self.assertEqual([one["domain"] for one in json.loads(out)["guests"]], ["web1"])
        self.wait("metrics", lambda: f'vtpm_host_guest_exit_code{{uuid="{UUID}",domain="web1"}} 0\n' in text(METRICS))
        # The same by HTTP, but for the time, and nothing else.
        with urllib.request.urlopen(f"http://{METRICS_AT}/metrics", timeout=LONG) as answer:
            self.assertEqual(answer.headers["Content-Type"], "text/plain; version=0.0.4")
            self.assertIn(f'vtpm_host_guest_exit_code{{uuid="{UUID}",domain="web1"}} 0\n', answer.read().decode())
        for words, status in ((("/",), 404), (("/metrics", b"x"), 405)):
            with self.assertRaises(urllib.error.HTTPError) as raised:
                urllib.request.urlopen(f"http://{METRICS_AT}{words[0]}", *words[1:], timeout=LONG)
            self.assertEqual(raised.exception.code, status)
            raised.exception.close()
        for address in ("0.0.0.0:9", "[::]:9", "192.0.2.1:9", "localhost:9", "127.0.0.1", "127.0.0.1:0", "[::1:9"):
            code, _, err = vtpm_host("watch", "--state", STATE, "--metrics-listen", address)
            self.assertEqual(code, 64, err)
            self.assertIn("not 127.0.0.1:PORT or [::1]:PORT", err)

    def test_2_only_one_watches(self):
        code, _, err = vtpm_host("watch", "--once", "--state", STATE)
        self.assertEqual(code, 3)
        self.assertIn("another run has it", err)

    def test_3_paused_and_resumed(self):
        before = len(journal.of(UUID))
        virsh("suspend", "web1")
        virsh("resume", "web1")
        self.told(before, event="resume", cause="resumed", continuity="continuous", status="affirming")

    def reset(self, how):
        """After it the guest is a new system on the same line."""
        guest.channel.expect_restart()
        how()
        guest.channel.wait_ready(LONG)
        guest.start_guest_agent()

    def test_4_reset_by_the_host(self):
        before = len(journal.of(UUID))
        self.reset(lambda: virsh("reset", "web1"))
        entry = self.told(before, event="hard-reboot")
        self.assertEqual(entry["VTPM_STATUS"], "affirming", entry)
        self.assertIn(entry["VTPM_CONTINUITY"], ("crashed", "restarted"))

    def test_5_rebooted_by_the_guest(self):
        before = len(journal.of(UUID))
        self.reset(lambda: guest.channel.send(b"reboot -f", b"", "root", 30))
        entry = self.told(before, event="soft-reboot")
        self.assertIn(entry["VTPM_CONTINUITY"], ("crashed", "restarted"), entry)

    def test_6_libvirtd_killed(self):
        """What happens meanwhile is looked for when it is back."""
        global libvirtd
        before = len(journal.of(UUID))
        libvirtd.kill()
        libvirtd.wait()
        libvirtd = process.start(["libvirtd"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env={name: value for name, value in os.environ.items() if name != "TMPDIR"})
        self.told(before, event="none", cause="found running", continuity="continuous")

    def test_7_watcher_killed(self):
        """Between the event and its confirmation: the guest's agent does not answer yet."""
        before = len(journal.of(UUID))
        guest.shell("killall qemu-ga")
        guest.stop()
        virsh("start", "web1", "--paused")
        self.wait("owed", lambda: self.owed() and record(UUID)["event"] == "hard-reboot")
        self.stop(signal.SIGKILL)
        self.assertTrue(self.owed())
        virsh("destroy", "web1")
        guest.start()
        guest.start_guest_agent()
        self.start()
        entry = self.told(before, event="hard-reboot")
        self.assertIn(entry["VTPM_CONTINUITY"], ("crashed", "restarted"), entry)
        self.assertEqual(entry["VTPM_STATUS"], "affirming", entry)

    def test_8a_once_with_a_command(self):
        self.assertEqual(self.stop(), 0)
        with open("/run/told.sh", "w") as file:
            file.write("#!/bin/sh\nprintf '%s\\n' \"$@\" >/run/told\n")
        os.chmod("/run/told.sh", 0o755)
        code, _, err = vtpm_host("watch", "--once", "--state", STATE, "--command", "/run/told.sh",
                                 "--command", "it's", timeout=LONG)
        self.assertEqual(code, 0, err)
        with open("/run/told") as file:
            self.assertEqual(file.read().split("\n"), ["it's", UUID, "web1", "none", "affirming", "continuous",
                                                       "same-tpm", ""])

    def test_8aa_a_baseline_that_is_newer(self):
        """As where the watcher was killed between the baseline and its record: what happened is not allowed twice."""
        path = f"{STATE}/guests/{UUID}.json"
        baseline = f"{STATE}/baselines/{UUID}.json"
        for earlier, event, status in ((-3600, "hard-reboot", 1), (60, "none", 0)):
            kept = json.loads(text(path))
            then = int(os.stat(baseline).st_mtime) - earlier
            kept.update(owed=True, unconfirmed=True, event="hard-reboot", cause="booted", since=then, happened=then)
            with open(path, "w") as file:
                json.dump(kept, file)
            code, _, err = vtpm_host("watch", "--once", "--state", STATE, timeout=LONG)
            self.assertEqual((code, journal.of(UUID)[-1]["VTPM_EVENT"]), (status, event), err)
        self.assertIs(record(UUID)["unconfirmed"], False)

    def test_8b_collector(self):
        """It judges by its own baseline; this host keeps none."""
        secret = "hosts-secret-token-0123456789abcdef"
        for name, line in (("token", secret), ("tokens", f"host here {hashlib.sha256(secret.encode()).hexdigest()}")):
            with open(f"/run/{name}", "w") as file:
                file.write(line + "\n")
        with Collector(config="[auth]\ntokens = /run/tokens\n") as collector:
            with open("/run/collector.conf", "w") as file:
                file.write(f"[collector]\nurl = {collector.url()}\ntoken-file = /run/token\n")
            for code, continuity in ((0, "first-seen"), (0, "continuous")):
                done = vtpm_host("watch", "--once", "--state", "/run/other", "--config", "/run/collector.conf",
                                 timeout=LONG)
                self.assertEqual(done[0], code, done[2])
                entry = journal.of(UUID)[-1]
                self.assertEqual((entry["VTPM_CONTINUITY"], entry["VTPM_EVENT"]), (continuity, "none"), entry)
        self.assertEqual(os.listdir("/run/other"), ["guests"])

    def test_8c_not_in_time(self):
        """A guest without an agent: it is said, and nothing else waits for it."""
        virsh("start", "bare")
        with open("/run/watch.conf", "w") as file:
            file.write("[watch]\ndeadline = 30\nstate = /run/watch\n")
        code, _, err = vtpm_host("watch", "--once", "--config", "/run/watch.conf", timeout=LONG)
        virsh("destroy", "bare")
        self.assertEqual(code, 3, err)
        self.wait("told of bare", lambda: journal.of(BARE))
        [entry] = journal.of(BARE)
        self.assertEqual((entry["VTPM_STATUS"], entry["PRIORITY"]), ("unconfirmed", "4"))
        self.assertIn("no guest agent channel", entry["MESSAGE"])
        self.assertEqual(journal.of(UUID)[-1]["VTPM_STATUS"], "affirming")
        code, out, err = vtpm_host("status", "--state", STATE)
        self.assertEqual(code, 3, err)
        self.assertIn("Cannot tell", out)
        # What libvirt has no more is not watched, and what is known of it lasts for a while: see Nova's hard reboot.
        virsh("undefine", "bare")
        self.assertEqual(vtpm_host("watch", "--once", "--state", STATE, timeout=LONG)[0], 0)
        code, out, err = vtpm_host("status", "--state", STATE, "--json")
        self.assertEqual((code, [one["domain"] for one in json.loads(out)["guests"]]), (0, ["web1"]), err)
        self.assertGreater(record(BARE)["gone"], 0)

    def test_9_replaced(self):
        """libvirt only says that it was resumed; it is another QEMU, and had a boot at least."""
        guest.stop()
        shutil.rmtree(f"{hypervisor.STATE}/{UUID}")
        guest.start()
        guest.start_guest_agent()
        code, _, err = vtpm_host("watch", "--once", "--state", STATE, timeout=LONG)
        self.assertEqual(code, 2, err)
        entry = journal.of(UUID)[-1]
        self.assertEqual((entry["VTPM_CONTINUITY"], entry["PRIORITY"], entry["VTPM_EVENT"]),
                         ("replaced", "3", "hard-reboot"), entry)
        self.assertEqual(vtpm_host("status", "--state", STATE)[0], 2)


if __name__ == "__main__":
    unittest.main(failfast=True)
