# SPDX-License-Identifier: BSD-2-Clause
"""EKs in Python and OpenSSL's command line, which share no code with ours: they activate credentials as
a TPM does, also for kinds of key that no TPM at hand has."""

import hmac
import os

import credential
import oracle
import process

# fixedTPM, fixedParent, sensitiveDataOrigin, adminWithPolicy, restricted, decrypt.
ATTRIBUTES = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 16 | 1 << 17
CURVES = {3: ("P-256", 32, "06082a8648ce3d030107"), 4: ("P-384", 48, "06052b81040022"),
          5: ("P-521", 66, "06052b81040023")}


def words(*numbers):
    return b"".join(number.to_bytes(2, "big") for number in numbers)


class Ek:
    """An EK of our own: `hash_alg` its nameAlg, `aes` the bits of its cipher's key."""

    def __init__(self, hash_alg, aes):
        self.hash_alg, self.hash, self.aes = hash_alg, credential.HASHES[hash_alg], aes
        self.directory = process.temporary_directory("ek")
        self.key = self.path("key")

    def path(self, name):
        return os.path.join(self.directory, name)

    def head(self, kind):
        return (words(kind, self.hash_alg) + ATTRIBUTES.to_bytes(4, "big") + words(0)
                + words(6, self.aes, 0x43))

    def activate(self, name, id_object, encrypted):
        seed = self.recover(encrypted)
        reader = oracle.Reader(id_object)
        integrity = reader.sized()
        identity = reader.bytes(len(id_object) - reader.at)
        size = len(integrity)
        key = credential.kdf_a(self.hash, seed, b"INTEGRITY", b"", 8 * size)
        if hmac.new(key, identity + name, self.hash).digest() != integrity:
            raise ValueError("the integrity value is wrong")
        key = credential.kdf_a(self.hash, seed, b"STORAGE", name, self.aes)
        plain = oracle.command("openssl", "enc", "-d", f"-aes-{self.aes}-cfb", "-K", key.hex(),
                               "-iv", "00" * 16, stdin=identity)
        reader = oracle.Reader(plain)
        secret = reader.sized()
        reader.end()
        return secret


class RsaEk(Ek):
    def __init__(self, bits, hash_alg, aes):
        super().__init__(hash_alg, aes)
        oracle.command("openssl", "genrsa", "-out", self.key, str(bits))
        text = oracle.command("openssl", "rsa", "-in", self.key, "-noout", "-modulus").decode()
        self.public = (self.head(1) + words(0x10, bits) + bytes(4)
                       + credential.sized(bytes.fromhex(text.strip().partition("=")[2])))

    def recover(self, encrypted):
        options = {"rsa_padding_mode": "oaep", "rsa_oaep_md": self.hash, "rsa_mgf1_md": self.hash,
                   "rsa_oaep_label": b"IDENTITY\0".hex()}
        arguments = [part for name, value in options.items()
                     for part in ("-pkeyopt", f"{name}:{value}")]
        return oracle.command("openssl", "pkeyutl", "-decrypt", "-inkey", self.key, *arguments,
                              stdin=encrypted)


class EccEk(Ek):
    def __init__(self, curve, hash_alg, aes, key=None):
        super().__init__(hash_alg, aes)
        group, self.field, self.oid = CURVES[curve]
        with open(self.key, "wb") as file:
            file.write(key or oracle.command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                                             f"ec_paramgen_curve:{group}"))
        info = oracle.command("openssl", "pkey", "-in", self.key, "-pubout", "-outform", "DER")
        self.x, y = info[-2 * self.field:-self.field], info[-self.field:]
        self.public = (self.head(0x23) + words(0x10, curve, 0x10)
                       + credential.sized(self.x) + credential.sized(y))

    def recover(self, encrypted):
        reader = oracle.Reader(encrypted)
        x, y = reader.sized(), reader.sized()
        reader.end()
        info = oracle.der(
            0x30, oracle.der(0x30, bytes.fromhex("06072a8648ce3d0201" + self.oid)),
            oracle.der(3, b"\0\x04" + x + y))
        with open(self.path("peer"), "wb") as file:
            file.write(oracle.command("openssl", "pkey", "-pubin", "-inform", "DER", stdin=info))
        z = oracle.command("openssl", "pkeyutl", "-derive", "-inkey", self.key, "-peerkey",
                           self.path("peer"))
        size = int(self.hash[3:])
        return credential.kdf_e(self.hash, z, b"IDENTITY", x, self.x, size)
