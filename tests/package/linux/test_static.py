#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The static agent in a guest that has a kernel, busybox, and no library: its TPM, TLS, names and CAs."""

import os
import subprocess
import tarfile
import unittest

import packages
import guest
import in_guest
import manufacture
import process
from authority import Authority
from collector import Collector
from swtpm import Swtpm

HOST = "10.0.2.2"
NAME = "collector.test"


class Static(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("static")
        path = packages.archive()
        with tarfile.open(path) as archive:
            archive.extractall(cls.directory)
            cls.names = sorted(os.path.basename(name) for name in archive.getnames() if "/" in name)
        cls.top = os.path.join(cls.directory, os.path.basename(path).removesuffix(".tar.gz"))
        cls.program = os.path.join(cls.top, "vtpm-agent")

    def test_needs_nothing(self):
        self.assertEqual(self.names, ["LICENSE", "README", "vtpm-agent", "vtpm-agent.1",
                                      "vtpm-agent.conf.example"])
        elf = subprocess.check_output(["readelf", "-l", "-d", self.program], text=True)
        self.assertNotIn("INTERP", elf)
        self.assertNotIn("NEEDED", elf)
        self.assertIn("GNU_RELRO", elf)
        self.assertIn("PIE", elf)

    def test_in_a_guest(self):
        ours, other = Authority(self.directory, "ours"), Authority(self.directory, "other")
        certificate, key = ours.issue("server", "serverAuth", names=(f"IP:{HOST}", f"DNS:{NAME}"))
        collector = self.enterContext(Collector(
            config=f"[http]\ncertificate = {certificate}\nkey = {key}\n"))
        port = collector.url().rpartition(":")[2]
        image = guest.Image(programs=[self.program], files={"/ours.pem": ours.ca,
                                                           "/other.pem": other.ca})
        tpm = self.enterContext(Swtpm(qemu=True))
        vm = self.enterContext(guest.Guest(image, tpm, uuid=manufacture.TEMPLATE_UUID, network=True))
        self.assertEqual(vm.shell("find / -xdev -name '*.so*'"), "")
        vm.shell(f"echo '{HOST} {NAME}' >/etc/hosts")

        def report(host, *words, env=()):
            status, _, err = vm.run(["env", *env, "vtpm-agent", "report", "--url",
                                     f"https://{host}:{port}", "--timeout", "20", *words],
                                    timeout=60)
            return status, err.decode()

        status = in_guest.status(vm)
        self.assertEqual(status.code, 0, status)
        refused = "the server's certificate is not accepted"
        with self.subTest("pinned CA"):
            self.assertEqual(report(HOST, "--ca", "/ours.pem"), (0, ""))   # enrolled
            self.assertEqual(report(HOST, "--ca", "/ours.pem"), (0, ""))
        with self.subTest("by name"):
            self.assertEqual(report(NAME, "--ca", "/ours.pem"), (0, ""))
            self.assertIn("host not found", report("nowhere.test", "--ca", "/ours.pem")[1])
        with self.subTest("not trusted"):
            for words in (("--ca", "/other.pem"), ()):
                code, err = report(HOST, *words)
                self.assertEqual(code, 3)
                self.assertIn(refused, err)
        with self.subTest("the system's CAs, as each distribution keeps them"):
            self.assertEqual(report(HOST, env=["SSL_CERT_FILE=/ours.pem"]), (0, ""))
            for path in ("/etc/ssl/cert.pem", "/etc/ssl/ca-bundle.pem",
                         "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/certs/ca-certificates.crt"):
                vm.shell(f"mkdir -p {os.path.dirname(path)} && cp /ours.pem {path}")
                self.assertEqual(report(HOST), (0, ""), path)
                # --ca means: these and no others
                self.assertIn(refused, report(HOST, "--ca", "/other.pem")[1])
                vm.shell(f"rm {path}")
        with self.subTest("no TCTI but devices"):
            self.assertEqual(in_guest.status(vm, "--tcti", "device:/dev/tpm0").code, 0)
            self.assertIn("reads device:PATH alone", in_guest.status(vm, "--tcti", "swtpm:").out)


if __name__ == "__main__":
    unittest.main()
