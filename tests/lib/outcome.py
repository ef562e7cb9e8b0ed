# SPDX-License-Identifier: BSD-2-Clause
"""What a run of the agent told, wherever it ran."""

import functools
import json


class Outcome:
    """Of a run whose standard output, as text, is .out."""

    @functools.cached_property
    def json(self):
        return json.loads(self.out)

    @property
    def evidence(self):
        return self.json.get("evidence", self.json)

    @functools.cached_property
    def checks(self):
        return {check["id"]: check for check in self.json["checks"]}

    @property
    def results(self):
        """What each check found: {"device": "pass", …}."""
        return {name: check["result"] for name, check in self.checks.items()}
