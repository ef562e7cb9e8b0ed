# SPDX-License-Identifier: BSD-2-Clause
"""A real collector as operators see it, and reports put into its store from outside."""

import contextlib
import json
import os
import pty
import sqlite3
import subprocess
import termios
import time
import unittest
import urllib.parse

import by_hand  # noqa: F401
import collector
import packed
import process

COLLECTOR = collector.PROGRAM
DATA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data")
EVIDENCE = os.path.join(DATA, "evidence", "swtpm.json")


def uuid(number):
    return f"00000000-0000-4000-8000-{number:012d}"


def volume(number, result):
    """As part `unlock` of the evidence has it."""
    slot = {"token": 0, "type": "systemd-tpm2", "result": result, "bank": "sha256", "pcrs": [7]}
    if result == "pcr-differs":
        slot["differ"] = [7]
    return {"uuid": uuid(900 + number), "slots": [slot]}


class Tampered(unittest.TestCase):
    """Tests of a store that is changed behind the collector's back: cls.fill() writes it once, and each test begins with
    it as it was then."""

    @classmethod
    def setUpClass(cls):
        cls.collector = cls.enterClassContext(Collector())
        cls.fill()
        cls.saved = cls.enterClassContext(contextlib.closing(sqlite3.connect(":memory:")))
        with contextlib.closing(sqlite3.connect(cls.collector.database)) as database:
            database.backup(cls.saved)

    def tamper(self, *statements):
        """The store as it was, but for these."""
        with contextlib.closing(sqlite3.connect(self.collector.database)) as database:
            self.saved.backup(database)
        self.collector.tamper(*statements)

    def verify(self, *words):
        """(exit status, lines) of `vtpm-collector verify`."""
        status, out, err = self.collector.run_command("verify", *words)
        self.assertEqual(err, "")
        return status, out.splitlines()


class Collector(collector.Collector):
    """options: further words of the command line."""

    def __init__(self, *options):
        super().__init__()
        self.argv += options
        self._filler = None
        self._at = int(time.time() * 1000) - 3600000

    @property
    def port(self):
        return urllib.parse.urlsplit(self.url()).port

    @property
    def token(self):
        return self.admin_token()

    def restart(self, port):
        """Stopped before; on the same port as a service would be."""
        self.argv[self.argv.index("--listen") + 1] = f"127.0.0.1:{port}"
        self.start()

    def end_filler(self):
        """It has the database open until then, also where the collector has stopped."""
        if self._filler:
            self._filler.stdin.close()
            self._filler.stdout.close()
            process.reap(self._filler)
        self._filler = None

    def __exit__(self, *_):
        self.end_filler()
        status = self.stop()
        process.remove_directory(self.state)
        if status:
            raise RuntimeError(f"the collector ended with status {status}")

    def report(self, vm, **members):
        """Writes a report for VM number `vm` and returns its number."""
        if not self._filler:
            self._filler = process.start(
                [os.environ["VTPM_FILL_STORE"], self.database],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._at += 1000
        line = {"uuid": uuid(vm), "at": self._at, "evidence": EVIDENCE, "hostname": f"web-{vm}",
                "quote_verified": True, "challenged": time.time_ns() // 1000000, **members}
        self._filler.stdin.write(json.dumps(line) + "\n")
        self._filler.stdin.flush()
        return int(self._filler.stdout.readline())

    def disks(self, vm, *results, parts=None, **members):
        """A report that tells of volumes with one slot each, of these results."""
        with open(EVIDENCE) as file:
            evidence = json.load(file)
        evidence["unlock"] = {"volumes": [volume(i, result) for i, result in enumerate(results)]}
        path = os.path.join(self.state, "evidence.json")
        with open(path, "w") as file:
            json.dump({**evidence, **(parts or {})}, file)
        return self.report(vm, evidence=path, **members)

    def claim(self, vm, address, ek="77" * 32, **members):
        """Somebody without a credential reports as VM number `vm`; returns the claim's number."""
        return self.report(vm, claimant=address, ek=ek, at=time.time_ns() // 1000000, **members)

    @property
    def database(self):
        return os.path.join(self.state, "collector.sqlite")

    def tamper(self, *statements):
        """Changes the store behind the collector's back, with reports as they were before they were packed."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            packed.unpack(database)
            for statement in statements:
                database.execute(statement)
            database.commit()

    def command(self, *words):
        """The command line of an operator's command."""
        return [COLLECTOR, *words, "--url", self.url(), "--state", self.state]

    def run_command(self, *words):
        """(exit status, standard output, standard error), both pipes."""
        result = subprocess.run(self.command(*words), capture_output=True, timeout=60)
        return result.returncode, result.stdout.decode(), result.stderr.decode()

    def run_on_terminal(self, *words, columns=80):
        """(exit status, what the terminal saw)."""
        ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (24, columns))
        environment = dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8")
        environment.pop("NO_COLOR", None)
        child = process.start(self.command(*words), stdin=theirs, stdout=theirs, stderr=theirs,
                              env=environment)
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:
            pass
        os.close(ours)
        return process.reap(child), seen.decode()

    def request(self, method, path, body=None, token=None, headers=None):
        """(status, headers, bytes)."""
        headers = dict(headers or {})
        if isinstance(body, dict):
            body = json.dumps(body)
            headers["Content-Type"] = "application/json"
        answer = self.ask(method, path, body, token, **headers)
        return answer.status, answer.headers, answer.body

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
