#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""EK certificates of two hosts' swtpm_localca, whose CAs have the same names; and certificates that no
swtpm_localca makes, by CAs of our own."""

import os
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import manufacture  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"
VICTIM = "11111111-2222-4333-8444-555555555555"
EK_USAGE = "2.23.133.8.1"
IN_2200 = 7258118400


def verify(certificate, public, *trusted, intermediates=(), now=None):
    """The UUID the program finds. Raises oracle.Refused with its message."""
    arguments = [part for path in trusted for part in ("ca", path)]
    arguments += [part for path in intermediates for part in ("with", path)]
    child = subprocess.run(
        [os.environ["VTPM_VERIFY_CHAIN"], str(int(now or time.time())), public, certificate,
         *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
    if child.returncode:
        raise oracle.Refused(child.stderr.decode())
    return child.stdout.decode().strip()


def der_of(path):
    target = path + ".der"
    oracle.command("openssl", "x509", "-in", path, "-outform", "DER", "-out", target)
    return target


class Case(unittest.TestCase):
    def refused(self, message, *arguments, **options):
        with self.assertRaisesRegex(oracle.Refused, message):
            verify(*arguments, **options)


class Localca(Case):
    """What hosts really make."""

    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("localca")
        cls.home = manufacture.default_authority()
        cls.away = manufacture.Authority(os.path.join(cls.directory, "away"))
        cls.tpms = {"home": cls.manufacture(cls.home, name="web:1"),
                    "away": cls.manufacture(cls.away, name="web")}

    @classmethod
    def manufacture(cls, authority, name):
        """Certificates and public areas of a TPM's two EKs: [(certificate, public), …]."""
        keys = []
        with Swtpm(name=name, vm_uuid=UUID, authority=authority) as tpm:
            for handle, kind in (("0x81010001", "rsa2048"), ("0x81010016", "secp384r1")):
                public = os.path.join(cls.directory, f"{name}-{kind}.public")
                oracle.tpm2(tpm, "readpublic", "-c", handle, "-f", "tpmt", "-o", public)
                certificate = os.path.join(cls.directory, f"{name}-{kind}.crt")
                os.rename(os.path.join(tpm.state, f"ek-{kind}.crt"), certificate)
                keys.append((certificate, public))
        return keys

    def test_both_hosts(self):
        everything = [self.home.root, self.home.issuer, self.away.root, self.away.issuer]
        for trusted in (everything, everything[::-1], [self.home.issuer, self.away.issuer]):
            for key in self.tpms["home"] + self.tpms["away"]:
                self.assertEqual(verify(*key, *trusted), UUID)

    def test_one_host(self):
        for key in self.tpms["home"]:
            self.assertEqual(verify(*key, self.home.issuer), UUID)
            self.assertEqual(verify(*key, self.home.root, self.home.issuer), UUID)
            self.assertEqual(verify(*key, self.home.issuer, now=IN_2200), UUID)

    def test_the_issuer_sent_along(self):
        sent = [der_of(self.home.issuer)]
        for key in self.tpms["home"]:
            self.assertEqual(verify(*key, self.home.root, intermediates=sent), UUID)
            self.assertEqual(
                verify(*key, self.away.root, self.home.root, intermediates=sent), UUID)
            self.refused('CA certificate "CN=swtpm-localca": none of the 1 trusted CAs', *key,
                         self.away.root, intermediates=sent)
            self.refused("its issuer is not trusted", *key, intermediates=sent)
            self.refused("its issuer is not trusted", *key, self.home.root)

    def test_the_other_host(self):
        for key in self.tpms["home"]:
            self.refused("none of the 1 trusted CAs of its issuer's name has signed it", *key,
                         self.away.root, self.away.issuer)

    def test_the_other_key(self):
        (rsa, rsa_public), (ecc, ecc_public) = self.tpms["home"]
        self.refused("another key", rsa, ecc_public, self.home.issuer)
        self.refused("another key", ecc, rsa_public, self.home.issuer)
        self.refused("another key", rsa, self.tpms["away"][0][1], self.home.issuer)

    def test_a_name_that_looks_like_another_subject(self):
        for name in (f"x:{VICTIM},O=y", f"x,CN=y:{VICTIM},OU=z"):
            with self.subTest(name=name):
                key = self.manufacture(self.home, name)[0]
                self.assertEqual(verify(*key, self.home.issuer), UUID)


