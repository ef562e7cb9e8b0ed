# SPDX-License-Identifier: BSD-2-Clause
"""The agent's service with directories of the test's own, where it keeps its state and where it publishes."""

import os
import unittest

import agent
import process
from swtpm import Swtpm


class Case(unittest.TestCase):
    """All tests of a class share two TPMs; each test begins with empty directories."""

    @classmethod
    def setUpClass(cls):
        cls.tpm = cls.enterClassContext(Swtpm())
        cls.other = cls.enterClassContext(Swtpm(name="other"))

    def setUp(self):
        self.directory = process.public_directory("service")
        self.state = os.path.join(self.directory, "state")
        self.run_directory = os.path.join(self.directory, "run")
        self.public = os.path.join(self.run_directory, "verdict.json")
        self.env = agent.environment(RUNTIME_DIRECTORY=self.run_directory)

    def agent(self, *words, tpm=None, **options):
        if "tcti" not in options:
            options["tpm"] = tpm or self.tpm
        return agent.run(*words, "--state", self.state, env=self.env, **options)
