#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The shell blocks of README.md and docs/*.md, run as they are written: in a place of their own (no network, empty
/root, /run and /var/lib), with a swtpm in the place of the machine's TPM. A block that cannot be run here is rehearsed:
other machines' and systemd's programs are stand-ins, and ours have to accept their command lines. What is not run
as it stands has its reason in the tables below. Also holds what the text names of commands, options and files."""

import glob
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import namespaces  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
PROGRAMS = {name: os.environ[name.upper().replace("-", "_")]
            for name in ("vtpm-agent", "vtpm-collector", "vtpm-host")}
USAGE, CONFIGURATION = 64, 78

# A block is known by its document and by words that stand in no other block of it.
PLAYED = {
    ("README.md", "baseline save /root"): "healthy_and_baseline",
    ("README.md", "compare /root"): "compared",
    ("README.md", "vtpm-agent run"): "service",
    ("README.md", "vtpm-collector serve"): "from_outside",
    ("README.md", "--format nagios"): "each_form",
    ("docs/linux.md", "systemctl stop vtpm-agent && "): "reset",
    ("docs/operations.md", "vtpm-collector token make"): "tokens",
    ("docs/operations.md", "verify\n"): "verified",
    ("docs/operations.md", "checkpoint --full"): "checkpoint",
    ("docs/operations.md", "vtpm-collector result-key"): "keys",
    ("docs/operations.md", "vtpm-collector forget"): "forgotten",
}
REHEARSED = {
    ("README.md", "--timeout 120"): "waits for what somebody does: the block before it is played",
    ("docs/linux.md", "install -m 640"): "needs the package's account and systemd: package/debian_guest",
    ("docs/monitoring.md", "vtpm-rules.yml"): "the package and a Prometheus: docs/monitoring holds the files",
    ("docs/monitoring.md", "vtpm-agent-textfile"): "systemd: package/lint, package/deb_*",
    ("docs/monitoring.md", "zabbix-agent.conf"): "the package and a Zabbix agent: docs/monitoring",
    ("docs/operations.md", "vtpm-host facts | vtpm-host"): "two hosts with libvirt: host/two_hosts",
    ("docs/operations.md", "scp -r SOURCE"): "two hosts with libvirt: host/two_hosts",
    ("docs/operations.md", "vtpm-host watch --once"): "guests and a journal: host/watch",
    ("docs/operations.md", "baselines export"): "two hosts with libvirt: host/two_hosts",
    ("docs/operations.md", '"guest-exec"'): "a guest: host/confirm",
    ("docs/operations.md", '"guest-exec-status"'): "a guest: host/confirm",
    ("docs/operations.md", "vtpm-host diagnose"): "libvirt: host/real_libvirt",
    ("docs/operations.md", "for host in $HOSTS"): "several hosts with libvirt: collector/allowlist",
    ("docs/operations.md", "for peer in $PEERS"): "several hosts with libvirt",
    ("docs/operations.md", "vtpm-host confirm --all --event"): "libvirt: host/two_hosts",
    ("docs/operations.md", "createdb"): "a PostgreSQL behind TLS: collector/postgresql_moves",
    ("docs/operations.md", "copy --from"): "a PostgreSQL behind TLS: collector/copy",
}
ELSEWHERE = {
    ("README.md", "scripts/run"): "installs packages and builds: fresh/* run it on new systems, CI runs the other",
    ("docs/evidence.md", "nonce="): "docs/verify runs it, against forged quotes too",
    ("docs/evidence.md", "{ echo 3059"): "docs/verify",
    ("docs/evidence.md", "jq -j"): "docs/verify",
}

# Others' programs in a rehearsal: one that runs another does so here, the rest say nothing.
STAND_INS = {
    "ssh": 'shift; exec bash -c "$*"',
    "runuser": 'while [ "$1" != -- ]; do shift; done; shift; exec "$@"',
    **dict.fromkeys(("scp", "cp", "promtool", "virsh", "systemctl", "journalctl", "install", "createdb", "psql"), "exit 0"),
}


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8") as file:
        return file.read()


def documents():
    return ["README.md", *sorted(os.path.relpath(path, ROOT) for path in glob.glob(os.path.join(ROOT, "docs", "*.md")))]


def blocks():
    """(document, text) of each shell block."""
    return [(name, text) for name in documents()
            for text in re.findall(r"^```(?:sh|bash|console|shell)\n(.*?)^```", read(name), re.M | re.S)]


def key(name, text):
    """The row of the tables that is meant, or None."""
    rows = [row for table in (PLAYED, REHEARSED, ELSEWHERE) for row in table if row[0] == name and row[1] in text]
    return rows[0] if len(rows) == 1 else None


def block(function):
    """The text that a function of PLAYED is for."""
    [text] = [text for name, text in blocks() if PLAYED.get(key(name, text)) == function]
    return text


def fill(text):
    """With something in the place of each word that the reader replaces."""
    for word, value in (("UUID.ndjson", f"{UUID}.ndjson"), ("UUID", UUID), ("DOMAIN", "web1"), ("COLLECTOR", "localhost"),
                        ("DESTINATION", "b"), ("SOURCE", "a"), ("PEER1", "a"), ("PEER2", "b")):
        text = re.sub(rf"\b{re.escape(word)}\b", value, text)
    return text


def help_of(program, *words):
    return subprocess.run([PROGRAMS[program], *words, "--help"], capture_output=True, text=True, check=True).stdout


def write_program(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/bash\n" + text + "\n")
    os.chmod(path, 0o755)


class Place:
    """Where blocks run: a directory with what they read, and the PATH that they are to find programs by."""

    def __init__(self, tpm):
        self.directory = process.public_directory("blocks")
        self.ours, self.stand_ins = self.make("ours"), self.make("stand-ins")
        self.log = os.path.join(self.directory, "log")
        self.state = self.make("state")
        for name in ("examples", "scripts"):
            shutil.copytree(os.path.join(ROOT, name), os.path.join(self.directory, name))
        for name, text in (("uuids", UUID + "\n"), ("token", "x" * 32 + "\n"), ("eks", ""),
                           ("agent.conf", f"[tpm]\ntcti = {tpm.tcti}\n[collector]\nuuid = {UUID}\n")):
            with open(os.path.join(self.directory, name), "w", encoding="utf-8") as file:
                file.write(text)
        self.programs = {name: shutil.copy(path, os.path.join(self.make("real"), name)) for name, path in PROGRAMS.items()}
        self.commands()

    def make(self, name):
        path = os.path.join(self.directory, name)
        os.makedirs(path, exist_ok=True)
        return path

    def commands(self):
        configuration = f'--config {self.directory}/agent.conf'
        write_program(f"{self.ours}/vtpm-agent", f'exec {self.programs["vtpm-agent"]} "$@" {configuration}')
        for name in ("vtpm-collector", "vtpm-host"):
            os.symlink(self.programs[name], f"{self.ours}/{name}")
        for name, text in STAND_INS.items():
            write_program(f"{self.stand_ins}/{name}", text)
        # A configuration that is not there ends a program as soon as it has read its command line, for 78.
        for name, path in self.programs.items():
            write_program(f"{self.stand_ins}/{name}", rf'''
more=()
case "{name} $1 $*" in
vtpm-collector\ * | "vtpm-host watch "*) more=(--config /nonexistent/conf) ;;
vtpm-agent\ *) more=({configuration}) ;;
esac
{path} "$@" "${{more[@]}}" && status=0 || status=$?
printf '%s %s\n' "$status" "{name} $*" >>{self.log}
exit "$status"''')

    def environment(self, *paths):
        return agent.environment(HOME=self.directory, XDG_STATE_HOME=self.state, HOSTS="a b", PEERS="a b",
                                 PATH=":".join((*paths, "/usr/bin:/bin")))

    def run(self, text, *paths, strict=True):
        """(exit status, output) of a block."""
        result = subprocess.run(["bash", *(["-euo", "pipefail"] if strict else []), "-c", text], cwd=self.directory,
                                env=self.environment(*paths), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", timeout=120, check=False)
        agent.check_sanitizers()
        return result.returncode, result.stdout

    def start(self, text, output):
        """A line that goes on: as it was written, until its process is stopped."""
        with open(os.path.join(self.directory, output), "wb") as file:
            return process.start(["bash", "-c", "exec " + text.partition("#")[0]], cwd=self.directory,
                                 env=self.environment(self.ours), stdin=subprocess.DEVNULL, stdout=file, stderr=file)

    def text(self, name):
        with open(os.path.join(self.directory, name), encoding="utf-8", errors="replace") as file:
            return file.read()


class Words(unittest.TestCase):
    """What can be seen without running anything."""

    def test_each_block_has_its_row(self):
        rows = [key(name, text) for name, text in blocks()]
        for row, (name, text) in zip(rows, blocks()):
            self.assertIsNotNone(row, f"{name}: no row, or more than one, for the block {text!r}")
        self.assertEqual(sorted(rows), sorted([*PLAYED, *REHEARSED, *ELSEWHERE]), "a row without its block, or two of one")

    def test_syntax(self):
        for name, text in blocks():
            with self.subTest(name=name, text=text):
                result = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)
                self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_commands_and_options_that_the_text_names(self):
        commands = {name: re.findall(r"^  ([a-z][a-z-]+)", help_of(name).split("\nCommands:\n")[1].split("\n\n")[0], re.M)
                    for name in PROGRAMS}
        for name in [*documents(), "CONTRIBUTING.md", "SECURITY.md"]:
            for span in re.findall(r"`(vtpm-(?:agent|collector|host) [^`]*)`", read(name)):
                for words in (part.split() for part in re.split(r"[;|] *", " ".join(span.split()))):
                    if words[1] == "VERSION":  # as a document names its maker
                        continue
                    with self.subTest(name=name, span=span):
                        command = words[1] if len(words) > 1 and words[1][0] != "-" else ""
                        if command:
                            self.assertIn(command, commands[words[0]])
                        taken = help_of(words[0], *([command] if command else []))
                        for option in (word for word in words if word.startswith("--")):
                            self.assertRegex(taken, rf"(?m)^  (-\w, )?{option}\b")

    def test_files_that_are_named(self):
        """They are there, and whatever is called by its name alone may be."""
        for name in [*documents(), "CONTRIBUTING.md"]:
            text = read(name)
            called = re.findall(r"(?m)^(?:\w+=\S+ )*((?:scripts|examples|tests)/\S+)",
                                "".join(re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S)))
            spans = re.findall(r"`((?:scripts|examples|tests|installer|completions)/[^`*]+)`", text)
            for path in [*called, *(span.split()[0] for span in spans)]:
                with self.subTest(document=name, path=path):
                    whole = os.path.join(ROOT, path)
                    if "(" in path or not re.search(r"\.\w+$|/$", path) and path.startswith("tests/") and not os.path.exists(whole):
                        self.assertIn(path.partition("/")[0], "tests")  # a program of the build
                        continue
                    self.assertTrue(os.path.exists(whole), path)
            for path in [*called, *(span.split()[0] for span in spans if " " in span)]:
                with self.subTest(document=name, called=path):
                    self.assertTrue(os.access(os.path.join(ROOT, path), os.X_OK), f"{path} has no run bit")


class Blocks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.place = Place(cls.tpm)
        namespaces.leave_mounts()
        for path in ("/root", "/run", "/var/lib"):
            namespaces.tmpfs(path, 16 << 20)

    def play(self, text, *paths):
        status, output = self.place.run(text, *(paths or (self.place.ours,)))
        self.assertEqual(status, 0, output)
        return output

    def test_baseline(self):
        self.play(block("healthy_and_baseline"))
        self.assertIn("CONTINUOUS", self.play(block("compared")))

    def test_each_form(self):
        lines = block("each_form").splitlines()
        place = self.place
        self.play("vtpm-agent baseline save before.json")
        nonce = "00112233445566778899aabbccddeeff"
        seen = [line.partition("#")[0].strip() for line in lines]
        status, output = place.run(next(line for line in seen if "evidence --nonce" in line).replace("HEX", nonce)
                                   + " >seen.json", place.ours)
        self.assertEqual(status, 0, output)
        statuses = {"unlock": (0, 1, 2, 3), "boot": (0, 3)}  # this machine's disks and event log
        for line in seen:
            with self.subTest(line=line):
                line = line.replace("--evidence FILE", "--evidence seen.json").replace("compare FILE", "compare before.json")
                status, output = place.run(line.replace("FILE", "vtpm.prom").replace("HEX", nonce), place.ours)
                allowed = next((value for words, value in statuses.items() if words in line), (0,))
                self.assertIn(status, allowed, output)
        self.assertIn("vtpm_status 0\n", place.text("vtpm.prom"))

    def test_service(self):
        """Until somebody ends it; then what it kept is forgotten."""
        child = self.place.start(block("service"), "service")
        self.assertTrue(process.wait_until(lambda: "first-seen" in self.place.text("service").lower()
                                           or child.poll() is not None, 60))
        self.assertEqual(process.stop(child, 30), 0, self.place.text("service"))
        self.assertTrue(os.listdir("/var/lib/vtpm-agent"))
        self.play(block("reset"), self.place.ours, self.place.stand_ins)
        self.assertEqual([name for name in os.listdir("/var/lib/vtpm-agent") if name.endswith(".json")], [])

    def test_from_outside(self):
        """README's three terminals, and then what an operator does in the course of time."""
        place, (serve, report, confirm, again) = self.place, block("from_outside").splitlines()
        collector = place.start(serve, "collector")
        self.addCleanup(process.stop, collector)
        self.assertTrue(process.wait_until(lambda: "listening" in place.text("collector") or collector.poll() is not None,
                                           60), place.text("collector"))
        self.play(report)
        waiting = place.start(fill(confirm), "confirm")
        self.addCleanup(process.stop, waiting)
        # It believes only what is challenged after it has asked, which nobody outside sees: so more than once.
        self.assertTrue(process.wait_until(lambda: self.play(again) and waiting.poll() is not None, 100), place.text("confirm"))
        self.assertEqual(waiting.returncode, 0, place.text("confirm"))
        self.play(fill(block("tokens")))
        self.assertIn(UUID, place.text("tokens"))
        for function in ("verified", "checkpoint", "keys", "forgotten"):
            self.play(fill(block(function)))
        self.assertIn(UUID, place.text(f"{UUID}.ndjson"))

    def test_rehearsed(self):
        """Each of our programs runs, as often as it is named at least, and finds no fault in how it is called."""
        for name, text in blocks():
            if key(name, text) not in REHEARSED:
                continue
            with self.subTest(name=name, text=text):
                open(self.place.log, "w", encoding="utf-8").close()
                _, output = self.place.run(fill(text), self.place.stand_ins, strict=False)
                lines = self.place.text("log").splitlines()
                named = re.findall(r"(?<![\w/.-])(?<!-[gu] )vtpm-(?:agent|collector|host)(?= )", re.sub(r"#.*", "", text))
                self.assertGreaterEqual(len(lines), len(named), output)
                for line in lines:
                    self.assertNotEqual(int(line.split()[0]), USAGE, f"{line}\n{output}")
                self.assertNotRegex(output, "command not found|No such file or directory: examples|syntax error")


if __name__ == "__main__":
    # README's port is free there, and no collector of somebody else's is asked.
    namespaces.leave_network()
    unittest.main()
