#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Looking needs a credential everywhere: the tokens that a start makes, and the page's codes and sessions."""

import contextlib
import json
import os
import re
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from filled_collector import COLLECTOR, Collector  # noqa: E402

CODE = r"http://127\.0\.0\.1:(\d+)/#code=([0-9a-f]{64})"


def run(*words, **environment):
    """An operator's command as it is called on the collector's machine: nothing says where to ask but `words`."""
    done = subprocess.run([COLLECTOR, *words], capture_output=True, text=True, timeout=60, check=False,
                          env=dict(os.environ, **environment))
    return done.returncode, done.stdout, done.stderr


class Sessions(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.collector = stack.enter_context(Collector())

    def code(self):
        self.assertTrue(process.wait_until(lambda: re.search(CODE, self.collector.lines()), 30))
        port, code = re.search(CODE, self.collector.lines()).groups()
        self.assertEqual(int(port), self.collector.port)
        return code

    def begin(self, code):
        status, _, body = self.collector.request("POST", "/v1/sessions", {"code": code})
        return status, json.loads(body)

    def ask(self, method, path, token, body=None):
        return self.collector.request(method, path, body, token=token)[0]

    def test_start_makes_tokens_once(self):
        made = {}
        self.code()  # what a start says ends with it
        for name in ("admin-token", "viewer-token"):
            path = os.path.join(self.collector.state, name)
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
            self.assertIn(f"{path} (made now)", self.collector.lines())
            with open(path) as file:
                made[name] = file.read().strip()
            self.assertNotIn(made[name], self.collector.lines())
        self.assertEqual(self.ask("GET", "/v1/vms", made["viewer-token"]), 200)
        self.assertEqual(self.ask("POST", "/v1/trust-cas", made["viewer-token"]), 403)
        self.assertEqual(self.collector.stop(), 0)
        self.collector.start()
        self.code()
        self.assertNotIn("made now", self.collector.lines())
        self.assertEqual(self.ask("GET", "/v1/vms", made["viewer-token"]), 200)

    def test_the_starts_code_lets_one_look(self):
        status, session = self.begin(self.code())
        self.assertEqual((status, session["role"]), (201, "viewer"))
        token = session["token"]
        self.assertEqual(self.ask("GET", "/v1/vms", token), 200)
        self.assertEqual(self.ask("POST", "/v1/trust-cas", token), 403)
        # Used, and nobody's.
        for code in (self.code(), "0" * 64, "", self.code()[:-1]):
            self.assertEqual(self.begin(code)[0], 401, code)
        # The code is no token, and a session makes no other one.
        self.assertEqual(self.ask("GET", "/v1/vms", self.code()), 401)
        self.assertEqual(self.ask("POST", "/v1/sessions/codes", token), 403)
        self.assertEqual(self.ask("POST", "/v1/sessions/end", token), 200)
        self.assertEqual(self.ask("GET", "/v1/vms", token), 401)

    def test_codes_are_crowded_out_by_newer_ones(self):
        first = self.code()
        """Of the same credential: whoever makes many takes nobody else's."""
        codes = [self.collector.post("/v1/sessions/codes", {}, 201)["code"] for _ in range(257)]
        self.assertEqual(self.begin(codes[0])[0], 401)
        self.assertEqual(self.begin(codes[-1])[0], 201)
        self.assertEqual(self.begin(first)[0], 201)

    def test_a_session_makes_no_tokens(self):
        session = self.begin(self.collector.post("/v1/sessions/codes", {}, 201)["code"])[1]
        self.assertEqual(session["role"], "admin")
        body = {"uuids": ["6f9619ff-8b86-4011-b42d-00c04fc964ff"]}
        self.assertEqual(self.ask("POST", "/v1/tokens", session["token"], body), 403)
        self.collector.post("/v1/tokens", body, 201)

    def test_malformed(self):
        for body, status in (({}, 400), ({"code": 7}, 400), ("{", 400)):
            headers = {"Content-Type": "application/json"}
            self.assertEqual(self.collector.request("POST", "/v1/sessions", body, headers=headers)[0], status)

    def test_the_command_prints_an_administrators_address(self):
        status, out, err = self.collector.run_command("page")
        self.assertEqual((status, err), (0, ""))
        port, code = re.fullmatch(CODE + "\n", out).groups()
        self.assertEqual(int(port), self.collector.port)
        status, session = self.begin(code)
        self.assertEqual((status, session["role"]), (201, "admin"))
        self.collector.report(1)
        path = "/v1/vms/00000000-0000-4000-8000-000000000001/announcements"
        self.assertEqual(self.ask("POST", path, session["token"], {"event": "resume"}), 201)
        self.assertEqual(self.collector.get("/v1/audit")["events"][0]["actor"], "admin-token")
        status, out, _ = self.collector.run_command("page", "--json")
        self.assertRegex(json.loads(out)["url"], CODE)

    def test_a_proxy_on_this_machine_opens_nothing(self):
        """It rewrites Host, as nginx does by default, and names nobody behind it: so its requests are these."""
        for path in ("/v1/vms", "/v1/status", "/metrics", "/v1/export", "/v1/claims/export", "/v1/audit"):
            for host in (f"127.0.0.1:{self.collector.port}", "localhost"):
                status, _, _ = self.collector.request("GET", path, headers={"Host": host})
                self.assertEqual(status, 401, path)
        self.assertEqual(self.collector.request("GET", "/")[0], 200)

    def test_commands_say_whose_credential_they_lack(self):
        url = self.collector.url()
        status, _, err = run("list", "--url", url)
        self.assertEqual(status, 3)
        self.assertRegex(err, r"^vtpm-collector: http\S+ asks for a credential: none is given: --token-file FILE"
                              r"[^\n]*\n$")
        status, _, err = run("list", "--url", url, "--state", process.temporary_directory("empty"))
        self.assertEqual(status, 3)
        self.assertRegex(err, r"asks for a credential: open \S+/admin-token: [^\n]*--token-file FILE\n$")


class Configured(unittest.TestCase):
    def test_no_viewers_token_is_made(self):
        with Collector() as collector:
            collector.stop()
            os.remove(os.path.join(collector.state, "viewer-token"))
            path = os.path.join(collector.state, "collector.conf")
            with open(path, "w") as file:
                file.write("[http]\n")
            collector.argv += ["--config", path]
            collector.start()
            self.assertFalse(os.path.exists(os.path.join(collector.state, "viewer-token")))
            self.assertNotIn("#code=", collector.lines())
            collector.stop()
            named = os.path.join(collector.state, "lookers")
            with open(path, "w") as file:
                file.write(f"[auth]\nviewer-token = {named}\n")
            collector.start()
            with open(named) as file:
                self.assertEqual(collector.request("GET", "/v1/vms", token=file.read().strip())[0], 200)


if __name__ == "__main__":
    unittest.main()
