# SPDX-License-Identifier: BSD-2-Clause
"""What a collector's answer to a report says, for tests of its verdicts."""


class VerdictChecks:
    """For a unittest.TestCase."""

    def check(self, answer, continuity, reason):
        """The answer to a report, whose verdict must be this one."""
        self.assertEqual(answer.status, 200, answer.json)
        verdict = answer.json["verdict"]
        self.assertEqual((verdict["continuity"], verdict["reasons"][0]["code"]),
                         (continuity, reason), answer.json)
        return answer.json
