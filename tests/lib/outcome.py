# SPDX-License-Identifier: BSD-2-Clause
"""What a run of the agent told, wherever it ran."""

import functools
import json


class Outcome:
    """Of a run that ended by .code, and whose outputs, as text, are .out and .err."""

    @functools.cached_property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise AssertionError(f"no JSON, {error}: exit {self.code}, {self.out[:500]!r}, {self.err!r}") from error

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
