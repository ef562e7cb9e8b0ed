/* SPDX-License-Identifier: BSD-2-Clause */
/* Windows' UTF-16 and the bytes that all else here is made of. */
#ifndef WIN32_WIDE_H
#define WIN32_WIDE_H

#include <wchar.h>

/* The argument as UTF-16, NULL when memory is short; the caller frees it. `text` is what the
 * command line gave: in the process' code page, which the manifest makes UTF-8 where Windows is new
 * enough (1903) to heed it. */
wchar_t *wide_from_text(const char *text);

/* The same of a text that is UTF-8. */
wchar_t *wide_from_utf8(const char *text);

/* The other way, as UTF-8; and in the process' code page, for paths. */
char *wide_to_utf8(const wchar_t *wide);
char *wide_to_text(const wchar_t *wide);

#endif
