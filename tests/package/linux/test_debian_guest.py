#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A Debian guest into whose image our packages were baked, with QEMU's guest agent: booted, migrated,
upgraded, given another vTPM, cloned, purged. It reports to a collector on this machine."""

import base64
import json
import os
import secrets
import ssl
import subprocess
import sys
import unittest

import packages
import debian
import process
from authority import Authority
from collector import PROGRAM, Collector

sys.path.insert(0, os.path.join(packages.HERE, "..", "..", "guest", "matrix"))
import vm as machine  # noqa: E402

STATE = "/var/lib/vtpm-agent"
HOST = "10.0.2.2"  # this machine, as the guest sees it
EMPTY = "/run/empty"


class DebianVm(machine.Vm):
    guest_class = debian.DebianGuest


class InAGuest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("debian-guest")
        authority = Authority(cls.directory, "ca")
        certificate, key = authority.issue("server", "serverAuth",
                                           names=("IP:127.0.0.1", f"IP:{HOST}"))
        cls.token = secrets.token_hex(16)
        token_file = os.path.join(cls.directory, "token")
        with open(token_file, "w") as file:
            file.write(cls.token + "\n")
        os.chmod(token_file, 0o600)
        cls.ca = authority.ca
        cls.collector = cls.enterClassContext(Collector(
            context=ssl.create_default_context(cafile=cls.ca),
            config=f"[http]\ncertificate = {certificate}\nkey = {key}\n"
                   f"[auth]\nagent-token = {token_file}\n"))
        cls.disk = cls.bake()

    @classmethod
    def bake(cls):
        """The image, as its builder makes it: the package of an earlier version, configured, enabled."""
        with debian.Root() as root, open(cls.ca) as ca:
            root.install(packages.deb("vtpm-agent", "old"))
            root.write("etc/vtpm-agent/vtpm-agent.conf", "[run]\ninterval = 86400\n[collector]\nca = /etc/vtpm-agent/ca.pem\n")
            root.write("etc/vtpm-agent/vtpm-agent.conf.d/token.conf",
                       "[collector]\ntoken-file = /etc/vtpm-agent/token\n")
            root.write("etc/vtpm-agent/ca.pem", ca.read())
            root.write("etc/vtpm-agent/token", cls.token + "\n", 0o640)
            root.check("chown", "root:vtpm-agent", "/etc/vtpm-agent/token")
            root.enable("vtpm-agent")
            for name in packages.NAMES[:2]:
                with open(packages.deb(name), "rb") as source, \
                        open(root.path(f"root/{name}.deb"), "wb") as target:
                    target.write(source.read())
            return root.write_disk(os.path.join(cls.directory, "disk"))

    @classmethod
    def given(cls):
        """What the host gives this VM: the collector's address by a credential, and one that leads nowhere by
        SMBIOS, which is weaker."""
        settings = base64.b64encode(f"[collector]\nurl = {cls.url()}\n".encode()).decode()
        return (f"type=11,value=vtpm-agent.url=https://{HOST}:1,"
                f"value=io.systemd.credential.binary:vtpm-agent.conf={settings}",)

    @classmethod
    def url(cls):
        """As the guest reaches it."""
        return f"https://{HOST}:" + cls.collector.url().rpartition(":")[2]

    def confirm(self, *words, uuid=machine.UUID, timeout=150):
        """Starts the host's command that waits for the guest's next report."""
        child = process.start([PROGRAM, "confirm", uuid, *words, "--json", "--timeout", str(timeout),
                               "--url", self.collector.url(), "--ca", self.ca,
                               "--state", self.collector.state],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill, child)
        return child

    def answer(self, child, status):
        out, err = child.communicate(timeout=160)
        process.reap(child)
        self.assertEqual(child.returncode, status, out + err)
        return json.loads(out)

    def ended(self, child, status, continuity):
        self.assertEqual(self.answer(child, status)["continuity"], continuity)

    def wait_announced(self, event):
        def is_there():
            answer = self.collector.ask("GET", f"/v1/vms/{machine.UUID}",
                                        token=self.collector.admin_token())
            return event in answer.text
        self.assertTrue(process.wait_until(is_there, 20))

    def report(self, guest, *words):
        """What a host sees that has the guest's agent report: (exit status, verdict)."""
        pid = guest.channel.start(["/usr/bin/vtpm-agent", "report", "--json", "--url", self.url(), *words])
        answer = guest.channel.wait_answer(pid, 60)
        self.assertFalse(answer.get("out-truncated") or answer.get("err-data"), answer)
        return answer["exitcode"], json.loads(base64.b64decode(answer["out-data"]))

    def journal(self, guest, text, unit="vtpm-agent", timeout=60):
        """The newest line of the unit's log that has this text."""
        command = f"journalctl -b -u {unit} -o cat --no-pager | grep -F '{text}' | tail -n 1 | grep ."
        status, out, _ = guest.run(
            ["sh", "-c", f"until {command}; do sleep 0.2; done"], timeout=timeout)
        self.assertEqual(status, 0, guest.shell(f"journalctl -b -u {unit} --no-pager"))
        return out.decode()

    def unit(self, guest, name, value):
        return guest.shell(f"systemctl show -P {value} {name}").strip()

    def document(self, guest, name):
        return json.loads(guest.get(f"{STATE}/{name}.json"))

    def test_life(self):
        vm = self.enterContext(DebianVm(debian.image(), "tpm-crb", "debian12", network=True,
                                        disk=self.disk, smbios=self.given()))
        self.booted(vm.guest)
        self.migrated(vm)
        self.upgraded(vm.guest)
        self.once(vm.guest)
        self.without_roots_files(vm.guest)
        self.collecting(vm.guest)
        self.replaced(vm)
        self.cloned(vm)
        self.purged(vm.guest)

    def booted(self, guest):
        self.journal(guest, "reported number=")
        self.assertEqual(self.unit(guest, "vtpm-agent", "ActiveState"), "active")
        self.assertEqual(self.document(guest, "verdict")["continuity"], "first-seen")
        # What only root can read was handed over
        baseline = self.document(guest, "baseline")
        self.assertEqual(baseline["smbios"]["uuid"], machine.UUID)
        self.assertGreater(baseline["event_log"]["events"], 0)
        self.assertEqual(guest.shell(f"stat -c '%U %a' {STATE}").split(), ["vtpm-agent", "700"])

    def migrated(self, vm):
        before = self.document(vm.guest, "baseline")["quote"]
        confirm = self.confirm("--event", "live-migration")
        self.wait_announced("live-migration")
        vm.migrate()
        self.ended(confirm, 0, "continuous")
        self.assertIn("continuity=continuous", self.journal(vm.guest, "cause=sign"))
        self.assertNotEqual(self.document(vm.guest, "baseline")["quote"], before)
        status, verdict = self.report(vm.guest, "--event", "live-migration")
        self.assertEqual((status, verdict["continuity"]), (0, "continuous"), verdict)

    def upgraded(self, guest):
        pid, baseline = self.unit(guest, "vtpm-agent", "MainPID"), self.document(guest, "baseline")
        self.assertIn("0.0.9", guest.shell("dpkg-query -W vtpm-agent"))
        guest.shell("DEBIAN_FRONTEND=noninteractive dpkg -i /root/vtpm-agent.deb", timeout=60)
        self.assertIn("0.1.0", guest.shell("dpkg-query -W vtpm-agent"))
        self.assertEqual(self.unit(guest, "vtpm-agent", "ActiveState"), "active")
        self.assertNotEqual(self.unit(guest, "vtpm-agent", "MainPID"), pid)
        self.assertIn("continuity=continuous", self.journal(guest, "cause=start"))
        after = self.document(guest, "baseline")
        self.assertEqual(after["ak"], baseline["ak"])
        self.assertEqual(self.unit(guest, "vtpm-agent", "UnitFileState"), "enabled")

    def once(self, guest):
        """The other way to run it."""
        guest.shell("systemctl start vtpm-agent-check.service", timeout=60)
        self.assertEqual(self.unit(guest, "vtpm-agent-check", "Result"), "success")
        self.assertIn("continuity=continuous", self.journal(guest, "cause=start",
                                                            "vtpm-agent-check"))
        guest.shell("systemctl start vtpm-agent-check.timer")
        self.assertTrue(process.wait_until(
            lambda: self.unit(guest, "vtpm-agent", "ActiveState") == "inactive", 30), "the two exclude each other")
        guest.shell("systemctl stop vtpm-agent-check.timer && systemctl start vtpm-agent", timeout=60)
        guest.shell("systemctl reload vtpm-agent")
        self.journal(guest, "cause=reload")

    def without_roots_files(self, guest):
        """A machine without SMBIOS and without an event log."""
        places = "/sys/devices/virtual/dmi/id /sys/kernel/security/tpm0"
        guest.shell(f"mkdir {EMPTY}; for place in {places}; do mount --bind {EMPTY} $place; done; "
                    "systemctl restart vtpm-agent", timeout=60)
        self.assertEqual(self.unit(guest, "vtpm-agent", "ActiveState"), "active")
        # Evidence that lacks a part does not become the baseline while there is another one.
        self.assertEqual(self.document(guest, "baseline")["smbios"]["uuid"], machine.UUID)
        guest.shell("systemctl stop vtpm-agent && vtpm-agent --reset-state && systemctl start vtpm-agent", timeout=60)
        evidence = self.document(guest, "baseline")
        self.assertEqual(evidence["smbios"]["error"]["code"], "not-found")
        self.assertEqual(evidence["event_log"]["error"]["code"], "not-found")
        guest.shell(f"for place in {places}; do umount $place; done; systemctl restart vtpm-agent",
                    timeout=60)
        self.assertEqual(self.document(guest, "baseline")["smbios"]["uuid"], machine.UUID)

    def collecting(self, guest):
        """The collector's service, with a state directory of its own."""
        guest.shell("DEBIAN_FRONTEND=noninteractive dpkg -i /root/vtpm-collector.deb", timeout=60)
        self.assertEqual(self.unit(guest, "vtpm-collector", "ActiveState"), "inactive")
        guest.shell("systemctl start vtpm-collector", timeout=60)
        self.assertEqual(self.unit(guest, "vtpm-collector", "ActiveState"), "active")
        self.assertEqual(guest.shell("stat -c '%U %a' /var/lib/vtpm-collector "
                                     "/var/lib/vtpm-collector/admin-token").split(),
                         ["vtpm-collector", "700", "vtpm-collector", "600"])
        status, out, err = guest.run(["vtpm-agent", "report", "--url", "http://127.0.0.1:8742",
                                      "--config", "/dev/null", "--json"], timeout=60)
        self.assertEqual(json.loads(out)["continuity"], "first-seen", err)
        self.assertIn(machine.UUID, guest.shell("vtpm-collector list"))
        guest.shell("dpkg --purge vtpm-collector", timeout=60)
        self.assertEqual(guest.run(["sh", "-c", "ls -d /var/lib/vtpm-collector /etc/vtpm-collector; "
                                    "getent passwd vtpm-collector"])[1], b"")

    def replaced(self, vm):
        """The same VM boots with a vTPM that was made anew. Nothing gives its agent authority over the
        VM: it claims to be the VM, and the VM itself does not answer."""
        vm.guest.shell("sync")
        vm.power_off()
        confirm = self.confirm("--event", "hard-reboot", timeout=100)
        self.wait_announced("hard-reboot")
        vm.power_on(vm.make_tpm(copy_of=vm.ready_made("anew")))
        claim, = self.answer(confirm, 2)["claims"]
        self.assertEqual(claim["continuity"], "replaced")
        self.assertIn("continuity=replaced", self.journal(vm.guest, "cause=start"))
        self.assertEqual(self.unit(vm.guest, "vtpm-agent", "ActiveState"), "active")
        status, verdict = self.report(vm.guest)
        self.assertEqual((status, verdict["continuity"]), (2, "replaced"), verdict)

    def cloned(self, vm):
        """Another VM boots from this one's disk, with a vTPM of its own: a baked image's clone."""
        vm.guest.shell("sync")
        vm.power_off()
        vm.power_on(vm.make_tpm(copy_of=vm.ready_made("other")), uuid=machine.OTHER_UUID)
        line = self.journal(vm.guest, "begun anew")
        self.assertIn(f"the baseline is VM {machine.UUID}'s, this is VM {machine.OTHER_UUID}", line)
        self.journal(vm.guest, "reported number=")
        self.assertEqual(self.document(vm.guest, "verdict")["continuity"], "first-seen")
        self.assertEqual(self.document(vm.guest, "baseline")["smbios"]["uuid"], machine.OTHER_UUID)

    def purged(self, guest):
        guest.shell("systemctl stop vtpm-agent && vtpm-agent --reset-state", timeout=60)
        self.assertEqual(guest.shell(f"ls -A {STATE}"), "")
        guest.shell("systemctl start vtpm-agent && dpkg --purge vtpm-agent", timeout=60)
        self.assertEqual(self.unit(guest, "vtpm-agent", "LoadState"), "not-found")
        self.assertEqual(guest.run(["sh", "-c", f"pidof vtpm-agent; ls -d {STATE} /etc/vtpm-agent; "
                                    "find /etc/systemd -name 'vtpm*'; getent passwd vtpm-agent"])[1],
                         b"")


if __name__ == "__main__":
    unittest.main()
