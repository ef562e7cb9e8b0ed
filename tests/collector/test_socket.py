#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""A UNIX socket for local tools: its file says who may, and a setting what."""

import grp
import json
import os
import stat
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import process  # noqa: E402
from filled_collector import COLLECTOR, Collector, uuid  # noqa: E402


class Socket(unittest.TestCase):
    def start(self, *settings, **more):
        self.path = os.path.join(process.temporary_directory("socket"), "s")
        collector = Collector(**more)
        config = os.path.join(collector.state, "collector.conf")
        with open(config, "w") as file:
            file.write("[http]\n" + "".join(line + "\n" for line in settings))
        collector.argv += ["--listen", "unix:" + self.path, "--config", config]
        self.collector = self.enterContext(collector)
        self.collector.report(1)

    def curl(self, path, *words):
        done = subprocess.run(["curl", "--silent", "--unix-socket", self.path, "--write-out", "\n%{http_code}", *words,
                               "http://localhost" + path], capture_output=True, text=True, timeout=60, check=True)
        body, status = done.stdout.rsplit("\n", 1)
        return int(status), body

    def announce(self, *words):
        return self.curl(f"/v1/vms/{uuid(1)}/announcements", "--json", '{"event": "resume"}', *words)[0]

    def command(self, *words):
        return subprocess.run([COLLECTOR, *words, "--url", "unix:" + self.path], capture_output=True, text=True,
                              timeout=60, check=False)

    def test_it_opens_nothing_by_itself(self):
        self.start()
        self.assertEqual(stat.S_IMODE(os.stat(self.path).st_mode), 0o600)
        self.assertEqual(self.curl("/v1/vms")[0], 401)
        self.assertEqual(self.curl("/healthz")[0], 200)
        self.assertEqual(self.curl("/v1/vms", "-H", f"Authorization: Bearer {self.collector.token}")[0], 200)
        listed = self.command("list")
        self.assertEqual(listed.returncode, 3)
        self.assertIn(f"unix:{self.path} asks for a credential (a token or", listed.stderr)
        self.assertEqual(self.command("list", "--state", self.collector.state).returncode, 0)

    def test_a_viewers(self):
        group = grp.getgrgid(os.getgroups()[-1] if os.getgroups() else os.getgid())
        self.start("socket-role = viewer", "socket-mode = 0660", f"socket-group = {group.gr_name}")
        file = os.stat(self.path)
        self.assertEqual((stat.S_IMODE(file.st_mode), file.st_gid), (0o660, group.gr_gid))
        status, body = self.curl("/v1/vms")
        self.assertEqual((status, len(json.loads(body)["vms"])), (200, 1))
        self.assertEqual(self.announce(), 401)
        self.assertEqual(self.announce("-H", f"Authorization: Bearer {self.collector.token}"), 201)
        # What is given and wrong is not the same as nothing.
        self.assertEqual(self.curl("/v1/vms", "-H", "Authorization: Bearer " + 40 * "x")[0], 401)
        listed = self.command("list", "--json")
        self.assertEqual((listed.returncode, len(json.loads(listed.stdout)["vms"])), (0, 1))
        accepted = self.command("accept", uuid(1))
        self.assertEqual(accepted.returncode, 3)
        self.assertIn(f"unix:{self.path} asks for a credential (this socket's role, viewer, is not for that): none is "
                      "given", accepted.stderr)
        # What the socket opens, it opens there alone.
        self.assertEqual(self.collector.request("GET", "/v1/vms")[0], 401)

    def test_an_administrators(self):
        self.start("socket-role = admin")
        self.assertEqual(self.announce(), 201)
        self.assertEqual(self.command("announce", uuid(1), "--event", "none").returncode, 0)
        actors = {event["actor"] for event in self.collector.get("/v1/audit")["events"]}
        self.assertEqual(actors, {f"socket, uid {os.getuid()}"})

    def test_that_nobody_listens_on(self):
        self.path = os.path.join(process.temporary_directory("socket"), "none")
        listed = self.command("list")
        self.assertEqual(listed.returncode, 3)
        self.assertEqual(listed.stderr, f"vtpm-collector: unix:{self.path}: no connection: No such file or directory: "
                         "does the collector run and listen on this socket, and may this account open it?\n")

    def test_settings(self):
        for line, message in {"socket-mode = 888": "socket-mode", "socket-mode = 17777": "socket-mode",
                              "socket-group = no-such-group": "there is no group no-such-group",
                              "socket-role = root": "socket-role"}.items():
            directory = process.temporary_directory("settings")
            config = os.path.join(directory, "collector.conf")
            with open(config, "w") as file:
                file.write(f"[http]\n{line}\n")
            done = subprocess.run([COLLECTOR, "serve", "--state", directory, "--listen", "127.0.0.1:0", "--config", config],
                                  capture_output=True, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 78, line)
            self.assertRegex(done.stderr, rf"^vtpm-collector: [^\n]*{message}[^\n]*\n$")


if __name__ == "__main__":
    unittest.main()
