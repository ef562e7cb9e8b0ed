# SPDX-License-Identifier: BSD-2-Clause
"""Who allows PCR values by a signature, as systemd-measure does.

    signer = Signer()
    root.write(PATH, signer.allow(value))       # PCR 11 may have this value
"""

import base64
import hashlib
import json
import os
import subprocess

import by_hand  # noqa: F401
import process

PATH = "/run/systemd/tpm2-pcr-signature.json"
_SELECTION = bytes.fromhex("00000001000b03000800")  # sha256:11
_POLICY_PCR = bytes.fromhex("0000017f")


class Signer:
    def __init__(self, bits=2048):
        self.key = subprocess.check_output(["openssl", "genrsa", str(bits)], stderr=subprocess.DEVNULL)
        self.public = self._openssl("rsa", "-pubout")
        self.fingerprint = hashlib.sha256(self._openssl("rsa", "-RSAPublicKey_out", "-outform", "DER")).hexdigest()

    def _openssl(self, *words, given=None):
        return subprocess.run(["openssl", *words], input=given or self.key, check=True, capture_output=True).stdout

    def _sign(self, bytes_):
        directory = process.temporary_directory("signer")
        path = os.path.join(directory, "key")
        with open(path, "wb") as file:
            file.write(self.key)
        try:
            return self._openssl("dgst", "-sha256", "-sign", path, given=bytes_)
        finally:
            process.remove_directory(directory)

    def allow(self, value):
        """The signatures' text for PCR 11 with this value."""
        policy = hashlib.sha256(bytes(32) + _POLICY_PCR + _SELECTION + hashlib.sha256(value).digest()).digest()
        return json.dumps({"sha256": [{"pcrs": [11], "pkfp": self.fingerprint, "pol": policy.hex(),
                                       "sig": base64.b64encode(self._sign(policy)).decode()}]})


class EllipticSigner(Signer):
    """Its fingerprint is that of the point."""

    def __init__(self):
        self.key = subprocess.check_output(["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout"])
        self.public = self._openssl("pkey", "-pubout")
        self.fingerprint = hashlib.sha256(self._openssl("pkey", "-pubout", "-outform", "DER")[-65:]).hexdigest()
