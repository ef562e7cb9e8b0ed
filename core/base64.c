/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base64.h"

#include <stdbool.h>

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(struct buf *to, const void *bytes, size_t len)
{
	const uint8_t *in = bytes;
	/* A length that cannot be, so that the buffer fails, where the true one has no number. */
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

/* A digit's value and one more; 0: no digit. */
static const uint8_t values[UINT8_MAX + 1] = {['A'] = 1,
	['B'] = 2,
	['C'] = 3,
	['D'] = 4,
	['E'] = 5,
	['F'] = 6,
	['G'] = 7,
	['H'] = 8,
	['I'] = 9,
	['J'] = 10,
	['K'] = 11,
	['L'] = 12,
	['M'] = 13,
	['N'] = 14,
	['O'] = 15,
	['P'] = 16,
	['Q'] = 17,
	['R'] = 18,
	['S'] = 19,
	['T'] = 20,
	['U'] = 21,
	['V'] = 22,
	['W'] = 23,
	['X'] = 24,
	['Y'] = 25,
	['Z'] = 26,
	['a'] = 27,
	['b'] = 28,
	['c'] = 29,
	['d'] = 30,
	['e'] = 31,
	['f'] = 32,
	['g'] = 33,
	['h'] = 34,
	['i'] = 35,
	['j'] = 36,
	['k'] = 37,
	['l'] = 38,
	['m'] = 39,
	['n'] = 40,
	['o'] = 41,
	['p'] = 42,
	['q'] = 43,
	['r'] = 44,
	['s'] = 45,
	['t'] = 46,
	['u'] = 47,
	['v'] = 48,
	['w'] = 49,
	['x'] = 50,
	['y'] = 51,
	['z'] = 52,
	['0'] = 53,
	['1'] = 54,
	['2'] = 55,
	['3'] = 56,
	['4'] = 57,
	['5'] = 58,
	['6'] = 59,
	['7'] = 60,
	['8'] = 61,
	['9'] = 62,
	['+'] = 63,
	['/'] = 64};

/* The number that up to four digits are, as if zeros followed; UINT32_MAX where one is none. */
static uint32_t read_group(const char *text, size_t count)
{
	uint32_t group = 0;

	for (size_t i = 0; i < 4; i++) {
		uint32_t value = i < count ? values[(uint8_t)text[i]] : 1;

		if (!value)
			return UINT32_MAX;
		group = group << 6 | (value - 1);
	}
	return group;
}

long base64_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	size_t padding = 0, used;
	uint8_t *to = out;

	if (len % 4)
		return -1;
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	used = len / 4 * 3 - padding;
	if (used > size)
		return -1;
	for (size_t at = 0; at < len; at += 4) {
		bool is_last = at + 4 == len;
		uint32_t group = read_group(text + at, is_last ? 4 - padding : 4);

		/* The last digit before padding carries 2 or 4 bits that belong to no byte. */
		if (group == UINT32_MAX || (is_last && group & ((1U << 8 * padding) - 1)))
			return -1;
		*to++ = (uint8_t)(group >> 16);
		if (!is_last || padding < 2)
			*to++ = (uint8_t)(group >> 8);
		if (!is_last || padding < 1)
			*to++ = (uint8_t)group;
	}
	return (long)used;
}
