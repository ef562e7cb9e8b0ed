# SPDX-License-Identifier: BSD-2-Clause
"""The JSON Schemas of docs/."""

import functools
import glob
import json
import os

from jsonschema import Draft202012Validator, RefResolver

DOCS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "docs")


@functools.cache
def store():
    """{"verdict.schema.json": schema}: they refer to each other by these names."""
    schemas = {}
    for path in glob.glob(os.path.join(DOCS, "*.schema.json")):
        with open(path) as file:
            schema = json.load(file)
        Draft202012Validator.check_schema(schema)
        schemas[schema["$id"]] = schema
    return schemas


def complaints(name, document):
    """Where and why the schema refuses the document; an empty list when it does not."""
    resolver = RefResolver(name, store()[name], store=store())
    return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
            for error in Draft202012Validator(store()[name], resolver=resolver).iter_errors(document)]
