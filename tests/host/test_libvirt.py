# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-host against a real libvirtd with a running domain that has an encrypted vTPM, in a mount
namespace of its own. Each fault is injected, and what must come of it is looked for: the first
finding, and the first line of the diagnosis."""

import fcntl
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import hypervisor  # noqa: E402
import manufacture  # noqa: E402
import process  # noqa: E402
from hanging_mount import HangingMount  # noqa: E402
from hypervisor import LOCALCA, STATE, SWTPM_LOGS, findings, virsh, vtpm_host  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
OFF = "6f9619ff-8b86-4011-b42d-00c04fc964f0"
ANEW = "6f9619ff-8b86-4011-b42d-00c04fc964f2"
PLAIN = "6f9619ff-8b86-4011-b42d-00c04fc964f1"
TPM2 = f"{STATE}/{UUID}/tpm2"
PERMALL = f"{TPM2}/tpm2-00.permall"
LOG = f"{SWTPM_LOGS}/g-swtpm.log"
SECRET = "11111111-2222-4333-8444-555555555555"
OTHER_SECRET = "11111111-2222-4333-8444-666666666666"
NEW_SWTPM, OLD_SWTPM = (os.path.dirname(manufacture.tool("swtpm", release)) for release in ("new", "debian12"))
# As Linux 6.1 shows an NFS mount; a blank in the export stands as \040.
MOUNTINFO = """22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
36 22 0:50 / /var/lib/libvirt/swtpm rw,relatime shared:19 - nfs filer:/vtpm\\040state rw,vers=3,\
rsize=1048576,wsize=1048576,namlen=255,hard,proto=tcp,timeo=600,retrans=2,sec=sys,\
mountaddr=192.0.2.7,mountvers=3,mountport=635,mountproto=udp,local_lock=all,addr=192.0.2.7
"""
# What each log may say, and what it means.
LOG_LINES = (
    ("g-swtpm.log", "does not support migration with shared storage", "swtpm is too old to migrate"),
    ("g-swtpm.log", "Need read/write rights on /x/.lock.swtpm-localca for user 102.",
     "swtpm's certificate authority does not belong to"),
    ("g-swtpm.log", "Error: NvPowerOn failed", "swtpm cannot read its state: wrong secret"),
    ("g-swtpm.log", "libtpms/tpm2: Entering failure mode; code: 5, location: x", "swtpm is in failure"),
    ("g.log", "qemu-system-x86_64: tpm-emulator: TPM result for CMD_INIT: 0x9 operation failed",
     "swtpm did not start: its state could not be loaded"),
)
JOURNAL_LINES = (
    ('apparmor="DENIED" operation="open" profile="swtpm" name="/srv/x"', "AppArmor denies swtpm"),
    ("error : TPM secret was not found", "the secret of the vTPM's encryption is not here"),
)


def setUpModule():
    global libvirtd
    libvirtd = hypervisor.start()
    for secret in (SECRET, OTHER_SECRET):
        hypervisor.define_secret(secret, f"<usage type='vtpm'><name>{secret}</name></usage>")
    for name, uuid, options in (("g", UUID, {"secret": SECRET}),
                                ("off", OFF, {"secret": OTHER_SECRET}),
                                ("plain", PLAIN, {"kept": False})):
        virsh("define", hypervisor.file(hypervisor.domain(name, uuid, **options)))
        virsh("start", name)
    for name in ("off", "plain"):
        virsh("destroy", name)


def tearDownModule():
    virsh("destroy", "g")


def mount(*words):
    subprocess.run(["mount", *words], check=True)


def program(name, script):
    """A PATH in which `name` is this shell script: another program, at this one's border."""
    directory = process.temporary_directory("bin")
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + script)
    os.chmod(path, 0o755)
    return f"{directory}:{os.environ['PATH']}"


