/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/text.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char digits_lower[] = "0123456789abcdef";

void text_hex(const void *bytes, size_t len, char *out, size_t size)
{
	const uint8_t *in = bytes;
	size_t used = 0;

	for (size_t i = 0; i < len && size - used > 2; i++) {
		out[used++] = digits_lower[in[i] >> 4];
		out[used++] = digits_lower[in[i] & 15];
	}
	if (size)
		out[used] = 0;
}

#define NO_DIGIT 16

/* What each character stands for. */
static const uint8_t digit_values[UINT8_MAX + 1] = {16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 16,
	16, 16, 16, 16, 16, 10, 11, 12, 13, 14, 15, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 10, 11, 12, 13, 14, 15, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16,
	16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16, 16};

long text_unhex(const char *hex, size_t digits, uint8_t *out, size_t size)
{
	if (digits % 2 != 0 || digits / 2 > size)
		return -1;
	for (size_t i = 0; i < digits; i += 2) {
		uint8_t high = digit_values[(uint8_t)hex[i]],
			low = digit_values[(uint8_t)hex[i + 1]];

		if ((high | low) & NO_DIGIT)
			return -1;
		out[i / 2] = (uint8_t)(high << 4 | low);
	}
	return (long)(digits / 2);
}

bool text_uuid(const char *text, char out[TEXT_UUID_SIZE])
{
	char canonical[TEXT_UUID_SIZE];

	for (size_t i = 0; i < TEXT_UUID_SIZE - 1; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
		uint8_t value = digit_values[(uint8_t)text[i]];

		if (is_dash ? text[i] != '-' : value == NO_DIGIT)
			return false;
		canonical[i] = '-';
		if (!is_dash)
			canonical[i] = digits_lower[value];
	}
	if (text[TEXT_UUID_SIZE - 1])
		return false;
	canonical[TEXT_UUID_SIZE - 1] = 0;
	memcpy(out, canonical, sizeof(canonical));
	return true;
}

/* All bytes alike are "not settable" and "not set" (DSP0134 section 7.2.1), or somebody's filling;
 * no hypervisor gives them. */
static bool is_one_byte_repeated(const char *uuid)
{
	size_t digits = 0;

	for (const char *at = uuid; *at; at++) {
		if (*at != '-' && *at != uuid[digits++ % 2])
			return false;
	}
	return digits > 0;
}

bool text_uuid_is_placeholder(const char *uuid)
{
	/* Board makers' defaults, in both byte orders of the first three fields. */
	static const char *const known[] = {
		"03000200-0400-0500-0006-000700080009",
		"00020003-0004-0005-0006-000700080009",
		"12345678-1234-5678-90ab-cddeefaabbcc",
		"78563412-3412-7856-90ab-cddeefaabbcc",
		"4c4c4544-0000-2010-8020-80c04f202020",
		"44454c4c-0000-1020-8020-80c04f202020",
		"a5000288-6462-4524-986a-9b7737e315cf",
		"880200a5-6264-2445-986a-9b7737e315cf",
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(uuid, known[i]) == 0)
			return true;
	}
	return is_one_byte_repeated(uuid);
}

bool text_decimal(const char **at, uint32_t *ret_value)
{
	const char *text = *at;
	uint32_t value = 0;
	size_t digits = 0;

	while (digits < 3 && text[digits] >= '0' && text[digits] <= '9')
		value = value * 10 + (uint32_t)(text[digits++] - '0');
	if (!digits || (digits > 1 && text[0] == '0'))
		return false;
	*ret_value = value;
	*at += digits;
	return true;
}

bool text_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	char *end;
	unsigned long long value;

	errno = 0; /* what is too large is else the largest there is */
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || value < min || value > max)
		return false;
	*ret_value = value;
	return true;
}

size_t text_trim_line_end(const void *bytes, size_t len)
{
	const char *text = bytes;

	while (len && (text[len - 1] == '\n' || text[len - 1] == '\r'))
		len--;
	return len;
}

