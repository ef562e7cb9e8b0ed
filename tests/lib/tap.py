# SPDX-License-Identifier: BSD-2-Clause
"""Stands between QEMU and its swtpm: sees every command of the guest, can hold one back, and can do to
the TPM what QEMU never would: start it anew under the running guest.

QEMU hands swtpm the socket for commands through the control channel (swtpm's tpm_ioctl.h), so that
whoever passes the control channel on gets both.
"""

import array
import os
import select
import socket
import struct
import threading

import process

CMD_INIT = 2
CMD_STOP = 14
CMD_SET_DATAFD = 16
HEADER = 10


class Tap:
    """QEMU connects to `path`; `swtpm` is the path of the real control socket."""

    def __init__(self, path, swtpm):
        self._swtpm_path = swtpm
        self._qemu = self._swtpm = self._qemu_data = self._swtpm_data = None
        self._requests = []
        self._hold = None
        self._held = None
        self._is_held = threading.Event()
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(path)
        self._listener.listen(1)
        self._wake, self._woken = socket.socketpair()
        self.codes = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def hold(self, code):
        """Keeps the next command with this code from the TPM; its sender waits."""
        self._is_held.clear()
        self._hold = code

    def wait_held(self, timeout=20):
        if not self._is_held.wait(timeout):
            raise TimeoutError(f"no TPM command 0x{self._hold:x} came")

    def release(self):
        """Lets a command that was held back go on."""
        self._hold = None
        self._do(self._pass_held)

    def reinitialise(self):
        """Stops and starts the TPM with the state on its disk; TPM2_Startup is not sent."""
        self._do(self._initialise)

    def reconnect(self):
        """Puts a new swtpm process in the place of one that ended, without QEMU's knowledge."""
        self._do(self._connect_anew)

    def close(self):
        self._do(None)
        self._thread.join(5)

    # All that follows runs in the thread.

    def _do(self, function):
        """Has the thread run `function` between two messages and waits until it has."""
        request = {"function": function, "done": threading.Event(), "error": None}
        with self._lock:
            self._requests.append(request)
        self._wake.send(b"\0")
        if not request["done"].wait(10):
            raise TimeoutError("swtpm does not answer on its control channel")
        if request["error"]:
            raise request["error"]

    def _serve(self):
        while True:
            sources = [end for end in (self._listener, self._woken, self._qemu, self._swtpm,
                                       self._qemu_data, self._swtpm_data) if end]
            for source in select.select(sources, [], [])[0]:
                if source is self._woken:
                    source.recv(1)
                    with self._lock:
                        request = self._requests.pop(0)
                    if not request["function"]:
                        self._close_all()
                        request["done"].set()
                        return
                    try:
                        request["function"]()
                    except OSError as error:
                        request["error"] = error
                    request["done"].set()
                    break
                if source.fileno() >= 0:
                    self._forward(source)

    def _forward(self, source):
        try:
            if source is self._listener:
                self._qemu = source.accept()[0]
                self._swtpm = self._connect()
            elif source is self._qemu:
                self._forward_control()
            elif source is self._swtpm:
                self._pass(source, self._qemu, "_swtpm")
            elif source is self._qemu_data:
                self._take_command()
            elif source is self._swtpm_data:
                self._pass(source, self._qemu_data, "_swtpm_data")
        except OSError:
            self._drop(source)

    def _pass(self, source, target, _name):
        data = source.recv(65536)
        if data:
            target.sendall(data)
        else:
            self._drop(source)

    def _drop(self, source):
        """One side went away: the other shall see that, as without us."""
        if source in (self._qemu, self._qemu_data):
            self._close_all(but=(self._listener, self._wake, self._woken))
            self._qemu = self._swtpm = self._qemu_data = self._swtpm_data = None
        elif source is self._swtpm:
            self._swtpm.close()
            self._swtpm = None
        elif source is self._swtpm_data:
            # QEMU keeps its end: it would notice the loss by an error at the next command.
            self._swtpm_data.close()
            self._swtpm_data = None

    def _forward_control(self):
        data, ancillary, _, _ = self._qemu.recvmsg(65536, socket.CMSG_SPACE(4))
        if not data:
            raise ConnectionError("QEMU closed its control channel")
        if ancillary:
            descriptor = array.array("i", ancillary[0][2])[0]
            self._qemu_data = socket.socket(fileno=descriptor)
            self._send_data_socket(data)
        else:
            self._swtpm.sendall(data)

    def _send_data_socket(self, message):
        self._swtpm_data, theirs = socket.socketpair()
        rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))
        self._swtpm.sendmsg([message], [rights])
        theirs.close()

    def _take_command(self):
        command = _receive(self._qemu_data, HEADER)
        command += _receive(self._qemu_data, struct.unpack(">I", command[2:6])[0] - HEADER)
        code = struct.unpack(">I", command[6:10])[0]
        self.codes.append(code)
        if code == self._hold:
            self._hold = None
            self._held = command
            self._is_held.set()
        else:
            self._send_command(command)

    def _send_command(self, command):
        if not self._swtpm_data:
            self._close_qemu_data()
            return
        try:
            self._swtpm_data.sendall(command)
        except OSError:
            self._close_qemu_data()

    def _close_qemu_data(self):
        self._qemu_data.close()
        self._qemu_data = None

    def _pass_held(self):
        command, self._held = self._held, None
        if command:
            self._send_command(command)

    def _control(self, request):
        self._swtpm.sendall(request)
        result = struct.unpack(">I", _receive(self._swtpm, 4))[0]
        if result:
            raise OSError(f"swtpm's control channel answers 0x{result:x}")

    def _initialise(self):
        self._control(struct.pack(">I", CMD_STOP))
        self._control(struct.pack(">II", CMD_INIT, 0))

    def _connect(self):
        return process.connect_unix(self._swtpm_path)

    def _connect_anew(self):
        self._swtpm = self._connect()
        self._send_data_socket(struct.pack(">I", CMD_SET_DATAFD))
        result = struct.unpack(">I", _receive(self._swtpm, 4))[0]
        if result:
            raise OSError(f"swtpm refuses the data socket with 0x{result:x}")
        self._control(struct.pack(">II", CMD_INIT, 0))

    def _close_all(self, but=()):
        for end in (self._listener, self._wake, self._woken, self._qemu, self._swtpm,
                    self._qemu_data, self._swtpm_data):
            if end and end not in but:
                end.close()


def _receive(end, size):
    data = b""
    while len(data) < size:
        chunk = end.recv(size - len(data))
        if not chunk:
            raise ConnectionError("the other end closed")
        data += chunk
    return data
