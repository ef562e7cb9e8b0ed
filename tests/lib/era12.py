# SPDX-License-Identifier: BSD-2-Clause
"""EK certificates as the TPM 1.2 era made them: their key's algorithm is id-RSAES-OAEP (RFC 4055), with the
parameters that the TCG's Credential Profiles for TPM 1.2 give it (section 3.2.7: pSpecified "TCPA")."""

import os

import oracle
import process

RSA_ENCRYPTION = bytes.fromhex("06092a864886f70d010101")
RSAES_OAEP = bytes.fromhex("06092a864886f70d010107")
P_SPECIFIED = bytes.fromhex("06092a864886f70d010109")
SEQUENCE, BITS, OCTETS = 0x30, 0x03, 0x04


def encode(tag, *contents):
    content = b"".join(contents)
    size = (len(content).bit_length() + 7) // 8 if len(content) > 127 else 0
    length = bytes([0x80 | size]) + len(content).to_bytes(size, "big") if size else bytes([len(content)])
    return bytes([tag]) + length + content


def children(der):
    """The elements in a constructed one, each as its bytes."""
    at, inner, found = 0, der[2 + (der[1] & 0x7F if der[1] & 0x80 else 0):], []
    while at < len(inner):
        first = inner[at + 1]
        size = first & 0x7F if first & 0x80 else 0
        length = int.from_bytes(inner[at + 2:at + 2 + size], "big") if size else first
        end = at + 2 + size + length
        found.append(inner[at:end])
        at = end
    return found


def parameters():
    return encode(SEQUENCE, encode(0xA2, encode(SEQUENCE, P_SPECIFIED, encode(OCTETS, b"TCPA"))))


def as_oaep(certificate, key):
    """The certificate (DER) of an RSA key, with id-RSAES-OAEP, signed anew by its issuer's `key` (PEM file)."""
    tbs, algorithm, _ = children(certificate)
    fields = children(tbs)
    at, = (i for i, field in enumerate(fields) if RSA_ENCRYPTION in field[:40])
    fields[at] = encode(SEQUENCE, encode(SEQUENCE, RSAES_OAEP, parameters()), children(fields[at])[1])
    tbs = encode(SEQUENCE, *fields)
    directory = process.temporary_directory("era12")
    path = os.path.join(directory, "tbs")
    with open(path, "wb") as file:
        file.write(tbs)
    signature = oracle.command("openssl", "dgst", "-sha256", "-sign", key, path)
    process.remove_directory(directory)
    return encode(SEQUENCE, tbs, algorithm, encode(BITS, b"\0", signature))
