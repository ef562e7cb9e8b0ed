#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Each package has a bill of materials beside it: by CycloneDX's own schema, and true."""

import glob
import hashlib
import json
import os
import re
import sys
import unittest

import jsonschema

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import by_hand  # noqa: E402, F401
import process  # noqa: E402

PACKAGES = os.environ["VTPM_PACKAGES_DIR"]
SCHEMAS = os.environ["VTPM_CYCLONEDX_SCHEMA_DIR"]


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def packages(pattern="*"):
    return [path for path in glob.glob(os.path.join(PACKAGES, "vtpm-" + pattern))
            if not path.endswith(".json")]


def names(path):
    return {component["name"] for component in load(path + ".cdx.json")["components"]}


class Bills(unittest.TestCase):
    def test_schema(self):
        schema = load(os.path.join(SCHEMAS, "bom-1.5.SNAPSHOT.schema.json"))
        # Where the schema says that its other parts are
        store = {"http://cyclonedx.org/schema/" + name: load(os.path.join(SCHEMAS, name))
                 for name in ("spdx.SNAPSHOT.schema.json", "jsf-0.82.SNAPSHOT.schema.json")}
        resolver = jsonschema.RefResolver.from_schema(schema, store=store)
        validator = jsonschema.Draft7Validator(schema, resolver=resolver,
                                               format_checker=jsonschema.FormatChecker())
        self.assertTrue(packages())
        for package in packages():
            with self.subTest(os.path.basename(package)):
                self.assertEqual([error.message for error in
                                  validator.iter_errors(load(package + ".cdx.json"))], [])

    def test_names_its_package(self):
        for package in packages():
            subject = load(package + ".cdx.json")["metadata"]["component"]
            self.assertEqual(subject["name"], os.path.basename(package))
            self.assertEqual(subject["hashes"], [{"alg": "SHA-256", "content": sha256(package)}])

    def test_debian_dependencies(self):
        """What the package itself says it depends on, which dpkg-shlibdeps found, is in the bill."""
        for package in packages("*.deb"):
            depends = process.run(["dpkg-deb", "-f", package, "Depends"]).decode()
            libraries = set(re.findall(r"\b(lib[^ ,|()]+)", depends))
            self.assertTrue(libraries)
            self.assertEqual(libraries - names(package), set())

    def test_windows_sources(self):
        for package in packages("*windows*"):
            self.assertLessEqual({"curl", "jansson", "libinih", "tpm2-tss", "mingw-w64-x86-64-dev"},
                                 names(package))
            for component in load(package + ".cdx.json")["components"]:
                if "arch=source" in component["purl"]:
                    self.assertRegex(component["hashes"][0]["content"], "^[0-9a-f]{64}$")

    def test_static(self):
        for package in packages("*.tar.gz"):
            self.assertLessEqual({"curl", "libinih", "tpm2-tss", "libjansson-dev", "libssl-dev", "libc6-dev"},
                                 names(package))

    def test_sums(self):
        process.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=PACKAGES)
        with open(os.path.join(PACKAGES, "SHA256SUMS"), encoding="ascii") as file:
            self.assertEqual({line.split()[1] for line in file},
                             {name for name in os.listdir(PACKAGES) if name != "SHA256SUMS"})


if __name__ == "__main__":
    unittest.main()
