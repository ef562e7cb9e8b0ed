/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/base64.h"

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

static int digit_value(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63 : -1;
}

long base64_decode(const char *text, size_t len, uint8_t *out, size_t size)
{
	size_t padding = 0, used = 0;
	uint32_t bits = 0;

	if (len % 4)
		return -1;
	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	if (len / 4 * 3 - padding > size)
		return -1;
	for (size_t i = 0; i < len - padding; i++) {
		int value = digit_value(text[i]);

		if (value < 0)
			return -1;
		bits = bits << 6 | (uint32_t)value;
		if (i % 4)
			out[used++] = (uint8_t)(bits >> (6 - i % 4 * 2));
	}
	/* The last digit before padding carries 2 or 4 bits that belong to no byte. */
	if (padding && (bits & ((1U << 2 * padding) - 1)))
		return -1;
	return (long)used;
}
