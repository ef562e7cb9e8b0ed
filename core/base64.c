/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base64.h"

#include <stdbool.h>
#include <string.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *to, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	/* No buffer is this long: it fails, where the true length is too large for a number. */
	uint8_t *out = buf_reserve(to, len > SIZE_MAX / 2 ? SIZE_MAX : (len + 2) / 3 * 4);

	if (!out)
		return;
	for (size_t at = 0; at < len; at += 3) {
		size_t left = len - at;
		uint32_t group = (uint32_t)in[at] << 16 |
				 (left > 1 ? (uint32_t)in[at + 1] << 8 : 0) |
				 (left > 2 ? in[at + 2] : 0);

		*out++ = (uint8_t)alphabet[group >> 18];
		*out++ = (uint8_t)alphabet[group >> 12 & 63];
		*out++ = left > 1 ? (uint8_t)alphabet[group >> 6 & 63] : '=';
		*out++ = left > 2 ? (uint8_t)alphabet[group & 63] : '=';
	}
	to->len += (len + 2) / 3 * 4;
	*out = 0;
}

#define NO_DIGIT 64

/* What each character stands for. */
static const uint8_t values[UINT8_MAX + 1] = {64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 62, 64, 64, 64, 63, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 64,
	64, 64, 64, 64, 64, 64, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
	19, 20, 21, 22, 23, 24, 25, 64, 64, 64, 64, 64, 64, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35,
	36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64,
	64, 64, 64, 64, 64, 64, 64, 64, 64, 64, 64};

static uint32_t value_at(const char *text)
{
	return values[(uint8_t)*text];
}

/* Whole groups, four characters to three bytes each. False where one is no digit. */
static bool decode_groups(const char *text, size_t count, uint8_t *out)
{
	for (; count; count--, text += 4, out += 3) {
		uint32_t a = value_at(text), b = value_at(text + 1), c = value_at(text + 2),
			 d = value_at(text + 3);
		uint32_t group = a << 18 | b << 12 | c << 6 | d;

		if ((a | b | c | d) & NO_DIGIT)
			return false;
		out[0] = (uint8_t)(group >> 16);
		out[1] = (uint8_t)(group >> 8);
		out[2] = (uint8_t)group;
	}
	return true;
}

long base64_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	size_t padding = 0, used;
	uint8_t last[3];
	char digits[4];

	if (len % 4)
		return -1;
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	used = len / 4 * 3 - padding;
	if (used > size)
		return -1;
	if (!decode_groups(text, len / 4 - (padding != 0), out))
		return -1;
	if (!padding)
		return (long)used;
	/* The last digit before padding carries 2 or 4 bits that belong to no byte: as if zeros
	 * followed, all behind the last byte must be zero. */
	memset(digits, 'A', sizeof(digits));
	memcpy(digits, text + len - 4, 4 - padding);
	if (!decode_groups(digits, 1, last) || last[2] || (padding == 2 && last[1]))
		return -1;
	memcpy(out + used / 3 * 3, last, 3 - padding);
	return (long)used;
}
