# SPDX-License-Identifier: BSD-2-Clause
"""Event logs as firmware writes them (TCG PC Client Platform Firmware Profile 1.05, section 10), and what they lead to;
without any code of this project."""

import hashlib
import os
import struct

import by_hand  # noqa: F401
import secure_boot

SHA256, NO_ACTION, ACTION, SEPARATOR = 0xB, 3, 5, 4
EVENT_TAG, CRTM_VERSION = 6, 8
VARIABLE, BOOT_VARIABLE, APPLICATION, EFI_ACTION, BLOB, AUTHORITY = (
    0x80000000 + number for number in (1, 2, 3, 7, 8, 0xE0))
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "eventlog")
LIMIT = 1 << 20


def _begin():
    """The "Spec ID Event03": one algorithm, of 32 bytes."""
    data = b"Spec ID Event03\0" + struct.pack("<IBBBBIHHB", 0, 0, 2, 0, 2, 1, SHA256, 32, 0)
    return struct.pack("<II20sI", 0, NO_ACTION, bytes(20), len(data)) + data


def join(*events):
    """A log of (PCR, type, data), whose digests are those of the data."""
    log = _begin()
    for index, kind, data in events:
        log += struct.pack("<III", index, kind, 1) + struct.pack("<H", SHA256) + hashlib.sha256(data).digest()
        log += struct.pack("<I", len(data)) + data
    return log


def make(*texts, pcr=4):
    """A log with these actions in one PCR, and separators in PCR 0 to 7."""
    return join(*((i, SEPARATOR, bytes(4)) for i in range(8)), *((pcr, ACTION, text.encode()) for text in texts))


def variable(vendor, name, data):
    """UEFI_VARIABLE_DATA."""
    return vendor.bytes_le + struct.pack("<QQ", len(name), len(data)) + name.encode("utf-16-le") + data


def windows(certificates):
    """64 kB as a Windows guest with Secure Boot has them: Microsoft's lists, a long dbx, and what Windows itself logs.
    certificates: eight in DER, of PK, two of KEK, and five of db."""
    def application(name):
        path = name.encode("utf-16-le") + bytes(2)
        path = struct.pack("<BBH", 4, 4, 4 + len(path)) + path + struct.pack("<BBH", 0x7f, 0xff, 4)
        return struct.pack("<QQQQ", 1 << 30, 1 << 20, 0, len(path)) + path

    lists = {name: b"".join(map(secure_boot.certificate_list, own)) for name, own in
             (("PK", certificates[:1]), ("KEK", certificates[1:3]), ("db", certificates[3:]))}
    lists["dbx"] = secure_boot.hashes([hashlib.sha256(bytes([i // 256, i % 256])).hexdigest() for i in range(371)])
    entries = [variable(secure_boot.GLOBAL, f"Boot{i:04X}", bytes(200)) for i in range(6)]
    tagged = [struct.pack("<II", 0x40010001 + i, 292) + bytes([i]) * 292 for i in range(90)]  # SIPA
    return join(
        (0, CRTM_VERSION, "Example firmware 7.1\0".encode("utf-16-le")),
        (0, BLOB, struct.pack("<QQ", 1 << 31, 1 << 21)),
        (7, VARIABLE, variable(secure_boot.GLOBAL, "SecureBoot", b"\1")),
        *((7, VARIABLE, variable(secure_boot.VENDOR[name], name, data)) for name, data in lists.items()),
        *((1, BOOT_VARIABLE, entry) for entry in entries), (4, EFI_ACTION, b"Calling EFI Application from Boot Option"),
        *((i, SEPARATOR, bytes(4)) for i in range(8)),
        (7, AUTHORITY, variable(secure_boot.IMAGE_SECURITY, "db", secure_boot.OWNER.bytes_le + certificates[3])),
        *((4, APPLICATION, application(f"\\EFI\\Microsoft\\Boot\\{name}")) for name in ("bootmgfw.efi", "winload.efi")),
        *((11 + i % 4, EVENT_TAG, data) for i, data in enumerate(tagged)),
        (5, EFI_ACTION, b"Exit Boot Services Invocation"), (5, EFI_ACTION, b"Exit Boot Services Returned with Success"))


def digests(log):
    """What each event of a crypto-agile log extends in the SHA-256 bank: (PCR, digest)."""
    sizes, extended = {}, []
    _, _, _, size = struct.unpack_from("<II20sI", log)
    count, = struct.unpack_from("<I", log, 32 + 24)
    for i in range(count):
        alg, length = struct.unpack_from("<HH", log, 32 + 28 + 4 * i)
        sizes[alg] = length
    at = 32 + size
    while at < len(log):
        pcr, kind, count = struct.unpack_from("<III", log, at)
        at += 12
        for _ in range(count):
            alg, = struct.unpack_from("<H", log, at)
            digest, at = log[at + 2:at + 2 + sizes[alg]], at + 2 + sizes[alg]
            if alg == SHA256 and kind != NO_ACTION:
                extended.append((pcr, digest))
        length, = struct.unpack_from("<I", log, at)
        at += 4 + length
    return extended


def replay(log):
    """{PCR: value} of the SHA-256 bank."""
    values = {}
    for pcr, digest in digests(log):
        values[pcr] = hashlib.sha256(values.get(pcr, bytes(32)) + digest).digest()
    return values


def part(log, **changes):
    """Part event_log of the evidence."""
    return {"bytes": len(log), "sha256": hashlib.sha256(log).hexdigest(), "format": "crypto-agile", "events": 9,
            "startup_locality": 0,
            "replay": {"sha256": {str(i): value.hex() for i, value in sorted(replay(log).items())}}, **changes}


def real(name):
    """A real guest's log, and the values that its TPM had."""
    with open(os.path.join(DATA, name + ".bin"), "rb") as file:
        log = file.read()
    with open(os.path.join(DATA, name + ".pcrs")) as file:
        rows = [line.split() for line in file]
    return log, {number: value for bank, number, value in rows if bank == "sha256"}
