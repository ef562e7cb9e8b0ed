#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""vtpm-collector serve: what it tells, whom it lets in, what it refuses to start with."""

import json
import os
import re
import socket
import ssl
import stat
import subprocess
import sys
import unittest
import warnings

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from authority import Authority  # noqa: E402
from collector import PROGRAM, Collector  # noqa: E402
from credentials import write, write_tokens  # noqa: E402

OPEN = {"/v1/sessions", "/v1/jwks"}  # of the API, to everybody
TOKENS = {"admin": "a" * 40, "viewer": "v" * 40, "agent": "g" * 40}


def routes():
    """(method, path, role, body limit, content type, query) of each."""
    output = subprocess.run([PROGRAM, "serve", "--routes"], capture_output=True, text=True, timeout=60,
                            check=True).stdout
    return [line.split() for line in output.splitlines()]


def refusal(config=None, listen="127.0.0.1:0", arguments=(), state=None):
    """(exit code, message) of a collector that does not start."""
    collector = Collector(config=config, listen=listen, state=state)
    child = subprocess.run(collector.argv + list(arguments), capture_output=True, text=True, timeout=60,
                           check=False)
    lines = child.stderr.splitlines()
    assert len(lines) == 1, child.stderr
    return child.returncode, lines[0]


class Unconfigured(unittest.TestCase):
    def test_says_what_it_does_and_is_ready(self):
        with Collector() as collector:
            self.assertEqual(collector.ask("GET", "/healthz").status, 200)
            self.assertEqual(collector.ask("GET", "/readyz").status, 200)
            log = collector.lines()
            for word in ("listening on http://127.0.0.1:", "first-use", collector.state, "admin-token"):
                self.assertIn(word, log)
            for name in ("admin-token", "collector.sqlite"):
                mode = os.stat(os.path.join(collector.state, name)).st_mode
                self.assertEqual(stat.S_IMODE(mode), 0o600, name)
            self.assertRegex(collector.admin_token(), "^[0-9a-f]{64}$")
            self.assertNotIn(collector.admin_token(), log)
            self.assertEqual(collector.stop(), 0)

    def test_keeps_its_token_when_killed(self):
        with Collector() as collector:
            token = collector.admin_token()
            collector.kill()
        with Collector(state=collector.state) as again:
            self.assertEqual(again.admin_token(), token)
            self.assertEqual(again.ask("GET", "/readyz").status, 200)

    def test_one_at_a_time_on_a_state_directory(self):
        with Collector() as collector:
            code, line = refusal(state=collector.state)
            self.assertEqual(code, 3)
            self.assertIn(f"{collector.state}: another vtpm-collector serves from it", line)
            self.assertEqual(collector.ask("GET", "/readyz").status, 200)

    def test_unix_socket(self):
        directory = process.temporary_directory("socket")
        path = os.path.join(directory, "s")
        for end in ("kill", "stop"):  # the first one's file stays, and is not in the second one's way
            collector = Collector(listen="unix:" + path)
            collector.argv += ["--listen", "127.0.0.1:0"]
            with collector:
                connection = process.connect_unix(path)
                connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                self.assertIn(b" 200 ", connection.recv(1000))
                connection.close()
                # Past any proxy, too.
                listed = process.run([PROGRAM, "list", "--url", "unix:" + path, "--state", collector.state, "--json"],
                                     env={**os.environ, "http_proxy": "http://127.0.0.1:1"})
                self.assertEqual(json.loads(listed)["vms"], [])
                getattr(collector, end)()
        self.assertFalse(os.path.exists(path))


