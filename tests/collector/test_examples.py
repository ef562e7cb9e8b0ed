#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""examples/: a migration and its confirmation in one command, from a shell and from Ansible, with the real
agent, TPM and collector."""

import os
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import agent  # noqa: E402
import collector  # noqa: E402
import process  # noqa: E402
from swtpm import Swtpm  # noqa: E402

EXAMPLES = os.path.realpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples"))
UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


class Examples(unittest.TestCase):
    def setUp(self):
        self.collector = self.enterContext(collector.Collector())
        self.directory = process.temporary_directory("examples")
        self.addCleanup(process.remove_directory, self.directory)
        # As vtpm-collector.conf would say
        self.write("vtpm-collector", f'exec {shlex.quote(collector.PROGRAM)} "$@" --url {self.collector.url()} '
                                     f"--state {self.collector.state}\n")
        self.environment = {**os.environ, "PATH": self.directory + ":/usr/bin:/bin", "TIMEOUT": "60",
                            "LANG": "C.UTF-8", "HOME": self.directory}

    def write(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n" + text)
        os.chmod(path, 0o700)
        return path

    def migration(self, tpm, is_over=True):
        """A program that stands for the migration: soon afterwards the guest, whose TPM is this one, reports. What
        it reports before confirm is asked is not what that waits for."""
        token = os.path.join(self.collector.state, "agent-token")
        given = f" --token-file {token}" if os.path.exists(token) else ""
        return self.write("migrate", f"{'(sleep 5;' if is_over else '('} {shlex.quote(agent.AGENT)} report --url {self.collector.url()} --uuid {UUID} "
                                     f"--tcti {tpm.tcti}{given} >/dev/null 2>&1; :)"
                                     f"{'&' if is_over else ''}\n")

    def run_example(self, *command):
        return subprocess.run(command, env=self.environment, timeout=100, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)

    def run_shell(self, *command):
        return self.run_example(os.path.join(EXAMPLES, "migrate-and-confirm"), UUID, *command)

    def run_ansible(self, command):
        return self.run_example("ansible-playbook", "-i", "localhost,", "-c", "local", "-e",
                                f"vm={UUID} migrate={command} timeout=60 "
                                "ansible_python_interpreter=/usr/bin/python3",
                                os.path.join(EXAMPLES, "live-migrate.yml"))

    def test_confirmed(self):
        with Swtpm() as tpm, Swtpm(name="other") as other:
            subprocess.run([self.migration(tpm, is_over=False)], check=True)
            result = self.run_shell(self.migration(tpm))
            self.assertEqual(result.returncode, 0, result.stdout)
            self.assertIn("CONTINUOUS", result.stdout)
            result = self.run_ansible(self.migration(tpm))
            self.assertEqual(result.returncode, 0, result.stdout)

            # Nobody vouches for the other one: the known one is waited for as long as there is time.
            self.environment["TIMEOUT"] = "20"
            result = self.run_shell(self.migration(other))
            self.assertEqual(result.returncode, 2, result.stdout)
            self.assertIn("another one reports as this VM", result.stdout)
            self.assertIn("(ek-changed)", result.stdout)
            result = self.run_ansible(self.migration(other))
            self.assertNotEqual(result.returncode, 0, result.stdout)
            self.assertIn("another one reports as this VM", result.stdout)

    def test_migration_fails(self):
        with Swtpm() as tpm:
            subprocess.run([self.migration(tpm, is_over=False)], check=True)
        result = self.run_shell("sh", "-c", "exit 7")
        self.assertEqual(result.returncode, 7, result.stdout)
        self.assertIn("migration itself failed", result.stdout)


if __name__ == "__main__":
    unittest.main()