class Own(Case):
    """Certificates by CAs of our own for one EK, each with one thing wrong."""

    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("own-ca")
        cls.public = cls.path("public")
        # Some P-256 key as an EK: type, nameAlg, attributes, policy, cipher, scheme, curve, kdf.
        cls.new_key("ek")
        info = oracle.command("openssl", "pkey", "-in", cls.path("ek.key"), "-pubout", "-outform",
                              "DER")
        with open(cls.public, "wb") as file:
            file.write(bytes.fromhex("0023000b000300b20000" "000600800043" "0010" "0003" "0010")
                       + b"\0\x20" + info[-64:-32] + b"\0\x20" + info[-32:])
        cls.ca = cls.new_ca("ca", days=40000)
        cls.good = cls.issue("good")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.directory, name)

    @classmethod
    def new_key(cls, name):
        oracle.command("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                       "ec_paramgen_curve:P-256", "-out", cls.path(name + ".key"))

    @classmethod
    def new_ca(cls, name, issuer=None, subject="/CN=ca", extensions=(),
               days=36500):
        cls.new_key(name)
        extensions = extensions or ("basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign")
        return cls.issue(name, key=name, issuer=issuer or name, subject=subject, usage=None,
                         constraints=None, extensions=extensions, days=days)

    @classmethod
    def issue(cls, name, key="ek", issuer="ca", subject=f"/CN=vm:{UUID}", usage=EK_USAGE,
              constraints="critical,CA:FALSE", extensions=(), days=36500, digest="sha256"):
        """A certificate for key `key`, signed with that of `issuer`."""
        extensions = list(extensions)
        if usage:
            extensions.append(f"extendedKeyUsage={usage}")
        if constraints:
            extensions.append(f"basicConstraints={constraints}")
        with open(cls.path(name + ".ext"), "w") as file:
            file.write("\n".join(extensions) + "\n")
        request = oracle.command("openssl", "req", "-new", "-key", cls.path(key + ".key"), "-subj",
                                 subject, "-config", "/dev/null")
        signer = (["-signkey", cls.path(key + ".key")] if key == issuer else
                  ["-CA", cls.path(issuer + ".pem"), "-CAkey", cls.path(issuer + ".key"),
                   "-set_serial", "7"])
        oracle.command("openssl", "x509", "-req", *signer, "-extfile", cls.path(name + ".ext"),
                       "-days", str(days), f"-{digest}", "-out", cls.path(name + ".pem"),
                       stdin=request)
        oracle.command("openssl", "x509", "-in", cls.path(name + ".pem"), "-outform", "DER", "-out",
                       cls.path(name))
        return cls.path(name)

    def test_good(self):
        self.assertEqual(verify(self.good, self.public, self.ca), UUID)
        self.assertEqual(verify(self.good, self.public, self.ca + ".pem"), UUID)
        for usage in (f"serverAuth,{EK_USAGE}", f"critical,{EK_USAGE}"):
            self.assertEqual(verify(self.issue("usage", usage=usage), self.public, self.ca), UUID)
        absent = self.issue("absent", constraints=None)
        self.assertEqual(verify(absent, self.public, self.ca), UUID)

    def test_not_an_ek_certificate(self):
        message = f"it is not an EK's: extendedKeyUsage has no {EK_USAGE}"
        for usage in (None, "serverAuth", "2.23.133.8.2", "2.23.133.8.1.1", "anyExtendedKeyUsage"):
            with self.subTest(usage=usage):
                self.refused(message, self.issue("usage", usage=usage), self.public, self.ca)

    def test_a_ca(self):
        self.refused("it is a CA's", self.issue("is-ca", constraints="CA:TRUE"), self.public,
                     self.ca)
        signs = self.issue("signs", constraints=None, extensions=["keyUsage=keyCertSign"])
        self.refused("it is a CA's", signs, self.public, self.ca)

    def test_self_signed(self):
        own = self.issue("own", issuer="ek")
        self.refused("self-signed certificate", own, self.public, self.ca)
        self.refused("unsupported: certificate .* it is not a CA's", self.good, self.public, own)

    def test_another_key(self):
        self.new_key("other")
        self.refused("another key", self.issue("other", key="other"), self.public, self.ca)

    def test_time(self):
        end = time.time() + 36500 * 86400
        self.refused('EK certificate "CN=vm:.*certificate has expired', self.good, self.public,
                     self.ca, now=end + 86400)
        self.refused("not yet valid", self.good, self.public, self.ca, now=time.time() - 86400)
        self.new_ca("short", subject="/CN=short", days=1)
        leaf = self.issue("short-leaf", issuer="short")
        self.assertEqual(verify(leaf, self.public, self.path("short")), UUID)
        self.refused('CA certificate "CN=short": certificate has expired', leaf, self.public,
                     self.path("short"), now=time.time() + 2 * 86400)

    def test_the_subject(self):
        for subject in ("/", "/CN=vm", f"/CN={UUID}", f"/CN=vm:{UUID}x", f"/CN=vm:{UUID[:-1]}",
                        f"/CN=vm-{UUID}", f"/O=vm:{UUID}"):
            with self.subTest(subject=subject):
                self.refused("its subject", self.issue("subject", subject=subject), self.public,
                             self.ca)
        for subject in (f"/CN={VICTIM[:20]}:x:{UUID}", f"/CN=vm:{UUID.upper()}", f"/CN=:{UUID}"):
            self.assertEqual(verify(self.issue("subject", subject=subject), self.public, self.ca),
                             UUID)
        for subject in (f"/CN=a:{UUID}/CN=b:{VICTIM}", f"/CN=a:{UUID}/O=b", f"/O=b/CN=a:{UUID}"):
            self.refused("alone", self.issue("subject", subject=subject), self.public, self.ca)

    def test_tampered(self):
        with open(self.good, "rb") as file:
            good = file.read()
        for at in (len(good) - 1, good.index(UUID.encode())):
            with open(self.path("tampered"), "wb") as file:
                file.write(good[:at] + bytes([good[at] ^ 1]) + good[at + 1:])
            self.refused('EK certificate "CN=vm:', self.path("tampered"), self.public, self.ca)

    def test_weak_signature(self):
        weak = self.issue("weak", digest="sha1")
        self.refused("digest algorithm too weak", weak, self.public, self.ca)

    def test_same_names_without_key_identifiers(self):
        """Only the signatures tell these CAs apart."""
        none = ["basicConstraints=critical,CA:TRUE", "keyUsage=keyCertSign",
                "subjectKeyIdentifier=none", "authorityKeyIdentifier=none"]
        cas = [self.new_ca(f"same{i}", subject="/CN=same", extensions=none) for i in range(5)]
        leaves = [self.issue(f"same-leaf{i}", issuer=f"same{i}",
                             extensions=["authorityKeyIdentifier=none"]) for i in range(5)]
        for i, leaf in enumerate(leaves):
            self.assertEqual(verify(leaf, self.public, *cas), UUID)
            others = cas[:i] + cas[i + 1:]
            self.refused("none of the 4 trusted CAs", leaf, self.public, *others)

    def test_what_may_be_a_ca(self):
        rows = {"constraints": ["keyUsage=keyCertSign"],
                "usage": ["basicConstraints=CA:TRUE", "keyUsage=digitalSignature"],
                "false": ["basicConstraints=CA:FALSE", "keyUsage=keyCertSign"]}
        for name, extensions in rows.items():
            with self.subTest(name=name):
                ca = self.new_ca("no-" + name, subject="/CN=no", extensions=extensions)
                self.refused('unsupported: certificate "CN=no"', self.good, self.public, ca)
                # Nor may it stand between: it is signed by a CA, and has signed an EK's.
                ca = self.new_ca("no-" + name, issuer="ca", subject="/CN=no",
                                 extensions=extensions)
                leaf = self.issue("no-leaf", issuer="no-" + name)
                self.refused("crypto: ", leaf, self.public, self.ca, intermediates=[ca])

    def test_a_vm_that_signs(self):
        """The owner of a certified key is no CA."""
        self.new_key("thief")
        os.link(self.path("ek.key"), self.path("good.key"))
        leaf = self.issue("thief", key="thief", issuer="good", subject=f"/CN=vm:{VICTIM}")
        self.refused("crypto: ", leaf, self.public, self.ca, intermediates=[self.good])

    def test_an_intermediate(self):
        between = self.new_ca("between", issuer="ca", subject="/CN=between")
        leaf = self.issue("deep", issuer="between")
        self.assertEqual(verify(leaf, self.public, self.ca, intermediates=[between]), UUID)
        self.assertEqual(verify(leaf, self.public, between), UUID)
        self.refused("its issuer is not trusted", leaf, self.public, self.ca)


if __name__ == "__main__":
    unittest.main()
