#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The bash completions as they are installed, asked as readline asks them."""

import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401

INSTALLED = os.path.join(os.environ["VTPM_BUILD_DIR"], "docs", "completions")


def help_of(program, *words):
    return subprocess.run([os.environ[program.upper().replace("-", "_")], *words, "--help"],
                          capture_output=True, text=True, check=True).stdout


def complete(*words, directory=None, program="vtpm-agent"):
    """What is offered for the last of the words; readline has them split at "="."""
    words = (program,) + words
    script = f"""
        set -eu
        virsh() {{ echo one two; }}
        source {shlex.quote(os.path.join(INSTALLED, program))}
        complete -p {program} >/dev/null
        COMP_WORDS=({shlex.join(words)})
        COMP_CWORD={len(words) - 1}
        _{program.replace("-", "_")} {program} {shlex.quote(words[-1])} {shlex.quote(words[-2])} || true
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    result = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True,
                            cwd=directory, check=True)
    assert not result.stderr, result.stderr
    return result.stdout.split()


class Completion(unittest.TestCase):
    def test_commands(self):
        commands = complete("")
        self.assertIn("status", commands)
        self.assertEqual(complete("ev"), ["evidence"])
        self.assertEqual(complete("--verbose", "st"), ["status"])
        self.assertEqual(complete("status", ""), [])
        self.assertEqual(complete("--output", "evidence", ""), commands)
        self.assertEqual(complete("--output", "=", "evidence", ""), commands)

    def test_words(self):
        self.assertEqual(complete("baseline", ""), ["save", "show"])
        self.assertEqual(complete("beacon", ""), ["enable", "disable", "status"])
        self.assertEqual(complete("beacon", "--timeout", "5", "e"), ["enable"])
        self.assertEqual(complete("beacon", "status", ""), [])

    def test_options(self):
        common = ["--timeout", "--tcti", "--config", "--verbose", "--version", "--help"]
        self.assertEqual(complete("--"), [
            "--json", "--format", "--output", "--expect-model", "--state", "--reset-state", *common])
        self.assertEqual(complete("--ver"), ["--verbose", "--version"])
        self.assertEqual(complete("nothing", "--"), common)
        self.assertEqual(complete("service", "--"), common[2:])
        self.assertIn("--nonce", complete("evidence", "--output", "x", "--"))

    def test_values(self):
        self.assertEqual(complete("--format", ""), ["page", "json", "nagios", "prometheus"])
        self.assertEqual(complete("status", "--format", "n"), ["nagios"])
        self.assertEqual(complete("--format", "=", "p"), ["page", "prometheus"])
        self.assertEqual(complete("--format", "="), ["page", "json", "nagios", "prometheus"])
        self.assertEqual(complete("--expect-model", "tpm-t"), ["tpm-tis"])
        self.assertEqual(complete("--tcti", "s"), ["swtpm:"])
        self.assertEqual(complete("compare", "b", "--event", "h"), ["hard-reboot"])
        self.assertEqual(complete("--timeout", ""), [])
        self.assertEqual(complete("run", "--interval", ""), [])
        self.assertEqual(complete("--nonce", ""), [])

    def test_files(self):
        with tempfile.TemporaryDirectory() as directory:
            for name in ("one.conf", "other.json"):
                with open(os.path.join(directory, name), "w"):
                    pass
            os.mkdir(os.path.join(directory, "off"))
            self.assertEqual(complete("run", "--state", "o", directory=directory), ["off"])
            self.assertEqual(complete("compare", "one", directory=directory), ["one.conf"])
            self.assertEqual(complete("compare", "one.conf", "o", directory=directory), [])
            self.assertEqual(complete("baseline", "save", "oth", directory=directory), ["other.json"])
            os.rmdir(os.path.join(directory, "off"))
            for option in ("--config", "--output", "--evidence"):
                self.assertEqual(sorted(complete(option, "o", directory=directory)),
                                 ["one.conf", "other.json"])
            self.assertEqual(complete("--config", "=", "one", directory=directory), ["one.conf"])


class Tables(unittest.TestCase):
    """What is offered is what the programs say that they take, no more and no less."""

    def test_commands_and_options(self):
        for program in ("vtpm-agent", "vtpm-collector", "vtpm-host"):
            listed = help_of(program).split("\nCommands:\n")[1].split("\n\n")[0]
            commands = re.findall(r"^  ([a-z][a-z-]+)", listed, re.M)
            self.assertEqual(complete("", program=program), commands)
            for command in commands:
                with self.subTest(program=program, command=command):
                    taken = re.findall(r"^  (?:-\w, )?(--[a-z-]+)", help_of(program, command), re.M)
                    offered = complete(command, "--", program=program)
                    self.assertEqual(sorted(offered), sorted(taken))

    def test_values(self):
        """Options that take a value are read as such: what stands behind them is no command."""
        for program in ("vtpm-agent", "vtpm-collector", "vtpm-host"):
            commands = complete("", program=program)
            for name, value in re.findall(r"^  (--[a-z-]+)( [A-Z]+)?(?: |$)", help_of(program), re.M):
                with self.subTest(program=program, option=name):
                    behind = complete(name, commands[0], "", program=program)
                    self.assertEqual(behind == commands, bool(value))


class OtherPrograms(unittest.TestCase):
    """What each has of its own; how words are read is the same for all."""

    def collector(self, *words, **more):
        return complete(*words, program="vtpm-collector", **more)

    def host(self, *words, **more):
        return complete(*words, program="vtpm-host", **more)

    def test_collector(self):
        self.assertEqual(self.collector("s"), ["serve", "show"])
        self.assertEqual(self.collector("--state", "/var", "l"), ["list"])
        self.assertEqual(self.collector("trust-ca", ""), ["add", "list"])
        self.assertEqual(self.collector("show", ""), [])
        self.assertEqual(self.collector("list", "--status", "=", "a"), ["affirming"])
        self.assertEqual(self.collector("confirm", "--event", "c"), ["cold-migration", "clear"])
        self.assertIn("--audit", self.collector("export", "--"))
        self.assertNotIn("--audit", self.collector("list", "--"))
        with tempfile.TemporaryDirectory() as directory:
            os.mkdir(os.path.join(directory, "off"))
            self.assertEqual(self.collector("trust-ca", "add", "o", directory=directory), ["off"])
            self.assertEqual(self.collector("--state", "=", "o", directory=directory), ["off"])

    def test_host(self):
        self.assertEqual(self.host(""), ["preflight", "diagnose", "facts", "confirm", "watch", "status", "baselines", "eks",
                                         "explain"])
        self.assertEqual(self.host("baselines", ""), ["export", "import"])
        self.assertEqual(self.host("--json", "c"), ["confirm"])
        self.assertEqual(self.host("diagnose", ""), ["one", "two"])
        self.assertEqual(self.host("confirm", "--timeout", "5", "t"), ["two"])
        self.assertEqual(self.host("confirm", "one", ""), [])
        self.assertEqual(self.host("facts", ""), [])
        self.assertEqual(self.host("--secret-security", "=", "d"), ["deployment"])
        self.assertEqual(self.host("--ha-user", "roo"), ["root"])
        self.assertIn("--localca", self.host("--verbose", "facts", "--"))
        self.assertNotIn("--peer", self.host("facts", "--"))

    def test_all_in_one_shell(self):
        """Each brings what they share, and loaded together they do not get in each other's way."""
        sources = "; ".join(f"source {shlex.quote(os.path.join(INSTALLED, name))}"
                            for name in sorted(os.listdir(INSTALLED)))
        result = subprocess.run(["bash", "--norc", "-euc", f"{sources}; complete"],
                                capture_output=True, text=True, check=True)
        self.assertEqual(sorted(result.stdout.splitlines()),
                         [f"complete -F _vtpm_{name} vtpm-{name}"
                          for name in ("agent", "collector", "host")])
        self.assertEqual(result.stderr, "")


if __name__ == "__main__":
    unittest.main()
