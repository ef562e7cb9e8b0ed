# SPDX-License-Identifier: BSD-2-Clause
"""A real swtpm on a free TCP port pair, or behind a UNIX control socket for QEMU.

    with Swtpm() as tpm:                      # a copy of the ready-made TPM
        subprocess.run(["vtpm-agent", "--tcti", tpm.tcti])

    with Swtpm(name="web1", vm_uuid=UUID) as tpm:     # a TPM of its own
"""

import glob
import os
import random
import shutil
import signal
import socket
import struct
import time

import manufacture
import process
from tap import Tap

CMD_GET_CAPABILITY = 1
ATTEMPTS = 20

TPM_ST_NO_SESSIONS = 0x8001
TPM_CC_SHUTDOWN = 0x145
TPM_SU = {"clear": 0, "state": 1}


class Swtpm:
    """One vTPM: a state directory and, between start() and stop(), the swtpm process on it.

    name, vm_uuid  manufacture a TPM of its own for this VM; without: a copy of the template
    state          use this directory as it is (it stays); copied from `copy_of` where that is given
    copy_of        another state directory to start from; must be at rest or a snapshot()
    empty          start from an empty directory, as libvirt's target of a migration does
    banks          active PCR banks, "sha256" or "sha1,sha256,…"
    authority      a manufacture.Authority other than the shared one
    certificates   False: a TPM without EK certificates
    qemu           True: control channel on the UNIX socket .control, no TCP, QEMU initialises it
    tap            QEMU's swtpm only: a Tap stands in between, as .tap
    release        "debian12" (0.7.1), or "new": 0.8 or later, which shuts the TPM down on its own
    clock_offset   seconds that this host's wall clock is ahead (negative: behind)
    startup        False: nobody sends TPM2_Startup, commands give TPM_RC_INITIALIZE
    """

    def __init__(self, *, name=None, vm_uuid=None, state=None, copy_of=None, empty=False,
                 banks="sha256", authority=None, certificates=True, qemu=False, tap=False,
                 release="debian12", clock_offset=0, startup=True):
        self.qemu = qemu
        self.startup = startup
        self.release = release
        self.clock_offset = clock_offset
        self.authority = authority or manufacture.default_authority(release)
        self.directory = process.temporary_directory("swtpm")
        self.state = os.path.abspath(state) if state else os.path.join(self.directory, "state")
        self.control = os.path.join(self.directory, "control")
        self._own_control = os.path.join(self.directory, "swtpm") if tap else self.control
        self.tap = Tap(self.control, self._own_control) if tap else None
        self.log = os.path.join(self.directory, "log")
        self.port = None
        self.child = None
        os.makedirs(self.state, exist_ok=True)
        if copy_of:
            self.restore(copy_of)
        elif name or authority or not certificates:
            manufacture.manufacture(self.state, name or manufacture.TEMPLATE_NAME,
                                    vm_uuid or manufacture.TEMPLATE_UUID, banks, authority,
                                    certificates, release)
        elif not state and not empty:
            self.restore(manufacture.template(banks, release))

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    @property
    def tcti(self):
        """What --tcti and tpm2-tools' -T take."""
        return f"swtpm:host=127.0.0.1,port={self.port}"

    @property
    def pid(self):
        return self.child.pid

    @property
    def running(self):
        return self.child is not None and self.child.poll() is None

    def start(self):
        """Starts swtpm and waits until it answers; after a stop on the same port as before."""
        if self.qemu:
            if os.path.exists(self._own_control):
                os.unlink(self._own_control)
            self._spawn(["--ctrl", f"type=unixio,path={self._own_control}"])
            self._wait(lambda: os.path.exists(self._own_control))
        else:
            self._start_tcp()
        return self

    def stop(self, shutdown="clear"):
        """Ends swtpm after TPM2_Shutdown: "clear", "state" or None. QEMU's user: None is as it was
        left, since only the guest's system speaks to the TPM."""
        if shutdown and not self.qemu and self.running:
            self.command(struct.pack(">HIIH", TPM_ST_NO_SESSIONS, 12, TPM_CC_SHUTDOWN,
                                     TPM_SU[shutdown]))
        if self.child:
            process.stop(self.child)

    def kill(self):
        """What a crash of the host leaves: no Shutdown, no last write."""
        process.kill(self.child)

    def suspend(self):
        """From here on commands are accepted and never answered."""
        self.child.send_signal(signal.SIGSTOP)

    def resume(self):
        self.child.send_signal(signal.SIGCONT)

    def restart(self, shutdown="clear"):
        """An orderly power cycle of the TPM."""
        self.stop(shutdown)
        return self.start()

    def block_storage(self):
        """From here on the state cannot be written, as with an unmounted or read-only directory."""
        os.rename(self.state, self.state + ".blocked")

    def unblock_storage(self):
        os.rename(self.state + ".blocked", self.state)

    def replace_under_guest(self, snapshot=None):
        """Kills swtpm and starts it anew (on another state, where one is given) without QEMU or the
        guest being told: needs the tap. Nobody sends TPM2_Startup, as after Tap.reinitialise()."""
        self.kill()
        if snapshot:
            self.restore(snapshot)
        self.start()
        self.tap.reconnect()

    def reconfigure(self, banks):
        """Changes the active PCR banks; swtpm must not be running."""
        assert not self.running, "stop swtpm before its PCR banks are changed"
        manufacture.reconfigure(self.state, banks, self.authority, self.release)

    def snapshot(self):
        """A copy of the state as it is on disk now; a directory for copy_of or restore()."""
        self._snapshots = getattr(self, "_snapshots", 0) + 1
        path = os.path.join(self.directory, f"snapshot-{self._snapshots}")
        shutil.copytree(self.state, path)
        return path

    def restore(self, snapshot):
        """Puts a snapshot in the place of the state: a rollback. swtpm must not be running."""
        assert not self.running, "stop swtpm before its state is exchanged"
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(snapshot, self.state)

    def command(self, request, timeout=10):
        """Sends one TPM command as raw bytes and returns the raw answer (TCP only)."""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as connection:
            connection.sendall(request)
            header = receive(connection, 10)
            return header + receive(connection, struct.unpack(">I", header[2:6])[0] - 10)

    def close(self):
        if self.tap:
            self.tap.close()
        if self.child:
            process.kill(self.child)
        process.remove_directory(self.directory)

    def _start_tcp(self):
        for _ in range(ATTEMPTS):
            port = self.port or random.randrange(20000, 32000, 2)
            if self._try_ports(port):
                self.port = port
                return
        raise RuntimeError(f"swtpm does not start on {self.state}:\n{self._log_text()}")

    def _try_ports(self, port):
        # The control socket is opened here and handed over: an answer on it can then only be from
        # this swtpm, and it answers only after it got the other port too.
        with socket.socket() as control:
            control.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                control.bind(("127.0.0.1", port + 1))
                control.listen(8)
            except OSError:
                return False
            flags = "not-need-init,startup-clear" if self.startup else "not-need-init"
            self._spawn(["--server", f"type=tcp,port={port}",
                         "--ctrl", f"type=tcp,fd={control.fileno()}", "--flags", flags],
                        pass_fds=[control.fileno()])
        try:
            with socket.create_connection(("127.0.0.1", port + 1), 10) as connection:
                connection.sendall(struct.pack(">I", CMD_GET_CAPABILITY))
                receive(connection, 4)
                return True
        except (OSError, EOFError):
            process.kill(self.child)
            return False

    def _spawn(self, arguments, **options):
        assert not self.running, "swtpm is running already"
        with open(self.log, "ab") as log:
            self.child = process.start(
                [manufacture.tool("swtpm", self.release), "socket", "--tpm2",
                 "--tpmstate", f"dir={self.state}", *arguments],
                stdout=log, stderr=log, env={**os.environ, **self._clock()}, **options)

    def _clock(self):
        """The environment that puts this host's wall clock, and no other clock, off the true time."""
        if not self.clock_offset:
            return {}
        libraries = glob.glob("/usr/lib/*/faketime/libfaketime.so.1")
        if not libraries:
            raise FileNotFoundError("no libfaketime; run scripts/bootstrap test")
        return {"LD_PRELOAD": libraries[0], "FAKETIME": f"{self.clock_offset:+}s",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_RESET": "1"}

    def _wait(self, condition, timeout=10):
        end = time.monotonic() + timeout
        while not condition():
            if not self.running or time.monotonic() > end:
                raise RuntimeError(f"swtpm does not start on {self.state}:\n{self._log_text()}")
            time.sleep(0.02)

    def _log_text(self):
        with open(self.log, errors="replace") as log:
            return log.read()


def receive(connection, size):
    """So many bytes, or EOFError."""
    data = b""
    while len(data) < size:
        chunk = connection.recv(size - len(data))
        if not chunk:
            raise EOFError("swtpm closed the connection")
        data += chunk
    return data
