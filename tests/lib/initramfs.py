# SPDX-License-Identifier: BSD-2-Clause
"""Builds a guest's root file system: busybox, the given programs and every library they need."""

import os
import re
import shutil
import stat
import subprocess

GUEST_INIT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "guest-init")
DIRECTORIES = ["dev", "proc", "sys", "root", "run", "tmp", "etc", "var", "var/lib", "home",
               "home/guest", "lib-modules", "usr", "usr/bin", "usr/sbin", "usr/lib", "usr/lib64"]
LINKS = {"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64"}
PASSWD = "root:x:0:0::/root:/bin/sh\nguest:x:1000:1000::/home/guest:/bin/sh\n"
OS_RELEASE = 'ID=vtpm-test\nPRETTY_NAME="vTPM test guest"\n'
GROUP = "root:x:0:\ntss:x:110:\nguest:x:1000:\n"


def build(path, programs=(), plugins=(), files=None, modules=(), init=GUEST_INIT):
    """Writes the archive (cpio newc, not compressed: unpacking is slow under emulation).

    programs  paths on this machine, put into /usr/bin under their own names
    plugins   libraries opened with dlopen, such as "libtss2-tcti-device.so.0": looked up as the
              dynamic loader does, put where they are found
    files     {path in the guest: bytes or path on this machine}
    modules   kernel modules, for init to load at start in this order
    init      the first program
    """
    archive = _Archive(path)
    for name in DIRECTORIES:
        archive.directory(name)
    for name, target in LINKS.items():
        archive.link(name, target)
    archive.node("dev/console", 5, 1)
    archive.file("etc/passwd", PASSWD.encode())
    archive.file("etc/group", GROUP.encode())
    archive.file("etc/os-release", OS_RELEASE.encode())
    archive.file("init", _read(init), 0o755)

    busybox = _require("busybox")
    archive.file("usr/bin/busybox", _read(busybox), 0o755)
    for applet in subprocess.check_output([busybox, "--list"], text=True).split():
        archive.link(f"usr/bin/{applet}", "busybox")

    libraries = {_find_library(name) for name in plugins}
    for program in programs:
        program = _require(program)
        archive.file(f"usr/bin/{os.path.basename(program)}", _read(program), 0o755)
        libraries |= needed(program)
    for plugin in list(libraries):
        libraries |= needed(plugin)
    for library in sorted(libraries):
        archive.file(_merged(library), _read(library), 0o755)

    for index, module in enumerate(modules):
        archive.file(f"lib-modules/{index:02}-{os.path.basename(module)}", _read(module))
    for name, content in (files or {}).items():
        data = content if isinstance(content, bytes) else _read(content)
        archive.file(name.lstrip("/"), data, 0o755)
    archive.close()


def _require(program):
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(f"{program} is not installed; run scripts/bootstrap test")
    return path


def needed(path):
    """The libraries the dynamic loader would map for a program, its own file included."""
    output = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    missing = re.findall(r"^\s*(\S+) => not found", output, re.M)
    if missing:
        raise FileNotFoundError(f"{path} needs {', '.join(missing)}")
    return set(re.findall(r"(/\S+) \(0x[0-9a-f]+\)", output))


def _find_library(name):
    if os.path.isabs(name):
        return name
    output = subprocess.check_output(["/sbin/ldconfig", "-p"], text=True)
    for line in output.splitlines():
        if line.split(" ", 1)[0].strip() == name:
            return line.rsplit(" => ", 1)[1]
    raise FileNotFoundError(f"no library {name}; run scripts/bootstrap test")


def _merged(path):
    """Debian's loader knows libraries in /lib, which is a link to /usr/lib."""
    return re.sub(r"^/(lib\w*)/", r"usr/\1/", path).lstrip("/")


def _read(path):
    with open(path, "rb") as file:
        return file.read()


class _Archive:
    """A cpio archive in the "newc" format (Linux, Documentation/driver-api/early-userspace)."""

    def __init__(self, path):
        self._file = open(path, "wb")
        self._known = set()

    def directory(self, name):
        self._entry(name, stat.S_IFDIR | (0o1777 if name == "tmp" else 0o755), b"")

    def link(self, name, target):
        self._entry(name, stat.S_IFLNK | 0o777, target.encode())

    def node(self, name, major, minor):
        self._entry(name, stat.S_IFCHR | 0o600, b"", major, minor)

    def file(self, name, data, mode=0o644):
        parent = os.path.dirname(name)
        missing = []
        while parent and parent not in self._known:
            missing.append(parent)
            parent = os.path.dirname(parent)
        for path in reversed(missing):
            self.directory(path)
        self._entry(name, stat.S_IFREG | mode, data)

    def close(self):
        self._entry("TRAILER!!!", 0, b"")
        self._file.close()

    def _entry(self, name, mode, data, major=0, minor=0):
        if name in self._known:
            return
        self._known.add(name)
        encoded = name.encode() + b"\0"
        fields = (len(self._known), mode, 0, 0, 1, 0, len(data), 0, 0, major, minor, len(encoded), 0)
        header = b"070701" + b"".join(b"%08X" % field for field in fields)
        self._file.write(_pad(header + encoded))
        self._file.write(_pad(data))


def _pad(data):
    return data + b"\0" * (-len(data) % 4)
