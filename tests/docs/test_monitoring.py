#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""examples/monitoring against the programs: each metric and JSON member that is named is in real output, each command is
taken, and Prometheus' own promtool runs the unit tests of the rules. docs/monitoring.md has each alert."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lib"))
import own_service  # noqa: E402
import process  # noqa: E402
from collector import Collector  # noqa: E402

ROOT = os.path.normpath(os.path.join(HERE, "..", ".."))
KIT = os.path.join(ROOT, "examples", "monitoring")
PROMTOOL = os.environ["VTPM_PROMTOOL"]
UUID = "6f9619ff-8b86-4011-b42d-00c04fc964ff"


def read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def rules():
    return [rule for group in yaml.safe_load(read(KIT, "vtpm-rules.yml"))["groups"] for rule in group["rules"]]


def dashboard_expressions():
    """As Prometheus gets them, with Grafana's own variables filled in."""
    board = json.loads(read(KIT, "grafana-dashboard.json"))
    found = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
    found += [each["expr"] for each in board["annotations"]["list"]]
    return [text.replace("$__rate_interval", "5m") for text in found]


def zabbix():
    return [(template, item) for template in yaml.safe_load(read(KIT, "zabbix-templates.yaml"))["zabbix_export"]["templates"]
            for item in template["items"]]


def patterns(kind):
    return [step["parameters"][0] for _, item in zabbix() for step in item.get("preprocessing", []) if step["type"] == kind]


def promtool(*words):
    result = subprocess.run([PROMTOOL, *words], capture_output=True, text=True, check=False)
    return result.returncode, result.stdout + result.stderr


class Prometheus(unittest.TestCase):
    def test_unit_tests(self):
        status, text = promtool("test", "rules", os.path.join(HERE, "vtpm-rules.test.yml"))
        self.assertEqual(status, 0, text)

    def test_forms(self):
        status, text = promtool("check", "config", "--syntax-only", os.path.join(KIT, "prometheus.yml"))
        self.assertEqual(status, 0, text)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump({"groups": [{"name": "board", "rules": [{"record": f"board:{i}", "expr": expression} for i, expression
                                                                   in enumerate(dashboard_expressions())]}]}, file)
            status, text = promtool("check", "rules", "--lint=none", file.name)
            self.assertEqual(status, 0, text)

    def test_each_alert_is_tested_and_described(self):
        alerts = [rule["alert"] for rule in rules() if "alert" in rule]
        self.assertGreater(len(alerts), 20)
        tests = read(HERE, "vtpm-rules.test.yml")
        rows = re.findall(r"^\| `(Vtpm\w+)` \| .* \| (\w+) \|$", read(ROOT, "docs", "monitoring.md"), re.M)
        self.assertEqual(rows, [(rule["alert"], rule["labels"]["severity"]) for rule in rules() if "alert" in rule])
        for alert in alerts:
            with self.subTest(alert=alert):
                self.assertIn(f"labels: 'ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"", tests)

    def test_recorded_names(self):
        recorded = {rule["record"] for rule in rules() if "record" in rule}
        used = re.findall(r"\bvtpm:[a-z_]+:\w+", " ".join([*dashboard_expressions(), *(rule["expr"] for rule in rules())]))
        self.assertEqual(set(used) - recorded, set())


class Real(own_service.Case):
    """What the programs really say."""

    def metrics(self):
        """The names that each program gives."""
        self.agent("run", "--once")
        texts = [self.agent("--format", "prometheus").out]
        with Collector() as collector:
            texts.append(collector.ask("GET", "/metrics", token=collector.admin_token()).text)
        path = os.path.join(process.temporary_directory("watch"), "vtpm.prom")
        subprocess.run([os.environ["VTPM_HOST"], "watch", "--once", "--connect", "test:///default", "--metrics", path,
                        "--state", os.path.dirname(path), "--config", "/dev/null"], capture_output=True, check=False)
        texts.append(read(path))
        return {name for text in texts for name in re.findall(r"^# TYPE (\S+)", text, re.M)}

    def test_metrics_are_there(self):
        there = self.metrics()
        expressions = [*dashboard_expressions(), *(rule["expr"] for rule in rules()), *patterns("PROMETHEUS_PATTERN")]
        for expression in expressions:
            for name in re.findall(r"\bvtpm_\w+", re.sub(r'"[^"]*"', "", expression)):
                with self.subTest(expression=expression):
                    self.assertIn(re.sub(r"_bucket$", "", name), there)

    def test_json_members_are_there(self):
        document = self.agent("--json").json
        paths = patterns("JSONPATH")
        self.assertGreater(len(paths), 2)
        for path in paths:
            self.assertIn(path.removeprefix("$."), document)


class Commands(unittest.TestCase):
    def test_icinga(self):
        """Each check command with all of its arguments is one that the program takes."""
        text = read(KIT, "icinga2.conf")
        commands = re.findall(r'object CheckCommand "([a-z-]+)" \{\n\tcommand = \[ (.*?) \](.*?)\n\}', text, re.S)
        self.assertEqual({name for name, _, _ in commands}, set(re.findall(r'check_command = "([a-z-]+)"', text)))
        values = {"--timeout": "30", "--expect-model": "tpm-crb", "--url": "http://127.0.0.1:1", "--token-file": "/nonexistent",
                  "--ca": "/nonexistent"}
        for name, words, rest in commands:
            with self.subTest(command=name):
                program, *words = re.findall(r'"([^"]+)"', words)
                self.assertEqual(os.path.dirname(program), "/usr/bin")
                more = [word for option in re.findall(r'"(--[a-z-]+)" =', rest) for word in (option, values[option])]
                words = [UUID if word.startswith("$") else word for word in words]
                result = subprocess.run([os.environ[os.path.basename(program).upper().replace("-", "_")], *words, *more,
                                         "--config", "/nonexistent/conf"], capture_output=True, text=True, check=False)
                # The command line is right, and then this file is not there.
                self.assertEqual(result.returncode, 78, result.stderr)

    def test_zabbix(self):
        """Names that others refer to are there, and no identifier is given twice."""
        keys = {item["key"] for _, item in zabbix()}
        for template, item in zabbix():
            with self.subTest(item=item["key"]):
                self.assertIn(item.get("master_item", {"key": item["key"]})["key"], keys)
                for trigger in item.get("triggers", []):
                    self.assertIn(f"(/{template['template']}/{item['key']}", trigger["expression"])
        numbers = re.findall(r"uuid: (\w+)", read(KIT, "zabbix-templates.yaml"))
        self.assertEqual(len(numbers), len(set(numbers)))
        for number in numbers:
            self.assertRegex(number, r"^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$")
        [(key, command)] = re.findall(r"^UserParameter=(\S+?),(.*)$", read(KIT, "zabbix-agent.conf"), re.M)
        self.assertIn(key, keys)
        self.assertTrue(command.startswith("/usr/bin/vtpm-agent status --json "), command)


if __name__ == "__main__":
    unittest.main()
