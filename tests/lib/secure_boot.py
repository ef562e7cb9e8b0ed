# SPDX-License-Identifier: BSD-2-Clause
"""Secure Boot's keys as the owner of a machine makes and enrols them: sbsigntool signs what the guest writes into
its variables, and the images it boots.

    keys = Keys(directory)
    keys.enrol(guest)                    # in setup mode; counts from the next boot on
    keys.sign(image)
    keys.append(guest, "dbx", hashes([digest]))
"""

import os
import re
import struct
import uuid

import by_hand  # noqa: F401
import process

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
IMAGE_SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
VENDOR = {"PK": GLOBAL, "KEK": GLOBAL, "db": IMAGE_SECURITY, "dbx": IMAGE_SECURITY}
SIGNER = {"PK": "PK", "KEK": "PK", "db": "KEK", "dbx": "KEK"}
OWNER = uuid.UUID("6a0d8b1c-9b1f-4d6e-8a57-3c0f4f0d1f01")
X509, SHA256 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072"), uuid.UUID("c1c41626-504c-4092-aca9-41f936934328")
ATTRIBUTES = "NON_VOLATILE,BOOTSERVICE_ACCESS,RUNTIME_ACCESS,TIME_BASED_AUTHENTICATED_WRITE_ACCESS"
VARIABLES = "/sys/firmware/efi/efivars"


def _list(kind, entries):
    """EFI_SIGNATURE_LIST of the UEFI Specification, 32.4.1; all entries are of one size."""
    size = 16 + len(entries[0])
    head = kind.bytes_le + struct.pack("<III", 28 + size * len(entries), 0, size)
    return head + b"".join(OWNER.bytes_le + entry for entry in entries)


def certificate_list(certificate):
    return _list(X509, [certificate])


def hashes(digests):
    return _list(SHA256, [bytes.fromhex(digest) for digest in digests])


def _signature(image):
    """PKCS #7 of an image's first signature, as openssl prints it."""
    directory = process.temporary_directory("signature")
    path = os.path.join(directory, "signature")
    process.run(["sbattach", "--detach", path, image])
    text = process.run(["openssl", "asn1parse", "-inform", "DER", "-in", path]).decode()
    process.remove_directory(directory)
    return text


def digest(image):
    """What was signed of an image, which is what the firmware measures: the digest in SpcIndirectData."""
    return re.search(r"prim: +OCTET STRING +\[HEX DUMP\]:([0-9A-F]{64})", _signature(image)).group(1).lower()


def issuers(image):
    """The common names of the CAs behind an image's signatures."""
    text = process.run(["sbverify", "--list", image]).decode()
    return re.findall(r"^ - .*/CN=(.+)$", "".join(re.findall(r"^image signature issuers:\n( - .*\n)", text, re.M)), re.M)


class Keys:
    """A certificate authority of its own for each variable."""

    def __init__(self, directory):
        self.directory = directory
        for name in ("PK", "KEK", "db"):
            self.make(name, f"Test {name} of the owner")

    def path(self, name):
        return os.path.join(self.directory, name)

    def make(self, name, common_name):
        process.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-sha256", "-days", "3650",
                     "-subj", f"/O=vTPM test/CN={common_name}",
                     "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem")])
        process.run(["openssl", "x509", "-in", self.path(f"{name}.pem"), "-outform", "DER",
                     "-out", self.path(f"{name}.der")])

    def certificate(self, name):
        with open(self.path(f"{name}.der"), "rb") as file:
            return file.read()

    def certificates(self, name):
        return certificate_list(self.certificate(name))

    def sign(self, image):
        process.run(["sbsign", "--key", self.path("db.key"), "--cert", self.path("db.pem"),
                     "--output", image, image])
        process.run(["sbverify", "--cert", self.path("db.pem"), image])

    def enrol(self, guest):
        """PK comes last: with it the firmware leaves setup mode."""
        for name in ("db", "KEK", "PK"):
            self._write(guest, name, self.certificates(name), ATTRIBUTES)

    def append(self, guest, name, data):
        self._write(guest, name, data, ATTRIBUTES + ",APPEND_WRITE")

    def _write(self, guest, name, data, attributes):
        source, signed, signer = self.path("list"), self.path("signed"), SIGNER[name]
        with open(source, "wb") as file:
            file.write(data)
        process.run(["sbvarsign", "--key", self.path(f"{signer}.key"), "--cert", self.path(f"{signer}.pem"),
                     "--guid", str(VENDOR[name]), "--attrs", attributes, "--include-attrs",
                     "--output", signed, name, source])
        with open(signed, "rb") as file:
            guest.put("/tmp/variable", file.read())
        # The kernel keeps variables from being changed by accident, and takes a value in one piece.
        path = f"{VARIABLES}/{name}-{VENDOR[name]}"
        guest.shell(f"[ -e {VARIABLES}/SecureBoot-{GLOBAL} ] || mount -t efivarfs efivarfs {VARIABLES}; "
                    f"[ ! -e {path} ] || chattr -i {path}; dd if=/tmp/variable of={path} bs=1M")
