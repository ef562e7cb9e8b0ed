# SPDX-License-Identifier: BSD-2-Clause
"""Systems as they are right after they were installed: Debian's minbase with git, in a chroot.

The test runs in a mount and a process namespace of its own (tests/fresh/CMakeLists.txt): mounts and
processes end with it. What was downloaded stays in .cache/fresh for the next time.
"""

import os
import re
import shutil
import subprocess
import time

import process

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CACHE = os.path.join(ROOT, ".cache", "fresh")
USER = "person"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def ask_scripts(function):
    """What a function of scripts/lib.sh prints."""
    command = ["bash", "-c", f'set -eu; source "$1/scripts/lib.sh"; {function}', "bash", ROOT]
    return subprocess.check_output(command, text=True).strip()


def make_archive(suite):
    """The path of a minbase system as a tar archive."""
    path = os.path.join(CACHE, f"{suite}.tar")
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        # The chroot asks the same mirror, and as strictly.
        process.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase",
                     "--include=ca-certificates,git", "--format=tar",
                     f'--aptopt=Acquire::Check-Valid-Until "{ask_scripts("checks_valid_until")}"',
                     suite, path + ".new", ask_scripts("own_mirror")], timeout=900)
        os.rename(path + ".new", path)
    return path


def clone(target):
    """This checkout's last commit, with what was changed in the work tree since."""
    git = ["git", "-c", "safe.directory=*", "-C", ROOT]
    process.run([*git, "clone", "--quiet", "--no-hardlinks", ".", target])
    listed = subprocess.check_output([*git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
    for name in map(os.fsdecode, filter(None, listed.split(b"\0"))):
        source, copy = os.path.join(ROOT, name), os.path.join(target, name)
        if os.path.lexists(source):
            os.makedirs(os.path.dirname(copy), exist_ok=True)
            shutil.copy2(source, copy, follow_symlinks=False)
        elif os.path.lexists(copy):
            os.unlink(copy)


class System:
    """with System("bookworm") as system: system.run(…). In memory, or on disk where it becomes large."""

    def __init__(self, suite, on_disk=False):
        self.suite = suite
        self.on_disk = on_disk

    def __enter__(self):
        archive = make_archive(self.suite)
        self.root = process.temporary_directory("fresh")
        if self.on_disk:
            self.mount("--bind", self.root, self.root)
        else:
            self.mount("-t", "tmpfs", "fresh", self.root)
        process.run(["tar", "--numeric-owner", "-xpf", archive, "-C", self.root])
        shutil.copy("/etc/resolv.conf", self.path("etc/resolv.conf"))
        self.mount("-t", "proc", "proc", self.path("proc"))
        self.mount("--rbind", "/sys", self.path("sys"))
        self.mount("--rbind", "/dev", self.path("dev"))
        archives = os.path.join(CACHE, self.suite)
        os.makedirs(archives, exist_ok=True)
        self.mount("--bind", archives, self.path("var/cache/apt/archives"))
        return self

    def __exit__(self, *_):
        process.run(["umount", "--recursive", self.root])
        process.remove_directory(self.root)

    def mount(self, *arguments):
        process.run(["mount", *arguments])

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def run(self, *argv, user="root", timeout=60):
        """Runs a program in an environment that knows nothing of this test's: what it prints."""
        home = "/root" if user == "root" else f"/home/{user}"
        switch = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return process.run(["env", "-i", f"PATH={PATH}", f"HOME={home}", f"USER={user}", "TERM=dumb",
                            "chroot", self.root, *switch, *argv], timeout=timeout).decode(errors="replace")

    def add_user(self):
        """Somebody who may use sudo."""
        self.run("apt-get", "update", "-qq", timeout=600)
        self.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq", "-y",
                 "--no-install-recommends", "sudo", timeout=600)
        self.run("useradd", "--create-home", USER)
        with open(self.path("etc/sudoers.d/person"), "w", encoding="ascii") as file:
            file.write(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")

    def add_clone(self, name, user="root"):
        clone(self.path(name))
        self.run("chown", "--recursive", user, "/" + name.lstrip("/"))

    def processes(self):
        """What runs inside of it, a moment after all should have ended."""
        found = []
        end = time.monotonic() + 5
        while time.monotonic() < end:
            found = [entry for entry in os.listdir("/proc") if entry.isdigit()
                     and _link(f"/proc/{entry}/root") == self.root]
            if not found:
                break
            time.sleep(0.05)
        return [_text(f"/proc/{entry}/cmdline") for entry in found]


def _link(path):
    try:
        return os.readlink(path)
    except OSError:
        return None


def _text(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return re.sub("\0", " ", file.read())
    except OSError:
        return path
