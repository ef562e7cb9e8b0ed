/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/checkpoint/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include "core/tcg/tcg.h"

#define LABEL     "vtpm-checkpoint-v1"
#define SIGNATURE " signature "
#define TIMESTAMP "timestamp "

static void append_hex(struct buf *to, const uint8_t hash[CHECKPOINT_HASH_SIZE])
{
	char hex[2 * CHECKPOINT_HASH_SIZE + 1];

	text_hex(hash, CHECKPOINT_HASH_SIZE, hex, sizeof(hex));
	buf_append_text(to, hex);
}

void checkpoint_print(const struct checkpoint *checkpoint, struct buf *to)
{
	buf_printf(to, LABEL " %s reports %llu events %llu ", checkpoint->time,
		(unsigned long long)checkpoint->reports, (unsigned long long)checkpoint->events);
	append_hex(to, checkpoint->event_hash);
	buf_printf(to, " vms %llu ", (unsigned long long)checkpoint->vms);
	append_hex(to, checkpoint->heads_hash);
}

void checkpoint_print_head(const struct checkpoint_head *head, struct buf *to)
{
	buf_printf(to, "%s %llu ", head->uuid, (unsigned long long)head->report);
	append_hex(to, head->hash);
	buf_append_text(to, "\n");
}

/* --- reading --- */

/* Takes the text up to the next blank or the end. */
static bool take_word(struct crypto_bytes *text, char *out, size_t size)
{
	const char *bytes = text->bytes;
	const char *blank = text->len ? memchr(bytes, ' ', text->len) : NULL;
	size_t len = blank ? (size_t)(blank - bytes) : text->len;
	size_t used = blank ? len + 1 : len;

	if (!len || len >= size || memchr(bytes, 0, len))
		return false;
	memcpy(out, bytes, len);
	out[len] = 0;
	text->bytes = bytes + used;
	text->len -= used;
	return true;
}

static bool take_expected(struct crypto_bytes *text, const char *wanted)
{
	char word[24];

	return take_word(text, word, sizeof(word)) && strcmp(word, wanted) == 0;
}

static bool take_number(struct crypto_bytes *text, uint64_t *ret_value)
{
	char word[24];

	return take_word(text, word, sizeof(word)) && text_number(word, 0, INT64_MAX, ret_value);
}

static bool take_hash(struct crypto_bytes *text, uint8_t hash[CHECKPOINT_HASH_SIZE])
{
	char word[2 * CHECKPOINT_HASH_SIZE + 1];

	return take_word(text, word, sizeof(word)) &&
	       text_unhex(word, strlen(word), hash, CHECKPOINT_HASH_SIZE) == CHECKPOINT_HASH_SIZE;
}

static bool take_checkpoint(struct crypto_bytes text, struct checkpoint *to)
{
	return take_expected(&text, LABEL) && take_word(&text, to->time, sizeof(to->time)) &&
	       take_expected(&text, "reports") && take_number(&text, &to->reports) &&
	       take_expected(&text, "events") && take_number(&text, &to->events) &&
	       take_hash(&text, to->event_hash) && take_expected(&text, "vms") &&
	       take_number(&text, &to->vms) && take_hash(&text, to->heads_hash) && !text.len;
}

static bool take_head(struct crypto_bytes text, struct checkpoint_head *to)
{
	char uuid[TEXT_UUID_SIZE];

	return take_word(&text, uuid, sizeof(uuid)) && text_uuid(uuid, to->uuid) &&
	       take_number(&text, &to->report) && take_hash(&text, to->hash) && !text.len;
}

/* The line at *at without its end; moves *at behind it. */
static struct crypto_bytes take_line(struct crypto_bytes *at)
{
	const char *bytes = at->bytes;
	const char *newline = at->len ? memchr(bytes, '\n', at->len) : NULL;
	size_t len = newline ? (size_t)(newline - bytes) : at->len;
	size_t used = newline ? len + 1 : len;
	struct crypto_bytes line = {bytes, text_trim_line_end(bytes, len)};

