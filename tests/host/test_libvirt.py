# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-host against a real libvirtd with a running domain that has an encrypted vTPM. Runs in a mount
namespace of its own, where libvirt's directories are empty file systems; each fault is injected
there, and the finding that must come of it is looked for."""

import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402

HOST = os.environ["VTPM_HOST"]
STATE = "/var/lib/libvirt/swtpm"
UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
TPM2 = f"{STATE}/{UUID}/tpm2"
PERMALL = f"{TPM2}/tpm2-00.permall"
SECRET = "11111111-2222-4333-8444-555555555555"
SECRET_XML = f"""<secret ephemeral='no' private='yes'><uuid>{SECRET}</uuid>
<usage type='vtpm'><name>test</name></usage></secret>"""
DOMAIN_XML = f"""<domain type='qemu'><name>g</name><uuid>{UUID}</uuid><memory unit='MiB'>64</memory>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices>
<tpm model='tpm-crb'><backend type='emulator' version='2.0' persistent_state='yes'>
<encryption secret='{SECRET}'/></backend></tpm></devices></domain>"""


def virsh(*words, stdin=""):
    done = subprocess.run(["virsh", "-c", "qemu:///system", "-q", *words], input=stdin, text=True,
                          capture_output=True, timeout=60)
    if done.returncode:
        raise RuntimeError(f"virsh {words[0]}: {done.stderr}")
    return done.stdout


def define(xml):
    with open("/run/test.xml", "w") as file:
        file.write(xml)
    return "/run/test.xml"


def host(*words):
    done = subprocess.run([HOST, *words], text=True, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def findings(*words):
    """(exit status, the findings that are not affirming)"""
    status, out, _ = host(*words, "--json")
    return status, [f for f in json.loads(out)["findings"] if f["status"] != "affirming"
                    and f["check"] != "time"]


def setUpModule():
    for path in ("/run", "/var/lib/libvirt", "/var/log/libvirt", "/var/log/swtpm",
                 "/var/cache/libvirt", "/var/lib/swtpm-localca"):
        os.makedirs(path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", path], check=True)
    # Its configuration without the domains and secrets that this machine may have.
    shutil.copytree("/etc/libvirt", "/run/etc", ignore=shutil.ignore_patterns("qemu", "secrets"))
    subprocess.run(["mount", "--bind", "/run/etc", "/etc/libvirt"], check=True)
    for path in ("/run/libvirt", "/run/lock", STATE, "/var/log/swtpm/libvirt/qemu"):
        os.makedirs(path)
        os.chmod(path, 0o711)
    shutil.chown("/var/lib/swtpm-localca", "tss", "tss")
    shutil.chown("/var/log/swtpm/libvirt/qemu", "tss", "tss")
    # What they start runs as another user, who may not look into our temporary directory.
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    for daemon in ("virtlogd", "libvirtd"):
        process.start([daemon], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                      env=environment)
    if not process.wait_until(lambda: subprocess.run(
            ["virsh", "-c", "qemu:///system", "version"], capture_output=True).returncode == 0, 60):
        raise RuntimeError("libvirtd does not answer")
    virsh("secret-define", define(SECRET_XML))
    virsh("secret-set-value", SECRET, "--base64", "MTIz")
    virsh("define", define(DOMAIN_XML))
    virsh("start", "g")


def tearDownModule():
    virsh("destroy", "g")


class Preflight(unittest.TestCase):
    def expect(self, check, sentence, words=("preflight", "g")):
        status, found = findings(*words)
        self.assertEqual(status, 2, found)
        self.assertEqual(found[0]["check"], check, found)
        self.assertIn(sentence, found[0]["sentence"])

    def test_healthy(self):
        self.assertEqual(findings("preflight", "g")[1], [])

    def test_wrong_owner(self):
        self.addCleanup(shutil.chown, PERMALL, "tss")
        shutil.chown(PERMALL, "root")
        self.expect("state", "belongs to uid 0")

    def test_state_missing(self):
        self.addCleanup(os.rename, PERMALL + ".away", PERMALL)
        os.rename(PERMALL, PERMALL + ".away")
        self.expect("state", "the vTPM's state is missing")

    def test_over_mounted_is_empty(self):
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", STATE], check=True)
        self.addCleanup(subprocess.run, ["umount", STATE], check=True)
        self.expect("state", "not there")

    def test_stacked(self):
        for _ in range(2):
            subprocess.run(["mount", "--bind", STATE, STATE], check=True)
            self.addCleanup(subprocess.run, ["umount", STATE], check=True)
        self.expect("mount", "hidden below")

    def test_read_only(self):
        subprocess.run(["mount", "--bind", STATE, STATE], check=True)
        self.addCleanup(subprocess.run, ["umount", STATE], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", STATE], check=True)
        self.expect("mount", "read-only")

    def test_full(self):
        copy = "/run/copy"
        shutil.copytree(STATE, copy)
        self.addCleanup(shutil.rmtree, copy)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", STATE], check=True)
        self.addCleanup(subprocess.run, ["umount", STATE], check=True)
        os.makedirs(TPM2)
        shutil.copy(f"{copy}/{UUID}/tpm2/tpm2-00.permall", PERMALL)
        for path in (TPM2, PERMALL):
            shutil.chown(path, "tss", "tss")
        try:
            with open(f"{STATE}/fill", "wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        except OSError:
            pass
        self.expect("write", "full")

    def test_localca(self):
        self.addCleanup(shutil.chown, "/var/lib/swtpm-localca", "tss")
        shutil.chown("/var/lib/swtpm-localca", "root")
        self.expect("localca", "belongs to uid 0")

    def test_expected_uid(self):
        self.expect("uid", "not 64130", ("preflight", "g", "--expect-uid", "64130"))

    def test_not_shared(self):
        self.expect("mount", "not shared", ("preflight", "--shared", "--all"))

    def test_unknown_domain(self):
        self.expect("xml", "no such domain", ("preflight", "other"))

    def test_nothing_is_left_behind(self):
        before = sorted(os.listdir(TPM2))
        host("preflight")
        self.assertEqual(sorted(os.listdir(TPM2)), before)


class Diagnose(unittest.TestCase):
    def test_log(self):
        path = "/var/log/swtpm/libvirt/qemu/g-swtpm.log"
        with open(path) as file:
            before = file.read()
        with open(path, "a") as file:
            file.write("\nError: NvPowerOn failed\n")
        status, found = findings("diagnose", "g")
        with open(path, "w") as file:
            file.write(before)
        self.assertEqual(status, 2)
        self.assertIn("wrong secret, or a damaged file", found[0]["sentence"])

    def test_first_line(self):
        os.rename(PERMALL, PERMALL + ".away")
        self.addCleanup(os.rename, PERMALL + ".away", PERMALL)
        status, out, _ = host("diagnose", "g")
        self.assertEqual(status, 2)
        self.assertTrue(out.startswith("BROKEN  the vTPM's state is missing"), out)


class Confirm(unittest.TestCase):
    def test_no_channel(self):
        status, _, err = host("confirm", "g", "--event", "live-migration")
        self.assertEqual(status, 3)
        self.assertIn("has no guest agent channel", err)


class Ztop(unittest.TestCase):
    """Last: the swtpm does not come back."""

    def test_swtpm_killed(self):
        facts = json.loads(host("facts")[1])
        os.kill(facts["domains"][0]["swtpm_pid"], signal.SIGKILL)
        status, found = findings("preflight", "g")
        self.assertEqual((status, found[0]["check"]), (2, "process"))


if __name__ == "__main__":
    unittest.main()
