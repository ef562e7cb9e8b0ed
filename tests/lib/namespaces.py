# SPDX-License-Identifier: BSD-2-Clause
"""Mounts and a network of a test's own, which nobody else on the machine sees."""

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWNET = 0x00020000, 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 32, 4096, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _mount(source, target, kind, flags, data=None):
    _check(_libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags,
                       data and data.encode()), f"mount {target}")


def _leave(kind):
    """For this process and its children; before the first thread. Others than root become the root of
    a user namespace."""
    if os.geteuid() == 0:
        _check(_libc.unshare(kind), "unshare")
    else:
        user, group = os.geteuid(), os.getegid()
        _check(_libc.unshare(kind | CLONE_NEWUSER), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)


def leave_network(**settings):
    """Nothing but a loopback; with `settings` of net.ipv4."""
    _leave(CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    for name, value in settings.items():
        with open(f"/proc/sys/net/ipv4/{name}", "w") as file:
            file.write(value)


def leave_mounts():
    """What is mounted from here on is the test's alone."""
    _leave(CLONE_NEWNS)
    _mount("none", "/", None, MS_REC | MS_PRIVATE)


def tmpfs(path, size):
    """An empty file system of `size` bytes at `path`."""
    _mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode=0700")


def resize(path, size):
    _mount("tmpfs", path, "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV, f"size={size}")


def bind(source, path):
    """What is at `source` stands at `path`, too, in the place of what was there."""
    _mount(source, path, None, MS_BIND)


def unmount(path):
    _check(_libc.umount2(path.encode(), 2), f"unmount {path}")  # MNT_DETACH
