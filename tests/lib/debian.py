# SPDX-License-Identifier: BSD-2-Clause
"""A small Debian with systemd and QEMU's guest agent: as a directory that packages are installed in, and
as a machine that boots from it.

    with Root() as root:
        root.install(packages.deb("vtpm-agent"))
        root.enable("vtpm-agent")
        disk = root.write_disk(path)
    with DebianGuest(image(), tpm, disk=disk, network=True) as guest:
        guest.shell("systemctl is-active vtpm-agent")
"""

import os
import shutil
import subprocess

import by_hand  # noqa: F401
import guest
import initramfs
import process
from qga import Qga

TAR = os.environ.get("VTPM_DEBIAN") or os.path.join(guest.ROOT, ".cache", "debian", "root.tar")
INIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "debian-init")
DISK_BYTES = 640 << 20
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8",
               "DEBIAN_FRONTEND": "noninteractive"}
BOOT_TIMEOUT = 240  # 25 s where the machine has nothing else to do
_NETWORK = "[Match]\nName=en* eth*\n[Network]\nDHCP=ipv4\n"


def image():
    """Kernel and the first step of a boot, for any number of guests."""
    return guest.Image(init=INIT)


class Root:
    """The system as a directory, and commands in it (chroot: the test must be root)."""

    def __init__(self, tar=TAR):
        self.directory = process.temporary_directory("debian")
        if os.getuid() != 0:
            raise PermissionError("only root can install packages in a chroot")
        if not os.path.exists(tar):
            raise FileNotFoundError(f"no {tar}; run scripts/bootstrap test")
        process.run(["tar", "-C", self.directory, "--numeric-owner", "-xf", tar])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.remove_directory(self.directory)

    def path(self, name):
        return os.path.join(self.directory, name.lstrip("/"))

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def enter(self):
        """The words before a command that runs in it."""
        return ["chroot", self.directory]

    def run(self, *argv, timeout=120):
        """Runs a command in it; its output, as text, and its status."""
        result = subprocess.run([*self.enter(), *argv], capture_output=True, text=True,
                                stdin=subprocess.DEVNULL, timeout=timeout, env=ENVIRONMENT)
        return result.returncode, result.stdout + result.stderr

    def check(self, *argv, **options):
        status, text = self.run(*argv, **options)
        if status != 0:
            raise RuntimeError(f"{' '.join(argv)} ended with status {status}:\n{text}")
        return text

    def install(self, *packages, options=()):
        """dpkg --install, as with one word."""
        for package in packages:
            shutil.copy(package, self.path("tmp"))
        try:
            return self.check("dpkg", *options, "--install",
                              *(f"/tmp/{os.path.basename(package)}" for package in packages))
        finally:
            for package in packages:
                os.unlink(self.path("tmp/" + os.path.basename(package)))

    def install_agent(self, program):
        """The agent of the build that this program is of, with its units and its account, and with those of its
        libraries that Debian has not."""
        build = os.path.dirname(os.path.dirname(program))
        process.run(["cmake", "--install", build, "--component", "agent", "--prefix", "/usr"],
                    env={**os.environ, "DESTDIR": self.directory})
        for library in initramfs.needed(program):
            if not os.path.exists(self.path(library)):
                os.makedirs(os.path.dirname(self.path(library)), exist_ok=True)
                shutil.copy(library, self.path(library))
        self.check("systemd-sysusers", "vtpm-agent.conf")

    def enable(self, *units):
        self.check("systemctl", "--quiet", "enable", *units)

    def files(self):
        """Every path in it, as a set."""
        found = set()
        for directory, names, files in os.walk(self.directory):
            base = os.path.relpath(directory, self.directory)
            found |= {os.path.normpath(os.path.join(base, name)) for name in names + files}
        return found

    def write_disk(self, path):
        """Writes it as a disk for a DebianGuest."""
        self.write("etc/hostname", "guest\n")
        self.write("etc/machine-id", "")
        self.write("etc/systemd/network/10-guest.network", _NETWORK)
        self.enable("systemd-networkd", "systemd-networkd-wait-online")
        with open(path, "wb") as file:
            file.truncate(DISK_BYTES)
        process.run(["/sbin/mke2fs", "-q", "-F", "-t", "ext4", "-d", self.directory, path])
        return path


class DebianGuest(guest.Guest):
    """A Guest whose commands go through QEMU's guest agent. Its disk is of Root.write_disk()."""

    def __init__(self, image, tpm=None, **options):
        super().__init__(image, tpm, **{"memory": 384, **options})

    def wait_ready(self, timeout=BOOT_TIMEOUT):
        return super().wait_ready(timeout)

    def _open_channel(self):
        return Qga(self._path("commands"))

    def _channel_arguments(self):
        return ["-device", "virtio-serial-pci",
                "-chardev", f"socket,id=qga,path={self._path('commands')},server=on,wait=off",
                "-device", "virtserialport,chardev=qga,name=org.qemu.guest_agent.0"]
