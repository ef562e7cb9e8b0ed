#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A PostgreSQL server of one's own, behind a UNIX socket in a temporary directory, as another user where the
test is root's: it refuses root. By hand: postgresql.py PROGRAM [ARGUMENT...] runs a test with one."""

import glob
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import process  # noqa: E402

# Where Debian keeps a version's programs, the newest one last.
_PLACES = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: int(place.split("/")[4]))
# What a test does not wait for: its servers are killed, its machine is not.
_SETTINGS = ["fsync=off", "listen_addresses=", "max_connections=60", "shared_buffers=32MB", "log_min_messages=log",
             "autovacuum_naptime=5s"]


def _program(name):
    if not _PLACES:
        raise RuntimeError("no /usr/lib/postgresql/*/bin: install the package postgresql")
    return os.path.join(_PLACES[-1], name)


class Server:
    """Made at once, started by start() or as a context. With a size, as of tmpfs, it has a disk of its own, which may
    become full: for root, in a mount namespace of the test's."""

    def __init__(self, settings=(), size=None):
        self.folder = process.public_directory("pg")
        self.data = os.path.join(self.folder, "data")
        self.settings = [*_SETTINGS, f"unix_socket_directories={self.folder}", *settings]
        self.child = None
        self.as_other = process.as_nobody() if os.geteuid() == 0 else {}
        if self.as_other:
            os.chown(self.folder, process.NOBODY, process.NOBODY)
        if size:
            os.mkdir(self.data)
            process.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=0700,uid={process.NOBODY},gid={process.NOBODY}",
                         "tmpfs", self.data])
        # Only who may enter the socket's directory is let in, under any name.
        self._make()
        os.chmod(self.folder, 0o700)

    def _make(self):
        process.run([_program("initdb"), "--pgdata", self.data, "--username", "postgres", "--auth", "trust",
                     "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"], **self.as_other)

    def url(self, database="postgres", user="postgres", **options):
        more = "".join(f"&{name}={value}" for name, value in options.items())
        return f"postgresql:///{database}?host={self.folder}&user={user}{more}"

    def start(self):
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.child = process.start(
                [_program("postgres"), "-D", self.data, *(word for each in self.settings for word in ("-c", each))],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **self.as_other)
        if not process.wait_until(self.is_up, 60):
            raise RuntimeError(f"PostgreSQL does not start:\n{self.log()}")
        return self

    def is_up(self):
        return subprocess.run([_program("pg_isready"), "-q", "-h", self.folder], check=False).returncode == 0

    def log(self):
        with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        """As an administrator does: clients are cut off, what is committed is written."""
        self.child.send_signal(signal.SIGINT)
        return process.stop(self.child, 30)

    def kill(self):
        """kill -9 of all of its processes, in the middle of whatever they do."""
        os.killpg(self.child.pid, signal.SIGKILL)
        process.reap(self.child)
        while process.members(self.child.pid):
            time.sleep(0.01)

    def begin_to_follow(self, primary):
        """Started anew after it was stopped, as a standby of the one that took over from it."""
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a", encoding="utf-8") as file:
            file.write(f"primary_conninfo = 'host={primary.folder} user=postgres'\nrecovery_target_timeline = latest\n")
        with open(os.path.join(self.data, "standby.signal"), "w", encoding="utf-8"):
            pass
        self.start()

    def ask(self, sql, database="postgres", user="postgres"):
        """What psql prints: rows in lines, columns with |."""
        return process.run([_program("psql"), "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                            self.url(database, user), "-c", sql]).decode().strip()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.stop()
        process.remove_directory(self.folder)


class Standby(Server):
    """A copy that follows its primary, and is behind it in nothing that was committed while it ran."""

    def __init__(self, primary):
        self.primary = primary
        super().__init__()

    def _make(self):
        process.run([_program("pg_basebackup"), "--pgdata", self.data, "--write-recovery-conf", "--checkpoint=fast",
                     "--no-sync", "--dbname", self.primary.url(application_name="standby")], **self.as_other)

    def follow(self):
        self.primary.ask("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.ask("SELECT pg_reload_conf()")
        state = "SELECT sync_state FROM pg_stat_replication"
        if not process.wait_until(lambda: self.primary.ask(state) == "sync", 60):
            raise RuntimeError(f"the standby does not follow:\n{self.log()}")

    def promote(self):
        self.ask("ALTER SYSTEM RESET synchronous_standby_names")
        self.ask("SELECT pg_promote()")


def _main():
    with Server() as server:
        environment = dict(os.environ, VTPM_TEST_POSTGRESQL=server.url())
        return subprocess.run(sys.argv[1:], check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(_main())
