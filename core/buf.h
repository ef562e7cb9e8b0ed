/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A growing byte buffer with a sticky failure: append as often as needed, ask once at the end. Zero
 * initialised is empty. The buffer owns `data`; buf_free() or the BUF_SCOPED attribute releases it.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	uint8_t *data; /* `len` bytes and a NUL that is not counted; NULL when empty */
	size_t len;
	size_t cap;
	bool failed; /* an allocation failed: the content is incomplete and stays so */
};

#define BUF_SCOPED __attribute__((cleanup(buf_free))) struct buf

void buf_free(struct buf *buf);
void buf_append(struct buf *buf, const void *bytes, size_t len);
void buf_append_text(struct buf *buf, const char *text);
void buf_append_u8(struct buf *buf, uint8_t value);
void buf_append_u16be(struct buf *buf, uint16_t value);
void buf_append_u32be(struct buf *buf, uint32_t value);

/* Appends printf-style text. */
void buf_printf(struct buf *buf, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Makes room for `len` more bytes and returns where they go, or NULL (and the buffer has failed).
 * The caller writes at most `len` bytes there and adds what it wrote to buf->len. */
uint8_t *buf_reserve(struct buf *buf, size_t len);

#endif
