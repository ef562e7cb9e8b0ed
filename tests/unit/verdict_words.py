#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""docs/verdicts.md has an entry for each continuity and each reason, and for nothing else.

    verdict_words.py SOURCE_DIRECTORY
"""

import pathlib
import re
import sys


def words(path, pattern):
    found = set(re.findall(pattern, path.read_text()))
    if len(found) < 10:
        sys.exit(f"{path}: {len(found)} words found: the pattern does not fit any more")
    return found


def main():
    source = pathlib.Path(sys.argv[1])
    wanted = words(source / "core/verdict/reasons.inc", r'REASON\(\w+, "([a-z0-9.-]+)"')
    wanted |= words(source / "core/verdict/verdict.h", r'ROW\(\w+, "([a-z-]+)", "')
    wanted -= {"none"}
    headings = re.findall(r"^### (.*)$", (source / "docs/verdicts.md").read_text(), re.MULTILINE)
    documented = {word for heading in headings for word in re.findall(r"`([^`]+)`", heading)}
    for word in sorted(wanted - documented):
        print(f"docs/verdicts.md: no entry for {word}")
    for word in sorted(documented - wanted):
        print(f"docs/verdicts.md: {word} is no continuity and no reason")
    sys.exit(wanted != documented)


main()
