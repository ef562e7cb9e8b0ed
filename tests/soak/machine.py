# SPDX-License-Identifier: BSD-2-Clause
"""A guest that is played: a real swtpm on a host whose clocks are the test's, firmware, loader and system as
the commands that they send, and the real agent in namespaces where it finds this guest's clock, boot id,
SMBIOS, event log and /dev/tpm0. Days pass in milliseconds. Needs root."""

import ctypes
import hashlib
import json
import os
import shutil
import socket
import struct
import subprocess
import time
import uuid

import agent
import manufacture
import namespaces
import oracle
import process
from swtpm import Swtpm, receive

LIBRARIES = os.path.join(os.path.abspath(os.environ["VTPM_BUILD_DIR"]), "tests", "soak")
CLONE_NEWTIME = 0x80
CMD_INIT, CMD_SHUTDOWN = 2, 3
PLATFORM, OWNER = 0x4000000C, 0x40000001
STATE, CLEAR = "state", "clear"
NEW, OLD = "new", "debian12"
_libc = ctypes.CDLL(None, use_errno=True)


class Host:
    """One hypervisor host: which swtpm it has, and how far its wall clock is off."""

    def __init__(self, release, skew=0.0):
        self.release, self.skew = release, skew


class PlayedSwtpm(Swtpm):
    """As QEMU starts it: nothing is done to the TPM before it is told to."""

    def __init__(self, host, state):
        super().__init__(state=state, release=host.release)
        self.clock = os.path.join(self.directory, "clock")

    def _spawn(self, arguments, **options):
        at = arguments.index("--flags")
        with open(self.log, "ab") as log:
            self.child = process.start(
                [manufacture.tool("swtpm", self.release), "socket", "--tpm2", "--tpmstate",
                 f"dir={self.state}", *arguments[:at], *arguments[at + 2:]],
                stdout=log, stderr=log, env={
                    **os.environ, "PLAYED_CLOCK": self.clock,
                    "LD_PRELOAD": os.path.join(LIBRARIES, "libplayed-clock.so")}, **options)

    def set_clock(self, advance, skew):
        with open(self.clock, "r+b" if os.path.exists(self.clock) else "wb") as file:
            file.write(struct.pack("=qq", int(advance * 1e9), int(skew * 1e9)))

    def tell(self, code, body=b""):
        with socket.create_connection(("127.0.0.1", self.port + 1), 10) as connection:
            connection.sendall(struct.pack(">I", code) + body)
            result = struct.unpack(">I", receive(connection, 4))[0]
        assert result == 0, f"control command {code}: 0x{result:x}"

    def blobs(self, verb, directory):
        for kind in ("permanent", "volatile", "savestate"):
            path = os.path.join(directory, kind)
            if verb == "--load" and not os.path.exists(path):
                continue
            process.run([manufacture.tool("swtpm_ioctl", self.release), "--tcp",
                         f"127.0.0.1:{self.port + 1}", verb, kind, path])


