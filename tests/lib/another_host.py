# SPDX-License-Identifier: BSD-2-Clause
"""A hypervisor host beside others on this machine: mounts and a name of its own, and its own libvirtd. What all see
is `directory`: there are its libvirtd's socket, and what its guests share with the test.

    with AnotherHost("one") as one, AnotherHost("two") as two:
        one.virsh("start", "web1")
        one.migrate("web1", two)
"""

import ctypes
import os
import socket
import subprocess
import sys

import process

UTS = 0x04000000  # CLONE_NEWUTS


class AnotherHost:
    """uuid: what libvirt takes for this host's."""

    def __init__(self, name, uuid):
        self.name, self.uuid = name, uuid
        self.directory = process.public_directory(name)
        self.room = os.path.join(self.directory, "room")  # /run/room there
        self.child = None

    def __enter__(self):
        self.child = process.start([sys.executable, os.path.abspath(__file__), self.name, self.uuid, self.directory],
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self.child.stdout.readline() != "ready\n":
            raise RuntimeError(f"host {self.name} does not start")
        return self

    def __exit__(self, *_):
        process.kill(self.child)
        for stream in (self.child.stdin, self.child.stdout):
            stream.close()

    def words(self, argv):
        """A command line that runs `argv` there."""
        return ["nsenter", "-t", str(self.child.pid), "--mount", "--uts", "--root", *argv]

    def run(self, *argv, timeout=120, **options):
        return subprocess.run(self.words(argv), text=True, capture_output=True, timeout=timeout, **options)

    def check(self, *argv, **options):
        done = self.run(*argv, **options)
        if done.returncode:
            raise RuntimeError(f"{self.name}: {' '.join(argv)}: {done.stdout}{done.stderr}")
        return done.stdout

    def virsh(self, *words, **options):
        return self.check("virsh", "-c", "qemu:///system", "-q", *words, **options)

    def uri(self):
        """Of its libvirtd, from any of the hosts."""
        return f"qemu+unix:///system?socket={self.directory}/libvirt/libvirt-sock"

    def migrate(self, domain, other, *options):
        """virsh migrate --live to another host, with QEMU's stream on a UNIX socket."""
        self.virsh("migrate", "--live", "--p2p", *options, domain, "--desturi", other.uri(), "--migrateuri",
                   f"unix://{other.room}/{domain}.migration")


def _main(name, uuid, directory):
    import hypervisor
    import namespaces
    if ctypes.CDLL(None, use_errno=True).unshare(UTS):
        raise OSError("unshare")
    namespaces.leave_mounts()
    socket.sethostname(name)
    hypervisor.start(uuid, directory)
    print("ready", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    _main(*sys.argv[1:])