class Case(unittest.TestCase):
    def undo(self, *words):
        self.addCleanup(subprocess.run, words, check=True)

    def expect(self, check, sentence, words=("g",), code=2, badge="BROKEN", **changes):
        """preflight's first finding, and what diagnose says in its first line."""
        status, found = findings("preflight", *words, **changes)
        self.assertEqual(status, code, found)
        self.assertEqual(found[0]["check"], check, found)
        self.assertIn(sentence, found[0]["sentence"])
        status, out, err = vtpm_host("diagnose", *words, COLUMNS="100", **changes)
        self.assertEqual(status, code, out + err)
        first = " ".join(out.split("\n\n")[0].split())
        self.assertTrue(first.startswith(badge + " "), first)
        self.assertIn(sentence, first)
        return found


class Healthy(Case):
    def test_1_nothing_is_found(self):
        for command in ("preflight", "diagnose"):
            self.assertEqual(findings(command, "g")[1], [])
        out = vtpm_host("diagnose", "g")[1]
        self.assertIn("a hard reboot keeps this vTPM", " ".join(out.split()))
        self.assertIn("no known failure in its logs, which alone is not health",
                      " ".join(out.split()))

    def test_without_libvirt(self):
        """Where a platform has none, its absence is no fault: what to do instead."""
        nowhere = ("--connect", "qemu+unix:///system?socket=/nonexistent")
        code, out, err = vtpm_host("preflight", "--profile", "proxmox", *nowhere)
        self.assertEqual((code, out), (3, ""))
        self.assertIn("Proxmox has no libvirt: qm config VMID shows tpmstate0, and vtpm-host confirm --qga-socket", err)
        self.assertIn("is libvirtd running?", vtpm_host("preflight", "--profile", "libvirt", *nowhere)[2])

    def test_nothing_is_left_behind(self):
        before = sorted(os.listdir(TPM2))
        vtpm_host("preflight")
        self.assertEqual(sorted(os.listdir(TPM2)), before)

    def test_command_line(self):
        for words, sentence in (
                (("diagnose",), "diagnose needs a domain"),
                (("confirm",), "confirm needs a domain or --all, and not both"),
                (("confirm", "g", "--all"), "confirm needs a domain or --all, and not both"),
                (("confirm", "g", "--save", "/x", "--collector", "https://c"),
                 "--collector keeps the baselines itself"),
                (("preflight", "--ha-user", "pf9"), "--ha-user and --ha-group go together"),
                (("confirm", "g", "--qga-socket", "/x"), "with --qga-socket the VM is named by its UUID"),
                (("confirm", "--all", "--qga-socket", "/x"), "--qga-socket is of one guest: no --all"),
                (("preflight", "--profile", "xen"), "--profile: \"xen\" is none of platform9, libvirt"),
                (("facts", "--event", "none"), "facts does not take --event"),
                (("preflight", "--vm-directory", "x"), "--vm-directory: not an absolute path")):
            with self.subTest(words):
                status, out, err = vtpm_host(*words)
                self.assertEqual((status, out), (64, ""), err)
                self.assertIn(sentence, err)


