#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""The documents name everything that the program has, and nothing that it has not."""

import glob
import os
import re
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")


def read(*path):
    with open(os.path.join(ROOT, *path), encoding="utf-8") as file:
        return file.read()


def options(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


PROGRAMS = {"agent": "VTPM_AGENT", "collector": "VTPM_COLLECTOR", "host": "VTPM_HOST"}


def help_of(program, *words):
    return subprocess.run([os.environ[PROGRAMS[program]], *words, "--help"], capture_output=True,
                          text=True, check=True).stdout


def commands_of(program):
    """What --help calls the program's commands."""
    listed = help_of(program).split("\nCommands:\n")[1].split("\n\n")[0]
    return re.findall(r"^  ([a-z][a-z-]+)", listed, re.M)


def options_of(program, command):
    """The options that --help has of the command; what is mentioned in its texts is none."""
    return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", help_of(program, command), re.M))


def settings_of(program):
    """(section, setting): what --help says of the configuration file."""
    listed = help_of(program).split("\nSettings of the configuration file:\n")[1].split("\n\n")[0]
    return [(section, name) for section, names in re.findall(r"\[(\w+)\]([^[]*)", listed)
            for name in re.findall(r"[a-z-]+", names)]


def manual_of(program):
    text = subprocess.run(["mandoc", "-Tutf8", "-O", "width=200",
                           os.path.join(ROOT, "docs", f"vtpm-{program}.1")],
                          capture_output=True, text=True, check=True).stdout
    return re.sub(".\b", "", text).replace("\u2010", "-").replace("\u2212", "-")


class Programs(unittest.TestCase):
    """What each of the three says of itself: --help is made from the table that is read by."""

    def test_manual_is_clean(self):
        for program in PROGRAMS:
            with self.subTest(program):
                result = subprocess.run(
                    ["mandoc", "-Tlint", "-Wwarning",
                     os.path.join(ROOT, "docs", f"vtpm-{program}.1")],
                    capture_output=True, text=True)
                self.assertEqual((result.stdout, result.returncode), ("", 0))

    def test_options(self):
        for program in PROGRAMS:
            with self.subTest(program):
                helped = options(help_of(program))
                self.assertGreaterEqual(len(helped), 11)
                self.assertEqual(options(manual_of(program)), helped)
                completion = read("completions", f"vtpm-{program}.bash")
                others = r"--option=value|\$\(virsh [^)]*\)"
                self.assertEqual(options(re.sub(others, "", completion)), helped)

    def test_help_fits_a_terminal(self):
        for program in PROGRAMS:
            for line in help_of(program).splitlines():
                self.assertLessEqual(len(line), 80, f"{program}: {line}")

    def test_commands(self):
        for program in PROGRAMS:
            with self.subTest(program):
                self.assertGreaterEqual(len(commands_of(program)), 4)
                manual = manual_of(program)
                for command in commands_of(program):
                    self.assertRegex(manual, rf"\n {{5}}{command}\b")

    def test_help_of_a_command(self):
        for program in PROGRAMS:
            for command in commands_of(program):
                text = help_of(program, command)
                self.assertTrue(text.startswith(f"Usage: vtpm-{program} {command}"), text)
                self.assertLessEqual(max(map(len, text.splitlines())), 80)
            taken = set.union(*(options_of(program, command) for command in commands_of(program)))
            self.assertEqual(taken, options(help_of(program)))

    def test_bounds(self):
        """What --help says of an option's numbers, the manual says of it, too."""
        found = 0
        for program in PROGRAMS:
            manual = read("docs", f"vtpm-{program}.1")
            for name, low, high, default in re.findall(
                    r"^  --([a-z-]+) [^\n]*(?:\n {25}[^\n]*)*?\((\d+)\sto\s(\d+)(?:,\s+default\s+(\d+))?\)",
                    help_of(program), re.M):
                item = re.search(rf"\n\.It Fl Fl {name} .*\n((?:(?!\.It ).*\n)*)", manual).group(1)
                self.assertIn(f"{low} to {high}", item, name)
                self.assertRegex(item, rf"\b{default}\b", name)
                found += 1
        self.assertEqual(found, 8)


class Events(unittest.TestCase):
    def test_events(self):
        """Each is named wherever somebody looks for what can be announced."""
        events = re.findall(r'^\t(?:FIRST|ROW)\([A-Z_]+, "([a-z-]+)"\)',
                            read("core", "verdict", "verdict.h").split("#define EVENTS(")[1], re.M)
        self.assertGreaterEqual(len(events), 7)
        texts = {"words.bash": read("completions", "words.bash"),
                 "words.js": read("collector", "web", "words.js"),
                 "verdicts.md": read("docs", "verdicts.md"),
                 **{f"vtpm-{program}.1": manual_of(program) for program in PROGRAMS}}
        self.assertEqual([(event, name) for event in events for name, text in texts.items()
                          if not re.search(rf"(?<![\w-]){event}(?![\w-])", text)], [])


class Outcomes(unittest.TestCase):
    def test_words(self):
        """A page of a terminal, the web page and verdicts.md have the same word for a status."""
        source = read("console", "page.c").split("page_outcome(enum verdict_status status)")[1].split("\n}")[0]
        words = {status.lower(): word for status, word in
                 re.findall(r'case VERDICT_([A-Z]+):\n\t+return "([^"]+)"', source)}
        words["none"] = re.search(r'\n\treturn "([^"]+)"', source).group(1)
        self.assertEqual(len(words), 4)
        labels = read("collector", "web", "words.js").split("const statusLabels = {")[1].split("}")[0]
        self.assertEqual({status: word.lower() for status, word in re.findall(r'(\w+): "([^"]+)"', labels)}, words)
        self.assertEqual(dict(re.findall(r"^\| `(\w+)` \| ([^|`]+) \| \d \|", read("docs", "verdicts.md"), re.M)), words)


def synopsis_of(program):
    """{command: options} as the manual's synopsis has them, its groups of options spelt out."""
    source = read("docs", f"vtpm-{program}.1").split("\n.Sh SYNOPSIS\n")[1].split("\n.Sh ")[0]
    forms, _, groups = source.partition("\n.Pp\n")
    words = {name: text for name, text in re.findall(
        r"\.Ar (\w+-options)\nare\n(.*?)(?=\nThe\n|\Z)", groups, re.S)}

    def spell(text):
        found = set(f"--{name}" for name in re.findall(r"Fl Fl ([a-z-]+)", text))
        if re.search(r"\bFl v\b", text):
            found.add("--verbose")
        for name in re.findall(r"Ar (\w+-options)", text):
            found |= spell(words[name])
        return found

    result = {}
    for form in re.split(r"(?:^|\n)\.Nm\n", forms):
        command = re.match(r"(?:\.Op |\.)Cm ([a-z-]+)", form)
        if command:
            result[command.group(1)] = spell(form) | {"--version", "--help"}
    return result


class Synopsis(unittest.TestCase):
    def test_takers(self):
        for program in PROGRAMS:
            with self.subTest(program):
                self.assertEqual(synopsis_of(program), {
                    command: options_of(program, command) for command in commands_of(program)})


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.manual = manual_of("agent")

    def test_environment_and_settings(self):
        """Every variable that is looked at and every setting that is read."""
        names = set()
        for name in os.listdir(os.path.join(ROOT, "linux")):
            if name.endswith(".c"):
                names |= set(re.findall(r'(?:get|set)env\("(\w+)"', read("linux", name)))
        self.assertGreater(len(names), 6)
        section = self.manual.split("\nENVIRONMENT")[1].split("\nFILES")[0]
        for name in names:
            self.assertRegex(section, rf"\b{name}\b")
        settings = settings_of("agent")
        self.assertEqual(len(settings), 14)
        section = self.manual.split("\nCONFIGURATION")[1].split("\nSIGNALS")[0]
        example = read("docs", "vtpm-agent.conf.example")
        for group, name in settings:
            self.assertIn(f"[{group}]", section)
            self.assertRegex(section, rf"\b{name}\b")
            self.assertRegex(example, rf"(?s)\[{group}\].*\n;{name} = ")

    def test_exit_codes(self):
        codes = re.findall(r"EXIT_CODE_\w+ = (\d+)", read("core", "status.h"))
        self.assertEqual(codes, ["0", "1", "2", "3", "64", "78"])
        section = self.manual.split("EXIT STATUS")[1]
        for code in codes:
            self.assertRegex(section, rf"\n {{5}}{code} ")
            self.assertRegex(read("README.md"), rf"\| `{code}` \|")


def check_settings(test, program, count):
    """Every setting stands under its section in the manual and in the example."""
    settings = settings_of(program)
    test.assertEqual(len(settings), count)
    manual, example = read("docs", f"vtpm-{program}.1"), read("docs", f"vtpm-{program}.conf.example")
    for group, name in settings:
        section = manual.split(f"\n.Ss [{group}]\n")[1].split("\n.S")[0]
        test.assertRegex(section, rf"\n\.It Cm (?:[a-z-]+ , (?:Cm )?)*{name}\b")
        test.assertRegex(example, rf"(?s)\[{group}\].*\n;{name} = ")


class Collector(unittest.TestCase):
    def test_settings(self):
        check_settings(self, "collector", 38)

    def test_protocol(self):
        """Every route, and every code that is counted, in docs/protocol.md; no other codes there."""
        protocol = read("docs", "protocol.md")
        paths = re.findall(r'"((?:/v1)?/[a-z0-9/*-]+)"', read("collector", "operators", "operators.c")
                           + read("collector", "attestation", "attestation.c"))
        self.assertGreater(len(paths), 14)
        for path in paths:
            forms = [path.replace("*", word) for word in ("UUID", "ID", "NAME")]
            self.assertTrue(any(re.search(re.escape(form) + r"[`?]", protocol) for form in forms), path)
        codes = {(status, code) for status, code in re.findall(
            r'X\(\w+, (\d+), "([a-z-]+)"\)', read("collector", "problem.h"))}
        self.assertGreater(len(codes), 17)
        errors = protocol.split("\n## Errors")[1].split("\n## ")[0]
        rows = re.findall(r"^\| (\d+) \| (.*?) \|", errors, re.M)
        self.assertEqual(codes, {(status, code) for status, cell in rows
                                 for code in re.findall(r"`([a-z-]+)`", cell)})


class Host(unittest.TestCase):
    def test_settings(self):
        check_settings(self, "host", 14)

    def test_metrics(self):
        for metric in re.findall(r'"(vtpm_\w+)"', read("host", "watch", "metrics.c")):
            self.assertIn(metric, read("docs", "vtpm-host.1"))

    def test_message_id(self):
        """Who filters by it finds it in the manual."""
        [number] = re.findall(r'WATCH_MESSAGE_ID "(\w{32})"', read("host", "watch", "telling.h"))
        for name in ("vtpm-host.1", "operations.md"):
            self.assertIn(number, read("docs", name))


class Lists(unittest.TestCase):
    def test_checks(self):
        source = read("core", "checks", "checks.c")
        ids = ["device"] + re.findall(r'^\t\{"([a-z-]+)", "', source, re.M)
        self.assertEqual(len(ids), len(re.findall(r", check_\w+\},", source)))
        self.assertEqual(re.findall(r"^### `([a-z-]+)`", read("docs", "checks.md"), re.M), ids)
        self.assertEqual(re.findall(r'"([a-z-]+)"', re.search(
            r'"examples": \[(.*?)\]', read("docs", "status.schema.json"), re.S).group(1)), ids)

    def test_findings(self):
        """The names of the host's checks, in the schema."""
        names = set()
        for source in glob.glob("host/**/*.c", root_dir=ROOT, recursive=True):
            text = read(source)
            names |= set(re.findall(r'findings_add\(\s*findings,\s*"([a-z-]+)"', text))
            names |= set(re.findall(r'\.check = "([a-z-]+)"', text))
        self.assertEqual(sorted(names), sorted(re.findall(r'"([a-z-]+)"', re.search(
            r'"examples": \[(.*?)\]', read("docs", "host-findings.schema.json"),
            re.S).group(1))))

    def test_error_codes(self):
        codes = re.findall(r'ROW\(\w+, "([a-z0-9.-]+)"\)', read("core", "error.h"))
        codes.remove("none")
        self.assertGreater(len(codes), 20)
        rows = re.findall(r"^\| `([a-z0-9.-]+)` \|", read("docs", "evidence.md"), re.M)
        for code in codes:
            self.assertIn(code, rows)
        self.assertEqual(re.findall(r'"([a-z0-9.-]+)"', re.search(
            r'"examples": \[(.*?)\]', read("docs", "evidence.schema.json"), re.S).group(1)), codes)

    def test_parts(self):
        fields = read("core", "evidence", "fields.c").split("evidence_fields[] = {")[1].split("};")[0]
        parts = re.findall(r"PART\((\w+)\)", fields)
        self.assertGreater(len(parts), 15)
        self.assertEqual(re.findall(r"^### `(\w+)`", read("docs", "evidence.md"), re.M), parts)

    def test_fields(self):
        """Each field of each part stands in the format's description."""
        names = re.findall(r'^\tROW_(?:PLAIN|OPTIONAL|TEXT|BYTES|NAMED|NUMBERED|LIST|NESTED|CUSTOM)'
                           r'\("(\w+)"', read("core", "evidence", "fields.c"), re.M)
        self.assertGreater(len(names), 80)
        text = read("docs", "evidence.md")
        for name in names:
            self.assertIn(f"`{name}`", text)

    def test_metrics(self):
        metrics = set(re.findall(r'"(vtpm_\w+)"', read("agent", "status", "prometheus.c")))
        text = read("docs", "vtpm-agent.1")
        for metric in metrics:
            self.assertIn(metric, text)

    def test_links(self):
        for name in ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"] + \
                ["docs/" + name for name in os.listdir(os.path.join(ROOT, "docs"))
                 if name.endswith(".md")]:
            directory = os.path.dirname(os.path.join(ROOT, name))
            for target in re.findall(r"\]\(([^)#]+)[^)]*\)|src=\"([^\"]+)\"", read(name)):
                target = "".join(target)
                if not re.match(r"https?:", target):
                    self.assertTrue(os.path.exists(os.path.join(directory, target)),
                                    f"{name}: {target}")


if __name__ == "__main__":
    unittest.main()