class Credentials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        directory = process.temporary_directory("tokens")
        tokens = write_tokens(os.path.join(directory, "tokens"), TOKENS)
        cls.collector = Collector(config=f"[auth]\ntokens = {tokens}\n").start()

    @classmethod
    def tearDownClass(cls):
        assert cls.collector.stop() == 0, cls.collector.lines()

    def test_every_route_by_role(self):
        may = {"admin": {"admin", "viewer"}, "viewer": {"viewer"}, "agent": {"agent"}}
        table = routes()
        self.assertGreaterEqual(len(table), 2)
        for method, path, role, *_ in table:
            path = path.replace("*", "1")
            if role == "anyone":
                self.assertNotIn(self.collector.ask(method, path).status, (401, 403), path)
                continue
            self.assertEqual(self.collector.ask(method, path).status, 401, path)
            self.assertEqual(self.collector.ask(method, path, token="x" * 40).status, 401, path)
            for holder, roles in may.items():
                status = self.collector.ask(method, path, token=TOKENS[holder]).status
                if role in roles:
                    self.assertNotIn(status, (401, 403), (path, holder))
                else:
                    self.assertEqual(status, 403, (path, holder))

    def test_what_a_viewer_may(self):
        # A list of its own, as above: what changes something, and what agents do, is not on it.
        for method, path, role, *_ in routes():
            may = path.startswith("/v1") and method == "GET" and path not in OPEN or path == "/metrics" or path.startswith("/v1/sessions/")
            self.assertEqual(role == "viewer", may, (method, path))

    def test_what_is_no_query(self):
        for method, path, role, _, _, query in routes():
            names = query.split(",") if query != "-" else []
            path, token = path.replace("*", "1"), TOKENS.get(role, TOKENS["admin"])
            pairs = ["%2C".join(names[i:i + 2]) + "=1" for i in range(len(names) - 1)]
            for words in ["unheard=of", "=", *pairs, *(f"{name}=1&{name}=1" for name in names)]:
                answer = self.collector.ask(method, f"{path}?{words}", token=token)
                self.assertEqual("query parameter" in answer.text, query != "*", (path, words, answer.text))
                self.assertTrue(query == "*" or answer.status == 400, (path, words))

    def test_what_is_no_route(self):
        for path in ("/v1/vms/1/secrets", "/v1/vms/1/reports/1/evidence", "/v2/vms", "/v1/vms/../audit", "//v1/vms",
                     "/v1/vms%2f1", "/v1/audit/", "/v1/", "/v1/schemas", "/v1/schemas/..%2fprotocol.md"):
            for token in (None, *TOKENS.values()):
                self.assertIn(self.collector.ask("GET", path, token=token).status, (400, 404), path)
        table = {(method, path) for method, path, *_ in routes()}
        for path in {path for _, path in table}:
            for other in ("GET", "POST", "PUT", "DELETE", "PATCH"):
                if (other, path) not in table:
                    status = self.collector.ask(other, path.replace("*", "1"), token=TOKENS["admin"]).status
                    self.assertIn(status, (404, 405), (other, path))

    def test_what_everyone_may(self):
        # A list of its own: a route that was opened by mistake shows here.
        open_to_all = {path for _, path, role, *_ in routes() if role == "anyone"}
        for path in open_to_all:
            self.assertEqual(path.startswith("/v1/"), path in OPEN, path)
        self.assertLessEqual({"/healthz", "/readyz"}, open_to_all)


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("tls")
        cls.authority = Authority(cls.directory, "ours")
        certificate, key = cls.authority.issue("server", "serverAuth")
        cls.collector = Collector(config=f"[http]\ncertificate = {certificate}\nkey = {key}\n"
                                  f"client-ca = {cls.authority.ca}\n").start()

    @classmethod
    def tearDownClass(cls):
        assert cls.collector.stop() == 0, cls.collector.lines()

    def test_versions(self):
        host, port = self.collector.url().split("//")[1].split(":")
        for version, works in (("TLSv1", False), ("TLSv1_1", False), ("TLSv1_2", True),
                               ("TLSv1_3", True)):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.load_verify_locations(self.authority.ca)
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = context.maximum_version = getattr(ssl.TLSVersion, version)
            with socket.create_connection((host, int(port)), timeout=20) as plain:
                try:
                    with context.wrap_socket(plain, server_hostname=host) as connection:
                        self.assertEqual(connection.version(), version.replace("_", "."))
                    self.assertTrue(works, version)
                except (ssl.SSLError, ConnectionError):
                    self.assertFalse(works, version)

    def test_plain_http_is_not_answered(self):
        host, port = self.collector.url().split("//")[1].split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n")
            try:
                self.assertNotIn(b"200", connection.recv(1000))
            except ConnectionResetError:
                pass


