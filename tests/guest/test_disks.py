#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The service as it is installed, in a guest with an encrypted disk: it may read no disk, and hears from root's helper
whether they will open. What systemd-cryptenroll of 262 enrolled is asked for; what the lockout protects is left alone."""

import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import debian  # noqa: E402
import in_guest  # noqa: E402
import luks  # noqa: E402
import process  # noqa: E402
import uki  # noqa: E402
from swtpm import Swtpm  # noqa: E402

STATE = "/var/lib/vtpm-agent"
SOCKET = "/run/vtpm-agent-unlock"
PCR = 15    # nobody extends it here
LEFT_ALONE = "a crash would count as a failed PIN"


class Disks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("disks")
        cls.addClassCleanup(process.remove_directory, cls.directory)
        root = cls.enterClassContext(debian.Root(uki.TAR))
        cls.volume, cls.spared = (cls.enterClassContext(luks.Volume(root=root)) for _ in range(2))
        with Swtpm() as tpm:
            cls.volume.enrol(tpm, f"--tpm2-pcrs={PCR}")
            cls.spared.bind(tpm, "tpm2", "{}")
            root.write("tmp/plain", "of the test")
            root.check("systemd-creds", "encrypt", "--with-key=tpm2", f"--tpm2-device={tpm.tcti}",
                       f"--tpm2-pcrs={PCR}", "/tmp/plain", "/tmp/token")
            luks.flush(tpm)
            credential = root.read("tmp/token")
            tpm.stop()
            cls.tpm = cls.enterClassContext(Swtpm(qemu=True, copy_of=tpm.state))
        with debian.Root() as root:
            root.install_agent(in_guest.AGENT)
            root.write("etc/vtpm-agent/vtpm-agent.conf", "[run]\ninterval = 86400\n")
            root.write("etc/credstore.encrypted/token", credential, 0o600)
            os.chmod(root.path("etc/credstore.encrypted"), 0o700)
            root.enable("vtpm-agent")
            disk = root.write_disk(os.path.join(cls.directory, "disk"))
        cls.guest = cls.enterClassContext(debian.DebianGuest(debian.image(), cls.tpm, disk=disk, network=True,
                                                             volumes=[cls.volume.path, cls.spared.path]))

    def wait_log(self, cause):
        """Until the service has told this verdict."""
        command = f"journalctl -b -u vtpm-agent -o cat --no-pager | grep 'cause={cause}'"
        status, _, _ = self.guest.run(["sh", "-c", f"until {command}; do sleep 0.2; done"], timeout=120)
        self.assertEqual(status, 0, self.guest.shell("journalctl -b -u 'vtpm-agent*' --no-pager"))

    def baseline(self):
        return json.loads(self.guest.get(f"{STATE}/baseline.json"))

    def counter(self):
        """Failed tries that the TPM has counted."""
        properties = in_guest.evidence(self.guest).json["properties"]["values"]
        return properties["TPM2_PT_LOCKOUT_COUNTER"]

    def check_slots(self, evidence, result):
        """Of each volume, and of the credential, its only slot."""
        volumes = {volume.get("uuid") or volume["name"]: volume["slots"] for volume in evidence["unlock"]["volumes"]}
        self.assertEqual(set(volumes), {self.volume.uuid, self.spared.uuid, "token"})
        [slot], [spared], [credential] = (volumes[name] for name in (self.volume.uuid, self.spared.uuid, "token"))
        self.assertEqual((slot["type"], slot["result"]), ("systemd-tpm2", result), slot)
        self.assertEqual((credential["type"], credential["result"]), ("systemd-creds", result), credential)
        self.assertEqual((spared["type"], spared["result"]), ("clevis", "unknown"), spared)
        self.assertIn(LEFT_ALONE, spared["detail"])

    def send(self, command):
        self.assertEqual(in_guest.response_code(self.guest.tpm_commands(bytes.fromhex(command))[0]), 0)

    def test_life(self):
        guest = self.guest
        self.wait_log("start")
        with self.subTest("what it is told"):
            self.check_slots(self.baseline(), "opens")
        with self.subTest("root sees the same, and leaves the same alone"):
            self.check_slots(in_guest.evidence(guest).json, "opens")
            sentence = in_guest.status(guest).checks["disk-unlock"]["sentence"]
            self.assertIn("of 3 disks 2 open at the next boot", sentence)
        with self.subTest("who may ask"):
            self.assertEqual(guest.shell(f"stat -c '%U %G %a' {SOCKET}").split(), ["root", "vtpm-agent", "660"])
        with self.subTest("no failed unit, and no try that counted"):
            self.assertEqual(guest.shell("systemctl list-units --failed --plain --no-legend 'vtpm-agent*'"), "")
            self.assertEqual(self.counter(), 0)
        with self.subTest("a PCR that is extended after the initrd, as at the next boot again"):
            self.send(f"8002 00000041 00000182 000000{PCR:02x} 00000009 40000009 0000 00 0000 00000001 000b" + "5a" * 32)
            guest.shell("systemctl reload vtpm-agent", timeout=60)
            self.wait_log("reload")
            self.check_slots(self.baseline(), "opens")
        with self.subTest("cleared"):
            self.send("8002 0000001b 00000126 4000000a 00000009 40000009 0000 00 0000")
            guest.shell("systemctl restart vtpm-agent", timeout=60)
            verdict = json.loads(guest.get(f"{STATE}/verdict.json"))
            self.assertEqual(verdict["continuity"], "cleared")
            self.assertIn("disks-will-not-open", [reason["code"] for reason in verdict["reasons"]], verdict)
            self.assertIn(self.volume.uuid + ", token", json.dumps(verdict))
        with self.subTest("nobody answers where no service asks"):
            guest.shell("systemctl stop vtpm-agent")
            self.assertEqual(guest.run(["test", "-e", SOCKET])[0], 1)


if __name__ == "__main__":
    unittest.main()