class State(Case):
    def test_wrong_owner(self):
        self.addCleanup(shutil.chown, PERMALL, "tss")
        shutil.chown(PERMALL, "root")
        self.expect("state", "the vTPM's state belongs to uid 0, not to tss")

    def test_missing_file(self):
        self.addCleanup(os.rename, PERMALL + ".away", PERMALL)
        os.rename(PERMALL, PERMALL + ".away")
        found = self.expect("state", f"the vTPM's state is missing: {TPM2} is empty")
        self.assertIn("do not hard-reboot", found[-1]["sentence"])

    def test_empty_file(self):
        shutil.copy2(PERMALL, "/run/permall")
        self.addCleanup(shutil.chown, PERMALL, "tss", "tss")
        self.addCleanup(shutil.copy2, "/run/permall", PERMALL)
        os.truncate(PERMALL, 0)
        self.expect("state", "the vTPM's state file is empty: the domain will not start")

    def test_empty_directory(self):
        """As on a destination whose NFS is not mounted."""
        mount("-t", "tmpfs", "-o", "mode=0711", "tmpfs", STATE)
        self.undo("umount", STATE)
        found = self.expect("mount", f"{STATE} is in memory: on {STATE} (tmpfs), which is lost")
        self.assertIn(f"the vTPM's state is missing: {TPM2} is not there", found[1]["sentence"])

    def test_older_than_its_swtpm(self):
        """The running swtpm wrote at its start, but not to this file."""
        shutil.copy2(PERMALL, "/run/permall")
        self.addCleanup(shutil.copystat, "/run/permall", PERMALL)
        os.utime(PERMALL, (1, 1))
        self.expect("process", "older than the running swtpm", code=1, badge="WARNING")

    def test_certificate_authority(self):
        self.addCleanup(shutil.chown, LOCALCA, "tss")
        shutil.chown(LOCALCA, "root")
        self.expect("localca", "swtpm's certificate authority belongs to uid 0")