class Refusals(unittest.TestCase):
    def test_configuration(self):
        directory = process.temporary_directory("refusals")
        readable = write(os.path.join(directory, "readable"), "t" * 40 + "\n", 0o644)
        short = write(os.path.join(directory, "short"), "abc\n")
        digests = write(os.path.join(directory, "digests"), "# ok\nroot me " + 64 * "0" + "\n")
        rubbish = write(os.path.join(directory, "rubbish"), "no certificate\n")
        for text, message in {
                "[http]\nport = 1\n": r"line 2: \[http\] port: no such setting; there are listen, ",
                "[web]\nx = 1\n": r"line 2: \[web\] x: no such section; there are \[http\], \[auth\]",
                "[store]\nretention = -1\n": r"line 2: \[store\] retention: \"-1\" is not a number from 0",
                "[store]\npath = relative\n": r"\[store\] path: not an absolute path",
                "[enrolment]\npolicy = all\n": r"\[enrolment\] policy: \"all\" is none of approve, first-use",
                "[enrolment]\npolicy = allowlist\n": r"\[enrolment\] allowlist: missing; policy = allowlist needs its file",
                "[webhook]\nurl = http://a/\n": r"does not begin with https://",
                "[webhook]\nurl = https://a:b/\n": r"no URL: https://HOST",
                "[webhook]\nurl = https://a/\n": r"\[webhook\] secret: missing",
                "[http]\ncertificate = /x\n": r"key: missing; certificate and key go together",
                "[http]\nclient-ca = /x\n": r"client certificates need TLS",
                f"[http]\ncertificate = {rubbish}\nkey = {rubbish}\n": r"cannot be used together",
                f"[http]\ncertificate = {directory}/none\nkey = {rubbish}\n": r"No such file",
                f"[auth]\nagent-token = {readable}\n": r"others may read this token; run: chmod",
                f"[auth]\nagent-token = {short}\n": r"not one line with a token of 20",
                f"[auth]\nagent-token = {directory}/none\n": r"No such file",
                f"[auth]\ntokens = {digests}\n": r"line 2: \"root\" is none of admin"}.items():
            code, line = refusal(text)
            self.assertRegex(line, message, text)
            self.assertIn(code, (3, 78), text)

    def test_addresses(self):
        for listen, message in {"0.0.0.0:0": "plain HTTP is for loopback only",
                                "[::]:0": "plain HTTP is for loopback only",
                                "127.0.0.1": "not ADDRESS:PORT", "localhost:0": "not ADDRESS:PORT",
                                "127.0.0.1:99999": "not ADDRESS:PORT", "": "empty",
                                "unix:relative": "not an absolute path",
                                "unix:/" + 200 * "a": "not an absolute path"}.items():
            if listen:
                self.assertIn(message, refusal(listen=listen)[1])
        self.assertEqual(refusal(listen="0.0.0.0:0")[0], 78)

    def test_port_taken(self):
        with Collector() as collector:
            taken = re.sub("^.*//", "", collector.url())
            code, line = refusal(listen=taken)
        self.assertEqual(code, 78)
        self.assertIn("in use already", line)

    def test_command_line(self):
        for arguments in (["--nonsense"], ["--listen"], ["more"]):
            code, line = refusal(arguments=arguments)
            self.assertEqual(code, 64, arguments)
            self.assertIn("vtpm-collector --help", line)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.1 is what is tried
    unittest.main()
