/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/store/store_lines.h"

#include <stdio.h>
#include <string.h>

#include "collector/store/store_words.h"
#include "core/reader.h"
#include "core/verdict/verdict.h"

/* What the first byte says. */
#define IS_OPEN      1U
#define HAS_OTHER    2U
#define HAS_BEHIND   4U
#define HAS_ACCEPTED 8U
#define IS_CLAIM     16U /* what was accepted is */
#define ALL          31U

bool store_begins_anew(const struct store_vm *vm)
{
	return !vm->baseline.id && strcmp(vm->reason, reason_name(REASON_ACCEPTED)) == 0;
}

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

/* Its length, and itself. */
static uint8_t *put_word(uint8_t *to, const char *word)
{
	uint8_t len = (uint8_t)strnlen(word, STORE_REASON_SIZE - 1);

	*to++ = len;
	return put_bytes(to, word, len);
}

static unsigned describe(const struct store_lines *lines)
{
	const struct store_acceptance *accepted = &lines->accepted;

	return (lines->is_open ? IS_OPEN : 0) | (lines->other_ms ? HAS_OTHER : 0) |
	       (*lines->behind_reason ? HAS_BEHIND : 0) | (accepted->id ? HAS_ACCEPTED : 0) |
	       (accepted->id && accepted->is_claim ? IS_CLAIM : 0);
}

size_t store_lines_write(const struct store_lines *lines, uint8_t to[STORE_LINES_BYTES])
{
	const unsigned what = describe(lines);
	uint8_t *at = to;

	if (!lines->count && !(what & ~IS_OPEN))
		return 0;
	*at++ = (uint8_t)what;
	at = put_number(at, lines->switched_ms);
	if (what & HAS_OTHER)
		at = put_number(at, lines->other_ms);
	if (what & HAS_BEHIND) {
		at = put_word(at, continuity_name(lines->behind));
		at = put_word(at, lines->behind_reason);
	}
	if (what & HAS_ACCEPTED) {
		at = put_number(at, lines->accepted.id);
		at = put_number(at, lines->accepted.head);
		at = put_word(at, lines->accepted.reason);
	}
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

static void take_word(struct reader *from, char ret_word[STORE_REASON_SIZE])
{
	uint8_t len = reader_u8(from);
	const uint8_t *bytes = len < STORE_REASON_SIZE ? reader_bytes(from, len) : NULL;

	if (!bytes)
		from->failed = true;
	else
		snprintf(ret_word, STORE_REASON_SIZE, "%.*s", (int)len, (const char *)bytes);
}

static int take_behind(struct reader *from, struct store_lines *lines, struct error *err)
{
	char continuity[STORE_REASON_SIZE] = "";

	take_word(from, continuity);
	take_word(from, lines->behind_reason);
	return from->failed ? 0 : store_continuity_parse(continuity, &lines->behind, err);
}

int store_lines_read(
	const struct crypto_bytes *bytes, struct store_lines *ret_lines, struct error *err)
{
	struct reader from = reader_of(bytes->bytes, bytes->len);
	struct store_lines lines = {0};
	unsigned what = bytes->len ? reader_u8(&from) : 0;
	int rc = 0;

	lines.is_open = what & IS_OPEN;
	if (bytes->len)
		lines.switched_ms = reader_u64be(&from);
	if (what & HAS_OTHER)
		lines.other_ms = reader_u64be(&from);
	if (what & HAS_BEHIND)
		rc = take_behind(&from, &lines, err);
	if (rc)
		return rc;
	lines.accepted.is_claim = what & IS_CLAIM;
	if (what & HAS_ACCEPTED) {
		lines.accepted.id = reader_u64be(&from);
		lines.accepted.head = reader_u64be(&from);
		take_word(&from, lines.accepted.reason);
	}
	while (from.left && !from.failed && lines.count < STORE_LINES_MAX)
		take_line(&from, &lines.items[lines.count++]);
	if (!reader_is_done(&from) || what > ALL)
		return error_set(err, ERROR_MALFORMED, "a VM's lines of reports are damaged");
	*ret_lines = lines;
	return 0;
}