class Mounts(Case):
    def test_in_memory(self):
        """Over one VM's directory, or over all in the form of a live system's overlay."""
        for point in (f"{STATE}/{UUID}", TPM2):
            for kind in ("tmpfs", "ramfs"):
                mount("-t", kind, kind, point)
                try:
                    found = self.expect("mount", f"the vTPM's state is in memory: on {point} ({kind}), which")
                    self.assertEqual(found[0]["subject"], "g")
                    facts = json.loads(vtpm_host("facts")[1])["domains"]
                    self.assertEqual({one["name"]: one.get("mount_point") for one in facts},
                                     {"g": point, "off": None, "plain": None})
                finally:
                    subprocess.run(["umount", point], check=True)

    def overlay(self, upper, point):
        for name in ("upper", "work"):
            os.makedirs(f"{upper}/{name}")
        shutil.chown(f"{upper}/upper", *(("tss", "tss") if point == TPM2 else ("root", "root")))
        os.chmod(f"{upper}/upper", 0o711)
        mount("-t", "overlay", "-o", f"lowerdir={point},upperdir={upper}/upper,workdir={upper}/work",
              "overlay", point)
        self.undo("umount", point)

    def test_overlay_in_memory(self):
        self.overlay("/run/overlay-in-memory", STATE)
        self.expect("mount", f"{STATE} is in memory: on {STATE} (overlay on tmpfs), which is lost")

    def test_overlay_on_disk(self):
        os.makedirs("/run/upper")
        hypervisor.file_system("/run/upper.disk", "/run/upper", "16M")
        self.undo("umount", "/run/upper")
        self.overlay("/run/upper", TPM2)
        self.expect("mount", f"the vTPM's state is on an overlay on {TPM2}: it lasts as long as", code=1,
                    badge="WARNING")

    def test_stacked(self):
        for _ in range(2):
            mount("--bind", STATE, STATE)
            self.undo("umount", STATE)
        self.expect("mount", f"{STATE} has 1 more mount hidden below the one in use")

    def test_covered_by_an_ancestor(self):
        os.makedirs("/run/deep/state")
        mount("-t", "tmpfs", "tmpfs", "/run/deep/state")
        mount("-t", "tmpfs", "tmpfs", "/run/deep")
        self.undo("umount", "/run/deep/state")
        self.undo("umount", "/run/deep")
        os.makedirs("/run/deep/state")
        self.expect("mount", "the mount on /run/deep/state is covered by a later one on /run/deep",
                    ("g", "--state-directory", "/run/deep/state"))

    def test_link(self):
        """The state directory may be a link to where the export is mounted."""
        os.makedirs("/run/elsewhere")
        mount("--bind", STATE, "/run/elsewhere")
        self.undo("umount", "/run/elsewhere")
        os.symlink("/run/elsewhere", "/run/link")
        facts = json.loads(vtpm_host("facts", "--state-directory", "/run/link")[1])
        self.assertEqual(facts["mount"]["point"], "/run/elsewhere")
        self.assertEqual(facts["directory"]["access"], "ok")

    def test_read_only(self):
        mount("--bind", STATE, STATE)
        self.undo("umount", STATE)
        mount("-o", "remount,bind,ro", STATE)
        self.expect("mount", f"{STATE} is mounted read-only")

    def test_full(self):
        shutil.copytree(STATE, "/run/copy")
        self.addCleanup(shutil.rmtree, "/run/copy")
        hypervisor.file_system("/run/small", STATE, "256k")
        self.undo("umount", STATE)
        os.makedirs(TPM2)
        shutil.copy(f"/run/copy/{UUID}/tpm2/tpm2-00.permall", PERMALL)
        for path in (TPM2, PERMALL):
            shutil.chown(path, "tss", "tss")
        try:
            with open(f"{STATE}/fill", "wb", buffering=0) as file:
                while True:
                    file.write(bytes(4096))
        except OSError:
            pass
        self.expect("write", f"cannot write in {TPM2}: full")

    def test_closed_parent(self):
        """Of a state elsewhere, a directory above may be closed to the account."""
        os.chmod(f"{STATE}/{UUID}", 0o700)
        self.addCleanup(os.chmod, f"{STATE}/{UUID}", 0o711)
        found = self.expect("write", f"cannot write in {TPM2}: denied")
        self.assertIn("needs x on each directory above", found[0]["remedy"])

    def test_denied(self):
        """As by an export that squashes the account."""
        os.chmod(TPM2, 0o500)
        self.addCleanup(os.chmod, TPM2, 0o700)
        self.expect("write", f"cannot write in {TPM2}: denied")

    def test_not_shared(self):
        self.expect("mount", f"{STATE} is not shared: it is on", ("g", "--shared"))

    def recorded(self, old="", new=""):
        with open("/run/mountinfo", "w") as file:
            file.write(MOUNTINFO.replace(old, new))
        return ("g", "--profile", "platform9", "--expect-uid", str(pwd.getpwnam("tss").pw_uid),
                "--mountinfo", "/run/mountinfo")

    def test_nfs_options(self):
        path = {"PATH": f"{NEW_SWTPM}:{os.environ['PATH']}"}    # one that may migrate when shared
        self.assertEqual(findings("preflight", *self.recorded(), **path)[1], [])
        facts = json.loads(vtpm_host("facts", *self.recorded()[5:])[1])
        self.assertEqual((facts["mount"]["source"], facts["mount"]["type"]),
                         ("filer:/vtpm state", "nfs"))
        # Where nobody asks for them, any options do.
        self.assertEqual(findings("preflight", "g", "--shared", *self.recorded("local_lock=all", "x")[5:], **path)[1],
                         [])
        sentence = f"{STATE} is NFS without vers=3,local_lock=all"
        for old, new in (("local_lock=all", "local_lock=none"), ("vers=3,", "vers=4.2,"),
                         (",local_lock=all", "")):
            with self.subTest(new):
                self.expect("mount", sentence, self.recorded(old, new), 1, "WARNING", **path)
        self.expect("mount", f"{STATE} is mounted read-only",
                    self.recorded("swtpm rw,", "swtpm ro,"), **path)
        path = {"PATH": f"{OLD_SWTPM}:{os.environ['PATH']}"}
        self.expect("versions", "needs swtpm 0.8 and libvirt 8.10", self.recorded(), **path)


