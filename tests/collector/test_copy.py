#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""`vtpm-collector copy`: a history moved between SQLite and PostgreSQL, both ways, byte for byte; cut off in the middle and
repeated; and what it refuses."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import collector as service  # noqa: E402
import history  # noqa: E402
import load  # noqa: E402
import postgresql  # noqa: E402
import process  # noqa: E402
from filled_collector import Collector, uuid  # noqa: E402

CA = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "ek-chain", "root.pem")
MANY = 1500  # reports: some pages of them, also where they are packed
EXPORTS = ((), ("--audit",), ("--claims",))


class Copy(unittest.TestCase):
    def setUp(self):
        self.directory = self.enterContext(tempfile.TemporaryDirectory())
        self.server = self.enterContext(postgresql.Server())

    def fill(self, collector):
        """All kinds of rows: an expired part, claims, tokens, a CA, a VM that was forgotten and the newest report's number
        with it."""
        for number in (1, 2, 1, 2, 1, 3):
            collector.report(number, is_baseline=True, ek=f"{number:02x}" * 32)
        collector.claim(1, "192.0.2.7")
        collector.post("/v1/tokens", {"uuids": [uuid(1), uuid(2)]}, 201)
        collector.post("/v1/jwks/rotation", {}, 200)
        with open(CA, "rb") as file:
            answer = collector.ask("POST", "/v1/trust-cas", file.read(), collector.token)
        self.assertEqual(answer.status, 201, answer.text)
        self.guest = load.Guest(collector.url())
        self.addCleanup(self.guest.close)
        for _ in range(3):
            self.assertEqual(self.guest.report_once().status, 200)
        collector.report(4, ek="04" * 32)
        collector.post(f"/v1/vms/{uuid(4)}/removal", {}, 200)

    def sqlite(self, name="other"):
        state = os.path.join(self.directory, name)
        os.makedirs(state, exist_ok=True)
        return state, os.path.join(state, "collector.sqlite")

    def start(self, from_, to, state):
        return subprocess.Popen([service.PROGRAM, "copy", "--from", from_, "--to", to, "--state", state],
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def copy(self, from_, to, state):
        with self.start(from_, to, state) as child:
            out, err = child.communicate(timeout=240)
            return child.returncode, out, err

    def assert_copied(self, *words):
        status, out, err = self.copy(*words)
        self.assertEqual((status, err), (0, ""), out)
        self.assertRegex(out, r"^copied and verified: VMs: \d+, .*faults: 0\n$")
        return out

    def run_command(self, collector, *words):
        done = subprocess.run([service.PROGRAM, *words, "--url", collector.url(), "--state", collector.state],
                              check=False, capture_output=True, text=True, timeout=90)
        return done.returncode, done.stdout, done.stderr

    def exports(self, collector):
        return [self.run_command(collector, "export", *words)[1] for words in EXPORTS]

    def is_marked(self, url):
        if url.startswith("postgresql:"):
            return self.server.ask("SELECT count(to_regclass('vtpm.copying'))") == "1"
        try:
            with contextlib.closing(sqlite3.connect(f"file:{url.removeprefix('sqlite:')}?mode=ro", uri=True)) as database:
                return database.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'copying'").fetchone()[0] == 1
        except sqlite3.Error:
            return False

    def assert_unfinished(self, url, state):
        self.assertTrue(self.is_marked(url))
        collector = self.serve(url, state)
        with self.assertRaisesRegex(RuntimeError, "an unfinished copy: repeat"):
            collector.start()

    def serve(self, url, state):
        return service.Collector(state=state, config=f"{service.UNLIMITED}url = {url}\n")

    def assert_goes_on(self, collector, highest):
        """Its agent too, by the shared key and its receipt."""
        self.assertEqual(self.run_command(collector, "verify")[0], 0)
        self.guest.move(collector.url())
        answer = self.guest.report_once()
        self.assertEqual(answer.json["verdict"]["continuity"], "continuous", answer.json)
        self.assertEqual(answer.json["report"], highest + 1)
        self.assertEqual(self.run_command(collector, "verify")[0], 0)


class Whole(Copy):
    def test_there_and_back(self):
        source = self.enterContext(Collector())
        self.fill(source)
        wanted = self.exports(source)
        source.end_filler()
        self.assertEqual(source.stop(), 0)
        self.assertTrue(all(wanted))
        here = f"sqlite:{source.database}"
        out = self.assert_copied(here, self.server.url(), source.state)
        self.assertIn("VMs: 4, ", out)
        history.verify(self.server)
        # Once more is what it was.
        self.assert_copied(here, self.server.url(), source.state)
        state, path = self.sqlite()
        self.assert_copied(self.server.url(), f"sqlite:{path}", state)
        self.assertEqual(sorted(os.listdir(state)), ["collector.sqlite", "trust-cas.pem"])
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        history.verify(path)
        for url, place in ((self.server.url(), self.sqlite("served")[0]), (f"sqlite:{path}", state)):
            with self.subTest(url), self.serve(url, place) as other:
                self.assertEqual(self.exports(other), wanted)
                self.assert_goes_on(other, 10)

    def test_a_role_serves_from_it(self):
        source = self.enterContext(Collector())
        self.fill(source)
        source.end_filler()
        self.assertEqual(source.stop(), 0)
        self.assert_copied(f"sqlite:{source.database}", self.server.url(), source.state)
        done = subprocess.run([service.PROGRAM, "init", "vtpm", "--store", self.server.url()], check=False, timeout=60)
        self.assertEqual(done.returncode, 0)
        with self.serve(self.server.url(user="vtpm"), self.sqlite()[0]) as other:
            self.assert_goes_on(other, 10)


class Cut(Copy):
    """kill -9, and again."""

    def many(self, collector):
        self.fill(collector)
        for _ in range(MANY):
            collector.report(5, ek="05" * 32)
        collector.end_filler()
        self.assertEqual(collector.stop(), 0)

    def rows_of_sqlite(self, path):
        try:
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
                return database.execute("SELECT count(*) FROM reports").fetchone()[0]
        except sqlite3.Error:
            return 0

    def rows_of_server(self):
        try:
            return int(self.server.ask("SELECT count(*) FROM vtpm.reports"))
        except RuntimeError:
            return 0

    def cut(self, words, count, url):
        """Each time a little further. Returns how often it was cut: what comes behind the last row may be done already."""
        cuts = 0
        for enough in (1, MANY // 2):
            with self.start(*words) as child:
                while child.poll() is None and count() < enough:
                    time.sleep(0.005)
                if child.poll() is None:
                    child.send_signal(signal.SIGKILL)
                child.communicate()
            if not self.is_marked(url):
                break
            cuts += 1
            self.assert_unfinished(url, self.sqlite(f"refused{enough}")[0])
        return cuts

    def check(self, words, count, url):
        self.assertGreater(self.cut(words, count, url), 0)
        self.assert_copied(*words)

    def served_meanwhile(self, words):
        """Somebody served from the source for a moment: found behind the last row, when the copy is not servable yet."""
        with self.start(*words) as child:
            self.assertTrue(process.wait_until(lambda: self.is_marked(words[1]), 60))
            child.send_signal(signal.SIGSTOP)
            self.assertTrue(self.is_marked(words[1]), "the copy was done already")
            self.server.ask("UPDATE vtpm.watch SET ran_ms = ran_ms + 1")
            child.send_signal(signal.SIGCONT)
            _, err = child.communicate(timeout=240)
        self.assertEqual(child.returncode, 64, err)
        self.assertIn("a collector has served from the old store since the copy was begun", err)
        self.assert_unfinished(words[1], self.sqlite("meanwhile")[0])

    def written_to_meanwhile(self, source, words):
        """Returns what the source exports then."""
        self.assertGreater(self.cut(words, self.rows_of_server, self.server.url()), 0)
        source.start()
        self.guest.move(source.url())
        self.assertEqual(self.guest.report_once().status, 200)
        wanted = self.exports(source)
        self.assertEqual(source.stop(), 0)
        status, _, err = self.copy(*words)
        self.assertEqual(status, 3, err)
        self.assertIn("vms: the copy differs from what it is of", err)
        self.assert_unfinished(self.server.url(), self.sqlite("refused")[0])
        return wanted

    def test_there_and_back(self):
        source = self.enterContext(Collector())
        self.many(source)
        words = (f"sqlite:{source.database}", self.server.url(), source.state)
        wanted = self.written_to_meanwhile(source, words)
        self.server.ask("SET client_min_messages = error; DROP SCHEMA vtpm CASCADE")
        self.check(words, self.rows_of_server, self.server.url())
        history.verify(self.server)
        state, path = self.sqlite()
        words = (self.server.url(), f"sqlite:{path}", state)
        self.served_meanwhile(words)
        os.unlink(path)
        self.check(words, lambda: self.rows_of_sqlite(path), f"sqlite:{path}")
        history.verify(path)
        with self.serve(f"sqlite:{path}", state) as other:
            self.assertEqual(self.exports(other), wanted)
            self.assert_goes_on(other, 11 + MANY)


class Refused(Copy):
    def setUp(self):
        super().setUp()
        self.source = self.enterContext(Collector())
        self.source.report(1, ek="01" * 32)
        self.source.end_filler()
        self.here = f"sqlite:{self.source.database}"

    def assert_refused(self, words, status, told):
        done = self.copy(*words, self.source.state)
        self.assertEqual(done[0], status, done)
        self.assertIn(told, done[2])

    def assert_refused_with(self, state, words, told):
        status, _, err = self.copy(*words, state)
        self.assertEqual(status, 64, err)
        self.assertIn(told, err)

    def test_while_somebody_serves(self):
        """Also one that does nothing for long, whatever its clock says."""
        self.source.child.send_signal(signal.SIGSTOP)
        self.addCleanup(self.source.child.send_signal, signal.SIGCONT)
        words = (self.here, self.server.url())
        self.assert_refused_with(self.source.state, words, f"{self.source.state}: a collector serves with it")
        self.assert_refused_with(self.sqlite()[0], words, "a collector serves from what is to be copied")
        self.assertEqual(self.server.ask("SELECT count(to_regclass('vtpm.vms'))"), "0")

    def test_while_somebody_serves_from_postgresql(self):
        serving = self.enterContext(self.serve(self.server.url(), self.sqlite("serving")[0]))
        serving.child.send_signal(signal.SIGSTOP)
        self.addCleanup(serving.child.send_signal, signal.SIGCONT)
        state, path = self.sqlite()
        self.assert_refused_with(state, (self.server.url(), f"sqlite:{path}"),
                                 "a collector serves from what is to be copied")

    def test_by_another_name(self):
        self.source.stop()
        state, path = self.sqlite()
        os.symlink(self.source.database, path)
        self.server.ask("CREATE DATABASE other")
        url = self.server.url()
        for one, other in ((self.here, f"sqlite:{path}"), (self.here, self.here), (url, url),
                           (url, url.replace("postgresql:", "postgres:"))):
            with self.subTest(other):
                self.assert_refused_with(state, (one, other), "both are the same store; nothing was copied")
        self.assert_copied(self.here, url, self.source.state)
        self.assert_copied(url, self.server.url("other"), state)

    def test_a_password(self):
        self.source.stop()
        for url in ("postgresql://me:secret@127.0.0.1:1/vtpm", self.server.url(password="secret")):
            for words in ((url, f"sqlite:{self.directory}/new"), (self.here, url)):
                self.assert_refused_with(self.sqlite()[0], words, "keep it in a file that PGPASSFILE names")

    def test_an_older_schema(self):
        """It is not brought to this version's before it is sure that the copy begins."""
        self.source.stop()
        with contextlib.closing(sqlite3.connect(self.source.database)) as database:
            [version] = database.execute("PRAGMA user_version").fetchone()
            database.executescript(
                "DROP TRIGGER vms_keyframes; DROP TABLE keyframes; ALTER TABLE reports DROP COLUMN packed_len;"
                "ALTER TABLE reports DROP COLUMN keyframe; ALTER TABLE vms DROP COLUMN keyframe;"
                f"ALTER TABLE vms DROP COLUMN keyframe_uses; PRAGMA user_version = {version - 1};")
        with self.serve(self.server.url(), self.sqlite()[0]):
            pass
        for url, status, told in ((self.server.url(), 64, "there is a history already"),
                                  (self.server.url("nothing"), 3, "does not exist")):
            self.assert_refused((self.here, url), status, told)
            with contextlib.closing(sqlite3.connect(self.source.database)) as database:
                self.assertEqual(database.execute("PRAGMA user_version").fetchone()[0], version - 1)

    def test_which_side_was_served(self):
        """Behind a finished copy, which is not thrown away for what its own collector took."""
        self.source.stop()
        words = (self.here, self.server.url(), self.source.state)
        self.assert_copied(*words)
        self.assert_copied(*words)
        for collector, told in ((self.serve(self.server.url(), self.sqlite()[0]), "a collector has served from it since"),
                                (self.source, "a collector has served from the old store since")):
            before = self.watches()
            collector.start()
            self.assertTrue(process.wait_until(lambda: self.watches() != before, 30))  # noqa: B023
            self.assertEqual(collector.stop(), 0)
            self.assert_refused_with(self.source.state, words[:2], told)

    def watches(self):
        with contextlib.closing(sqlite3.connect(self.source.database)) as database:
            return database.execute("SELECT * FROM watch").fetchall(), self.server.ask("SELECT * FROM vtpm.watch")

    def test_another_history(self):
        self.source.stop()
        with self.serve(self.server.url(), self.sqlite()[0]):
            pass
        self.assert_refused((self.here, self.server.url()), 64, "there is a history already")

    def test_newer_schemas(self):
        self.source.stop()
        state, path = self.sqlite()
        with contextlib.closing(sqlite3.connect(path)) as database:
            database.executescript("PRAGMA application_id = 0x7674706d; PRAGMA user_version = 999;")
        for words in ((self.here, f"sqlite:{path}"), (f"sqlite:{path}", self.server.url())):
            self.assert_refused(words, 3, "schema 999, this program knows")

    def test_what_is_not_there(self):
        self.source.stop()
        path = os.path.join(self.directory, "nothing")
        self.assert_refused((f"sqlite:{path}", self.server.url()), 3, "nothing")
        self.assertFalse(os.path.exists(path))

    def test_a_document_of_another_collector(self):
        self.source.stop()
        with open(CA, "rb") as file:
            ca = file.read()
        with open(os.path.join(self.source.state, "trust-cas.pem"), "wb") as file:
            file.write(ca)
        self.assert_copied(self.here, self.server.url(), self.source.state)
        state, path = self.sqlite()
        place = os.path.join(state, "trust-cas.pem")
        with open(place, "w", encoding="ascii") as file:
            file.write("another")
        status, _, err = self.copy(self.server.url(), f"sqlite:{path}", state)
        self.assertEqual(status, 64, err)
        self.assertIn(f"{place} is there, and says something else", err)
        self.assert_unfinished(f"sqlite:{path}", self.sqlite("refused")[0])
        os.unlink(place)
        self.assert_copied(self.server.url(), f"sqlite:{path}", state)
        with open(place, "rb") as file:
            self.assertEqual(file.read(), ca)


if __name__ == "__main__":
    unittest.main()
