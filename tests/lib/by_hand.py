# SPDX-License-Identifier: BSD-2-Clause
"""Importing this gives a test that somebody runs by hand the environment that CTest would give it:
python3 tests/tpm/test_beacon.py Beacon.test_x. Of the builds in build/ it takes the one that was
built last, or $VTPM_BUILD_DIR. Where CTest runs the test, this does nothing."""

import glob
import json
import os
import subprocess
import sys

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
PRESETS = ("asan", "dev", "release", "tsan", "coverage")


def _build():
    named = os.environ.get("VTPM_BUILD_DIR")
    logs = [log for preset in PRESETS
            for log in glob.glob(os.path.join(ROOT, "build", preset, ".ninja_log"))]
    return named or (os.path.dirname(max(logs, key=os.path.getmtime)) if logs else None)


def _tests(build):
    listing = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"],
                             capture_output=True, text=True, check=False).stdout
    return json.loads(listing or "{}").get("tests", [])


def _fill(script):
    build = _build()
    if not build:
        sys.exit(f"{os.path.basename(script)}: nothing is built: "
                 "cmake --preset asan && cmake --build --preset asan")
    for test in _tests(build):
        if script in test.get("command", []):
            for each in test["properties"]:
                if each["name"] == "ENVIRONMENT":
                    os.environ.update(line.split("=", 1) for line in each["value"])
            return
    sys.exit(f"{os.path.basename(script)}: no test of {build}: configure that again")


_script = os.path.realpath(sys.argv[0])
if os.path.basename(_script).startswith("test_") and "VTPM_TEST_CACHE" not in os.environ:
    _fill(_script)
