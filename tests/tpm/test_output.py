#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""What comes out, where it goes, and the exit status: for a person, a script, Nagios and Prometheus."""

import fcntl
import json
import os
import pty
import re
import resource
import stat
import struct
import subprocess
import sys
import termios
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import agent  # noqa: E402
import oracle  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

NOWHERE = "device:/nonexistent"
SGR = re.compile(r"\x1b\[[0-9;]*m")


class Case(unittest.TestCase):
    def setUp(self):
        self.directory = process.public_directory("output")
        self.addCleanup(process.remove_directory, self.directory)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, content):
        with open(self.path(name), "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return self.path(name)

    def read(self, name):
        with open(self.path(name)) as file:
            return file.read()

    def assert_refused(self, result, code, message):
        """One line on standard error, nothing on standard output."""
        self.assertEqual((result.code, result.out, result.err),
                         (code, "", f"vtpm-agent: {message}\n"))


class CommandLine(Case):
    def test_usage(self):
        see = "; see vtpm-agent --help"
        seconds = "is not a number of seconds from 1 to 3600"
        nonce = "--nonce: not 16 to 128 hexadecimal digits"
        for words, message in {
                ("--colour",): f'no option "--colour", or one that takes no value{see}',
                ("--json=1",): f'no option "--json=1", or one that takes no value{see}',
                ("-x",): f'no option "-x", or one that takes no value{see}',
                ("show",): f'no command "show"{see}',
                ("st\x1b[31m\n",): f'no command "st\\x1b[31m\\x0a"{see}',
                ("status", "now"): f'one word too many: "now"{see}',
                ("--timeout",): f"--timeout needs a value{see}",
                ("--timeout", "0"): f'--timeout: "0" {seconds}',
                ("--timeout", "3601"): f'--timeout: "3601" {seconds}',
                ("--timeout", "-1"): f'--timeout: "-1" {seconds}',
                ("--timeout", "1x"): f'--timeout: "1x" {seconds}',
                ("--timeout", "99999999999999999999"): f'--timeout: "{"9" * 20}" {seconds}',
                ("--format", "xml"): '--format: "xml" is none of page, json, nagios, prometheus',
                ("--expect-model", "tpm"): '--expect-model: "tpm" is neither tpm-crb nor tpm-tis',
                ("--nonce", "00" * 7): nonce,
                ("--nonce", "00" * 65): nonce,
                ("--nonce", "0" * 17): nonce,
                ("--nonce", "zz" * 8): nonce,
                ("--tcti", ""): "--tcti: empty",
                ("--output", ""): "--output: empty",
                ("--tcti", "device:/\x1b[31m\u00fc"): "--tcti: not printable ASCII",
                ("--tcti", "x" * 1024): "--tcti: longer than 1023 bytes",
        }.items():
            with self.subTest(words=words):
                self.assert_refused(agent.run(*words), 64, message)

    def test_options_of_other_commands(self):
        for words, command, option in (
                (("--nonce", "00" * 8), "status", "--nonce"),
                (("status", "--event", "clear"), "status", "--event"),
                (("evidence", "--format", "json"), "evidence", "--format"),
                (("baseline", "save", "/nonexistent/x", "--output", "x"), "baseline", "--output"),
                (("compare", "/nonexistent/x", "--expect-model", "tpm-crb"), "compare",
                 "--expect-model"),
                (("run", "--json"), "run", "--json"),
                (("beacon", "status", "--interval", "10"), "beacon", "--interval")):
            with self.subTest(words=words):
                self.assert_refused(agent.run(*words, tcti=NOWHERE), 64,
                                    f"{command} does not take {option}; see vtpm-agent --help")

    def test_help_and_version(self):
        result = agent.run("--help")
        self.assertEqual((result.code, result.err), (0, ""))
        self.assertTrue(result.out.startswith("Usage: vtpm-agent "))
        self.assertLessEqual(max(map(len, result.out.splitlines())), 80)
        self.assertRegex(agent.run("--version").out, r"\Avtpm-agent \d+\.\d+\.\d+\n\Z")
        for option in ("--help", "--version"):
            with open("/dev/full", "w") as full:
                result = agent.run(option, stdout=full)
            self.assertEqual((result.code, result.err),
                             (3, "vtpm-agent: standard output: No space left on device\n"))

    def test_status_is_the_default(self):
        with Swtpm() as tpm:
            for words in ([], ["status"], ["--format", "page"]):
                result = agent.run(*words, tpm=tpm)
                self.assertEqual((result.code, result.out.split()[0]), (0, "HEALTHY"))

    def test_verbose(self):
        with Swtpm() as tpm:
            result = agent.run("evidence", "-v", tpm=tpm)
        self.assertEqual(result.json["format"], "vtpm-evidence")
        self.assertRegex(result.err, r"(?m)^vtpm-agent:    1 x TPM2_Quote +\d+\.\d{3} ms$")


class Configuration(Case):
    def refuse(self, content, message):
        path = self.write("conf", content)
        self.assert_refused(agent.run("--config", path), 78, f"{path}: {message}")

    def test_good(self):
        with Swtpm() as tpm:
            path = self.write("conf", f"; a comment\n[tpm]\ntcti = {tpm.tcti}\ntimeout=5\r\n"
                              "expect-model = tpm-crb\n")
            result = agent.status("--config", path)
            self.assertEqual(result.code, 0)
            self.assertEqual(result.evidence["device"]["path"], tpm.tcti)
            self.assertIn("tpm-crb was expected", result.checks["model"]["sentence"])
            # The command line has the last word.
            result = agent.status("--config", path, "--expect-model", "tpm-tis", tcti=NOWHERE)
            self.assertEqual(result.evidence["device"]["path"], NOWHERE)

    def test_timeout_counts(self):
        with Swtpm() as tpm:
            tpm.suspend()
            result = agent.status("--config", self.write("conf", "[tpm]\ntimeout = 1\n"), tpm=tpm)
        self.assertEqual(result.code, 2)
        self.assertLess(result.seconds, 8)  # without it, ten

    def test_empty(self):
        self.assertEqual(agent.status("--config", self.write("conf", ""), tcti=NOWHERE).code, 2)

    def test_wrong(self):
        settings = "no such setting; there are expect-model, timeout, tcti"
        self.refuse("[tpm]\nx = 1\n", f"line 2: [tpm] x: {settings}")
        self.refuse("[tpm]\n\n\x1b[2J = 1\n", f"line 3: [tpm] \\x1b[2J: {settings}")
        sections = "no such section; there are [tpm], [unlock], [run] and [collector]"
        self.refuse("[tmp]\ntcti = x\n", f"line 2: [tmp] tcti: {sections}")
        self.refuse("tcti = x\n", f"line 1: [] tcti: {sections}")
        self.refuse("[tpm]\ntcti =\n", "line 2: [tpm] tcti: empty")
        self.refuse("[tpm]\ntimeout = 0\n",
                    'line 2: [tpm] timeout: "0" is not a number of seconds from 1 to 3600')
        self.refuse("[tpm]\nexpect-model = x\n",
                    'line 2: [tpm] expect-model: "x" is neither tpm-crb nor tpm-tis')
        self.refuse("[tpm]\nnonsense\n", 'line 2: neither "[section]" nor "name = value"')
        self.refuse("[tpm]\n#" + "x" * 300 + "\n", "line 2: longer than 190 bytes")
        self.refuse(b"[tpm]\ntimeout = 5\0\n", "holds a NUL byte")
        self.refuse("#\n" * 40000, "more than 65536 bytes")

    def test_every_byte(self):
        """Whatever stands in the file: one line, or it is taken."""
        for byte in range(256):
            result = agent.status("--config", self.write(
                "conf", b"[tpm]\ntime" + bytes([byte]) + b"out = 5\n"), tcti=NOWHERE)
            self.assertIn(result.code, (2, 78))
            self.assertEqual(result.err.count("\n"), 1 if result.code == 78 else 0)
            self.assertTrue(result.err.isascii() and result.err.replace("\n", "").isprintable())

    def test_unreadable(self):
        missing = self.path("missing")
        self.assert_refused(agent.run("--config", missing), 78,
                            f"open {missing}: No such file or directory")
        self.assert_refused(agent.run("--config", self.directory), 78,
                            f"read {self.directory}: Is a directory")

    def test_no_permission(self):
        path = self.write("conf", "")
        os.chmod(path, 0)
        self.assert_refused(agent.run("--config", path, nobody=True), 78,
                            f"open {path}: Permission denied")


class OutputFile(Case):
    def test_new_and_replaced(self):
        with Swtpm() as tpm:
            for _ in range(2):
                result = agent.evidence("--output", self.path("new"), tpm=tpm)
                self.assertEqual((result.code, result.out, result.err), (0, "", ""))
                self.assertEqual(json.loads(self.read("new"))["format"], "vtpm-evidence")
            self.assertEqual(os.listdir(self.directory), ["new"])

    def test_permissions(self):
        agent.run("--output", self.path("new"), tcti=NOWHERE, umask=0o027)
        self.assertEqual(os.stat(self.path("new")).st_mode & 0o777, 0o640)
        os.chmod(self.path("new"), 0o604)
        agent.run("--output", self.path("new"), tcti=NOWHERE)
        self.assertEqual(os.stat(self.path("new")).st_mode & 0o777, 0o604)

    def test_owner(self):
        """What root writes by hand into the service's directory, the service can read."""
        os.chown(self.directory, 1234, 2345)
        kept, new = self.write("kept", "old"), self.path("new")
        os.chown(kept, 3456, 4567)
        os.chmod(kept, 0o4640)
        for path in (kept, new):
            self.assertEqual(agent.run("--output", path, tcti=NOWHERE).code, 2)
        for path, owner, mode in ((kept, (3456, 4567), 0o640), (new, (1234, 2345), 0o644)):
            status = os.stat(path)
            self.assertEqual((status.st_uid, status.st_gid), owner)
            self.assertEqual(stat.S_IMODE(status.st_mode) & ~0o022, mode & ~0o022)

    def test_page_in_a_file_is_plain(self):
        agent.run("--output", self.path("page"), tcti=NOWHERE)
        text = self.read("page")
        self.assertTrue(text.isascii() and "\x1b" not in text)

    def test_no_directory(self):
        path = self.path("no/file")
        self.assert_refused(agent.run("--output", path, tcti=NOWHERE), 3,
                            f"create {path}: No such file or directory")

    def test_disk_full(self):
        """The old file stays as it was, and nothing lies beside it."""
        path = self.write("file", "old")

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        # Python ignores SIGXFSZ: the write then fails as on a full disk.
        result = agent.run("--output", path, tcti=NOWHERE, restore_signals=False, preexec_fn=limit)
        self.assert_refused(result, 3, f"write {path}: File too large")
        self.assertEqual((self.read("file"), os.listdir(self.directory)), ("old", ["file"]))

    def test_directory_not_writable(self):
        path = self.write("file", "old")
        result = agent.run("--output", path, tcti=NOWHERE, nobody=True)
        self.assert_refused(result, 3, f"create {path}: Permission denied")
        self.assertEqual((self.read("file"), os.listdir(self.directory)), ("old", ["file"]))

    def test_devices(self):
        result = agent.status("--output", "/dev/stdout", tcti=NOWHERE)
        self.assertEqual((result.code, result.json["format"]), (2, "vtpm-status"))
        self.assert_refused(agent.run("--output", "/dev/full", tcti=NOWHERE), 3,
                            "write /dev/full: No space left on device")

    def test_standard_output_by_name(self):
        """As /dev/stdout is: a name in a directory where root may write. It must stay what it is."""
        os.symlink("/proc/self/fd/1", self.path("stdout"))
        with open(self.path("file"), "wb") as file:
            result = agent.status("--output", self.path("stdout"), tcti=NOWHERE, stdout=file)
        self.assertEqual(result.code, 2)
        self.assertTrue(os.path.islink(self.path("stdout")))
        self.assertEqual(json.loads(self.read("file"))["format"], "vtpm-status")

    def test_links(self):
        """Neither replaced nor written through, wherever they lead."""
        for name, target in (("link", self.write("file", "old")), ("dangling", self.path("none"))):
            with self.subTest(name):
                os.symlink(target, self.path(name))
                self.assert_refused(agent.run("--output", self.path(name), tcti=NOWHERE), 3,
                                    f"write {self.path(name)}: it is a symbolic link; name the file itself")
                self.assertEqual(os.readlink(self.path(name)), target)
        self.assertEqual((self.read("file"), os.path.exists(self.path("none"))), ("old", False))

    def test_standard_output_fails(self):
        with open("/dev/full", "wb") as full:
            result = agent.run(tcti=NOWHERE, stdout=full)
        self.assertEqual((result.code, result.err),
                         (3, "vtpm-agent: standard output: No space left on device\n"))

    def run_without_streams(self, closing, *words, tpm):
        return subprocess.run(["sh", "-c", f'exec "$@" {closing}', "sh",
                               *agent.arguments(*words, tpm=tpm)], env=agent.environment(),
                              capture_output=True, timeout=60, check=False)

    def test_standard_streams_closed(self):
        """The TPM's socket does not get a standard stream's number, or output would go to the TPM."""
        with Swtpm() as tpm:
            child = self.run_without_streams("<&- >&- 2>&-", "evidence", "-v", "--output",
                                             self.path("file"), tpm=tpm)
            self.assertEqual(child.returncode, 0)
            self.assertEqual(json.loads(self.read("file"))["quote"].keys(),
                             {"eat_nonce", "attest", "signature"})
            child = self.run_without_streams(">&-", "evidence", tpm=tpm)
            self.assertEqual((child.returncode, child.stderr),
                             (3, b"vtpm-agent: standard output: Bad file descriptor\n"))
            agent.check_sanitizers()


class Page(Case):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def on_terminal(self, columns=80, tcti=None, **variables):
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
        settings = termios.tcgetattr(slave)
        settings[1] &= ~termios.OPOST
        termios.tcsetattr(slave, termios.TCSANOW, settings)
        env = agent.environment(**{"TERM": "xterm-256color", **variables})
        child = agent.start("status", tpm=self.tpm, tcti=tcti, env=env, stdout=slave,
                            stderr=subprocess.STDOUT)
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 4096):
                text += chunk
        except OSError:  # EIO: the other end is closed
            pass
        os.close(master)
        process.reap(child)
        agent.check_sanitizers()
        return text.decode()

    def test_piped(self):
        text = agent.run(tpm=self.tpm).out
        self.assertTrue(text.isascii() and "\x1b" not in text)
        # No line is broken: grep finds a sentence whole.
        self.assertRegex(text, r"(?m)^  \[ok\] +Responsive +\d+ commands in \S+ ms, the slowest TPM2_\w+ in \S+ ms$")
        self.assertTrue(text.startswith("HEALTHY  the vTPM is present and working\n"))
        for title in ("Health", "TPM", "Keys", "NV indices", "PCRs", "Lockout and authorizations",
                      "Clock and boots", "Guest"):
            self.assertRegex(text, f"(?m)^{title} -+$")

    def test_piped_ignores_the_terminal(self):
        env = agent.environment(TERM="xterm-256color", COLUMNS="200")
        self.assertNotIn("\x1b", agent.run(tpm=self.tpm, env=env).out)

    def test_terminal(self):
        text = self.on_terminal()
        self.assertIn("\x1b[32m\u2714\x1b[0m Device", text)
        self.assertLessEqual(max(map(len, SGR.sub("", text).splitlines())), 80)

    def test_widths(self):
        for columns, limit in ((60, 60), (80, 80), (132, 100), (200, 100), (0, 80)):
            lines = SGR.sub("", self.on_terminal(columns)).splitlines()
            # Only a word that has no room, as a path, is wider.
            self.assertEqual([line for line in lines if len(line) > limit and len(line.split()[-1]) < limit - 20], [])
            self.assertGreater(max(map(len, lines)), limit - 10)

    def test_no_colour(self):
        text = self.on_terminal(NO_COLOR="1")
        self.assertTrue("\u2714 Device" in text and "\x1b" not in text, text)
        text = self.on_terminal(TERM="dumb")
        self.assertTrue(text.isascii() and "\x1b" not in text, text)
        self.assertIn("\x1b[", self.on_terminal(NO_COLOR=""))

    def test_terminal_without_utf8(self):
        for variables in ({"LC_ALL": "C"}, {"TERM": "linux"}):
            text = self.on_terminal(**variables)
            self.assertTrue(text.isascii())
            self.assertIn("\x1b[32m[ok]", text)

    def test_verdicts(self):
        broken = agent.run(tcti=NOWHERE)
        self.assertEqual((broken.code, broken.out.splitlines()[:2]),
                         (2, ["BROKEN  no TPM device: open /nonexistent: no such device node",
                              "        0 of 1 checks passed"]))
        warning = agent.run(tcti=agent.mangled("mangle=rc,rc=0x921,code=0x131", self.tpm))
        self.assertEqual((warning.code, warning.out.split()[0]), (1, "WARNING"))

    def test_unprivileged(self):
        node = os.path.join(process.public_directory("node", "/dev"), "tpm0")
        os.mknod(node, 0o020000, os.makedev(10, 250))
        result = agent.run(tcti=f"device:{node}", nobody=True)
        self.assertEqual((result.code, result.out.split()[0]), (3, "UNKNOWN"))
        text = " ".join(result.out.split())
        self.assertIn("permission denied; add the user to group tss or run as root", text)
        self.assertIn("; an administrator also sees", text)
        # Nothing of it needs a privilege where the TPM itself can be opened.
        result = agent.status(tpm=self.tpm, nobody=True)
        self.assertEqual((result.code, result.results["attestation"]), (0, "pass"))


