/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/copies.h"

#include <stdio.h>
#include <string.h>

void copies_settle(struct store_vm *vm)
{
	if (vm->lines.is_open)
		vm->lines.items[0].tip = vm->head;
	vm->lines.is_open = false;
}

/* The place of the line that goes on from this receipt; as many as there are: none does. */
static size_t find(const struct store_lines *lines, const struct copies_receipt *receipt)
{
	const struct store_link *shown = &receipt->report;
	size_t place;

	for (place = 0; place < lines->count; place++) {
		if (memcmp(&lines->items[place].tip, shown, sizeof(*shown)) == 0)
			break;
	}
	return place;
}

/* Whether one of the first `count` has this beginning: of a line's place, whether such a one was
 * heard since it was. */
static bool has_root(const struct store_lines *lines, size_t count, uint64_t root)
{
	for (size_t i = 0; i < count; i++) {
		if (lines->items[i].root == root)
			return true;
	}
	return false;
}

/* What goes on after a new line has begun is seen from then on. */
static void forget_returns(struct store_lines *lines, uint64_t root)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (lines->items[i].root == root)
			lines->items[i].has_returned = false;
	}
}

/* The one that was heard last comes first; where there are too many, the last is dropped. */
static void put_first(struct store_lines *lines, size_t place, const struct store_line *line)
{
	if (place == lines->count && lines->count < STORE_LINES_MAX)
		lines->count++;
	if (place == STORE_LINES_MAX)
		place--;
	memmove(&lines->items[1], &lines->items[0], place * sizeof(lines->items[0]));
	lines->items[0] = *line;
	lines->is_open = true;
}

static bool has_other_returned(const struct store_lines *lines)
{
	for (size_t i = 1; i < lines->count; i++) {
		if (lines->items[i].has_returned && lines->items[i].root == lines->items[0].root)
			return true;
	}
	return false;
}

bool copies_note(struct store_vm *vm, const struct copies_receipt *receipt, const char *boot_id,
	uint64_t now_ms)
{
	struct store_lines *lines = &vm->lines;
	size_t place = find(lines, receipt);
	bool is_new = place == lines->count, is_after_another;
	struct store_line line = {.root = receipt->root};

	if (!receipt->root)
		return false;
	if (!is_new)
		line = lines->items[place];
	is_after_another = has_root(lines, place, line.root);
	if (is_new)
		forget_returns(lines, line.root);
	else if (is_after_another)
		line.has_returned = *boot_id && strcmp(line.boot_id, boot_id) == 0;
	snprintf(line.boot_id, sizeof(line.boot_id), "%s", boot_id);
	if (place)
		lines->switched_ms = now_ms;
	put_first(lines, place, &line);
	return is_after_another && line.has_returned && has_other_returned(lines);
}

bool copies_are_over(const struct store_vm *vm, const struct copies_receipt *receipt,
	uint64_t alone_ms, uint64_t now_ms)
{
	return receipt->root && alone_ms && now_ms >= vm->lines.switched_ms + alone_ms;
}
