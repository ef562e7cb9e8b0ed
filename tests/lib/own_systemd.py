# SPDX-License-Identifier: BSD-2-Clause
"""systemd as the first process of a process namespace, with the units that a test gives it and no other of this
machine's: a service in the sandbox of its unit, beside what else the test has started. For root, with a /run of the
test's own (hypervisor.start()).

    with OwnSystemd(unit) as systemd:
        ...
"""

import os
import shutil
import subprocess

import process

UNITS = "/run/systemd/system"
GROUPS = "/run/groups"
# What every service wants or needs of a whole system.
TARGETS = ("sysinit.target", "basic.target", "shutdown.target", "network-online.target", "sockets.target",
           "timers.target", "paths.target", "slices.target")
# The kernel's values and the machine's directories are none of its business; groups are those below its own.
SCRIPT = f"""set -e
mount --bind /proc/sys /proc/sys
mount -o remount,bind,ro /proc/sys
mount -t tmpfs tmpfs /tmp
mount -t tmpfs tmpfs /var/tmp
umount -R /sys/fs/cgroup
mount --bind {GROUPS}/$1 /sys/fs/cgroup
exec env -i PATH="$PATH" container=test SYSTEMD_UNIT_PATH={UNITS} SYSTEMD_GENERATOR_PATH=/nonexistent \\
    /lib/systemd/systemd --system --unit=wanted.target --log-target=null --show-status=no"""


class OwnSystemd:
    """unit: a file; more: the text of a drop-in for it."""

    def __init__(self, unit, more=""):
        self.name = os.path.basename(unit)
        self.group = f"vtpm-test-{os.getpid()}-{os.path.basename(process.temporary_directory('group'))}"
        self.child = None
        os.makedirs(f"{UNITS}/{self.name}.d")
        shutil.copy(unit, UNITS)
        for target in TARGETS:
            self._write(target, "[Unit]\nDefaultDependencies=no\n")
        self._write("wanted.target", f"[Unit]\nDefaultDependencies=no\nWants={self.name}\n")
        self._write(f"{self.name}.d/test.conf", more)

    def __enter__(self):
        os.makedirs(GROUPS, exist_ok=True)
        process.run(["mount", "-t", "cgroup2", "cgroup2", GROUPS])
        os.mkdir(f"{GROUPS}/{self.group}")
        self.child = process.start(
            ["sh", "-c", f'echo $$ >{GROUPS}/{self.group}/cgroup.procs; exec unshare --cgroup --uts --ipc --mount --pid '
             '--fork --kill-child --mount-proc sh -c "$1" sh "$2"', "sh", SCRIPT, self.group],
            stdin=subprocess.DEVNULL)
        return self

    def __exit__(self, *_):
        process.kill(self.child)
        process.wait_until(self._remove_groups, 30)
        process.run(["umount", GROUPS])

    def _remove_groups(self):
        """They go with their last process."""
        for directory, _, _ in os.walk(f"{GROUPS}/{self.group}", topdown=False):
            try:
                os.rmdir(directory)
            except OSError:
                return False
        return True

    def _write(self, name, text):
        with open(f"{UNITS}/{name}", "w") as file:
            file.write(text)
