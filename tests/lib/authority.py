# SPDX-License-Identifier: BSD-2-Clause
"""Certificates for TLS, by CAs of our own."""

import os

import process


class Authority:
    """A CA, and certificates by it."""

    def __init__(self, directory, name):
        self.directory = directory
        self.ca = os.path.join(directory, name + ".pem")
        self.key = os.path.join(directory, name + ".key")
        process.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}", "-days", "2",
                     "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", self.key, "-out", self.ca])

    def issue(self, name, usage, days=2, names=("IP:127.0.0.1",)):
        """(certificate, key); days=0: expires at once; names: its subjectAltName."""
        base = os.path.join(self.directory, f"{name}-{usage}-{days}")
        with open(base + ".ext", "w") as file:
            file.write(f"extendedKeyUsage={usage}\nsubjectAltName={','.join(names)}\n"
                       "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        process.run(["openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                     "-subj", f"/CN={name}", "-keyout", base + ".key", "-out", base + ".csr"])
        process.run(["openssl", "x509", "-req", "-in", base + ".csr", "-CA", self.ca, "-CAkey", self.key,
                     "-CAcreateserial", "-days", str(days), "-extfile", base + ".ext",
                     "-out", base + ".pem"])
        return base + ".pem", base + ".key"