class Machines(Case):
    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())

    def test_nagios(self):
        result = agent.run("--format", "nagios", tpm=self.tpm)
        first, *rest = result.out.splitlines()
        self.assertEqual(result.code, 0)
        self.assertRegex(first, r"\AVTPM OK - \d+ of \d+ checks passed \| checks_failed=0;;0 "
                         r"checks_warned=0;0 tpm_time=\d+\.\d{6}s lockout_counter=0;;;0;3\Z")
        self.assertTrue(all(re.match(r"unknown [a-z-]+: [^|]+\Z", line) for line in rest))

    def test_nagios_critical(self):
        result = agent.run("--format", "nagios", tcti="device:/nonexistent/a|b")
        self.assertEqual((result.code, result.out),
                         (2, "VTPM CRITICAL - no TPM device: open /nonexistent/a/b"
                          ": no such device node | checks_failed=1;;0 "
                          "checks_warned=0;0\n"))

    def test_nagios_unknown_and_warning(self):
        result = agent.run("--format", "nagios",
                           tcti=agent.mangled("mangle=rc,rc=0x921,code=0x131", self.tpm))
        self.assertEqual((result.code, result.out.split(" - ")[0]), (1, "VTPM WARNING"))

    def metrics(self, result):
        return {name: float(value) for name, value in
                (line.rsplit(" ", 1) for line in result.out.splitlines() if line[0] != "#")}

    def check_with_promtool(self, result):
        oracle.command(os.environ["VTPM_PROMTOOL"], "check", "metrics", stdin=result.out.encode())

    def test_prometheus(self):
        result = agent.run("--format", "prometheus", tpm=self.tpm)
        status = agent.status(tpm=self.tpm)
        self.check_with_promtool(result)
        metrics = self.metrics(result)
        values = {"pass": 0, "warn": 1, "fail": 2, "unknown": 3}
        self.assertEqual({name: value for name, value in metrics.items()
                          if name.startswith("vtpm_check_result")},
                         {f'vtpm_check_result{{check="{name}"}}': values[found]
                          for name, found in status.results.items()})
        evidence = status.evidence
        self.assertEqual(metrics["vtpm_status"], 0)
        self.assertEqual(metrics["vtpm_resets"], evidence["clock"]["reset_count"])
        self.assertEqual(metrics["vtpm_lockout_max"], 3)
        self.assertEqual(metrics["vtpm_commands"], evidence["session"]["commands"])
        self.assertAlmostEqual(metrics["vtpm_collected_timestamp_seconds"], evidence["iat"],
                               delta=10)
        self.assertIn(f'ek_name="{evidence["eks"]["keys"][0]["name"]}"', result.out)

    def test_prometheus_of_a_broken_tpm(self):
        for tcti in (NOWHERE, agent.mangled("mangle=rc,rc=0x101", self.tpm),
                     agent.mangled("mangle=eio,nth=20", self.tpm)):
            result = agent.run("--format", "prometheus", tcti=tcti)
            self.check_with_promtool(result)
            self.assertEqual((result.code, self.metrics(result)["vtpm_status"]), (2, 2))

    def test_prometheus_textfile(self):
        path = self.path("vtpm.prom")
        result = agent.run("--format", "prometheus", "--output", path, tpm=self.tpm)
        self.assertEqual((result.code, result.out, os.listdir(self.directory)),
                         (0, "", ["vtpm.prom"]))
        self.assertIn("\nvtpm_status 0\n", self.read("vtpm.prom"))

    def test_json(self):
        result = agent.status(tpm=self.tpm)
        self.assertEqual(result.out.count("\n"), 1)
        self.assertTrue(result.out.isascii())


class ForeignStrings(Case):
    """A certificate's subject is whatever somebody wrote into the TPM."""

    def test_subject(self):
        subject = "/CN=a\x1b[31mred|\"quoted\"\\,\u202eright\u0085<b>"
        certificate = self.path("certificate")
        oracle.command("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                       "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null", "-utf8",
                       "-subj", subject, "-outform", "DER", "-out", certificate)
        with Swtpm(certificates=False) as tpm:
            oracle.tpm2(tpm, "nvdefine", "0x1c00002", "-C", "p", "-s",
                        str(os.path.getsize(certificate)), "-a",
                        "ppread|ownerread|authread|ppwrite|no_da|platformcreate")
            oracle.tpm2(tpm, "nvwrite", "0x1c00002", "-C", "p", "-i", certificate)
            for words in ([], ["--format", "nagios"], ["--format", "prometheus"], ["--json"]):
                text = agent.run(*words, tpm=tpm).out
                self.assertTrue(text.isascii() and text.replace("\n", "").isprintable(), text)
            status = agent.status(tpm=tpm)
        self.assertIn("red|", status.evidence["certificates"]["certificates"][0]["subject"])


if __name__ == "__main__":
    unittest.main()