class Hangs(Case):
    def test_dead_server(self):
        with HangingMount("/run/dead"):
            self.expect("write", "/run/dead does not answer: its NFS server is not reachable",
                        ("g", "--state-directory", "/run/dead"))

    def test_write_that_hangs(self):
        """The file that it was about to make is gone when the file system goes on."""
        subprocess.run(["truncate", "-s", "16M", "/run/disk"], check=True)
        subprocess.run(["/sbin/mke2fs", "-q", "-F", "/run/disk"], check=True)
        os.makedirs("/run/frozen")
        mount("-o", "loop", "/run/disk", "/run/frozen")
        self.undo("umount", "/run/frozen")
        before = os.listdir("/run/frozen")
        os.makedirs("/run/frozen/x")
        subprocess.run(["fsfreeze", "-f", "/run/frozen"], check=True)
        try:
            found = findings("preflight", "g", "--state-directory", "/run/frozen")[1]
        finally:
            subprocess.run(["fsfreeze", "-u", "/run/frozen"], check=True)
        self.assertIn("/run/frozen does not answer", found[0]["sentence"])
        os.rmdir("/run/frozen/x")
        self.assertTrue(process.wait_until(lambda: not self.still_there(), 10))
        self.assertEqual(os.listdir("/run/frozen"), before)

    def still_there(self):
        """A process of the program."""
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{entry}/exe") == hypervisor.HOST:
                    return True
            except OSError:
                pass
        return False

    def test_libvirtd(self):
        libvirtd.send_signal(signal.SIGSTOP)
        try:
            for words in (("preflight", "g"), ("confirm", "g", "--timeout", "1")):
                status, out, err = vtpm_host(*words)
                self.assertEqual((status, out), (3, ""))
                self.assertRegex(err, "no answer within [0-9]+ ms")
        finally:
            libvirtd.send_signal(signal.SIGCONT)


class Definition(Case):
    def test_unknown(self):
        self.expect("xml", "libvirt has no such domain here", ("other",))

    def test_no_secret(self):
        virsh("secret-undefine", OTHER_SECRET)
        self.addCleanup(hypervisor.define_secret, OTHER_SECRET)
        self.expect("secret", f"libvirt has no secret {OTHER_SECRET}", ("off",), 1, "WARNING")

    def test_neither_kept_nor_encrypted(self):
        found = self.expect("xml", "persistent_state is not 'yes'", ("plain",), 1, "WARNING")
        self.assertIn("not encrypted", found[1]["sentence"])
        self.assertIn("a hard reboot may destroy this vTPM", found[2]["sentence"])

    def test_next_start(self):
        xml = hypervisor.domain("g", UUID, secret=SECRET)
        self.addCleanup(lambda: virsh("define", hypervisor.file(xml)))
        virsh("define", hypervisor.file(xml.replace(" persistent_state='yes'", "")))
        self.expect("xml", "next start has another vTPM's definition", code=1, badge="WARNING")