	at->bytes = bytes + used;
	at->len -= used;
	return line;
}

static bool begins_with(const struct crypto_bytes *text, const char *with)
{
	return text->len >= strlen(with) && memcmp(text->bytes, with, strlen(with)) == 0;
}

/* Finds the signature, which a line may end with. */
static void split_line(struct checkpoint_block *block)
{
	const char *bytes = block->stamped.bytes;
	const char *found = memmem(bytes, block->stamped.len, SIGNATURE, strlen(SIGNATURE));

	block->line = block->stamped;
	if (!found)
		return;
	block->line.len = (size_t)(found - bytes);
	block->signature.bytes = found + strlen(SIGNATURE);
	block->signature.len = block->stamped.len - block->line.len - strlen(SIGNATURE);
}

static int check_heads(const struct checkpoint_block *block, uint64_t count, struct error *err)
{
	const struct checkpoint *checkpoint = &block->checkpoint;
	uint8_t hash[TCG_DIGEST_MAX];
	bool is_same;
	int rc;

	if (!block->heads.len)
		return 0;
	rc = crypto_digest(TCG_ALG_SHA256, &block->heads, 1, hash, err);
	if (rc)
		return rc;
	is_same = count == checkpoint->vms &&
		  memcmp(hash, checkpoint->heads_hash, sizeof(checkpoint->heads_hash)) == 0;
	if (!is_same)
		return error_set(err, ERROR_CRYPTO,
			"the checkpoint of %s was changed: its VMs are not those that it counts "
			"and "
			"hashes",
			checkpoint->time);
	return 0;
}

static int refuse(unsigned line, const char *what, struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "line %u: %s", line, what);
}

/* Behind the checkpoint's own line: a time stamp, and heads. */
static int read_rest(struct crypto_bytes *at, unsigned *number, struct checkpoint_block *block,
	struct error *err)
{
	struct checkpoint_head head;
	uint64_t count = 0;

	while (at->len && !begins_with(at, LABEL)) {
		struct crypto_bytes before = *at, line = take_line(at);

		(*number)++;
		if (!line.len || begins_with(&line, "#"))
			continue;
		if (!count && !block->timestamp.len && begins_with(&line, TIMESTAMP)) {
			block->timestamp.bytes = (const char *)line.bytes + strlen(TIMESTAMP);
			block->timestamp.len = line.len - strlen(TIMESTAMP);
			continue;
		}
		if (!take_head(line, &head))
			return refuse(*number, "no VM's UUID, report and hash", err);
		if (!count++)
			block->heads.bytes = before.bytes;
		block->heads.len =
			(size_t)((const char *)at->bytes - (const char *)block->heads.bytes);
	}
	return check_heads(block, count, err);
}

int checkpoint_read(struct crypto_bytes *at, unsigned *line_number,
	struct checkpoint_block *ret_block, bool *ret_is_there, struct error *err)
{
	struct checkpoint_block block = {0};
	int rc;

	*ret_is_there = false;
	while (at->len && !block.stamped.len) {
		struct crypto_bytes line = take_line(at);

		(*line_number)++;
		if (line.len && !begins_with(&line, "#"))
			block.stamped = line;
	}
	if (!block.stamped.len)
		return 0;
	if (block.stamped.len > CHECKPOINT_LINE_MAX)
		return refuse(*line_number, "too long for a checkpoint", err);
	split_line(&block);
	if (!take_checkpoint(block.line, &block.checkpoint))
		return refuse(*line_number, "no checkpoint: \"" LABEL " TIME reports ...\"", err);
	rc = read_rest(at, line_number, &block, err);
	if (rc)
		return rc;
	*ret_block = block;
	*ret_is_there = true;
	return 0;
}

bool checkpoint_next_head(struct crypto_bytes *heads, struct checkpoint_head *ret_head)
{
	while (heads->len) {
		if (take_head(take_line(heads), ret_head))
			return true;
	}
	return false;
}
