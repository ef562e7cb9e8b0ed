# SPDX-License-Identifier: BSD-2-Clause
"""File systems of a test's own, which nobody else on the machine sees."""

import ctypes
import os

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 2, 4, 32, 4096, 16384, 1 << 18
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result, what):
    if result:
        error = ctypes.get_errno()
        raise OSError(error, f"{what}: {os.strerror(error)}")


def _mount(source, target, kind, flags, data=None):
    _check(_libc.mount(source.encode(), target.encode(), kind and kind.encode(), flags,
                       data and data.encode()), f"mount {target}")


def leave():
    """This process and its children get mounts of their own. For others than root, with the root of a
    user namespace; before the first thread."""
    if os.geteuid() == 0:
        _check(_libc.unshare(CLONE_NEWNS), "unshare")
    else:
        user, group = os.geteuid(), os.getegid()
        _check(_libc.unshare(CLONE_NEWNS | CLONE_NEWUSER), "unshare")
        for name, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    _mount("none", "/", None, MS_REC | MS_PRIVATE)


def tmpfs(path, size):
    """An empty file system of `size` bytes at `path`."""
    _mount("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},mode=0700")


def resize(path, size):
    _mount("tmpfs", path, "tmpfs", MS_REMOUNT | MS_NOSUID | MS_NODEV, f"size={size}")


def bind(source, path):
    """What is at `source` stands at `path`, too, in the place of what was there."""
    _mount(source, path, None, MS_BIND)
