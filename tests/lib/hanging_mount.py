# SPDX-License-Identifier: BSD-2-Clause
"""A mounted file system whose server never answers, as a hard NFS mount of a dead server: whoever asks
it waits in the kernel, where no signal ends it.

    with HangingMount("/run/dead"):
        ...
"""

import ctypes
import os
import select
import struct
import threading

_libc = ctypes.CDLL(None, use_errno=True)
MNT_DETACH = 2
REQUEST_MAX = 1 << 20
FUSE_INIT = 26  # <linux/fuse.h>; the version is the oldest with this form of the answer
VERSION = (7, 31)


class HangingMount:
    def __init__(self, path):
        self.path = path
        self._is_over = threading.Event()

    def __enter__(self):
        os.makedirs(self.path, exist_ok=True)
        self._device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={self._device},rootmode=40000,user_id=0,group_id=0"
        if _libc.mount(b"dead:/export", self.path.encode(), b"fuse", 0, options.encode()):
            raise OSError(ctypes.get_errno(), "mount fuse")
        self._answer_init()
        self._thread = threading.Thread(target=self._swallow)
        self._thread.start()
        return self

    def __exit__(self, *_):
        """Ends the connection: the kernel lets go of those who wait."""
        self._is_over.set()
        self._thread.join()
        _libc.umount2(self.path.encode(), MNT_DETACH)
        os.close(self._device)
        os.rmdir(self.path)

    def _answer_init(self):
        request = os.read(self._device, REQUEST_MAX)
        _, opcode, unique = struct.unpack_from("<IIQ", request)
        assert opcode == FUSE_INIT, opcode
        body = struct.pack("<IIIIHHIIHHI28x", *VERSION, 0, 0, 16, 12, 4096, 1, 1, 0, 0)
        os.write(self._device, struct.pack("<IiQ", 16 + len(body), 0, unique) + body)

    def _swallow(self):
        while not self._is_over.is_set():
            if select.select([self._device], [], [], 0.05)[0]:
                try:
                    os.read(self._device, REQUEST_MAX)
                except OSError:
                    return