class Logs(Case):
    def test_lines(self):
        for name, line, sentence in LOG_LINES:
            path = LOG if name == "g-swtpm.log" else "/var/log/libvirt/qemu/g.log"
            with self.subTest(line):
                with open(path, "r+") as file:
                    before = file.read()
                    file.write(f"\n{line}\n")
                try:
                    status, found = findings("diagnose", "g")
                    out = vtpm_host("diagnose", "g")[1]
                finally:
                    with open(path, "w") as file:
                        file.write(before)
                self.assertEqual((status, found[0]["check"]), (2, "log"))
                self.assertTrue(out.startswith(f"BROKEN  {sentence}"), out)

    def test_journal(self):
        """This machine may have none: what it would print, at the border."""
        for line, sentence in JOURNAL_LINES:
            with self.subTest(line):
                path = program("journalctl", f"echo '{line}'\n")
                status, out, _ = vtpm_host("diagnose", "off", PATH=path)
                self.assertEqual(status, 2)
                self.assertTrue(out.startswith(f"BROKEN  {sentence}"), out)

    def test_past(self):
        """What the log tells of an earlier start is not what is wrong now."""
        with open(LOG, "r+") as file:
            before = file.read()
            file.write("\nError: NvPowerOn failed\n")
        os.utime(LOG, (1000000000, 1000000000))
        status, found = findings("diagnose", "g")
        with open(LOG, "w") as file:
            file.write(before)
        self.assertEqual((status, found[0]["status"]), (1, "warning"))
        self.assertIn("before its last start, ", found[0]["sentence"])

    def test_second_swtpm(self):
        """One that was left behind holds the lock: it is named, and libvirt's start fails."""
        directory = f"{STATE}/{OFF}/tpm2"
        with open(f"{directory}/.lock", "a") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            found = self.expect("process", f"process {os.getpid()} still has its vTPM's state locked", ("off",))
            self.assertRaises(RuntimeError, virsh, "start", "off")
            found = findings("diagnose", "off")[1]
        told = [one for one in found if one["check"] == "log"]
        self.assertEqual(len(told), 1, found)
        self.assertIn("another swtpm has locked this vTPM's state", told[0]["sentence"])
        self.assertIn(f"process {os.getpid()} here holds it", told[0]["remedy"])

    def test_older_libtpms(self):
        """The state is good: nothing may advise to replace it."""
        path = LOG
        with open(path, "r+") as file:
            before = file.read()
            file.write("\nlibtpms/tpm2: NV_HEADER_UnmarshalVerbose: Minimum version 4 higher than implementation "
                       "version 3 for type 0xab364723\nlibtpms/tpm2: Entering failure mode; code: 8, "
                       "location: NvPowerOn line 126\n")
        try:
            out = " ".join(vtpm_host("diagnose", "g")[1].split())
        finally:
            with open(path, "w") as file:
                file.write(before)
        self.assertTrue(out.startswith("BROKEN this host's libtpms is older than the one that wrote"), out)
        self.assertNotIn("restore", out)

    def test_made_anew(self):
        """libvirt finds no state and says nothing; the guest's keys are gone."""
        virsh("define", hypervisor.file(hypervisor.domain("anew", ANEW)))
        self.addCleanup(virsh, "undefine", "anew")
        virsh("start", "anew")
        virsh("destroy", "anew")
        sentence = "libvirt made a new vTPM on "
        self.assertNotIn(sentence, vtpm_host("diagnose", "anew", COLUMNS="200")[1])
        shutil.rmtree(f"{STATE}/{ANEW}")
        virsh("start", "anew")
        virsh("destroy", "anew")
        found = [one for one in findings("diagnose", "anew")[1] if one["check"] == "state"]
        self.assertEqual([(one["status"], one["sentence"].startswith(sentence)) for one in found],
                         [("warning", True)], found)

    def test_wrong_secret(self):
        """The real thing: libvirt, swtpm and their logs."""
        virsh("secret-set-value", OTHER_SECRET, "--base64", "NDU2")
        self.addCleanup(virsh, "secret-set-value", OTHER_SECRET, "--base64", "MTIz")
        self.assertRaises(RuntimeError, virsh, "start", "off")
        status, out, _ = vtpm_host("diagnose", "off")
        self.assertEqual(status, 2)
        self.assertTrue(out.startswith("BROKEN  swtpm cannot read its state: wrong secret"), out)