class Machine:
    """A VM, off until boot(). `state`: a directory that manufacture made for this UUID."""

    def __init__(self, vm_uuid, state, host):
        self.uuid, self.host = vm_uuid, host
        self.directory = process.temporary_directory("machine")
        self.state = os.path.join(self.directory, "state-0")
        shutil.copytree(state, self.state)
        self.advance = 0.0
        self.firmware, self.kernel = 1, 1
        # What a clear takes away: the RSA EK that swtpm_setup made persistent, then the guest's indices.
        self.has_objects = self.had_objects = True
        self.tpm = None
        self.started_clock = self.reported_clock = 0
        self.url = self.token = self.port = None  # of the collector; another TPM's, 0: none
        self._hosts = 0
        self._play_smbios()

    # What the host does.

    def now(self):
        return time.monotonic() + self.advance

    def wait(self, seconds):
        """So much time passes for everybody."""
        self.advance += seconds
        if self.tpm:
            self.tpm.set_clock(self.advance, self.host.skew)

    def step_clock(self, seconds):
        """Somebody sets the host's wall clock."""
        self.host.skew += seconds
        self.tpm.set_clock(self.advance, self.host.skew)

    def power_on(self):
        self.tpm = PlayedSwtpm(self.host, self.state)
        self.tpm.set_clock(self.advance, self.host.skew)
        self.tpm.start()
        self.tpm.tell(CMD_INIT, bytes(4))

    def power_off(self, kill=False):
        """What QEMU's end does to swtpm, or a host that dies."""
        if not kill:
            self.tpm.tell(CMD_SHUTDOWN)
            self.tpm.child.wait(30)
        process.kill(self.tpm.child)
        self.tpm.close()
        self.tpm = None

    def reset_tpm(self):
        """QEMU's reset line."""
        self.tpm.tell(CMD_INIT, bytes(4))

    def new_place(self):
        self._hosts += 1
        return os.path.join(self.directory, f"state-{self._hosts}")

    def live_migrate(self, host, downtime):
        """The whole state travels in the stream; the source's directory is left behind. The guest stands still
        for as long as it takes here, and so does its clock."""
        uptime = self.uptime()
        blobs, place = self.new_place() + ".blobs", self.new_place()
        os.makedirs(blobs)
        os.makedirs(place)
        self.tpm.blobs("--save", blobs)
        self.power_off()
        self.wait(downtime)
        self.host, self.state = host, place
        self.tpm = PlayedSwtpm(host, place)
        self.tpm.set_clock(self.advance, host.skew)
        self.tpm.start()
        self.tpm.blobs("--load", blobs)
        self.tpm.tell(CMD_INIT, bytes(4))
        self.booted = self.now() - uptime
        shutil.rmtree(blobs)

    def cold_move(self, host):
        """The directory, of a machine that is off, goes to another host."""
        place = self.new_place()
        shutil.copytree(self.state, place)
        self.host, self.state = host, place

    def snapshot(self):
        path = os.path.join(self.directory, f"snapshot-{uuid.uuid4().hex}")
        shutil.copytree(self.state, path)
        return path

    def put_state(self, source):
        """Another state in the place of this machine's, which is off."""
        shutil.rmtree(self.state)
        shutil.copytree(source, self.state)

    def save_running(self):
        """All of the TPM, and how long its system has been up: a snapshot with memory."""
        blobs = self.new_place() + ".blobs"
        os.makedirs(blobs)
        self.tpm.blobs("--save", blobs)
        return blobs, self.uptime()

    def restore_running(self, saved):
        blobs, uptime = saved
        self.power_off()
        place = self.new_place()
        os.makedirs(place)
        self.state = place
        self.tpm = PlayedSwtpm(self.host, place)
        self.tpm.set_clock(self.advance, self.host.skew)
        self.tpm.start()
        self.tpm.blobs("--load", blobs)
        self.tpm.tell(CMD_INIT, bytes(4))
        self.booted = self.now() - uptime

    # What firmware and system do.

    def command(self, code, body, tag=0x8001, may_fail=False):
        """What follows the header of the answer."""
        answer = self.tpm.command(struct.pack(">HII", tag, 10 + len(body), code) + body)
        rc = struct.unpack(">I", answer[6:10])[0]
        assert may_fail or rc == 0, f"TPM command 0x{code:x}: 0x{rc:x}"
        return answer[10:]

    def authorized(self, code, handles, body=b"", auth=b"", may_fail=False):
        """By the password of the first handle."""
        packed = b"".join(struct.pack(">I", handle) for handle in handles)
        session = struct.pack(">IIHBH", 9 + len(auth), 0x40000009, 0, 0, len(auth)) + auth
        return self.command(code, packed + session + body, 0x8002, may_fail)

    def clear(self):
        """By the platform's authorization, as a firmware's setup does it."""
        self.authorized(0x126, [PLATFORM])
        self.had_objects, self.has_objects = self.has_objects, False

    def change_owner(self, old, new, may_fail=False):
        self.authorized(0x129, [OWNER], struct.pack(">H", len(new)) + new, old, may_fail)

    def extend(self, pcr, digest):
        self.authorized(0x182, [pcr], struct.pack(">IH", 1, 0xB) + digest)

    def shut_down(self, kind=CLEAR):
        self.command(0x145, struct.pack(">H", 0 if kind == CLEAR else 1))

    def start_tpm(self, kind=CLEAR):
        self.command(0x144, struct.pack(">H", 0 if kind == CLEAR else 1))
        self.started_clock = self.read_clock()[0]

    def read_clock(self):
        """The TPM's own: clock in ms, resetCount."""
        return struct.unpack(">QQI", self.command(0x181, b"")[:20])[1:]

    def is_behind(self):
        """The TPM's clock at its last start was behind that of the last report: what was not written is lost."""
        return self.started_clock + 5000 < self.reported_clock

    def measure(self):
        """PCR 0 to 7, and the log that says so."""
        what = [(0, 8, f"firmware {self.firmware}"), (0, 1, "code"), (1, 0x80000002, "variables"),
                (2, 0x80000004, "option ROMs"), (4, 0x80000003, f"loader and kernel {self.kernel}"),
                (5, 0x80000006, "partitions"), (7, 0x80000001, "SecureBoot")]
        log = _spec_id()
        for pcr, kind, text in what + [(pcr, 4, "\0\0\0\0") for pcr in range(8)]:
            digest = hashlib.sha256(text.encode()).digest()
            self.extend(pcr, digest)
            log += struct.pack("<IIIH", pcr, kind, 1, 0xB) + digest + struct.pack("<I", len(text))
            log += text.encode()
        _write(self._sys("kernel/security/tpm0/binary_bios_measurements"), log)

    def start_system(self):
        """From here on it is another boot."""
        self.boot_id = str(uuid.uuid4())
        self.booted = self.now()
        _write(os.path.join(self.directory, "boot_id"), self.boot_id.encode() + b"\n")

    def boot(self):
        """Power is on, or the TPM was just reset."""
        self.start_tpm()
        self.measure()
        self.wait(2)
        self.start_system()
        self.extend(10, hashlib.sha256(self.boot_id.encode()).digest())
        self.wait(10)

    def uptime(self):
        return self.now() - self.booted

    def pause(self, seconds):
        """The guest's clock stands still, its TPM's does not."""
        self.wait(seconds)
        self.booted += seconds

    # What is looked at.

    def _run(self, will_be_killed=False):
        """How the real agent is started in this guest."""
        port = self.tpm.port if self.port is None and self.tpm else self.port
        environment = agent.environment(will_be_killed=will_be_killed, PLAYED_TPM=str(port or ""),
                                        LD_PRELOAD=os.path.join(LIBRARIES, "libplayed-device.so"))
        environment["ASAN_OPTIONS"] += ":verify_asan_link_order=0"
        offset = self.uptime() - time.clock_gettime(time.CLOCK_BOOTTIME)
        return {"env": environment, "preexec_fn": lambda: self._enter(offset)}

    def agent(self, *words, **options):
        return agent.run(*words, **self._run(), **options)

    def _words(self, url, event):
        words = ["report", "--json", "--url", url]
        if self.token:
            words += ["--token-file", self.token]
        return words + (["--event", event] if event else [])

    def report(self, event=None):
        """The collector's verdict."""
        result = verdict(self.agent(*self._words(self.url, event)))
        if self.tpm and result[1] in ("affirming", "warning"):
            self.reported_clock = self.read_clock()[0]
        return result

    def start_report(self, url):
        words = self._words(url, None)
        return subprocess.Popen([agent.AGENT, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, **self._run(will_be_killed=True))

    def end(self, child):
        out, err = child.communicate(timeout=60)
        agent.check_sanitizers()
        return agent.Result(child.returncode, out.decode(), err.decode(), 0, child.pid)

    def must_be(self, continuity):
        """A report on the way to something else."""
        seen = self.report()
        if seen[:2] != (continuity, "affirming"):
            raise AssertionError(f"on the way: {seen}")

    def oracle(self, tool, *arguments, **options):
        return oracle.tpm2(self.tpm, tool, *arguments, **options)

    def close(self):
        if self.tpm:
            self.power_off(kill=True)
        process.remove_directory(self.directory)

    def _enter(self, offset):
        """In the child, before the agent."""
        whole = int(offset // 1)
        namespaces._check(_libc.unshare(namespaces.CLONE_NEWNS | CLONE_NEWTIME), "unshare")
        with open("/proc/self/timens_offsets", "w") as file:
            file.write(f"boottime {whole} {int((offset - whole) * 1e9)}\n")
        with open("/proc/self/ns/time_for_children") as file:
            namespaces._check(_libc.setns(file.fileno(), CLONE_NEWTIME), "setns")
        namespaces._mount("none", "/", None, namespaces.MS_REC | namespaces.MS_PRIVATE)
        namespaces.bind(os.path.join(self.directory, "boot_id"), "/proc/sys/kernel/random/boot_id")
        namespaces.bind(os.path.join(self.directory, "sys"), "/sys")

    def _sys(self, path):
        return os.path.join(self.directory, "sys", path)

    def _play_smbios(self):
        for path in ("class/dmi/id", "class/tpm/tpm0/device", "kernel/security/tpm0"):
            os.makedirs(self._sys(path))
        os.symlink("../../bus/acpi/drivers/tpm_crb", self._sys("class/tpm/tpm0/device/driver"))
        for name, text in (("class/dmi/id/product_uuid", self.uuid), ("class/dmi/id/sys_vendor", "QEMU"),
                           ("class/dmi/id/product_name", "Standard PC"),
                           ("class/tpm/tpm0/tpm_version_major", "2")):
            _write(self._sys(name), text.encode() + b"\n")


def verdict(result):
    """(continuity, status, reasons) of what the collector said."""
    try:
        answer = json.loads(result.out)
    except ValueError:
        return (f"exit {result.code}", result.err.strip()[-200:], ())
    answer = answer.get("verdict", answer)
    return (answer["continuity"], answer["ear.status"],
            tuple(reason["code"] for reason in answer["reasons"]))


def _spec_id():
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, 0xB, 32, 0)
    return struct.pack("<II20xI", 0, 3, len(data)) + data


def _write(path, data):
    with open(path, "wb") as file:
        file.write(data)
