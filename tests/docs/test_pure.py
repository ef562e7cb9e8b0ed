#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""core/ does no I/O and has no clock: the linker's view, nm over the objects of this build. What it may call
stands here, so that whatever is new is thought about. That it includes no header of an operating system is
docs/layers'."""

import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import by_hand  # noqa: E402, F401
import sources  # noqa: E402

BUILD = os.environ["VTPM_BUILD_DIR"]

# Of the C library: memory, texts and sorting; and timegm(), which reckons with a time that it is given.
OF_C = set("""calloc free malloc realloc memchr memcmp memcpy memmove memset qsort snprintf vsnprintf strchr strcmp
    strcspn strlen strncmp strnlen strpbrk strrchr strspn strstr strtoull timegm""".split())
# Of libraries: whatever has nothing to do with files, sockets or chance.
OF_LIBRARIES = re.compile(r"json_|ini_parse_stream$|[A-Z][A-Z0-9]*_|(?:d2i|i2d)_")
OUTWARDS = re.compile(r"file|_fp$|_fd$|load_callback|loadf$|dumpf|RAND_|config|BIO_(?!(?:ctrl|free|new|s_mem)$)")
# What compilers add: sanitizers, stack protection, coverage, the table of addresses, errno.
OF_COMPILERS = re.compile(r"__(?:asan|ubsan|tsan|sanitizer|gcov|stack_chk|errno_location|tls_get_addr)|"
                          r"_GLOBAL_OFFSET_TABLE_$")


def plain(name):
    """A function's name without what fortified or later C libraries make of it."""
    return re.sub(r"^__(?:isoc\d+_)?(\w+?)(?:_chk)?$", r"\1", name) if name.startswith("__") else name


class Pure(unittest.TestCase):
    def test_calls(self):
        objects = [each for each in sources.objects(BUILD) if each.source.startswith("core/")]
        self.assertTrue(objects)
        own = set().union(*(each.defined for each in objects))
        for each in objects:
            for name in sorted(each.wanted - own):
                is_good = plain(name) in OF_C or OF_COMPILERS.match(name) or (
                    OF_LIBRARIES.match(name) and not OUTWARDS.search(name))
                self.assertTrue(is_good, f"{each.source} calls {name}; if that stays inside, name it here")


if __name__ == "__main__":
    unittest.main()
