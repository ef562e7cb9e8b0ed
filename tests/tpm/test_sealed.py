#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What is sealed beside disks: credentials of the real systemd-creds, this system's and that of 262, and objects of
tpm2_create. What the agent says of them before is held against their decrypting."""

import os
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import agent  # noqa: E402
import debian  # noqa: E402
import luks  # noqa: E402
import process  # noqa: E402
import schemas  # noqa: E402
import uki  # noqa: E402
from swtpm import Swtpm  # noqa: E402

OPEN = {"opens": True, "pcr-differs": False, "other-vtpm": False, "unknown": False, "unreadable": False}
SECRET = b"of the test"
SRK = "0x81000001"


def ask(tpm, *files, code=None):
    """{name: result} of these files."""
    result = agent.run("unlock", "--json", *(word for file in files for word in ("--sealed", file)), tpm=tpm)
    if result.code not in (0, 1, 2, 3) or result.err:
        raise AssertionError(result)
    if schemas.complaints("unlock.schema.json", result.json):
        raise AssertionError(schemas.complaints("unlock.schema.json", result.json))
    if luks.tpm2(tpm, "getcap", "handles-transient").stdout:
        raise AssertionError("something is still loaded")
    return {volume["name"]: volume["slots"][0] for volume in result.json["volumes"]}


class Creds:
    """systemd-creds of this system, or of a root."""

    def __init__(self, directory, root=None):
        self.root, self.directory = root, directory
        self.enter = root.enter() if root else []

    def _seen(self, path):
        return "/" + os.path.relpath(path, self.root.directory) if self.root else path

    def _run(self, *words, **options):
        return subprocess.run([*self.enter, "systemd-creds", *words], capture_output=True, **options)

    def encrypt(self, tpm, name, *words):
        path = os.path.join(self.directory, name)
        self._run("encrypt", f"--tpm2-device={tpm.tcti}", *words, "-", self._seen(path), input=SECRET, check=True)
        luks.flush(tpm)
        return path

    def decrypts(self, tpm, path):
        result = self._run("decrypt", f"--tpm2-device={tpm.tcti}", self._seen(path), "-")
        luks.flush(tpm)
        return result.returncode == 0 and result.stdout == SECRET


class Credentials(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm(banks="sha1,sha256"))
        luks.extend(self.tpm, 4, 7)

    def check_matrix(self, creds, without_srk, broken=None):
        """Each answer is the truth. What systemd 252 encrypts without PCRs names no bank, and is broken for all."""
        kinds = {"none": "", "seven": "7", "both": "4+7"}
        paths = [creds.encrypt(self.tpm, name, "--with-key=tpm2", f"--tpm2-pcrs={pcrs}")
                 for name, pcrs in kinds.items()]

        def results(tpm=None):
            tpm = tpm or self.tpm
            slots = ask(tpm, *paths)
            for path in paths:
                slot = slots[os.path.basename(path)]
                self.assertEqual(slot["type"], "systemd-creds")
                self.assertEqual(creds.decrypts(tpm, path), OPEN[slot["result"]], (path, slot))
            return [slots[name]["result"] for name in kinds if slots[name]["result"] != broken]

        whole = results()
        self.assertEqual(whole, ["opens"] * len(whole))
        free = whole[2:]    # of PCRs
        luks.extend(self.tpm, 4)
        self.assertEqual(results(), [*free, "opens", "pcr-differs"])
        luks.extend(self.tpm, 7)
        self.assertEqual(results(), [*free, "pcr-differs", "pcr-differs"])
        if without_srk:
            luks.tpm2(self.tpm, "evictcontrol", "-C", "o", "-c", SRK)
            self.assertEqual(results(), ["unknown"] * len(whole))
        with Swtpm(name="other") as other:
            luks.extend(other, 4, 7)
            self.assertEqual(results(other), ["other-vtpm"] * len(whole))
        luks.tpm2(self.tpm, "clear", "-c", "l")
        self.assertEqual(results(), ["other-vtpm"] * len(whole))

    def test_of_this_system(self):
        directory = process.temporary_directory("sealed")
        self.addCleanup(process.remove_directory, directory)
        self.check_matrix(Creds(directory), without_srk=False, broken="unreadable")

    def test_of_a_later_one(self):
        root = self.enterContext(debian.Root(uki.TAR))
        root.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
        os.makedirs(root.path("var/lib/systemd"), exist_ok=True)
        creds = Creds(root.path("tmp"), root)
        host = creds.encrypt(self.tpm, "host", "--with-key=host")
        self.assertEqual(ask(self.tpm, host)["host"]["result"], "not-tpm")
        both = creds.encrypt(self.tpm, "host-too", "--with-key=host+tpm2")
        self.assertEqual(ask(self.tpm, both)["host-too"]["result"], "opens")
        self.check_matrix(creds, without_srk=True)


class Objects(unittest.TestCase):
    def setUp(self):
        self.tpm = self.enterContext(Swtpm(banks="sha1,sha256"))
        luks.extend(self.tpm, 7)
        self.directory = process.temporary_directory("objects")
        self.addCleanup(process.remove_directory, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def tpm2(self, tool, *words, tpm=None, **options):
        return luks.tpm2(tpm or self.tpm, tool, *words, **options)

    def create(self, name, parent, *words):
        """NAME.pub and NAME.priv."""
        self.tpm2("create", "-C", parent, "-i", "-", "-u", self.path(name + ".pub"), "-r", self.path(name + ".priv"),
                  *words, input=SECRET)
        luks.flush(self.tpm)

    def unseals(self, name, make_parent, auth=(), tpm=None):
        try:
            parent = make_parent(tpm or self.tpm)
            luks.flush(tpm or self.tpm)
            self.tpm2("load", "-C", parent, "-u", self.path(name + ".pub"), "-r", self.path(name + ".priv"), "-c",
                      self.path("loaded"), tpm=tpm)
            luks.flush(tpm or self.tpm)
            return self.tpm2("unseal", "-c", self.path("loaded"), *auth, tpm=tpm).stdout == SECRET
        except subprocess.CalledProcessError:
            return False
        finally:
            luks.flush(tpm or self.tpm)

    def primary(self, alg):
        def make(tpm):
            luks.tpm2(tpm, "createprimary", "-C", "o", "-G", alg, "-c", self.path("parent"))
            return self.path("parent")
        return make

    def test_matrix(self):
        """By what key, with which PCRs; one file or two, in either order."""
        self.tpm2("createpolicy", "--policy-pcr", "-l", "sha256:7", "-L", self.path("policy"))
        policy = ("-L", self.path("policy"), "-a", "fixedtpm|fixedparent")
        self.create("ecc", self.primary("ecc")(self.tpm))
        self.create("rsa", self.primary("rsa")(self.tpm), *policy)
        self.tpm2("createprimary", "-C", "o", "-G", "ecc", "-c", self.path("srk"), "-a", luks.PARENT + "|noda")
        self.tpm2("evictcontrol", "-C", "o", "-c", self.path("srk"), SRK)
        luks.flush(self.tpm)
        self.create("srk", SRK, *policy)
        with open(self.path("joined"), "wb") as joined:
            for half in ("srk.pub", "srk.priv"):
                with open(self.path(half), "rb") as file:
                    joined.write(file.read())
        named = [self.path("ecc.pub") + ",ecc", self.path("rsa.pub") + ",rsa,sha256:7",
                 self.path("srk.pub") + ",sha256:7", self.path("joined") + f",{SRK},sha256:7"]
        parents = {"ecc": self.primary("ecc"), "rsa": self.primary("rsa"), "srk": lambda tpm: SRK}

        def results(tpm=None):
            tpm = tpm or self.tpm
            slots = ask(tpm, *named)
            for name, parent in parents.items():
                auth = () if name == "ecc" else ("-p", "pcr:sha256:7")
                truth = self.unseals(name, parent, auth, tpm)
                self.assertEqual(truth, OPEN[slots[name + ".pub"]["result"]], (name, slots))
            self.assertEqual(slots["joined"]["result"], slots["srk.pub"]["result"])
            return [slots[name + ".pub"]["result"] for name in parents]

        self.assertEqual(results(), ["opens"] * 3)
        self.assertEqual(ask(self.tpm, self.path("rsa.pub") + ",rsa")["rsa.pub"]["result"], "unknown")
        wrong = {name: slot["detail"] for name, slot in ask(self.tpm, *(self.path(name) for name in (
            "ecc.pub,rsa", "rsa.pub,rsa,sha256:4", "srk.pub,ecc"))).items()}
        self.assertIn("not sealed under the TPM's RSA primary key: it is under another key", wrong["ecc.pub"])
        self.assertIn("no policy over exactly sha256 PCR 4", wrong["rsa.pub"])
        self.assertIn("name it: FILE,rsa or FILE,0x81...", wrong["srk.pub"])
        slot = ask(self.tpm, self.path("ecc.pub") + ",ecc,sha256:7")["ecc.pub"]
        self.assertIn("it has no policy", slot["detail"])
        luks.extend(self.tpm, 7)
        self.assertEqual(results(), ["opens", "unknown", "unknown"])
        with Swtpm(name="other") as other:
            luks.extend(other, 7)
            self.assertEqual(results(other), ["unknown"] * 3)
        luks.tpm2(self.tpm, "clear", "-c", "l")
        self.assertEqual(results(), ["unknown"] * 3)

    def test_what_is_none(self):
        with open(self.path("rubbish"), "wb") as file:
            file.write(b"\0\3")
        for name, message in {"rubbish": "no sealed object", "missing": "No such file"}.items():
            result = agent.run("unlock", "--sealed", self.path(name), tpm=self.tpm)
            self.assertEqual((result.code, result.out, result.err.count("\n")), (3, "", 1))
            self.assertIn(self.path(name), result.err)
            self.assertIn(message, result.err)

    def test_beside_a_volume(self):
        """Each volume and each file that is named is heeded; what the configuration names is not meant."""
        self.create("key", self.primary("ecc")(self.tpm))
        with open(self.path("conf"), "w") as file:
            file.write(f"[unlock]\nsealed = {self.path('missing')}\n")
        with luks.Volume() as one, luks.Volume() as two:
            words = ["unlock", "--json", "--config", self.path("conf"), "--volume", one.path, "--volume", two.path]
            for named, more in {(): [], (self.path("key.pub"),): ["--sealed", self.path("key.pub") + ",ecc"]}.items():
                devices = [volume["device"] for volume in agent.run(*words, *more, tpm=self.tpm).json["volumes"]]
                self.assertEqual(devices, [one.path, two.path, *named])

    def test_the_setting(self):
        """The same by the configuration, where evidence has it, too; and what it refuses."""
        self.tpm2("createprimary", "-C", "o", "-c", self.path("srk"), "-a", luks.PARENT + "|noda")
        self.tpm2("evictcontrol", "-C", "o", "-c", self.path("srk"), SRK)
        luks.flush(self.tpm)
        self.create("key", SRK)
        with open(self.path("conf"), "w") as file:
            file.write(f"[unlock]\nsealed = {self.path('key.pub')} {self.path('missing')},ecc\n")
        volumes = agent.run("evidence", "--config", self.path("conf"), tpm=self.tpm).json["unlock"]["volumes"]
        self.assertEqual([(volume["name"], volume["slots"][0]["result"]) for volume in volumes],
                         [("key.pub", "opens"), ("missing", "unreadable")])
        for value, message in {"/key,dsa": "no storage key", "key,ecc": "not an absolute path"}.items():
            with open(self.path("conf"), "w") as file:
                file.write(f"[unlock]\nsealed = {value}\n")
            result = agent.run("unlock", "--config", self.path("conf"), tpm=self.tpm)
            self.assertEqual(result.code, 78)
            self.assertIn(message, result.err)


if __name__ == "__main__":
    unittest.main()
