#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the HTTP service answers: methods, paths, bodies, malformed requests, headers, who is let in."""

import contextlib
import http.client
import json
import os
import ssl
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from authority import Authority  # noqa: E402
from http_driver import Driver  # noqa: E402
from raw_http import get  # noqa: E402

class Http(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.driver = Driver()

    @classmethod
    def tearDownClass(cls):
        assert cls.driver.end() == 0, "the driver did not end well"

    def test_late_handler(self):
        for _ in range(3):
            answer = self.driver.ask("GET", "/late")
            self.assertEqual(answer.status, 503)
            self.assertGreaterEqual(int(answer.headers["Retry-After"]), 2)

    def test_client_that_goes_away(self):
        for _ in range(20):
            with self.driver.connect() as connection:
                connection.sendall(get("/late"))
        time.sleep(2)
        self.assertEqual(self.driver.ask("GET", "/fast").status, 200)

    def test_methods(self):
        self.assertEqual(self.driver.ask("POST", "/fast").status, 405)
        self.assertEqual(self.driver.ask("DELETE", "/fast").headers["Allow"], "GET, HEAD")
        self.assertEqual(self.driver.ask("GET", "/echo").headers["Allow"], "POST")
        head = self.driver.ask("HEAD", "/fast")
        self.assertEqual((head.status, head.text), (200, ""))
        self.assertEqual(self.driver.ask("OPTIONS", "/fast").status, 405)

    def test_a_route_without_a_role_is_the_administrators(self):
        self.assertEqual(self.driver.ask("GET", "/forgotten").status, 401)

    def test_paths(self):
        for path, status in {"/": 404, "/fast/": 404, "//fast": 404, "/fast?x=1&y": 200,
                             "/part/a": 200, "/part/a/b": 404, "/part/": 404, "/part/%41": 200,
                             "/part/a%2fb": 400, "/part/%00": 400, "/part/%zz": 400,
                             "/part/..": 400, "/part/%2e%2e": 400, "/part/%0a": 400,
                             "/part/" + 128 * "a": 200, "/part/" + 129 * "a": 400,
                             "/fast?" + 9 * "a=b&": 400, "/" + 3000 * "a": 400}.items():
            self.assertEqual(self.driver.ask("GET", path).status, status, path[:40])
        self.assertIn('"part":"A"', self.driver.ask("GET", "/part/%41").text)

    def test_bodies(self):
        def post(body, type="application/json"):
            return self.driver.ask("POST", "/echo", body, **{"Content-Type": type})

        self.assertEqual(post("x" * 65536).status, 200)
        self.assertEqual(post("{}", "application/json; charset=utf-8").status, 200)
        self.assertEqual(post("{}", "text/plain").status, 415)
        self.assertEqual(post("{}", "application/jsonx").status, 415)
        self.assertEqual(self.driver.ask("GET", "/fast", "x").status, 413)
        # Refused by its headers: none of the body has been sent.
        for header, status in {b"Content-Length: 65537": b"413", b"Content-Length: 9" + 15 * b"9": b"413",
                               b"Transfer-Encoding: chunked": b"411"}.items():
            answer = self.driver.raw(b"POST /echo HTTP/1.1\r\nHost: a\r\n"
                                     b"Content-Type: application/json\r\n" + header + b"\r\n\r\n")
            self.assertEqual(answer.split()[1], status, header)

    def test_malformed(self):
        for data in (b"\x00\x01\x02\x03\r\n\r\n", b"GET\r\n\r\n", b"GET /fast\r\n\r\n",
                     b"GET /fast HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                     b"GET /fast HTTP/1.1\r\nX: " + 100000 * b"a" + b"\r\n\r\n",
                     b"GET /fast HTTP/1.1\r\n" + 20000 * b"A: b\r\n" + b"\r\n",
                     b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                     b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1x\r\n\r\n"):
            try:
                answer = self.driver.raw(data)
            except (ConnectionResetError, BrokenPipeError):
                continue
            self.assertNotIn(b" 200 ", answer[:20], data[:40])
        self.assertEqual(self.driver.ask("GET", "/fast").status, 200)

    def test_headers_of_every_answer(self):
        for path in ("/fast", "/page", "/nothing", "/forgotten"):
            headers = self.driver.ask("GET", path).headers
            self.assertEqual(headers["X-Content-Type-Options"], "nosniff", path)
            self.assertIn("default-src 'none'", headers["Content-Security-Policy"], path)
            self.assertIn("frame-ancestors 'none'", headers["Content-Security-Policy"], path)
            self.assertNotIn("Server", headers, path)
        self.assertEqual(self.driver.ask("GET", "/fast").headers["Cache-Control"], "no-store")
        self.assertIn("script-src 'self'",
                      self.driver.ask("GET", "/page").headers["Content-Security-Policy"])

    def test_etag(self):
        tag = self.driver.ask("GET", "/page").headers["ETag"]
        again = self.driver.ask("GET", "/page", **{"If-None-Match": tag})
        self.assertEqual((again.status, again.text), (304, ""))

    def test_nobody_looks_without_a_credential(self):
        """Nor from this machine: a proxy on it may have rewritten Host, and says nothing of its callers."""
        for headers in ({}, {"Host": "localhost:80"}, {"Host": "127.0.0.1"}, {"Authorization": "Bearer x"}):
            self.assertEqual(self.driver.ask("GET", "/viewer", **headers).status, 401, headers)
        self.assertEqual(self.driver.ask("GET", "/agent").status, 401)


class ClientCertificates(unittest.TestCase):
    def test_who_is_let_in(self):
        ours, foreign = (Authority(process.temporary_directory("tls"), "ca") for _ in range(2))
        clients = {"good": ours.issue("agent-7", "clientAuth"),
                   "expired": ours.issue("agent-7", "clientAuth", days=0), "none": None,
                   "foreign": foreign.issue("agent-7", "clientAuth"),
                   "a server's": ours.issue("agent-7", "serverAuth")}
        driver = Driver(tls=(*ours.issue("server", "serverAuth"), ours.ca))
        time.sleep(1)
        for name, client in clients.items():
            context = ssl.create_default_context(cafile=ours.ca)
            if client:
                context.load_cert_chain(*client)
            with contextlib.closing(http.client.HTTPSConnection(
                    *driver.address, timeout=20, context=context)) as connection:
                for path, status in (("/fast", 200), ("/agent", 200 if name == "good" else 401),
                                     ("/viewer", 403 if name == "good" else 401)):
                    connection.request("GET", path)
                    answer = connection.getresponse()
                    body = json.loads(answer.read())
                    self.assertEqual(answer.status, status, (name, path))
                    if path == "/agent" and name == "good":
                        self.assertEqual(body, {"name": "agent-7", "authenticated": True})
        self.assertEqual(driver.end(), 0)


if __name__ == "__main__":
    unittest.main()
