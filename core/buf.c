/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void buf_free(struct buf *buf)
{
	free(buf->data);
	*buf = (struct buf){0};
}

uint8_t *buf_reserve(struct buf *buf, size_t len)
{
	size_t cap = buf->cap ? buf->cap : 256;
	uint8_t *data;

	if (buf->failed || len >= SIZE_MAX / 2 - buf->len)
		goto fail;
	/* One byte more than asked for: the NUL that always follows. */
	while (cap - buf->len <= len)
		cap *= 2;
	if (cap != buf->cap) {
		data = realloc(buf->data, cap);
		if (!data)
			goto fail;
		memset(data + buf->len, 0, cap - buf->len);
		buf->data = data;
		buf->cap = cap;
	}
	return buf->data + buf->len;
fail:
	buf->failed = true;
	return NULL;
}

void buf_append(struct buf *buf, const void *bytes, size_t len)
{
	uint8_t *to = buf_reserve(buf, len);

	if (!to || !len)
		return;
	memcpy(to, bytes, len);
	buf->len += len;
	buf->data[buf->len] = 0;
}

void buf_append_text(struct buf *buf, const char *text)
{
	buf_append(buf, text, strlen(text));
}

void buf_append_u8(struct buf *buf, uint8_t value)
{
	buf_append(buf, &value, 1);
}

void buf_append_u16be(struct buf *buf, uint16_t value)
{
	const uint8_t bytes[] = {(uint8_t)(value >> 8), (uint8_t)value};

	buf_append(buf, bytes, sizeof(bytes));
}

void buf_append_u32be(struct buf *buf, uint32_t value)
{
	buf_append_u16be(buf, (uint16_t)(value >> 16));
	buf_append_u16be(buf, (uint16_t)value);
}

void buf_printf(struct buf *buf, const char *fmt, ...)
{
	va_list args, again;
	uint8_t *to;
	int len;

	va_start(args, fmt);
	va_copy(again, args);
	len = vsnprintf(NULL, 0, fmt, args);
	to = buf_reserve(buf, len < 0 ? SIZE_MAX : (size_t)len);
	if (to) {
		vsnprintf((char *)to, (size_t)len + 1, fmt, again);
		buf->len += (size_t)len;
	}
	va_end(again);
	va_end(args);
}