#define DAY_S   86400
#define FIRST_S (-62167219200) /* 0000-01-01T00:00:00Z */
#define LAST_S  253402300799   /* 9999-12-31T23:59:59Z */

/* By hand, since gmtime_r() is not everywhere and gmtime() not for several threads. Here a year
 * begins in March, so that a leap day is its last, and an era of 400 years in March of a year that
 * 400 divides, so that all eras are alike. */
const char *text_time(int64_t seconds, char out[TEXT_TIME_SIZE])
{
	uint64_t since = (uint64_t)((seconds < FIRST_S         ? FIRST_S
					    : seconds > LAST_S ? LAST_S
							       : seconds) -
				    FIRST_S);
	uint32_t days = (uint32_t)(since / DAY_S) + 146097 - 60; /* since March of the year -400 */
	uint32_t second = (uint32_t)(since % DAY_S);
	uint32_t era = days / 146097, day = days % 146097, month;
	uint32_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	char text[64];

	day -= 365 * year + year / 4 - year / 100;
	month = (5 * day + 2) / 153;
	day -= (153 * month + 2) / 5;
	year += 400 * era - 400 + (month >= 10);
	month = month < 10 ? month + 3 : month - 9;
	snprintf(text, sizeof(text), "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year,
		(unsigned)month, (unsigned)day + 1, (unsigned)(second / 3600),
		(unsigned)(second / 60 % 60), (unsigned)(second % 60));
	memcpy(out, text, TEXT_TIME_SIZE);
	return out;
}

const char *text_time_ms(uint64_t ms, char out[TEXT_TIME_SIZE])
{
	return text_time((int64_t)(ms / 1000), out);
}

void text_copy_ascii(char *out, size_t size, const void *bytes, size_t len)
{
	const char *in = bytes;
	size_t used = 0;

	if (!size)
		return;
	for (size_t i = 0; i < len && in[i] && used < size - 1; i++) {
		bool is_printable = in[i] >= ' ' && in[i] <= '~';

		if (used || in[i] != ' ')
			out[used++] = (char)(is_printable ? in[i] : '?');
	}
	while (used && out[used - 1] == ' ')
		used--;
	out[used] = 0;
}

/* The length of the UTF-8 sequence at `at` (RFC 3629) and its code point; 0 when malformed. */
static size_t utf8_sequence(const uint8_t *at, uint32_t *ret_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	size_t len = at[0] < 0x80 ? 1 : at[0] >> 5 == 6 ? 2 : at[0] >> 4 == 14 ? 3 : 4;
	uint32_t point;

	if (len == 1) {
		*ret_point = at[0];
		return 1;
	}
	if (len == 4 && at[0] >> 3 != 30)
		return 0;
	point = at[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if (at[i] >> 6 != 2)
			return 0;
		point = point << 6 | (at[i] & 0x3f);
	}
	if (point < smallest[len] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return 0;
	*ret_point = point;
	return len;
}

static bool is_harmless(uint32_t point)
{
	if (point < 0x20 || (point >= 0x7f && point < 0xa0))
		return false;
	if (point == 0x200e || point == 0x200f || (point >= 0x2028 && point <= 0x202e))
		return false;
	return point < 0x2066 || point > 0x2069;
}

void text_append_clean(struct buf *to, const char *text)
{
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		uint32_t point = 0;
		size_t len = utf8_sequence(at, &point);

		if (len && point >= 0x20 && point != 0x7f)
			buf_append(to, at, len);
		else
			buf_append_u8(to, '?');
		at += len ? len : 1;
	}
}

void text_escape(struct buf *to, const char *text, bool ascii_only)
{
	const uint8_t *at = (const uint8_t *)text;

	while (*at) {
		uint32_t point = 0;
		size_t len = utf8_sequence(at, &point);
		bool keep = len && is_harmless(point) && (point < 0x80 || !ascii_only);

		if (!len)
			len = 1;
		if (keep)
			buf_append(to, at, len);
		for (size_t i = 0; !keep && i < len; i++)
			buf_printf(to, "\\x%02x", at[i]);
		at += len;
	}
}
