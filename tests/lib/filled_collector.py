# SPDX-License-Identifier: BSD-2-Clause
"""The real collector on loopback, and reports put into its store from outside."""

import http.client
import json
import os
import re
import subprocess
import time
import urllib.parse

import process

COLLECTOR = os.environ["VTPM_COLLECTOR"]
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
EVIDENCE = os.path.join(DATA, "evidence", "swtpm.json")


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


class Collector:
    """`vtpm-collector serve` on a free port, with a state directory of its own."""

    def __init__(self, *options):
        self.state = process.temporary_directory("collector")
        self._options = options
        self._filler = None
        self._at = int(time.time() * 1000) - 3600000
        self.start()

    def start(self, port=0):
        self.child = process.start([COLLECTOR, "serve", "--state", self.state, "--listen",
                                    f"127.0.0.1:{port}", *self._options], stderr=subprocess.PIPE,
                                   text=True)
        line = ""
        for line in self.child.stderr:
            found = re.search(r"listening on (http\S+)", line)
            if found:
                break
        else:
            raise RuntimeError(f"the collector did not start: {line}")
        self.url = found[1]
        self.port = urllib.parse.urlsplit(self.url).port
        with open(os.path.join(self.state, "admin-token")) as file:
            self.token = file.read().strip()

    def stop(self):
        status = process.stop(self.child, 20)
        self.child.stderr.close()
        return status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._filler:
            self._filler.stdin.close()
            self._filler.stdout.close()
            process.reap(self._filler)
        status = self.stop()
        process.remove_directory(self.state)
        if status:
            raise RuntimeError(f"the collector ended with status {status}")

    def report(self, vm, **members):
        """Writes a report for VM number `vm` and returns its number."""
        if not self._filler:
            self._filler = process.start(
                [os.environ["VTPM_FILL_STORE"], os.path.join(self.state, "collector.sqlite")],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._at += 1000
        line = {"uuid": uuid(vm), "at": self._at, "evidence": EVIDENCE, "hostname": f"web-{vm}",
                "quote_verified": True, **members}
        self._filler.stdin.write(json.dumps(line) + "\n")
        self._filler.stdin.flush()
        return int(self._filler.stdout.readline())

    def request(self, method, path, body=None, token=None, headers=None):
        """(status, headers, bytes)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=90)
        headers = dict(headers or {})
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if isinstance(body, dict):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        result = answer.status, answer.headers, answer.read()
        connection.close()
        return result

    def get(self, path, expect=200):
        status, _, body = self.request("GET", path, token=self.token)
        if status != expect:
            raise AssertionError(f"GET {path}: {status} {body!r}")
        return json.loads(body)

    def post(self, path, body, expect):
        status, _, answer = self.request("POST", path, body, token=self.token)
        if status != expect:
            raise AssertionError(f"POST {path}: {status} {answer!r}")
        return json.loads(answer)
