#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The mangling TCTI does what it says: raw answers, as the TSS's loader hands them to a program."""

import ctypes
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
from swtpm import Swtpm  # noqa: E402

LIBRARY = os.environ["VTPM_TCTI_MANGLE"]
GET_RANDOM = bytes.fromhex("80010000000c0000017b0008")
READ_CLOCK = bytes.fromhex("80010000000a00000181")
IO_ERROR = 0x000A000A
TRY_AGAIN = 0x000A0009


class Tcti:
    """Tss2_TctiLdr_Initialize and the two functions of the context that matter here."""

    _loader = ctypes.CDLL("libtss2-tctildr.so.0")

    class _Context(ctypes.Structure):
        _fields_ = [("magic", ctypes.c_uint64), ("version", ctypes.c_uint64),
                    ("transmit", ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t,
                                                  ctypes.c_char_p)),
                    ("receive", ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p,
                                                 ctypes.POINTER(ctypes.c_size_t), ctypes.c_char_p,
                                                 ctypes.c_int32))]

    def __init__(self, conf):
        self._context = ctypes.POINTER(self._Context)()
        rc = self._loader.Tss2_TctiLdr_Initialize(conf.encode(), ctypes.byref(self._context))
        if rc != 0:
            raise ValueError(f"0x{rc:X}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._loader.Tss2_TctiLdr_Finalize(ctypes.byref(self._context))

    def send(self, command, timeout=-1):
        """The answer's bytes, or the TCTI's error code."""
        context = self._context.contents
        rc = context.transmit(self._context, len(command), command)
        if rc != 0:
            return rc
        buffer = ctypes.create_string_buffer(65536)
        size = ctypes.c_size_t(len(buffer))
        rc = context.receive(self._context, ctypes.byref(size), buffer, timeout)
        return rc or buffer.raw[:size.value]


class Mangle(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def open(self, options):
        return Tcti(f"{LIBRARY}:{options};{self.tpm.tcti}")

    def send(self, options, command=GET_RANDOM, **keywords):
        with self.open(options) as tcti:
            return tcti.send(command, **keywords)

    def test_passes_through(self):
        answer = self.send("mangle=none")
        self.assertEqual((len(answer), answer[:12].hex()), (20, "80010000001400000000" "0008"))

    def test_sizes(self):
        size = (10 + 2 + 8).to_bytes(4, "big")
        answer = self.send("mangle=truncate,at=7")
        self.assertEqual((len(answer), answer[2:6]), (7, size))
        answer = self.send("mangle=truncate,at=13,fix=1")
        self.assertEqual((len(answer), answer[2:6]), (13, (13).to_bytes(4, "big")))
        answer = self.send("mangle=oversize,at=5000")
        self.assertEqual((len(answer), answer[2:6]), (5020, size))
        answer = self.send("mangle=claim,at=0xFFFFFFFF")
        self.assertEqual((len(answer), answer[2:6].hex()), (20, "ffffffff"))

    def test_flips_the_same_bits_for_a_seed(self):
        def header(seed):
            return self.send(f"mangle=flip,bits=9,seed={seed}", READ_CLOCK)[:6]
        self.assertEqual(header(3), header(3))
        self.assertGreater(len({header(seed) for seed in range(20)}), 5)
        spared = self.send("mangle=flip,bits=50,from=10")
        self.assertEqual(spared[:10].hex(), "80010000001400000000")

    def test_made_up_answers(self):
        self.assertEqual(self.send("mangle=tag12").hex(), "00c40000000a00000009")
        for rc in (0x100, 0x101, 0x921, 0x80280400):
            self.assertEqual(self.send(f"mangle=rc,rc={rc:#x}").hex(), f"80010000000a{rc:08x}")

    def test_echo(self):
        log = os.path.join(self.tpm.directory, "echoed")
        self.assertEqual(self.send(f"mangle=echo,log={log}"), GET_RANDOM)
        with open(log) as file:
            self.assertEqual(file.read(), "1 0x17B 0x0\n")

    def test_errors_and_delays(self):
        self.assertEqual(self.send("mangle=eio"), IO_ERROR)
        self.assertEqual(self.send("mangle=lost"), IO_ERROR)
        self.assertEqual(self.send("mangle=hang", timeout=100), TRY_AGAIN)
        start = time.monotonic()
        self.assertEqual(len(self.send("mangle=slow,ms=300")), 20)
        self.assertGreater(time.monotonic() - start, 0.3)

    def test_hangs_until_killed(self):
        child = os.fork()
        if child == 0:
            self.send("mangle=hang")
            os._exit(0)
        time.sleep(0.5)
        self.assertEqual(os.waitpid(child, os.WNOHANG), (0, 0))
        os.kill(child, 9)
        os.waitpid(child, 0)

    def test_chosen_commands_and_log(self):
        log = os.path.join(self.tpm.directory, "commands")
        with self.open(f"mangle=rc,rc=0x101,code=0x17B,nth=2,log={log}") as tcti:
            codes = [tcti.send(command)[6:10].hex()
                     for command in (GET_RANDOM, READ_CLOCK, GET_RANDOM, GET_RANDOM)]
        self.assertEqual(codes, ["00000000", "00000000", "00000101", "00000000"])
        with open(log) as file:
            self.assertEqual(file.read().splitlines(),
                             ["1 0x17B 0x0", "2 0x181 0x0", "3 0x17B -", "4 0x17B 0x0"])

    def test_refuses_what_it_does_not_know(self):
        for options in ("mangle=burn", "mangle=none,colour=1", "at=x", "mangle"):
            with self.assertRaises(ValueError):
                self.open(options)


if __name__ == "__main__":
    unittest.main()
