# SPDX-License-Identifier: BSD-2-Clause
"""The agent inside a guest, and what a test asks of the TPM there.

    run = in_guest.status(guest, "--expect-model", "tpm-crb")
    run.code, run.checks["boot-pcrs"]["result"], run.evidence["clock"]["reset_count"], run.seconds
"""

import os
import struct
import time

import by_hand  # noqa: F401
import guest
from outcome import Outcome

BUILD = os.environ.get("VTPM_BUILD_DIR") or os.path.join(guest.ROOT, "build", "release")
AGENT = os.path.join(BUILD, "agent", "vtpm-agent")

# Command codes, for Tap.hold().
CC_CREATE_PRIMARY = 0x131
CC_QUOTE = 0x158
CC_FLUSH_CONTEXT = 0x165
CC_GET_CAPABILITY = 0x17a
CC_GET_RANDOM = 0x17b

RC_FAILURE = 0x101

_STARTUP_CLEAR = bytes.fromhex("8001 0000000c 00000144 0000")
# TPM2_NV_DefineSpace by the owner with an empty password: index 0x01500010, 8 bytes.
_NV_DEFINE = bytes.fromhex("8002 0000002d 0000012a 40000001 00000009 40000009 0000 00 0000"
                           "0000 000e 01500010 000b 02060006 0000 0008")
# TPM2_CreatePrimary under the null hierarchy: an HMAC key that no program of ours would make.
_CREATE_OBJECT = bytes.fromhex("8002 00000039 00000131 40000007 00000009 40000009 0000 00 0000"
                               "0004 0000 0000 0010 0008 000b 00040072 0000 0005 000b 0000"
                               "0000 00000000")
# Transient objects, loaded sessions, saved sessions.
_LOADED_FROM = (0x80000000, 0x02000000, 0x03000000)


def image(programs=(), **options):
    """An Image with the agent in it."""
    return guest.Image(programs=[AGENT, *programs], plugins=guest.TCTI_DEVICE, **options)


class Run(Outcome):
    """How a run of the agent ended: exit status, both outputs as text, seconds by this machine."""

    def __init__(self, code, out, err, seconds):
        self.code, self.seconds = code, seconds
        self.out, self.err = out.decode(errors="replace"), err.decode(errors="replace")

    def sentences(self, result):
        """The sentences of all checks with this result, by the check's name."""
        return {name: check["sentence"] for name, check in self.checks.items()
                if check["result"] == result}

    @property
    def reason(self):
        """The check that decided."""
        return self.json.get("reason")

    def __str__(self):
        text = self.out
        try:
            text = "".join(f"{check['result']} {name}: {check['sentence']}\n"
                           for name, check in self.checks.items())
        except (ValueError, KeyError):
            pass
        return f"exit {self.code} after {self.seconds:.1f} s\n{text}{self.err}"


def agent(machine, *words, user="root", timeout=60):
    begin = time.monotonic()
    result = machine.run(["vtpm-agent", *words], user=user, timeout=timeout)
    return Run(*result, time.monotonic() - begin)


def status(machine, *words, **options):
    return agent(machine, "status", "--json", *words, **options)


def evidence(machine, *words, **options):
    return agent(machine, "evidence", *words, **options)


def counters(machine):
    """(resetCount, restartCount) and the clock in ms, as the TPM tells the guest."""
    answer, = machine.tpm_commands(bytes.fromhex("8001 0000000a 00000181"))
    _, clock, resets, restarts, _ = struct.unpack(">QQIIB", answer[10:35])
    return (resets, restarts), clock


def start_tpm(machine):
    """TPM2_Startup(CLEAR), which after the boot nobody sends but we; returns the response code."""
    return response_code(machine.tpm_commands(_STARTUP_CLEAR)[0])


def write_nv(machine):
    """Has the TPM write its permanent state; returns the response code."""
    return response_code(machine.tpm_commands(_NV_DEFINE)[0])


def create_object(machine):
    """Leaves another program's key loaded, past the resource manager; returns its handle."""
    answer, = machine.tpm_commands(_CREATE_OBJECT)
    if response_code(answer):
        raise RuntimeError(f"TPM2_CreatePrimary: 0x{response_code(answer):x}")
    return struct.unpack(">I", answer[10:14])[0]


def loaded(machine):
    """Handles of all objects and sessions inside the TPM, beyond the kernel's resource manager."""
    handles = []
    for answer in machine.tpm_commands(*(
            struct.pack(">HIIIII", 0x8001, 22, CC_GET_CAPABILITY, 1, first, 64)
            for first in _LOADED_FROM)):
        count = struct.unpack(">I", answer[15:19])[0]
        handles += struct.unpack(f">{count}I", answer[19:19 + 4 * count])
    return handles


def response_code(answer):
    return struct.unpack(">I", answer[6:10])[0]
