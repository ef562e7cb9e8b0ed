/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes as text and text as bytes: hexadecimal, UUIDs, numbers, times, and the escaping of foreign
 * strings before they reach a terminal or a log.
 */
#ifndef CORE_TEXT_H
#define CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"

#define TEXT_UUID_SIZE 37 /* 8-4-4-4-12 and the NUL */
#define TEXT_TIME_SIZE 21 /* "2026-11-24T10:00:00Z" and the NUL */

/* Writes 2·len lower-case digits and a NUL to `out`, which has room for `size` bytes; what does not
 * fit is left out in whole bytes. */
void text_hex(const void *bytes, size_t len, char *out, size_t size);

/* Decodes exactly `digits` hexadecimal digits, an even number of them, into at most `size` bytes.
 * Returns the number of bytes, or -1 when a character is no digit, the number is odd, or they do
 * not fit. `out` may be partly written on failure. */
long text_unhex(const char *hex, size_t digits, uint8_t *out, size_t size);

/* Copies `text` to `out` in the canonical form of RFC 9562 section 4 (lower case). False, and
 * nothing written, when `text` is not 8-4-4-4-12 digits. */
bool text_uuid(const char *text, char out[TEXT_UUID_SIZE]);

/* This canonical UUID is what firmware shows that was given none: many machines have it, so it is
 * nobody's. */
bool text_uuid_is_placeholder(const char *uuid);

/* Reads one to three decimal digits without sign or leading zero, so that each number has one text,
 * and moves *at behind them. False, and *at unmoved, when there are none. */
bool text_decimal(const char **at, uint32_t *ret_value);

/* Reads a whole decimal number from `min` to `max`, without sign or blank. False, and nothing
 * written, when `text` is anything else. */
bool text_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* The length of what a file of one line holds, without the CR and LF that it ends with. */
size_t text_trim_line_end(const void *bytes, size_t len);

/* Writes a time, in seconds since 1970, as RFC 3339 has it, in UTC; what is outside of the years 0
 * to 9999 as the first or last second of them. Returns `out`. */
const char *text_time(int64_t seconds, char out[TEXT_TIME_SIZE]);

/* The same for milliseconds since 1970. */
const char *text_time_ms(uint64_t ms, char out[TEXT_TIME_SIZE]);

/* Copies the printable ASCII of at most `len` bytes up to the first NUL; others become '?', and
 * leading and trailing blanks are dropped. For short identification strings (PT_VENDOR_STRING,
 * DMI). */
void text_copy_ascii(char *out, size_t size, const void *bytes, size_t len);

/* Appends `text` as a JSON document may hold it: each byte that is no UTF-8, a C0 control or DEL
 * becomes a '?', so that a text never grows. */
void text_append_clean(struct buf *to, const char *text);

/* Appends `text`, which somebody else chose, so that it can do nothing to a terminal or a log line:
 * C0 and C1 controls, DEL, bidirectional controls (U+200E/F, U+202A–E, U+2066–9), line and
 * paragraph separators and bytes that are no UTF-8 become \xNN. With `ascii_only` every byte over
 * 0x7E does. */
void text_escape(struct buf *to, const char *text, bool ascii_only);

#endif
