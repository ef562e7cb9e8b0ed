# SPDX-License-Identifier: BSD-2-Clause
"""Credentials: the program's maker, tpm2-tools' file format, and the derivation of keys by Python's own
hashlib and hmac alone."""

import hashlib
import hmac
import os
import subprocess

import by_hand  # noqa: F401
import oracle

HASHES = {0xB: "sha256", 0xC: "sha384", 0xD: "sha512"}


def make(ek_public, name, secret):
    """What collector/ek/credential.c makes: contents of TPM2B_ID_OBJECT and TPM2B_ENCRYPTED_SECRET.
    Raises oracle.Refused with its message."""
    child = subprocess.run(
        [os.environ["VTPM_MAKE_CREDENTIAL"], ek_public.hex(), name.hex(), secret.hex()],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    if child.returncode:
        raise oracle.Refused(child.stderr.decode())
    id_object, encrypted_secret = child.stdout.decode().split()
    return bytes.fromhex(id_object), bytes.fromhex(encrypted_secret)


def sized(data):
    return len(data).to_bytes(2, "big") + data


def blob(id_object, encrypted_secret):
    """The file that tpm2_activatecredential takes: magic, version, both as TPM2Bs."""
    return bytes.fromhex("badcc0de00000001") + sized(id_object) + sized(encrypted_secret)


def kdf_a(alg, key, label, context, bits):
    """Part 1 section 11.4.10.2."""
    result, counter = b"", 0
    while len(result) < bits // 8:
        counter += 1
        result += hmac.new(key, counter.to_bytes(4, "big") + label + b"\0" + context
                           + bits.to_bytes(4, "big"), alg).digest()
    return result[:bits // 8]


def kdf_e(alg, z, label, party_u, party_v, bits):
    """Part 1 section 11.4.10.3."""
    result, counter = b"", 0
    while len(result) < bits // 8:
        counter += 1
        result += hashlib.new(alg, counter.to_bytes(4, "big") + z + label + b"\0" + party_u
                              + party_v).digest()
    return result[:bits // 8]
