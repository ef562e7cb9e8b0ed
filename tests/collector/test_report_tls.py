#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-agent report over TLS: pinned CA, names, dates, versions, client certificate, token, proxy; and
what each fault is called."""

import os
import socket
import socketserver
import ssl
import sys
import threading
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import process  # noqa: E402
from authority import Authority  # noqa: E402
from stub_collector import Stub  # noqa: E402
from swtpm import Swtpm  # noqa: E402

UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


class Tunnel(socketserver.ThreadingTCPServer):
    """A proxy that knows CONNECT."""

    daemon_threads = True
    connects = 0

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            host, port = self.rfile.readline().decode().split()[1].split(":")
            while self.rfile.readline().strip():
                pass
            self.server.connects += 1
            with socket.create_connection((host, int(port))) as onward:
                self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
                threading.Thread(target=self.copy, args=(onward, self.connection), daemon=True).start()
                self.copy(self.connection, onward)

        @staticmethod
        def copy(source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.directory = process.temporary_directory("tls")
        cls.authority, cls.other = (Authority(cls.directory, name) for name in ("one", "two"))
        cls.server = cls.authority.issue("server", "serverAuth")

    def context(self, pair=None, **settings):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*(pair or self.server))
        for name, value in settings.items():
            setattr(context, name, value)
        return context

    def report(self, stub, *words, **options):
        return agent.run("report", "--uuid", UUID, "--url", stub.url, "--timeout", "10", *words,
                         tpm=self.tpm, **options)

    def assert_refused(self, result, words, code=3):
        self.assertEqual((result.code, result.err.count("\n")), (code, 1), str(result))
        self.assertIn(words, result.err)

    def test_pinned(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with Stub(context=self.context(minimum_version=version, maximum_version=version)) as stub:
                result = self.report(stub, "--ca", self.authority.ca)
                self.assertEqual((result.code, stub.reports[0].is_bound), (0, (True, True)), str(result))

    def test_not_trusted(self):
        with Stub(context=self.context()) as stub:
            self.assert_refused(self.report(stub), "not accepted: check --ca")
            self.assert_refused(self.report(stub, "--ca", self.other.ca), "check --ca")
            self.assert_refused(self.report(stub, "--ca", "/nonexistent"), "--ca", 78)
            self.assertEqual(stub.requests, [])

    def test_pinning_leaves_out_the_system(self):
        trusted = agent.environment(SSL_CERT_FILE=self.authority.ca)
        with Stub(context=self.context()) as stub:
            self.assert_refused(self.report(stub, "--ca", self.other.ca, env=trusted), "check --ca")

    def test_wrong_host_and_expired(self):
        for pair, words in ((self.authority.issue("elsewhere", "serverAuth", names=("IP:127.0.0.2",)), "subject name"),
                            (self.authority.issue("expired", "serverAuth", days=0), "expired")):
            with Stub(context=self.context(pair)) as stub:
                result = self.report(stub, "--ca", self.authority.ca)
                self.assert_refused(result, "check --ca")
                self.assertIn(words, result.err)
                self.assertEqual(stub.requests, [])

    def test_old_tls(self):
        context = self.context(maximum_version=ssl.TLSVersion.TLSv1_1,
                               minimum_version=ssl.TLSVersion.TLSv1)
        context.set_ciphers("ALL:@SECLEVEL=0")
        with Stub(context=context) as stub:
            self.assert_refused(self.report(stub, "--ca", self.authority.ca), "TLS 1.2")

    def test_client_certificate(self):
        context = self.context(verify_mode=ssl.CERT_REQUIRED)
        context.load_verify_locations(self.other.ca)
        certificate, key = self.other.issue("client", "clientAuth")
        with Stub(context=context) as stub:
            words = ("--ca", self.authority.ca)
            result = self.report(stub, *words, "--cert", certificate, "--key", key)
            self.assertEqual(result.code, 0, str(result))
            self.assertEqual(self.report(stub, *words, "--timeout", "2").code, 3)
            self.assert_refused(self.report(stub, *words, "--cert", certificate), "go together", 78)
            self.assert_refused(self.report(stub, *words, "--cert", certificate, "--key",
                                            self.server[1]), "--cert, --key", 78)
            self.assertEqual(len(stub.requests), 2)

    def test_token(self):
        path = os.path.join(self.directory, "token")
        with Stub(context=self.context()) as stub:
            for text, code in (("s3cret\n", 0), ("", 78), ("two words", 78), ("a\nb", 78)):
                with open(path, "w") as file:
                    file.write(text)
                result = self.report(stub, "--ca", self.authority.ca, "--token-file", path)
                self.assertEqual(result.code, code, str(result))
                self.assertNotIn("s3cret", result.out + result.err)
            self.assertEqual([headers["Authorization"] for _, headers, _ in stub.requests],
                             ["Bearer s3cret"] * 2)

    def test_proxy(self):
        with Tunnel(("127.0.0.1", 0), Tunnel.Handler) as proxy, Stub(context=self.context()) as stub:
            threading.Thread(target=proxy.serve_forever, daemon=True).start()
            url = f"http://127.0.0.1:{proxy.server_address[1]}"
            words = ("--ca", self.authority.ca)
            self.assertEqual(self.report(stub, *words, "--proxy", url).code, 0)
            self.assertEqual(self.report(
                stub, *words, env=agent.environment(https_proxy=url, no_proxy="")).code, 0)
            self.assertEqual(proxy.connects, 2)
            with Stub() as plain:
                self.assertEqual(self.report(plain, "--proxy", url).code, 0)
            self.assertEqual(proxy.connects, 2)
            proxy.shutdown()


if __name__ == "__main__":
    unittest.main()
