# SPDX-License-Identifier: BSD-2-Clause
"""A LUKS2 volume in a file, its slots enrolled by the real systemd-cryptenroll, and the truth about them: the
real unsealing by tpm2-tools, and what comes of it as the volume's passphrase.

    with Volume() as volume:
        token = volume.enrol(tpm, "--tpm2-pcrs=7")
        volume.opens(tpm, token)
    with Volume(root=debian.Root(uki.TAR)) as volume:     # by the systemd of that system
        volume.enrol(tpm, "--tpm2-pcrs=7")
        volume.unlocks(tpm)
"""

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile

import by_hand  # noqa: F401
import process

# systemd's, before it takes a persistent key: the defaults of tpm2_createprimary
PARENT = "restricted|decrypt|fixedtpm|fixedparent|sensitivedataorigin|userwithauth"


def system_version():
    """Of this system's systemd. Before 255 it sealed under a key that it made anew each time, which this
    module unseals by hand; what later ones do is for them to tell: Volume.unlocks()."""
    said = subprocess.run(["systemd-cryptenroll", "--version"], check=True, capture_output=True, text=True).stdout
    return int(re.match(r"systemd (\d+)", said)[1])


def tpm2(tpm, tool, *words, check=True, **options):
    return subprocess.run([f"tpm2_{tool}", "-T", tpm.tcti, *words], check=check, capture_output=True, **options)


def flush(tpm):
    """What others leave in a TPM that nobody manages."""
    for kind in ("--transient-object", "--loaded-session", "--saved-session"):
        tpm2(tpm, "flushcontext", kind)


def extend(tpm, *pcrs, bank="sha256"):
    size = {"sha1": 20, "sha256": 32}[bank]
    tpm2(tpm, "pcrextend", *(f"{pcr}:{bank}={'5a' * size}" for pcr in pcrs))


class Volume:
    def __init__(self, root=None):
        self.root = root
        self.directory = tempfile.mkdtemp(dir=root.path("tmp")) if root else process.temporary_directory("luks")
        self.path = self._path("disk")
        self.passphrase = self._write("passphrase", b"of the test")
        with open(self.path, "wb") as file:
            file.truncate(20 << 20)
        self.cryptsetup("luksFormat", "--type", "luks2", "--batch-mode", "--pbkdf", "pbkdf2",
                        "--pbkdf-force-iterations", "1000", "--key-file", self.passphrase, self.path)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        process.remove_directory(self.directory)

    @property
    def uuid(self):
        return self.cryptsetup("luksUUID", self.path).stdout.decode().strip()

    @property
    def tokens(self):
        dump = self.cryptsetup("luksDump", "--dump-json-metadata", self.path).stdout
        return {int(number): token for number, token in json.loads(dump)["tokens"].items()}

    def cryptsetup(self, *words, check=True, **options):
        return subprocess.run(["cryptsetup", *words], check=check, capture_output=True, **options)

    def enrol(self, tpm, *words, pin=None):
        """The number of the new token."""
        before = set(self.tokens)
        argv = [f"--unlock-key-file={self._seen(self.passphrase)}", *words]
        if tpm:
            argv += [f"--tpm2-device={tpm.tcti}"]
        if pin:
            argv += ["--tpm2-with-pin=yes"]
        self._cryptenroll(*argv, self._seen(self.path), check=True, NEWPIN=pin or "")
        if tpm:
            flush(tpm)
        [new] = set(self.tokens) - before
        return new

    def bind(self, tpm, pin, configuration):
        """The number of the new token, of clevis."""
        before = set(self.tokens)
        self._clevis(tpm, "bind", "-y", "-k", self.passphrase, "-d", self.path, pin, configuration, check=True)
        flush(tpm)
        [new] = set(self.tokens) - before
        return new

    def opens_by_clevis(self, tpm, token):
        """Whether clevis gets a passphrase of this slot, and it opens the volume."""
        slot = self.tokens[token]["keyslots"][0]
        result = self._clevis(tpm, "pass", "-d", self.path, "-s", slot)
        flush(tpm)
        if result.returncode or not result.stdout:
            return False
        key = self._write("key", result.stdout)
        return self.cryptsetup("open", "--test-passphrase", "--key-slot", slot, "--key-file", key, self.path,
                               check=False).returncode == 0

    def _clevis(self, tpm, *words, check=False):
        return subprocess.run(["clevis", "luks", *words], check=check, capture_output=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, "TPM2TOOLS_TCTI": tpm.tcti})

    def opens(self, tpm, token, pin=None):
        """Whether the TPM unseals this token's secret and the secret opens the volume."""
        token = self.tokens[token]
        try:
            secret = self._unseal(tpm, token, pin)
        except subprocess.CalledProcessError:
            return False
        finally:
            flush(tpm)
        key = self._write("key", base64.b64encode(secret))
        return self.cryptsetup("open", "--test-passphrase", "--key-slot", token["keyslots"][0], "--key-file", key,
                               self.path, check=False).returncode == 0

    def unlocks(self, tpm, pin=None):
        """Whether systemd itself opens the volume with this TPM, to give it one more key: from 255 on."""
        copy = self._path("copy")
        shutil.copy(self.path, copy)
        try:
            return self._cryptenroll(f"--unlock-tpm2-device={tpm.tcti}", "--recovery-key", self._seen(copy),
                                     PIN=pin or "").returncode == 0
        finally:
            flush(tpm)

    def _cryptenroll(self, *words, check=False, **environment):
        enter = self.root.enter() if self.root else []
        return subprocess.run([*enter, "systemd-cryptenroll", *words], check=check, capture_output=True,
                              stdin=subprocess.DEVNULL, env={**os.environ, **environment})

    def _seen(self, path):
        """As the one who enrols sees it."""
        return "/" + os.path.relpath(path, self.root.directory) if self.root else path

    def file(self, name, content):
        """A file for the one who enrols, by the name that they know."""
        return self._seen(self._write(name, content))

    def _unseal(self, tpm, token, pin):
        self._load(tpm, base64.b64decode(token["tpm2-blob"]), token.get("tpm2-primary-alg", "ecc"))
        session = self._path("session")
        tpm2(tpm, "startauthsession", "--policy-session", "-S", session)
        if token["tpm2-pcrs"]:
            pcrs = ",".join(map(str, token["tpm2-pcrs"]))
            tpm2(tpm, "policypcr", "-S", session, "-l", f"{token['tpm2-pcr-bank']}:{pcrs}")
        auth = f"session:{session}"
        if token["tpm2-pin"]:
            tpm2(tpm, "policyauthvalue", "-S", session)
            auth += "+hex:" + hashlib.sha256((pin or "").encode()).digest().rstrip(b"\0").hex()
        return tpm2(tpm, "unseal", "-c", self._path("sealed"), "-p", auth).stdout

    def _load(self, tpm, blob, alg):
        """Private and public area, each with its size before it."""
        end = 2 + int.from_bytes(blob[:2], "big")
        private, public = self._write("private", blob[:end]), self._write("public", blob[end:])
        tpm2(tpm, "createprimary", "-C", "o", "-G", alg, "-a", PARENT, "-c", self._path("parent"))
        tpm2(tpm, "load", "-C", self._path("parent"), "-r", private, "-u", public, "-c", self._path("sealed"))
        tpm2(tpm, "flushcontext", "--transient-object")

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _write(self, name, content):
        with open(self._path(name), "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
        return self._path(name)
