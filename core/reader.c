/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/reader.h"

struct reader reader_of(const void *bytes, size_t len)
{
	return (struct reader){.at = bytes, .left = len};
}

const uint8_t *reader_bytes(struct reader *reader, size_t len)
{
	const uint8_t *bytes = reader->at;

	if (reader->failed || len > reader->left) {
		reader->failed = true;
		return NULL;
	}
	if (len)
		reader->at += len;
	reader->left -= len;
	return bytes;
}

struct reader reader_part(struct reader *reader, size_t len)
{
	const uint8_t *bytes = reader_bytes(reader, len);

	return (struct reader){
		.at = bytes, .left = reader->failed ? 0 : len, .failed = reader->failed};
}

bool reader_is_done(const struct reader *reader)
{
	return !reader->failed && reader->left == 0;
}

static uint64_t read_be(struct reader *reader, size_t len)
{
	const uint8_t *bytes = reader_bytes(reader, len);
	uint64_t value = 0;

	for (size_t i = 0; bytes && i < len; i++)
		value = value << 8 | bytes[i];
	return value;
}

static uint64_t read_le(struct reader *reader, size_t len)
{
	const uint8_t *bytes = reader_bytes(reader, len);
	uint64_t value = 0;

	for (size_t i = len; bytes && i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}

uint8_t reader_u8(struct reader *reader)
{
	return (uint8_t)read_be(reader, 1);
}

uint16_t reader_u16be(struct reader *reader)
{
	return (uint16_t)read_be(reader, 2);
}

uint32_t reader_u32be(struct reader *reader)
{
	return (uint32_t)read_be(reader, 4);
}

uint64_t reader_u64be(struct reader *reader)
{
	return read_be(reader, 8);
}

uint16_t reader_u16le(struct reader *reader)
{
	return (uint16_t)read_le(reader, 2);
}

uint32_t reader_u32le(struct reader *reader)
{
	return (uint32_t)read_le(reader, 4);
}

uint64_t reader_u64le(struct reader *reader)
{
	return read_le(reader, 8);
}
