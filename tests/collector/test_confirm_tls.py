#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector confirm over TLS, as from another machine: which servers it speaks to, and what a client
certificate is worth."""

import json
import os
import ssl
import subprocess
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import collector  # noqa: E402
import namespaces  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from software_client import SoftwareClient  # noqa: E402

SYSTEM_STORE = "/etc/ssl/certs"


class ConfirmTls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = process.temporary_directory("tls")
        cls.ours, cls.other = Authority(cls.folder, "ours"), Authority(cls.folder, "other")
        cls.agent = cls.ours.issue("agent-7", "clientAuth")
        cls.context = ssl.create_default_context(cafile=cls.ours.ca)
        cls.context.load_cert_chain(*cls.agent)

    def serve(self, *, certificate=None, client_ca=False):
        """A collector that knows one guest."""
        certificate, key = certificate or self.ours.issue("server", "serverAuth")
        config = f"[http]\ncertificate = {certificate}\nkey = {key}\n"
        if client_ca:
            config += f"client-ca = {self.ours.ca}\n"
        self.collector = self.enterContext(collector.Collector(config=config, context=self.context))

    def report(self):
        answer = self.guest.report()
        self.assertEqual(answer.status, 200, answer.json)
        self.guest.disconnect()

    def know_guest(self):
        self.guest = SoftwareClient(self.collector.url(), str(uuid.uuid4()), context=self.context)
        self.addCleanup(self.guest.close)
        self.report()

    def argv(self, *words):
        return [collector.PROGRAM, "confirm", str(uuid.UUID(int=1)), "--timeout", "60", "--url",
                self.collector.url(), *words]

    @property
    def token(self):
        return ("--token-file", os.path.join(self.collector.state, "admin-token"))

    def assert_refused(self, words, *message, code=3):
        """One line that has all of `message`."""
        result = subprocess.run(self.argv(*words), capture_output=True, text=True, timeout=60,
                                check=False)
        self.assertEqual((result.returncode, result.stdout, result.stderr.count("\n")), (code, "", 1),
                         result)
        for part in message:
            self.assertIn(part, result.stderr)

    def is_announced(self):
        answer = self.collector.ask("GET", f"/v1/vms/{self.guest.uuid}",
                                    token=self.collector.admin_token())
        return json.loads(answer.body)["announced"]

    def assert_confirms(self, *words):
        argv = self.argv(*words, "--event", "live-migration")
        argv[2] = self.guest.uuid
        child = process.start(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill, child)
        self.assertTrue(process.wait_until(
            lambda: child.poll() is not None or self.is_announced(), 30))
        self.report()
        out, err = child.communicate(timeout=60)
        # The software TPM's evidence is not complete: a warning.
        self.assertEqual((process.reap(child), err), (1, ""), out)
        self.assertIn("CONTINUOUS", out)

    def test_pinned(self):
        self.serve()
        self.know_guest()
        self.assert_confirms("--ca", self.ours.ca, *self.token)

    def test_servers_that_are_not_spoken_to(self):
        self.serve()
        self.assert_refused(["--ca", self.other.ca, *self.token], "not accepted", "check --ca")
        self.assert_refused(self.token, "not accepted", "check --ca")
        self.assert_refused(["--ca", "/nonexistent", *self.token], "--ca: ", code=78)
        for certificate, words in (
                (self.ours.issue("elsewhere", "serverAuth", names=["IP:127.0.0.2"]), "127.0.0.1"),
                (self.ours.issue("expired", "serverAuth", days=0), "expired")):
            process.wait_until(lambda: False, 1.5)  # by then it has expired
            self.serve(certificate=certificate)
            self.assert_refused(["--ca", self.ours.ca, *self.token], "not accepted", words)
            # Before anything was sent, the token above all.
            self.assertNotIn("/v1/vms", self.collector.lines())

    def test_pinning_leaves_out_the_system(self):
        store = os.path.join(self.folder, "store")
        os.mkdir(store)
        with open(self.ours.ca) as ca, open(os.path.join(store, "ca-certificates.crt"), "w") as bundle:
            bundle.write(ca.read())
        with open(self.ours.ca) as ca, open(os.path.join(store, "ours.pem"), "w") as single:
            single.write(ca.read())
        process.run(["openssl", "rehash", store])
        namespaces.bind(store, SYSTEM_STORE)
        self.addCleanup(namespaces.unmount, SYSTEM_STORE)
        self.serve()
        self.know_guest()
        self.assert_confirms(*self.token)
        self.assert_refused(["--ca", self.other.ca, *self.token], "not accepted")

    def test_client_certificate(self):
        self.serve(client_ca=True)
        self.know_guest()
        words = ("--ca", self.ours.ca, "--cert", self.agent[0], "--key")
        self.assert_confirms(*words, self.agent[1], *self.token)
        # A certificate alone is an agent's; a foreign one spoils the token beside it.
        self.assert_refused([*words, self.agent[1]], "this credential is not for that")
        foreign = self.other.issue("foreign", "clientAuth")
        self.assert_refused(["--ca", self.ours.ca, "--cert", foreign[0], "--key", foreign[1],
                             *self.token], "the client certificate is not valid here")
        self.assert_refused([*words, foreign[1], *self.token], "--cert, --key: ", code=78)


if __name__ == "__main__":
    namespaces.leave_mounts()
    unittest.main()
