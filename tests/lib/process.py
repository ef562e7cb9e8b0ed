# SPDX-License-Identifier: BSD-2-Clause
"""Child processes that never outlive the test, however it ends, and directories that go with it."""

import atexit
import ctypes
import functools
import os
import re
import shutil
import stat
import signal
import socket
import subprocess
import sys
import tempfile
import time

PR_SET_PDEATHSIG = 1
MNT_DETACH = 2
_libc = ctypes.CDLL(None, use_errno=True)
_children = []
_directories = []

# Whose machine it is must not show: files have the modes, and programs speak the language, that tests know.
os.umask(0o022)
os.environ["LC_ALL"] = "C.UTF-8"
os.environ.pop("LANGUAGE", None)
os.environ["PATH"] += ":/usr/sbin:/sbin"  # a user's often ends before
# A UNIX socket's path has at most 107 bytes, and sanitizers, swtpm and shell scripts take no blank.
if not re.fullmatch(r"[\w./+-]{1,40}", tempfile.gettempdir()):
    tempfile.tempdir = os.environ["TMPDIR"] = "/tmp"


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(argv, **options):
    """Popen whose child the kernel kills when this thread ends: call it from the main thread."""
    child = subprocess.Popen(argv, preexec_fn=_die_with_parent, **options)
    _children.append(child)
    return child


def stop(child, timeout=5):
    """SIGTERM, then SIGKILL; returns the exit status."""
    if child.poll() is None:
        child.send_signal(signal.SIGCONT)
        child.terminate()
        try:
            child.wait(timeout)
        except subprocess.TimeoutExpired:
            child.kill()
    return reap(child)


def kill(child):
    """SIGKILL, also to a stopped process; returns the exit status."""
    if child.poll() is None:
        child.kill()
    return reap(child)


def reap(child):
    status = child.wait()
    if child in _children:
        _children.remove(child)
    return status


def run(argv, timeout=120, **options):
    """Runs a program to its end; its output is in the exception where it fails."""
    child = start(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                  stderr=subprocess.STDOUT, **options)
    try:
        output, _ = child.communicate(timeout=timeout)
    except BaseException:
        kill(child)
        raise
    if reap(child) != 0:
        raise RuntimeError(f"{argv[0]} ended with status {child.returncode}:\n"
                           + output.decode(errors="replace"))
    return output


def members(session):
    """The processes, zombies aside, of the session that a child began (start_new_session=True)."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(entry))
    return found


def wait_until(condition, timeout=5):
    """Whether the condition came true in time."""
    end = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.005)
    return True


def free_address():
    """ADDRESS:PORT on loopback where nobody listens."""
    with socket.socket() as any_socket:
        any_socket.bind(("127.0.0.1", 0))
        return "%s:%d" % any_socket.getsockname()


def connect_unix(path, timeout=10):
    """A connected socket. A server's socket file is there a moment before it listens."""
    end = time.monotonic() + timeout
    while True:
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(path)
            return connection
        except (ConnectionRefusedError, FileNotFoundError):
            connection.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def temporary_directory(prefix, place=None):
    """A directory that is removed at exit."""
    path = tempfile.mkdtemp(prefix=f"vtpm-{prefix}-", dir=place)
    _directories.append(path)
    return path


def _is_public(place):
    """Whether others may enter it and run what is there."""
    ways = [place]
    while ways[-1] != "/":
        ways.append(os.path.dirname(ways[-1]))
    return (all(os.stat(way).st_mode & stat.S_IXOTH for way in ways)
            and not os.statvfs(place).f_flag & os.ST_NOEXEC)


def public_directory(prefix, place=None):
    """One into which other users may look, wherever our own temporary files are."""
    place = place or next(filter(_is_public, (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm")))
    path = temporary_directory(prefix, place)
    os.chmod(path, 0o755)
    return path


@functools.cache
def public_copy(program):
    """The program where other users may run it: they may not enter every directory that holds a clone."""
    path = shutil.copy(program, public_directory("program"))
    os.chmod(path, 0o755)
    return path


NOBODY = 65534


def as_nobody():
    """Options of Popen for another user's process, in a directory of which it sees something."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}


def _mounts_in(path):
    """Where file systems are mounted at or below it, outermost first."""
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        places = [re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), line.split()[4])
                  for line in file]
    path = os.path.realpath(path)
    return sorted((place for place in places if f"{place}/".startswith(f"{path}/")), key=len)


def remove_directory(path):
    """Never through a mount, however a test ended: behind it may be this machine's own /dev."""
    while (mounts := _mounts_in(path)) and _libc.umount2(mounts[0].encode(), MNT_DETACH) == 0:
        pass
    if not mounts:
        shutil.rmtree(path, ignore_errors=True)
    if path in _directories:
        _directories.remove(path)


@atexit.register
def _clean_up():
    for child in list(_children):
        kill(child)
    for path in list(_directories):
        remove_directory(path)


def _exit_on_signal(number, _frame):
    sys.exit(128 + number)


# So that an interrupted test unwinds its context managers and runs the exit handler.
for _number in (signal.SIGTERM, signal.SIGHUP):
    signal.signal(_number, _exit_on_signal)
