#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The configuration's section [client]: operators' commands without options, and who gets which credential."""

import json
import os
import ssl
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import collector  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from stub_collector import Stub  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
NOBODY = "http://127.0.0.1:1"


class Configured(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("operator")
        cls.authority = Authority(cls.directory, "ours")
        cls.other = Authority(cls.directory, "theirs")
        cls.server = cls.authority.issue("server", "serverAuth")
        cls.client = cls.authority.issue("client", "clientAuth")
        for name, token in (("token", "c" * 40), ("other-token", "o" * 40)):
            with open(cls.path(name), "w") as file:
                file.write(token + "\n")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.directory, name)

    def stub(self, is_tls=False, wants_certificate=False, **options):
        """A collector that takes an acceptance and notes who asked."""
        context = None
        if is_tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*self.server)
            if wants_certificate:
                context.verify_mode = ssl.CERT_REQUIRED
                context.load_verify_locations(self.authority.ca)
        answer = json.dumps({"uuid": UUID, "baseline": 1, "enrolment": "accepted"}).encode()
        return self.enterContext(Stub(context=context, answer=lambda *_: (200, {}, answer), **options))

    def run_accept(self, settings, *words):
        """(exit status, standard error) of the command with this section [client]."""
        config = self.path("conf")
        with open(config, "w") as file:
            file.write("[client]\n" + "".join(f"{name} = {value}\n" for name, value in settings.items()))
        result = subprocess.run([collector.PROGRAM, "accept", UUID, "--config", config, *words],
                                capture_output=True, text=True, timeout=60, check=False,
                                env={**os.environ, "STATE_DIRECTORY": self.path("state")})
        return result.returncode, result.stderr

    def check(self, stub, expected, settings, *words):
        """The last one to ask `stub` showed this token, or none."""
        self.assertEqual(self.run_accept(settings, *words), (0, ""))
        _, headers, _ = stub.requests[-1]
        self.assertEqual(headers["Authorization"], expected and "Bearer " + expected)

    def test_nothing_on_the_command_line(self):
        stub = self.stub(is_tls=True, wants_certificate=True)
        self.check(stub, "c" * 40, {"url": stub.url, "ca": self.authority.ca, "token-file": self.path("token"),
                                    "cert": self.client[0], "key": self.client[1]})

    def test_command_line_goes_before(self):
        stub = self.stub(is_tls=True)
        settings = {"url": stub.url, "ca": self.other.ca, "token-file": self.path("token")}
        code, message = self.run_accept(settings)
        self.assertEqual(code, 3)
        self.assertIn("certificate", message)
        self.check(stub, "o" * 40, settings, "--ca", self.authority.ca, "--token-file",
                   self.path("other-token"))
        self.check(stub, "c" * 40, settings, "--ca", self.authority.ca)

    def test_credentials_go_where_they_belong(self):
        ours, theirs = self.stub(), self.stub()
        settings = {"url": ours.url, "token-file": self.path("token")}
        self.check(theirs, None, settings, "--url", theirs.url)
        self.check(ours, "c" * 40, settings, "--url", ours.url)
        self.check(theirs, "o" * 40, settings, "--url", theirs.url, "--token-file", self.path("other-token"))
        # Nor is the local administrator's token what a configured collector is shown.
        os.makedirs(self.path("state"), exist_ok=True)
        with open(self.path("state/admin-token"), "w") as file:
            file.write("a" * 40 + "\n")
        self.check(ours, None, {"url": ours.url})
        # A credential alone is for the collector on this machine.
        code, message = self.run_accept({"token-file": self.path("token")}, "--url", NOBODY)
        self.assertEqual(code, 3, message)

    def test_plain_http_is_for_loopback_alone(self):
        """What only looks like loopback is not asked at all: no token goes there in clear."""
        elsewhere = self.stub(address="127.0.0.2")
        port, token = elsewhere.port, ("--token-file", self.path("token"))
        for host in (f"localhost:x@127.0.0.2:{port}", f"localhost:1@127.0.0.2:{port}",
                     f"127.0.0.1@127.0.0.2:{port}", f"[::1]:x@127.0.0.2:{port}",
                     f"localhost\\@127.0.0.2:{port}", f"localhost:\t@127.0.0.2:{port}",
                     f"localhost/@127.0.0.2:{port}?", f"127.2:{port}", f"2130706434:{port}",
                     f"0x7f000002:{port}", f"127.0.0.02:{port}", f"127.0.0.2.:{port}"):
            with self.subTest(host):
                code, error = self.run_accept({}, "--url", "http://" + host, *token)
                self.assertEqual((code, error.count("\n")), (78, 1), error)
                self.assertEqual(elsewhere.requests, [])
        self.check(elsewhere, "c" * 40, {}, "--url", elsewhere.url, *token)

    def test_mistakes(self):
        for settings, message in (({"url": "ftp://x"}, "begins with none of"),
                                  ({"url": "http://192.0.2.1"}, "use https://"),
                                  ({"token-file": "token"}, "[client] token-file: not an absolute path"),
                                  ({"cert": "/x"}, "[client] key: missing; cert and key go together"),
                                  ({"token": "x"}, "no such setting")):
            code, error = self.run_accept(settings)
            self.assertEqual((code, error.count("\n")), (78, 1), error)
            self.assertIn(message, error)
        code, error = self.run_accept({"url": NOBODY, "token-file": "/nonexistent"})
        self.assertEqual(code, 3)
        self.assertIn("/nonexistent", error)

    def test_file_that_is_not_there(self):
        result = subprocess.run([collector.PROGRAM, "list", "--config", "/nonexistent"], capture_output=True,
                                text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 78)
        self.assertIn("/nonexistent", result.stderr)


if __name__ == "__main__":
    unittest.main()
