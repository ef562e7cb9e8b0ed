/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bounded reader over untrusted bytes, with a sticky failure: reads past the end give zeros (or
 * NULL) and set `failed`; a parser reads a whole structure and asks once. It borrows the bytes.
 *
 * Lengths found in the data are only ever compared with what is left, never added to anything.
 */
#ifndef CORE_READER_H
#define CORE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	const uint8_t *at;
	size_t left;
	bool failed;
};

struct reader reader_of(const void *bytes, size_t len);

uint8_t reader_u8(struct reader *reader);
uint16_t reader_u16be(struct reader *reader);
uint32_t reader_u32be(struct reader *reader);
uint64_t reader_u64be(struct reader *reader);
uint16_t reader_u16le(struct reader *reader);
uint32_t reader_u32le(struct reader *reader);
uint64_t reader_u64le(struct reader *reader);

/* The next `len` bytes, borrowed, or NULL when fewer are left. */
const uint8_t *reader_bytes(struct reader *reader, size_t len);

/* A reader over the next `len` bytes alone (failed when fewer are left). */
struct reader reader_part(struct reader *reader, size_t len);

/* True when nothing failed and every byte was read. */
bool reader_is_done(const struct reader *reader);

#endif
