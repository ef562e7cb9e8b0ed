# SPDX-License-Identifier: BSD-2-Clause
"""What TPM commands do to the VM's TPM: those of the guest's system and administrator, and in part of the
host's, which has the platform's authorization. As faults.py."""

import hashlib
import struct

import in_guest
from swtpm import Swtpm

OWNER, PLATFORM = 0x40000001, 0x4000000c
PASSWORD = struct.pack(">IIHBH", 9, 0x40000009, 0, 0, 0)
HASHES = {"sha1": 0x0004, "sha256": 0x000b}
NO_DIGEST = {"sha1": bytes(20)}
# Windows measures into one bank and caps the other.
CAPPED = (*range(11), 12, 13)
SEPARATED = (0, 1, 2, 3, 4, 5, 6, 7, 9, 12, 13, 14)
EXIT_BOOT_SERVICES = (b"Exit Boot Services Invocation", b"Exit Boot Services Returned with Success")
INDEX = 0x01500010
EK_CERTIFICATE = 0x01c00002
_ATTRIBUTES = 0x02060006  # owner and authorization read and write, no dictionary attack protection
_WRITTEN = 1 << 29
_WRITE_LOCKED = 1 << 11
_CHUNK = 512

# An NV index that the dictionary-attack protection covers, and a write to it with a wrong password.
_DEFINE_PROTECTED = bytes.fromhex("8002 00000031 0000012a 40000001 00000009 40000009 0000 00 0000"
                                  "0004 01020304 000e 01500020 000b 00060006 0000 0008")
_GUESS = bytes.fromhex("8002 0000002f 00000137 01500020 01500020 0000000d 40000009 0000 00"
                       "0004 0f0f0f0f 0008 0000000000000000 0000")
_RC_AUTH_FAIL = 0x98e
_RC_LOCKOUT = 0x921


def _sized(data):
    return struct.pack(">H", len(data)) + data


def _request(code, handles, body=b""):
    """Authorized for its first handle by an empty password."""
    body = struct.pack(f">{len(handles)}I", *handles) + PASSWORD + body
    return struct.pack(">HII", 0x8002, 10 + len(body), code) + body


def _check(answer, expected=0):
    code = in_guest.response_code(answer)
    if code != expected:
        raise RuntimeError(f"the TPM answers 0x{code:x} and not 0x{expected:x}")
    return answer


def _command(vm, request, expected=0):
    return _check(vm.guest.tpm_commands(request)[0], expected)


def _extend(vm, pcr, digests):
    listed = b"".join(struct.pack(">H", HASHES[bank]) + digest for bank, digest in digests.items())
    _command(vm, _request(0x182, (pcr,), struct.pack(">I", len(digests)) + listed))


def measure(vm, pcr, text):
    _extend(vm, pcr, {"sha256": hashlib.sha256(text).digest()})


# PCRs. ----------------------------------------------------------------------------------------

def extend_boot_pcr(vm):
    measure(vm, 7, b"the running system's")


def separate(vm):
    """As systemd-pcrosseparator does, but after the baseline."""
    for pcr in SEPARATED:
        measure(vm, pcr, b"os-separator")


def exit_boot_services(vm):
    """As firmware does behind the back of a kernel without the final events' table."""
    for text in EXIT_BOOT_SERVICES:
        measure(vm, 5, text)


def cap(vm):
    """As Windows does with the bank that it does not use."""
    for pcr in CAPPED:
        _extend(vm, pcr, NO_DIGEST)


def cap_and_reboot(vm):
    """A Windows guest's restart: each boot caps, no log shows it."""
    cap(vm)
    vm.save_baseline()
    vm.guest.reboot()
    cap(vm)


# The owner's. ---------------------------------------------------------------------------------

def clear(vm):
    _command(vm, _request(0x126, (0x4000000a,)))


def clear_with_beacon(vm):
    vm.agent("beacon", "enable")
    vm.save_baseline()
    clear(vm)


def clear_and_own(vm):
    """The new owner sets an authorization before anybody looks."""
    clear(vm)
    _command(vm, _request(0x129, (OWNER,), _sized(b"secret")))


def clear_own_and_reboot(vm):
    clear_and_own(vm)
    vm.guest.reboot()


def disable_beacon(vm):
    vm.agent("beacon", "enable")
    vm.save_baseline()
    vm.agent("beacon", "disable")


def lock_out(vm):
    _command(vm, _DEFINE_PROTECTED)
    for _ in range(3):
        _command(vm, _GUESS, _RC_AUTH_FAIL)
    _command(vm, _GUESS, _RC_LOCKOUT)


# NV indices. ----------------------------------------------------------------------------------

def _define(owner, index, attributes, size):
    public = struct.pack(">IHIHH", index, HASHES["sha256"], attributes, 0, size)
    return _request(0x12a, (owner,), _sized(b"") + _sized(public))


def _undefine(owner, index):
    return _request(0x122, (owner, index))


def replace_index(vm):
    """Under the same handle, with another size."""
    _command(vm, _define(OWNER, INDEX, _ATTRIBUTES, 8))
    vm.save_baseline()
    _command(vm, _undefine(OWNER, INDEX))
    _command(vm, _define(OWNER, INDEX, _ATTRIBUTES, 16))


def overwrite_certificate(vm):
    """On the host, while the VM is off: the same index, with other bytes."""
    vm.shut_down()
    with Swtpm(state=vm.tpm.state, release=vm.release) as tpm:
        public = _check(tpm.command(struct.pack(">HIII", 0x8001, 14, 0x169, EK_CERTIFICATE)))[12:]
        _, _, attributes, policy = struct.unpack(">IHIH", public[:12])
        size, = struct.unpack(">H", public[12 + policy:14 + policy])
        if policy:
            raise RuntimeError("the certificate's index has a policy")
        requests = [_undefine(PLATFORM, EK_CERTIFICATE),
                    _define(PLATFORM, EK_CERTIFICATE, attributes & ~(_WRITTEN | _WRITE_LOCKED), size)]
        requests += [_request(0x137, (PLATFORM, EK_CERTIFICATE),
                              _sized(bytes(min(_CHUNK, size - start))) + struct.pack(">H", start))
                     for start in range(0, size, _CHUNK)]
        if attributes & _WRITE_LOCKED:
            requests.append(_request(0x138, (PLATFORM, EK_CERTIFICATE)))
        for request in requests:
            _check(tpm.command(request))
        tpm.stop()
    vm.power_on()