class Hosts(Case):
    def facts(self, **changes):
        return {**json.loads(vtpm_host("facts")[1]), **changes}

    def peer(self, **changes):
        with open("/run/peer.json", "w") as file:
            json.dump(self.facts(host="b", **changes), file)
        return ("--peer", "/run/peer.json")

    def of_peer(self, *words):
        return [finding for finding in findings("preflight", "g", *words)[1]
                if finding["subject"] == "b"]

    def test_declared_shared(self):
        """qemu.conf may call a directory shared that does not look so."""
        with open("/run/qemu.conf", "w") as file:
            file.write("swtpm_user = \"tss\"\nshared_filesystems = [\n  \"/srv\", \"/var/lib/libvirt/\"\n]\n")
        path = {"PATH": f"{NEW_SWTPM}:{os.environ['PATH']}"}
        self.assertEqual(findings("preflight", "g", "--shared", "--qemu-conf", "/run/qemu.conf", **path)[1], [])
        self.expect("mount", "is not shared", ("g", "--shared"))

    def test_local_on_both(self):
        """libvirt's default: a live migration carries the state."""
        words = self.peer(domains=[], clock_synchronised=True)
        out = " ".join(vtpm_host("preflight", "g", *words)[1].split())
        self.assertIn("state local on both (a live migration carries it, an evacuation loses it)", out)
        self.assertEqual([one["check"] for one in self.of_peer(*words, "--shared")], ["mount"])

    def test_uid(self):
        self.expect("uid", "tss has uid", ("g", "--expect-uid", "64130"))

    def test_peer(self):
        account = {**self.facts()["account"], "uid": 64130}
        found = self.of_peer(*self.peer(account=account, swtpm=1))
        self.assertEqual([finding["check"] for finding in found],
                         ["process", "uid", "versions"])
        self.assertIn("g runs there and here", found[0]["sentence"])
        self.assertIn("tss is 64130:", found[1]["sentence"])

    def test_clock_of_a_peer(self):
        words = self.peer(clock_synchronised=True, domains=[])
        out = json.loads(vtpm_host("preflight", "g", *words, "--json")[1])["findings"]
        self.assertEqual([f for f in out if f["subject"] == "b" and f["check"] == "time"], [])
        words = self.peer(clock_synchronised=True, iat=int(time.time()) + 100)
        out = json.loads(vtpm_host("preflight", "g", *words, "--json")[1])["findings"]
        ahead = [f["sentence"] for f in out if f["subject"] == "b" and f["check"] == "time"]
        self.assertRegex(ahead[0], "its clock is (9[0-9]|100) s ahead")

    def test_peer_from_a_pipe(self):
        text = json.dumps(self.facts(host="b", domains=[]))
        done = subprocess.run([hypervisor.HOST, "preflight", "g", "--peer", "-", "--json"],
                              input=text, capture_output=True, text=True, timeout=60)
        self.assertIn("b", {finding["subject"] for finding in json.loads(done.stdout)["findings"]})

    def test_wrong_peer(self):
        for text, sentence in (("{}", "not what this version's"), ("x", "JSON")):
            with open("/run/peer.json", "w") as file:
                file.write(text)
            status, out, err = vtpm_host("preflight", "g", "--peer", "/run/peer.json")
            self.assertEqual((status, out), (3, ""))
            self.assertIn("/run/peer.json: ", err)
            self.assertIn(sentence, err)

    def test_high_availability(self):
        os.makedirs("/run/disks", exist_ok=True)
        words = ("g", "--ha-user", "nobody", "--ha-group", "nogroup", "--vm-directory", "/run/disks")
        found = self.expect("ha", f"{STATE} is not on shared storage", words)
        self.assertEqual([finding["sentence"].split(":")[0] for finding in found], [
            f"{STATE} is not on shared storage", f"{STATE} belongs to 0",
            "/run/disks is not on shared storage", "/run/disks belongs to 0"])
        self.expect("ha", "there is no account nobody:nothing",
                    ("g", "--ha-user", "nobody", "--ha-group", "nothing"))


class Ztop(Case):
    """Last: the swtpm does not come back."""

    def test_swtpm_killed(self):
        pids = {domain["name"]: domain["swtpm_pid"]
                for domain in json.loads(vtpm_host("facts")[1])["domains"]}
        self.assertGreater(pids["g"], 1)
        self.assertEqual((pids["off"], pids["plain"]), (0, 0))
        os.kill(pids["g"], signal.SIGKILL)
        self.expect("process", "the domain runs, but its swtpm does not: the TPM is dead")


if __name__ == "__main__":
    unittest.main()
