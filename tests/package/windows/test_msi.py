#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The Windows package, installed, used, upgraded and removed as an administrator would, under Wine."""

import glob
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import by_hand  # noqa: E402, F401
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402
from wine import WINE, Wine  # noqa: E402

PACKAGES = os.environ["VTPM_PACKAGES_DIR"]
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..")
MSI = glob.glob(os.path.join(PACKAGES, "*.msi"))[0]
SERVICES = r"HKLM\SYSTEM\CurrentControlSet\Services"
PRODUCTS = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
PRIVATE = "O:BAG:BAD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
READ_BY_USERS = PRIVATE + "(A;OICI;0x1200a9;;;BU)"


def table(name, msi=MSI):
    """The rows of a table, each by the names of its columns."""
    lines = process.run(["msiinfo", "export", msi, name]).decode().replace("\r", "").splitlines()
    columns = lines[0].split("\t")
    return [dict(zip(columns, line.split("\t"))) for line in lines[3:]]


class Package(unittest.TestCase):
    """What Wine does not act on: the tables themselves."""

    def test_access(self):
        self.assertEqual({row["LockObject"]: row["SDDLText"] for row in table("MsiLockPermissionsEx")},
                         {"DATAFOLDER": READ_BY_USERS, "CREDENTIALSFOLDER": PRIVATE})

    def test_versions(self):
        """An upgrade leaves out a file that has none, where the installed one has."""
        for row in table("File"):
            if row["FileName"].endswith(".exe"):
                self.assertRegex(row["Version"], r"^\d+\.\d+\.\d+\.0$")

    def test_properties_reach_an_elevated_installation(self):
        secure = {row["Property"]: row["Value"] for row in table("Property")}["SecureCustomProperties"]
        self.assertLessEqual({"COLLECTOR_URL", "TOKEN_FILE", "CA", "START_SERVICE"},
                             set(secure.split(";")))

    def test_delayed_start(self):
        self.assertEqual([(row["Name"], row["ConfigType"], row["Argument"])
                          for row in table("MsiServiceConfig")], [("vtpm-agent", "3", "1")])


