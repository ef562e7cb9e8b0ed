#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The completions as they are installed: bash's asked as readline asks them, those of zsh and fish in a real zsh and fish."""

import contextlib
import importlib.machinery
import importlib.util
import os
import pty
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import process  # noqa: E402

SOURCES = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "completions"))
PROGRAMS = ("vtpm-agent", "vtpm-collector", "vtpm-host")
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
            for name, value in re.findall(r"^  (--[a-z-]+)( [A-Z]\S*)?(?: |$)", help_of(program), re.M):
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


class Fish:
    """Asked for what it would offer behind a line."""

    LOOP = "function virsh; printf '%s\\n' one two; end; while read -l line; complete -C $line; echo .; end"

    def __init__(self, directory):
        sources = "; ".join(f"source {shlex.quote(os.path.join(SOURCES, program + '.fish'))}" for program in PROGRAMS)
        self.child = process.start(["fish", "--no-config", "-c", f"{sources}; {self.LOOP}"], cwd=directory, text=True,
                                   env={**os.environ, "HOME": directory}, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def offers(self, line):
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        return {found.split("\t")[0].strip() for found in iter(self.child.stdout.readline, ".\n")}


class Zsh:
    """The same of its line editor, which there is on a terminal alone: what would be added is written to a pipe."""

    START = """
        PROMPT= ; bindkey -e
        fpath=({functions} $fpath)
        autoload -Uz compinit; compinit -u -D
        zstyle ':completion:*' completer _complete
        virsh() {{ print -l one two }}
        compadd() {{
            local -a hits
            if [[ " $* " == *' -O '* || " $* " == *' -A '* || " $* " == *' -D '* ]]; then
                builtin compadd "$@"
                return
            fi
            builtin compadd -A hits "$@"
            print -rl -- $hits >&$answers
            builtin compadd "$@"
        }}
        ask() {{ zle list-choices; print -r -- . >&$answers; BUFFER= }}
        zle -N ask
        bindkey '^I' ask
        exec {{answers}}>{pipe}
        print -r -- . >&$answers
    """

    def __init__(self, directory):
        functions = os.path.join(directory, "functions")
        os.mkdir(functions)
        for program in PROGRAMS:
            os.symlink(os.path.join(SOURCES, f"{program}.zsh"), os.path.join(functions, f"_{program}"))
        pipe = os.path.join(directory, "answers")
        os.mkfifo(pipe)
        with open(os.path.join(directory, ".zshrc"), "w", encoding="utf-8") as file:
            file.write(self.START.format(functions=functions, pipe=pipe))
        self.terminal, far = pty.openpty()
        self.child = process.start(["zsh", "-o", "no_global_rcs", "-i"], cwd=directory, stdin=far, stdout=far, stderr=far,
                                   env={**os.environ, "ZDOTDIR": directory, "HOME": directory, "TERM": "dumb"},
                                   start_new_session=True)
        os.close(far)
        self.answers = open(pipe, encoding="utf-8")
        self.read()

    def read(self):
        return {line.strip() for line in iter(self.answers.readline, ".\n")} - {""}

    def offers(self, line):
        os.write(self.terminal, f"{line}\t".encode())
        os.set_blocking(self.terminal, False)
        with contextlib.suppress(BlockingIOError):  # what it draws, so that it does not wait to be looked at
            while os.read(self.terminal, 65536):
                pass
        os.set_blocking(self.terminal, True)
        return self.read()


class OtherShells(unittest.TestCase):
    """zsh and fish offer what bash does."""

    @classmethod
    def setUpClass(cls):
        cls.directory = process.temporary_directory("shells")
        cls.shells = [Fish(cls.directory), Zsh(cls.directory)]

    def both(self, line, expected):
        for shell in self.shells:
            with self.subTest(shell=type(shell).__name__, line=line):
                self.assertEqual(shell.offers(line), set(expected))

    def test_written_by_make(self):
        loader = importlib.machinery.SourceFileLoader("make", os.path.join(SOURCES, "make"))
        make = importlib.util.module_from_spec(importlib.util.spec_from_loader("make", loader))
        loader.exec_module(make)
        for name, text in make.completions(os.environ["VTPM_BUILD_DIR"]).items():
            with open(os.path.join(SOURCES, name), encoding="utf-8") as file:
                self.assertEqual(file.read(), text, f"{name}: run completions/make {os.environ['VTPM_BUILD_DIR']}")

    def test_commands_and_options(self):
        for program in PROGRAMS:
            commands = complete("", program=program)
            self.both(f"{program} ", commands)
            self.both(f"{program} --config x ", commands)
            for command in commands:
                self.both(f"{program} {command} --", complete(command, "--", program=program))
        self.both("vtpm-agent --", complete("--"))

    def test_words(self):
        for line, expected in (("vtpm-agent baseline ", ["save", "show"]), ("vtpm-agent beacon --timeout 5 e", ["enable"]),
                               ("vtpm-collector token ", ["make", "list", "revoke"]), ("vtpm-host diagnose ", ["one", "two"])):
            self.both(line, expected)

    def test_values(self):
        os.makedirs(os.path.join(self.directory, "here", "off"), exist_ok=True)
        with open(os.path.join(self.directory, "here", "one.conf"), "w", encoding="utf-8"):
            pass
        for program in PROGRAMS:
            for command in complete("", program=program):
                for option, value in re.findall(r"^  (--[a-z-]+)( [A-Z]\S*)?(?: |$)", help_of(program, command), re.M):
                    words = complete(command, option, "", program=program, directory=self.directory) if value else []
                    if words and not os.path.exists(os.path.join(self.directory, words[0])) and len(words) < 10:
                        self.both(f"{program} {command} {option} ", words)
        for shell in self.shells:
            for option, expected in (("--config", {"off", "one.conf"}), ("--state", {"off"}), ("--timeout", set())):
                with self.subTest(shell=type(shell).__name__, option=option):
                    offered = shell.offers(f"vtpm-agent run {option} here/")
                    self.assertEqual({os.path.basename(name.rstrip("/")) for name in offered}, expected)


if __name__ == "__main__":
    unittest.main()
