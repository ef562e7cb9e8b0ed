#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The shipped units keep systemd's exposure level at 2.0 or below."""
import subprocess
import sys

subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", *sys.argv[1:]], check=True)
