/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_lines.h"

#include <string.h>

#include "core/reader.h"

static uint8_t *put_bytes(uint8_t *to, const void *bytes, size_t len)
{
	memcpy(to, bytes, len);
	return to + len;
}

static uint8_t *put_number(uint8_t *to, uint64_t number)
{
	for (int shift = 56; shift >= 0; shift -= 8)
		*to++ = (uint8_t)(number >> shift);
	return to;
}

static uint8_t *put_line(uint8_t *to, const struct store_line *line)
{
	to = put_number(to, line->root);
	to = put_number(to, line->tip.id);
	to = put_bytes(to, line->tip.hash, sizeof(line->tip.hash));
	to = put_bytes(to, line->boot_id, sizeof(line->boot_id));
	*to++ = line->has_returned;
	return to;
}

size_t store_lines_write(const struct store_lines *lines, uint8_t to[STORE_LINES_BYTES])
{
	uint8_t *at = to;

	if (!lines->count)
		return 0;
	*at++ = lines->is_open;
	at = put_number(at, lines->switched_ms);
	for (size_t i = 0; i < lines->count; i++)
		at = put_line(at, &lines->items[i]);
	return (size_t)(at - to);
}

static void take_bytes(struct reader *from, void *to, size_t len)
{
	const uint8_t *bytes = reader_bytes(from, len);

	if (bytes)
		memcpy(to, bytes, len);
}

static void take_line(struct reader *from, struct store_line *line)
{
	line->root = reader_u64be(from);
	line->tip.id = reader_u64be(from);
	take_bytes(from, line->tip.hash, sizeof(line->tip.hash));
	take_bytes(from, line->boot_id, sizeof(line->boot_id));
	line->boot_id[sizeof(line->boot_id) - 1] = '\0';
	line->has_returned = reader_u8(from) != 0;
}

int store_lines_read(
	const struct crypto_bytes *bytes, struct store_lines *ret_lines, struct error *err)
{
	struct reader from = reader_of(bytes->bytes, bytes->len);
	struct store_lines lines = {0};

	if (bytes->len) {
		lines.is_open = reader_u8(&from) != 0;
		lines.switched_ms = reader_u64be(&from);
	}
	while (from.left && !from.failed && lines.count < STORE_LINES_MAX)
		take_line(&from, &lines.items[lines.count++]);
	if (!reader_is_done(&from))
		return error_set(err, ERROR_MALFORMED, "a VM's lines of reports are damaged");
	*ret_lines = lines;
	return 0;
}
