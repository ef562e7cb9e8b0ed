# SPDX-License-Identifier: BSD-2-Clause
"""A hypervisor host: a real libvirtd, in a mount namespace of the test's own, where the directories of
libvirt and swtpm are empty file systems, and in a process namespace, with which all ends that libvirt
started (unshare --mount --pid --fork --kill-child --mount-proc).

    hypervisor.start()
    hypervisor.define_secret(SECRET)
    hypervisor.virsh("define", hypervisor.file(hypervisor.domain("g", UUID, secret=SECRET)))
    code, out, err = hypervisor.vtpm_host("preflight", "g")
"""

import json
import os
import shutil
import subprocess

import by_hand  # noqa: F401
import process
import schemas
from channel import Channel
from guest import BOOT_TIMEOUT, KERNEL_OPTIONS

HOST = os.environ["VTPM_HOST"]
STATE = "/var/lib/libvirt/swtpm"
LOCALCA = "/var/lib/swtpm-localca"
SWTPM_LOGS = "/var/log/swtpm/libvirt/qemu"
ROOM = "/run/room"  # what QEMU, another user, must read or make
URI = "qemu:///system"


def start(uuid=None, share=None):
    """uuid: what libvirt takes for this host's; share: a directory where others find its sockets and ROOM."""
    for path in ("/run", "/var/log/libvirt", "/var/log/swtpm",
                 "/var/cache/libvirt", LOCALCA):
        os.makedirs(path, exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=0755", "tmpfs", path], check=True)
    # Where QEMU's account may not use it, libvirt asks QEMU anew before each command what it can do.
    if os.path.exists("/dev/kvm"):
        os.close(os.open("/run/no-kvm", os.O_CREAT | os.O_WRONLY, 0o600))
        subprocess.run(["mount", "--bind", "/run/no-kvm", "/dev/kvm"], check=True)
    # A file system of its own that is not in memory: what is, is a fault there.
    os.makedirs("/var/lib/libvirt", exist_ok=True)
    file_system("/run/libvirt.disk", "/var/lib/libvirt", "64M")
    # Its configuration without the domains and secrets that this machine may have.
    shutil.copytree("/etc/libvirt", "/run/etc", ignore=shutil.ignore_patterns("qemu", "secrets"))
    with open("/run/etc/qemu.conf", "a") as file:
        file.write("namespaces = []\n")  # a guest's own /dev has no place for what is mounted there
    if uuid:
        with open("/run/etc/libvirtd.conf", "a") as file:
            file.write(f'host_uuid = "{uuid}"\n')
    subprocess.run(["mount", "--bind", "/run/etc", "/etc/libvirt"], check=True)
    for path in ("/run/libvirt", "/run/lock", STATE, SWTPM_LOGS):
        os.makedirs(path)
        os.chmod(path, 0o711)
    os.mkdir(ROOM)
    if share:
        for path in ("/run/libvirt", ROOM):
            place = os.path.join(share, os.path.basename(path))
            os.makedirs(place)
            os.chmod(place, 0o711)
            subprocess.run(["mount", "--bind", place, path], check=True)
    os.chmod(ROOM, 0o777)
    shutil.chown(LOCALCA, "tss", "tss")
    shutil.chown(SWTPM_LOGS, "tss", "tss")
    # What they start runs as another user, who may not look into our temporary directory.
    environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
    daemons = [process.start([daemon], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                             env=environment) for daemon in ("virtlogd", "libvirtd")]
    if not process.wait_until(lambda: subprocess.run(
            ["virsh", "-c", URI, "version"], capture_output=True).returncode == 0, 60):
        raise RuntimeError("libvirtd does not answer")
    return daemons[1]


def file_system(disk, path, size):
    """Mounts an empty ext4 of this size, in the new file `disk`, at `path`."""
    subprocess.run(["truncate", "-s", size, disk], check=True)
    subprocess.run(["/sbin/mke2fs", "-q", "-F", "-m", "0", "-t", "ext4", "-O",
                    "^has_journal", disk], check=True)
    subprocess.run(["mount", "-o", "loop", disk, path], check=True)
    os.chmod(path, 0o755)


def virsh(*words):
    done = subprocess.run(["virsh", "-c", URI, "-q", *words], text=True, capture_output=True,
                          timeout=60)
    if done.returncode:
        raise RuntimeError(f"virsh {' '.join(words)}: {done.stderr}")
    return done.stdout


def file(text):
    """A file with this text, for virsh; until the next call."""
    with open("/run/file.xml", "w") as target:
        target.write(text)
    return "/run/file.xml"


def define_secret(uuid, usage="<usage type='vtpm'><name>test</name></usage>"):
    virsh("secret-define", file(f"<secret ephemeral='no' private='yes'><uuid>{uuid}</uuid>"
                                f"{usage}</secret>"))
    virsh("secret-set-value", uuid, "--base64", "MTIz")


def domain(name, uuid, *, secret=None, kept=True, tpm=True, memory=64, image=None, channel=False, room=ROOM,
           emulator=None):
    """The XML of a domain; with a guest's Image, that guest, its command line in ROOM, which stands at `room` here.
    emulator: a program in the place of QEMU."""
    encryption = f"<encryption secret='{secret}'/>" if secret else ""
    persistent = " persistent_state='yes'" if kept else ""
    system = ""
    devices = f"<emulator>{emulator}</emulator>" if emulator else ""
    if image:
        for path in (image.kernel, image.initrd):
            copy = os.path.join(room, os.path.basename(path))
            if not os.path.exists(copy):
                shutil.copy(path, copy)
        system = (f"<kernel>{ROOM}/vmlinuz</kernel><initrd>{ROOM}/initrd</initrd>"
                  f"<cmdline>{KERNEL_OPTIONS}</cmdline>")
        devices += (f"<serial type='file'><source path='{ROOM}/{name}.console'/></serial>"
                    f"<serial type='unix'><source mode='bind' path='{ROOM}/{name}.commands'/>"
                    "</serial>")
    if channel:
        devices += "<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>"
    if tpm:
        devices += (f"<tpm model='tpm-crb'><backend type='emulator' version='2.0'{persistent}>"
                    f"{encryption}</backend></tpm>")
    return (f"<domain type='qemu'><name>{name}</name><uuid>{uuid}</uuid>"
            f"<memory unit='MiB'>{memory}</memory><os><type arch='x86_64' machine='q35'>hvm</type>"
            f"{system}</os><features><acpi/></features><devices>{devices}"
            "<memballoon model='none'/></devices></domain>")


class Guest:
    """The system in a domain that was made with an Image, here or on an AnotherHost. Runs commands as guest.Guest
    does."""

    def __init__(self, name, host=None):
        self.name = name
        self.channel = None
        self._virsh = host.virsh if host else virsh
        self._room = host.room if host else ROOM

    def start(self):
        """Starts the domain and waits for its system."""
        self._virsh("start", self.name, "--paused")
        self.channel = Channel(os.path.join(self._room, f"{self.name}.commands"))
        self._virsh("resume", self.name)
        self.channel.wait_ready(BOOT_TIMEOUT)
        return self

    def stop(self):
        self._virsh("destroy", self.name)
        self.channel.close()

    def shell(self, script, timeout=30):
        status, out, err = self.channel.wait(
            self.channel.send(script.encode(), b"", "root", timeout), timeout + 15)
        if status != 0:
            raise RuntimeError(f"{script}: status {status}: {err.decode(errors='replace')}")
        return out.decode(errors="replace")

    def start_guest_agent(self, *options):
        """(Re)starts QEMU's guest agent and waits until libvirt hears it."""
        self.shell("killall qemu-ga || true; rm -f /run/qemu-ga.pid; "
                   "port=$(grep -l org.qemu.guest_agent.0 /sys/class/virtio-ports/*/name); "
                   "port=/dev/$(basename ${port%/name}); "
                   f"qemu-ga -d -m virtio-serial -p $port -t /run -f /run/qemu-ga.pid {' '.join(options)}")
        if not process.wait_until(self._agent_answers, 60):
            raise RuntimeError("the guest agent does not answer")

    def _agent_answers(self):
        try:
            self._virsh("qemu-agent-command", "--timeout", "2", self.name, '{"execute": "guest-ping"}')
        except RuntimeError:
            return False
        return True


def environment(**changes):
    """Without what the one who runs the tests may have configured."""
    return {**{name: value for name, value in os.environ.items() if not name.startswith("OS_")},
            "HOME": "/nonexistent", **changes}


def _schema_of(document):
    """The schema that docs/ has for what the program printed."""
    kind = document["format"].partition("/")[0]
    return "verdict.schema.json" if kind == "vtpm-verdict" else f"{kind[len('vtpm-'):]}.schema.json"


def vtpm_host(*words, timeout=120, **changes):
    """(exit status, standard output, standard error); `changes` to its environment. JSON must be as
    its schema says."""
    done = subprocess.run([HOST, *words], text=True, capture_output=True, timeout=timeout,
                          env=environment(**changes))
    if done.stdout.startswith("{"):
        document = json.loads(done.stdout)
        complaints = schemas.complaints(_schema_of(document), document)
        if complaints:
            raise AssertionError(f"{words}: {complaints}")
    return done.returncode, done.stdout, done.stderr


def findings(*words, **changes):
    """(exit status, the findings that are not affirming); this machine's clock is not the test's."""
    status, out, err = vtpm_host(*words, "--json", **changes)
    if not out:
        raise AssertionError(f"exit {status}: {err}")
    return status, [finding for finding in json.loads(out)["findings"]
                    if finding["status"] != "affirming" and finding["check"] != "time"]
