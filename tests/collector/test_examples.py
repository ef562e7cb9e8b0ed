#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""examples/: a migration and its confirmation in one command, from a shell and from Ansible, with the real
agent, TPM and collector."""

import json
import os
import shlex
import subprocess
import sys
import unittest

import yaml

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

    def test_tokens_by_cloud_init(self):
        """What the user data of a VM holds lets its agent report, and nobody else's."""
        url, users = self.collector.url(), os.path.join(self.directory, "users")
        others = [f"00000000-0000-4000-8000-{number:012d}" for number in range(1, 4)]
        done = subprocess.run([os.path.join(EXAMPLES, "cloud-init"), users], env={**self.environment, "URL": url},
                              input="\n".join([UUID, *others]) + "\n", timeout=60, capture_output=True, text=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.assertEqual(sorted(os.listdir(users)), sorted(f"{uuid}.yaml" for uuid in [UUID, *others]))
        path = os.path.join(users, UUID + ".yaml")
        self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
        with open(path, encoding="ascii") as file:
            files = {entry["path"]: entry["content"] for entry in yaml.safe_load(file)["write_files"]}
        token = os.path.join(self.directory, "token")
        with open(token, "w", encoding="ascii") as file:
            file.write(files["/etc/vtpm-agent/token"])
        os.chmod(token, 0o600)
        self.assertIn(f"url = {url}\n", files["/etc/vtpm-agent/vtpm-agent.conf"])
        with Swtpm() as tpm:
            for uuid, said in ((UUID, "first-seen"), (others[0], "another VM")):
                done = self.run_example(agent.AGENT, "report", "--url", url, "--uuid", uuid, "--tcti", tpm.tcti,
                                        "--token-file", token, "--json")
                self.assertIn(said, done.stdout)
        admin = self.collector.admin_token()
        report, = json.loads(self.collector.ask("GET", f"/v1/vms/{UUID}/reports", token=admin).text)["reports"]
        self.assertEqual((report["sender"]["role"], report["sender"]["name"]), ("agent", "token-1"))
        self.assertEqual(self.collector.ask("GET", f"/v1/vms/{others[0]}", token=admin).status, 404)

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
