# SPDX-License-Identifier: BSD-2-Clause
"""Systems as they are right after they were installed: Debian's minbase with git, in a chroot.

What was downloaded stays in .cache/fresh for the next time.
"""

import os
import shutil
import socket
import subprocess

import process

ROOT = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
CACHE = os.path.join(ROOT, ".cache", "fresh")
USER = "person"
TRUSTED = "/etc/ssl/trusted.crt"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

# This machine's /dev and /sys are only in the namespace of the command: whoever removes the system's
# directory, and however the test ends, cannot reach them. What outlives the command is an error.
ENTER = """
mount --bind "$1" "$1"
cd "$1"
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
mount --bind "$2" var/cache/apt/archives
shift 2
status=0
chroot . "$@" || status=$?
for _ in 1 2 3 4 5 6 7 8 9 10; do
    left=
    for process in proc/[0-9]*; do
        [ "$process" = proc/1 ] || left="$left$(tr '\\0' ' ' 2>/dev/null <"$process/cmdline")" || true
    done
    [ -n "$left" ] || exit "$status"
    sleep 0.3
done
echo "left running: $left" >&2
exit 99
"""


def ask_scripts(function):
    """What a function of scripts/lib.sh prints."""
    command = ["bash", "-c", f'set -eu; source "$1/scripts/lib.sh"; {function}', "bash", ROOT]
    return subprocess.check_output(command, text=True).strip()


def make_archive(suite, architecture, name):
    """The path of a minbase system as a tar archive."""
    path = os.path.join(CACHE, f"{name}.tar")
    if not os.path.exists(path):
        os.makedirs(CACHE, exist_ok=True)
        # The chroot asks the same mirror, and as strictly.
        # Whether programs of another architecture run is known here (emulation.py).
        foreign = [f"--architectures={architecture}", "--skip=check/qemu"] if architecture else []
        process.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", *foreign,
                     "--include=ca-certificates,git", "--format=tar",
                     f'--aptopt=Acquire::Check-Valid-Until "{ask_scripts("checks_valid_until")}"',
                     suite, path + ".new", ask_scripts("own_mirror")], timeout=1800)
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
    """with System("bookworm") as system: system.run(…). In memory, or on disk where it becomes large.
    The architecture is this machine's, or one that emulation.start() was told of. The test must be in a
    mount namespace of its own."""

    def __init__(self, suite, architecture=None, on_disk=False):
        self.suite = suite
        self.architecture = architecture
        self.name = "-".join(filter(None, (suite, architecture)))
        self.on_disk = on_disk
        self.archives = os.path.join(CACHE, self.name)

    def __enter__(self):
        archive = make_archive(self.suite, self.architecture, self.name)
        self.root = process.temporary_directory("fresh")
        if not self.on_disk:
            process.run(["mount", "-t", "tmpfs", "fresh", self.root])
        process.run(["tar", "--numeric-owner", "-xpf", archive, "-C", self.root])
        shutil.copy("/etc/resolv.conf", self.path("etc/resolv.conf"))
        self.write("etc/hosts", f"127.0.0.1 localhost {socket.gethostname()}\n")  # as an installer does
        # The network may have a CA of its own: npm is told of those that this machine trusts.
        shutil.copy("/etc/ssl/certs/ca-certificates.crt", self.path(TRUSTED))
        os.makedirs(self.archives, exist_ok=True)
        return self

    def __exit__(self, *_):
        if not self.on_disk:
            process.run(["umount", self.root])
        process.remove_directory(self.root)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def write(self, name, text, mode=0o644):
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def run(self, *argv, user="root", timeout=60):
        """Runs a program in an environment that knows nothing of this test's: what it prints."""
        home = "/root" if user == "root" else f"/home/{user}"
        switch = [] if user == "root" else ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups"]
        return process.run(["env", "-i", f"PATH={PATH}", f"HOME={home}", f"USER={user}", "TERM=dumb",
                            f"NODE_EXTRA_CA_CERTS={TRUSTED}",
                            "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-euc", ENTER,
                            "sh", self.root, self.archives, *switch, *argv],
                           timeout=timeout).decode(errors="replace")

    def add_user(self):
        """Somebody who may use sudo."""
        self.run("apt-get", "update", "-qq", timeout=600)
        self.run("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-qq", "-y",
                 "--no-install-recommends", "sudo", timeout=600)
        self.run("useradd", "--create-home", USER)
        self.write("etc/sudoers.d/person", f"{USER} ALL=(ALL) NOPASSWD: ALL\n")

    def add_clone(self, name, user="root"):
        clone(self.path(name))
        self.run("chown", "--recursive", user, "/" + name.lstrip("/"))
