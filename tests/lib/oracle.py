# SPDX-License-Identifier: BSD-2-Clause
"""The same TPM as others see it: tpm2-tools, IBM's tss2 utilities, OpenSSL, and bytes taken apart by
code that shares nothing with ours."""

import os
import re
import struct
import subprocess

import process
import suite

HASHES = {"sha1": 0x4, "sha256": 0xB, "sha384": 0xC, "sha512": 0xD}


class Refused(RuntimeError):
    """A tool ended with another status than 0."""


def command(*argv, env=None, stdin=b""):
    child = subprocess.run(argv, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                           env=env, timeout=60, check=False)
    if child.returncode:
        raise Refused(f"{' '.join(argv)} ended with status {child.returncode}:\n"
                      + (child.stdout + child.stderr).decode(errors="replace"))
    return child.stdout


def tpm2(tpm, tool, *arguments, **options):
    """tpm2_TOOL's standard output."""
    env = dict(os.environ, TPM2TOOLS_TCTI=tpm.tcti, LC_ALL="C.UTF-8")
    return command(f"tpm2_{tool}", *arguments, env=env, **options).decode(errors="replace")


def tss(tpm, tool, *arguments):
    """What IBM's tssTOOL prints."""
    suite.need("tss2")
    env = dict(os.environ, TPM_INTERFACE_TYPE="socsim", TPM_SERVER_TYPE="raw",
               TPM_SERVER_NAME="127.0.0.1", TPM_COMMAND_PORT=str(tpm.port),
               TPM_DATA_DIR=tpm.directory)
    return command(f"tss{tool}", *arguments, env=env).decode(errors="replace")


def tree(text):
    """tpm2-tools' indented "name: value" lines as nested dictionaries of text."""
    root = {}
    open_levels = [(-1, root)]
    for line in text.splitlines():
        match = re.fullmatch(r"( *)(.+?) *:(?: +(.*))?", line)
        if not match:
            continue
        indent, name, value = len(match[1]), match[2], match[3]
        while open_levels[-1][0] >= indent:
            open_levels.pop()
        if value is None:
            open_levels[-1][1][name] = {}
            open_levels.append((indent, open_levels[-1][1][name]))
        else:
            open_levels[-1][1][name] = value
    return root


def capability(tpm, name):
    return tree(tpm2(tpm, "getcap", name))


def handles(tpm, kind):
    """The handles of one kind ("transient", "persistent", "nv-index", "loaded-session", …)."""
    return [int(line.split()[-1], 16)
            for line in tpm2(tpm, "getcap", f"handles-{kind}").splitlines() if line.strip()]


def pcrs(tpm):
    """{"sha256": {"0": hex, …}, …} for the banks that have PCRs."""
    return {bank: {pcr: value[2:].lower() for pcr, value in values.items()}
            for bank, values in tree(tpm2(tpm, "pcrread")).items() if values}


def lockout_counter(tpm):
    return int(capability(tpm, "properties-variable")["TPM2_PT_LOCKOUT_COUNTER"], 16)


def fail_authorizations(tpm, count):
    """Makes a TPM without lockout count so many wrong passwords."""
    tpm2(tpm, "nvdefine", "0x1500001", "-s", "8", "-a", "authread|authwrite", "-p", "pin")
    for _ in range(count):
        try:
            tpm2(tpm, "nvread", "0x1500001", "-C", "0x1500001", "-P", "wrong")
        except Refused:
            continue
        raise AssertionError("a wrong password was taken")


def der(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        head = bytes([size])
    else:
        head = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(head)]) + head
    return bytes([tag]) + head + body


def der_integer(number):
    return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))


class Reader:
    """Big-endian fields, front to back."""

    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, size):
        return int.from_bytes(self.bytes(size), "big")

    def bytes(self, size):
        if self.at + size > len(self.data):
            raise ValueError(f"{size} bytes at {self.at} of {len(self.data)}")
        self.at += size
        return self.data[self.at - size:self.at]

    def sized(self):
        return self.bytes(self.number(2))

    def end(self):
        if self.at != len(self.data):
            raise ValueError(f"{len(self.data) - self.at} bytes behind the end")


def read_ecc_public(data):
    """A marshalled TPMT_PUBLIC of an ECC key: Part 2, tables 200, 190 and 193."""
    reader, key = Reader(data), {}
    if reader.number(2) != 0x23:
        raise ValueError("not ECC")
    key["name_alg"], key["attributes"], key["policy"] = (
        reader.number(2), reader.number(4), reader.sized())
    key["symmetric"] = reader.number(2)
    if key["symmetric"] != 0x10:
        key["symmetric_bits"], key["symmetric_mode"] = reader.number(2), reader.number(2)
    key["scheme"] = reader.number(2)
    if key["scheme"] != 0x10:
        key["scheme_hash"] = reader.number(2)
    key["curve"], key["kdf"] = reader.number(2), reader.number(2)
    key["x"], key["y"] = reader.sized(), reader.sized()
    reader.end()
    return key


def p256_pem(data):
    """The SubjectPublicKeyInfo of a P-256 key's TPMT_PUBLIC, as PEM."""
    key = read_ecc_public(data)
    point = b"\x00\x04" + key["x"].rjust(32, b"\0") + key["y"].rjust(32, b"\0")
    info = der(0x30,
               der(0x30, bytes.fromhex("06072a8648ce3d0201" "06082a8648ce3d030107")),
               der(3, point))
    return command("openssl", "pkey", "-pubin", "-inform", "DER", stdin=info)


def ecdsa_der(data):
    """OpenSSL's form of a marshalled TPMT_SIGNATURE: ECDSA with SHA-256."""
    reader = Reader(data)
    if (reader.number(2), reader.number(2)) != (0x18, 0xB):
        raise ValueError("not ECDSA with SHA-256")
    r, s = reader.sized(), reader.sized()
    reader.end()
    return der(0x30, der_integer(int.from_bytes(r, "big")), der_integer(int.from_bytes(s, "big")))


def verify_ecdsa(public, message, signature):
    """True where OpenSSL finds the signature (a TPMT_SIGNATURE) good for key and message."""
    directory = process.temporary_directory("openssl")
    try:
        paths = [os.path.join(directory, name) for name in ("key", "message", "signature")]
        for path, content in zip(paths, (p256_pem(public), message, ecdsa_der(signature))):
            with open(path, "wb") as file:
                file.write(content)
        command("openssl", "dgst", "-sha256", "-verify", paths[0], "-signature", paths[2], paths[1])
        return True
    except (Refused, ValueError):
        return False
    finally:
        process.remove_directory(directory)


def read_quote(data):
    """A marshalled TPMS_ATTEST of a quote, every byte of it: Part 2, sections 10.12.1 and 10.12.8."""
    reader = Reader(data)
    if reader.number(4) != 0xFF544347:
        raise ValueError("not made by a TPM")
    if reader.number(2) != 0x8018:
        raise ValueError("not a quote")
    quote = {"signer": reader.sized(), "nonce": reader.sized()}
    quote["clock"], quote["reset_count"], quote["restart_count"], quote["safe"] = struct.unpack(
        ">QIIB", reader.bytes(17))
    quote["firmware"] = reader.number(8)
    quote["selection"] = {}
    for _ in range(reader.number(4)):
        alg = reader.number(2)
        mask = reader.bytes(reader.number(1))
        if alg in quote["selection"]:
            raise ValueError("a bank twice")
        quote["selection"][alg] = [
            pcr for pcr in range(8 * len(mask)) if mask[pcr // 8] >> pcr % 8 & 1]
    quote["digest"] = reader.sized()
    reader.end()
    return quote
