# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-host-watch.service as it is installed, by a systemd and in its sandbox: it hears a real libvirtd, asks a real
guest, keeps what that is, runs the operator's command and serves metrics."""

import os
import shutil
import subprocess
import sys
import unittest
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import hypervisor  # noqa: E402
import in_guest  # noqa: E402
import process  # noqa: E402
from guest import TCTI_DEVICE, Image  # noqa: E402
from hypervisor import Guest, virsh  # noqa: E402
from journal import Journal  # noqa: E402
from own_systemd import OwnSystemd  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
UNIT = os.path.join(os.path.dirname(os.path.dirname(hypervisor.HOST)), "installer", "systemd",
                    "vtpm-host-watch.service")
PROGRAM = "/run/vtpm-host"  # a build may be below a home, which the unit does not see
STATE = "/var/lib/vtpm-host"
ENOUGH = 180  # seconds; TCG on a busy machine
MORE = f"""[Service]
ExecStart=
ExecStart={PROGRAM} watch --metrics-listen %s --command /run/told.sh
Environment=ASAN_OPTIONS=detect_leaks=0
"""
# Elsewhere it must not write, and with what power it runs.
TOLD = f"""#!/bin/sh
{{ echo "$*"; grep -E '^(CapEff|NoNewPrivs|Seccomp):' /proc/self/status; }} >{STATE}/told
touch /run/elsewhere
"""


class Unit(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        process.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", "/var/lib"])
        hypervisor.start()
        cls.journal = Journal()
        image = Image(programs=[in_guest.AGENT, "qemu-ga"], plugins=TCTI_DEVICE)
        virsh("define", hypervisor.file(hypervisor.domain("web1", UUID, image=image, channel=True, memory=256)))
        cls.guest = Guest("web1").start()
        cls.addClassCleanup(cls.guest.stop)
        cls.guest.start_guest_agent()
        shutil.copy(hypervisor.HOST, PROGRAM)
        with open("/run/told.sh", "w") as file:
            file.write(TOLD)
        os.chmod("/run/told.sh", 0o755)

    def told(self, after, **wanted):
        def found():
            return [entry for entry in self.journal.of(UUID)[after:]
                    if all(entry.get(f"VTPM_{name.upper()}") == value for name, value in wanted.items())]
        if not process.wait_until(found, ENOUGH):
            ended = subprocess.run(["ps", "-ef"], text=True, capture_output=True).stdout
            self.fail(f"{wanted}: {self.journal.entries[-10:]} {ended[-3000:]}")
        return found()[0]

    def test_an_event(self):
        address = process.free_address()
        with OwnSystemd(UNIT, MORE % address):
            entry = self.told(0, first="yes")
            self.assertEqual(entry["VTPM_STATUS"], "affirming", entry)
            self.assertEqual(os.stat(STATE).st_mode & 0o777, 0o700)
            self.assertTrue(os.path.exists(f"{STATE}/baselines/{UUID}.json"))
            before = len(self.journal.of(UUID))
            virsh("suspend", "web1")
            virsh("resume", "web1")
            entry = self.told(before, event="resume")
            self.assertEqual((entry["VTPM_STATUS"], entry["VTPM_CONTINUITY"]), ("affirming", "continuous"), entry)
            with urllib.request.urlopen(f"http://{address}/metrics", timeout=ENOUGH) as answer:
                self.assertIn(f'vtpm_host_guest_exit_code{{uuid="{UUID}",domain="web1"}} 0\n', answer.read().decode())
            self.assertTrue(process.wait_until(lambda: "resume" in self.read_told(), 60), self.read_told())
        self.assertEqual(self.read_told().splitlines(),
                         [f"{UUID} web1 resume affirming continuous same-tpm", "CapEff:\t0000000000000000",
                          "NoNewPrivs:\t1", "Seccomp:\t2"])
        self.assertFalse(os.path.exists("/run/elsewhere"))

    @staticmethod
    def read_told():
        try:
            with open(f"{STATE}/told") as file:
                return file.read()
        except FileNotFoundError:
            return ""


if __name__ == "__main__":
    unittest.main(failfast=True)