class Signed(unittest.TestCase):
    """As a release is made, with a certificate that is thrown away."""

    def setUp(self):
        self.directory = process.temporary_directory("signed")
        self.addCleanup(process.remove_directory, self.directory)
        self.key, self.certificate = self.path("key.pem"), self.path("certificate.pem")
        process.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
                     "-subj", "/CN=Thrown away", "-addext", "extendedKeyUsage=codeSigning",
                     "-keyout", self.key, "-out", self.certificate])

    def path(self, name):
        return os.path.join(self.directory, name)

    def verify(self, file):
        return subprocess.run(["osslsigncode", "verify", "-CAfile", self.certificate, "-in", file],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode

    def make_signed(self):
        with open(self.path("sign"), "w", encoding="ascii") as file:
            file.write('#!/bin/sh -e\nosslsigncode sign -h sha256 -n vtpm-agent '
                       f'-certs {self.certificate} -key {self.key} -in "$1" -out "$1.signed"\n'
                       'mv "$1.signed" "$1"\n')
            os.chmod(file.name, 0o700)
        process.run([os.path.join(SOURCE, "scripts", "package"), "--output", self.path("signed"),
                     "--sign", self.path("sign"), "windows"])
        process.run(["unzip", "-q", glob.glob(self.path("signed/*.zip"))[0], "-d", self.directory])
        return glob.glob(self.path("signed/*.msi")) + glob.glob(self.path("*/*.exe"))

    def test_signed(self):
        files = self.make_signed()
        self.assertEqual(len(files), 3)
        for signed in files:
            with self.subTest(os.path.basename(signed)):
                self.assertEqual(self.verify(signed), 0)
                with open(signed, "r+b") as file:
                    file.seek(os.path.getsize(signed) // 3)
                    byte = file.read(1)[0]
                    file.seek(-1, os.SEEK_CUR)
                    file.write(bytes([byte ^ 1]))
                self.assertNotEqual(self.verify(signed), 0)
        self.assertNotEqual(self.verify(MSI), 0)


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("msi")
        # What comes after the package that is shipped, made from the same programs.
        process.run(["unzip", "-q", glob.glob(os.path.join(PACKAGES, "*windows*.zip"))[0],
                     "-d", cls.directory])
        files = glob.glob(os.path.join(cls.directory, "vtpm-agent-*"))[0]
        cls.next = os.path.join(cls.directory, "next.msi")
        process.run([os.path.join(SOURCE, "installer", "msi", "make-msi"), files, "99.0.0", cls.next],
                    env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})

    @classmethod
    def tearDownClass(cls):
        process.remove_directory(cls.directory)

    def setUp(self):
        self.wine = Wine()
        self.addCleanup(self.wine.close)
        drive = os.path.join(self.wine.prefix, "drive_c")
        self.data = os.path.join(drive, "ProgramData", "vtpm-agent")
        self.programs = os.path.join(drive, "Program Files", "vtpm-agent")
        self.menu = os.path.join(drive, "users", "*", "AppData", "Roaming", "Microsoft", "Windows",
                                 "Start Menu", "Programs", "vTPM status.lnk")
        # Wine says it is Windows 7, for which the package is not
        self.wine.run([WINE, "reg", "add", r"HKCU\Software\Wine", "/v", "Version", "/d", "win10", "/f"])

    def log_on(self):
        """With nobody there Wine's service manager goes, and may do so between two programs of a test."""
        user = process.start([WINE, "cmd"], env=self.wine.environment(), stdin=subprocess.PIPE,
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.stop, user)

    def msiexec(self, verb, msi, *properties, code=0):
        result = self.wine.run([WINE, "msiexec", verb, "Z:" + msi, "/qn", *properties])
        self.assertEqual(result.code, code, result)

    def agent(self, *words):
        return self.wine.run([WINE, os.path.join(self.programs, "vtpm-agent.exe"), *words])

    def write(self, name, text):
        with open(self.wine.path(name), "w", encoding="ascii") as file:
            file.write(text)
        return "Z:" + self.wine.path(name)

    def read(self, *names):
        with open(os.path.join(self.data, *names), encoding="ascii") as file:
            return file.read()

    def configuration(self):
        return [line for line in self.read("vtpm-agent.conf").splitlines()
                if line and line[0] not in "#;["]

    def wait_for_verdict(self):
        self.assertTrue(process.wait_until(
            lambda: os.path.exists(os.path.join(self.data, "state", "verdict.json")), 30))

    def products(self):
        return self.wine.run([WINE, "reg", "query", PRODUCTS, "/s"]).out

    def test_life(self):
        with Swtpm() as tpm:
            self.wine.set_variable("TBS_PORT", str(tpm.port))
            self.log_on()
            self.msiexec("/i", MSI, "COLLECTOR_URL=https://collector.invalid:8443",
                         "TOKEN_FILE=" + self.write("token.txt", "secret\n"),
                         "CA=" + self.write("own-ca.pem", "CERTIFICATE\n"))
            self.check_installed()
            self.wait_for_verdict()
            with open(os.path.join(self.data, "vtpm-agent.conf"), "a", encoding="ascii") as file:
                file.write("proxy=http://127.0.0.1:9\n")
            kept = self.configuration()

            os.unlink(os.path.join(self.data, "state", "verdict.json"))
            self.msiexec("/i", self.next)
            self.assertEqual(self.configuration(), kept)
            self.assertEqual(self.read("credentials", "token"), "secret\n")
            self.assertIn("99.0.0", self.products())
            self.assertEqual(self.products().count("DisplayVersion"), 1)
            self.wait_for_verdict()

            # Wine's msiexec does not wait for a service that it stops, though the package says that it should
            self.wine.run([WINE, "net", "stop", "vtpm-agent"])
            self.msiexec("/x", self.next)
            self.check_removed(kept)

    def check_installed(self):
        for program in ("vtpm-agent.exe", "vtpm-status.exe"):
            self.assertTrue(os.path.exists(os.path.join(self.programs, program)))
        self.assertEqual(len(glob.glob(self.menu)), 1)
        self.assertEqual(self.configuration(), [
            "url=https://collector.invalid:8443",
            r"ca=C:\ProgramData\vtpm-agent\collector-ca.pem",
            r"token-file=C:\ProgramData\vtpm-agent\credentials\token"])
        self.assertEqual(self.read("credentials", "token"), "secret\n")
        self.assertEqual(self.read("collector-ca.pem"), "CERTIFICATE\n")
        self.assertRegex(self.wine.registry(SERVICES + r"\vtpm-agent", "ImagePath"),
                         r"C:\\Program Files\\vtpm-agent\\vtpm-agent\.exe\"? run")
        self.assertIn(r"C:\Program Files\vtpm-agent\vtpm-agent.exe", self.wine.registry(
            SERVICES + r"\EventLog\Application\vtpm-agent", "EventMessageFile"))
        self.assertIn(r"C:\Program Files\vtpm-agent", self.wine.registry(
            r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment", "PATH"))
        self.assertEqual(self.agent("--version").code, 0)

    def check_removed(self, kept):
        # The service may still be ending.
        self.assertTrue(process.wait_until(lambda: not os.path.exists(self.programs), 30))
        self.assertEqual(glob.glob(self.menu), [])
        for key in (r"\vtpm-agent", r"\EventLog\Application\vtpm-agent"):
            self.assertNotEqual(self.wine.run([WINE, "reg", "query", SERVICES + key]).code, 0)
        self.assertNotIn(r"Program Files\vtpm-agent", self.wine.registry(
            r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Environment", "PATH"))
        self.assertNotIn("vtpm-agent", self.products())
        self.assertEqual(self.configuration(), kept)
        self.assertEqual(self.read("credentials", "token"), "secret\n")

    def test_image(self):
        """Into an image: installed, not started, nothing configured, and no state of this machine."""
        self.wine.reboot()
        self.log_on()
        self.msiexec("/i", MSI, "START_SERVICE=0")
        self.assertEqual(self.configuration(), [])
        # Its own configuration is the one that it reads, and as it comes there is nothing wrong with it
        self.assertEqual(self.agent("status", "--json").results["responsive"], "fail")
        self.assertEqual(sorted(os.listdir(self.data)), ["credentials", "vtpm-agent.conf"])
        with open(os.path.join(self.data, "vtpm-agent.conf"), "a", encoding="ascii") as file:
            file.write("no-such-setting=1\n")
        self.assertEqual(self.agent("status").code, 78)

    def test_setup_complete(self):
        """The recipe, as Windows' setup runs it at its end."""
        self.wine.reboot()
        self.log_on()
        scripts = os.path.join(self.wine.prefix, "drive_c", "windows", "Setup", "Scripts")
        os.makedirs(scripts)
        shutil.copy(os.path.join(SOURCE, "installer", "recipes", "windows", "SetupComplete.cmd"), scripts)
        shutil.copy(MSI, os.path.join(scripts, "vtpm-agent.msi"))
        for name, text in (("token", "secret\n"), ("collector-ca.pem", "CERTIFICATE\n")):
            shutil.copy(self.write(name, text).removeprefix("Z:"), scripts)
        result = self.wine.run([WINE, "cmd", "/c", r"C:\windows\Setup\Scripts\SetupComplete.cmd"])
        self.assertEqual(result.code, 0, result)
        self.assertEqual(self.configuration(), [
            "url=https://collector.example:8742",
            r"ca=C:\ProgramData\vtpm-agent\collector-ca.pem",
            r"token-file=C:\ProgramData\vtpm-agent\credentials\token"])
        self.assertEqual(self.read("credentials", "token"), "secret\n")
        self.assertFalse(os.path.exists(os.path.join(scripts, "token")))
        self.wait_for_verdict()

    def test_older(self):
        self.wine.reboot()
        self.log_on()
        self.msiexec("/i", self.next, "START_SERVICE=0")
        self.msiexec("/i", MSI, code=1603 & 0xff)
        self.assertIn("99.0.0", self.products())


if __name__ == "__main__":
    unittest.main()
