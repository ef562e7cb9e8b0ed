/* SPDX-License-Identifier: BSD-2-Clause */
/* The only one that sees zstd. */
#include "collector/store/pack/pack.h"

#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define LEVEL 1
#define LARGE 65536 /* of so much, that level would not find all of a prefix again */
#define PARTS 4

void pack_end(struct pack *pack)
{
	ZSTD_freeCCtx(pack->packer);
	ZSTD_freeDCtx(pack->opener);
	for (size_t i = 0; i < sizeof(pack->keys) / sizeof(pack->keys[0]); i++) {
		buf_free(&pack->keys[i].packed);
		buf_free(&pack->keys[i].text);
	}
	buf_free(&pack->text);
	buf_free(&pack->delta);
	buf_free(&pack->whole);
	*pack = (struct pack){0};
}

static void list_parts(struct store_appraisal *appraisal, struct crypto_bytes *ret_parts[PARTS])
{
	ret_parts[0] = &appraisal->evidence;
	ret_parts[1] = &appraisal->verdict;
	ret_parts[2] = &appraisal->basis;
	ret_parts[3] = &appraisal->snapshot;
}

/* Empty, and kept for what comes next. */
static void clear(struct buf *buf)
{
	buf->len = 0;
	if (buf->failed)
		buf_free(buf);
}

/* --- opening --- */

static int no_memory(struct error *err)
{
	return error_set(err, ERROR_NO_MEMORY, "no memory to open a report");
}

static bool is_short(size_t result)
{
	return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation;
}

/* Makes ready for a frame. It fails only for what is none of the frame's fault. */
static int prepare(struct pack *pack, const struct buf *prefix, struct error *err)
{
	size_t result;

	if (!pack->opener)
		pack->opener = ZSTD_createDCtx();
	if (!pack->opener)
		return no_memory(err);
	result = ZSTD_DCtx_reset(pack->opener, ZSTD_reset_session_and_parameters);
	if (!ZSTD_isError(result) && prefix)
		result = ZSTD_DCtx_refPrefix(pack->opener, prefix->data, prefix->len);
	if (!ZSTD_isError(result))
		return 0;
	return is_short(result)
		       ? no_memory(err)
		       : error_set(err, ERROR_INTERNAL, "zstd: %s", ZSTD_getErrorName(result));
}

/* *ret_is_whole: whether `bytes` are `len` bytes packed, which `ret_text` then has. What a frame
 * says of its size is nothing to go by before it is what the row says, too. */
static int open_frame(struct pack *pack, const struct crypto_bytes *bytes, uint64_t len,
	const struct buf *prefix, struct buf *ret_text, bool *ret_is_whole, struct error *err)
{
	uint8_t *to;
	size_t size;
	int rc;

	clear(ret_text);
	*ret_is_whole = false;
	if (!len || len > PACK_MAX || ZSTD_getFrameContentSize(bytes->bytes, bytes->len) != len)
		return 0;
	to = buf_reserve(ret_text, (size_t)len);
	rc = to ? prepare(pack, prefix, err) : no_memory(err);
	if (rc)
		return rc;
	size = ZSTD_decompressDCtx(pack->opener, to, (size_t)len, bytes->bytes, bytes->len);
	if (is_short(size))
		return no_memory(err);
	*ret_is_whole = !ZSTD_isError(size) && size == len;
	if (*ret_is_whole)
		ret_text->len = size;
	return 0;
}

static bool is_key(const struct pack_key *key, const struct pack_stored *stored)
{
	const struct crypto_bytes *bytes = &stored->bytes;

	return key->text.len && key->text.len == stored->len && key->packed.len == bytes->len &&
	       memcmp(key->packed.data, bytes->bytes, bytes->len) == 0;
}

int pack_find_key(struct pack *pack, const struct pack_stored *stored,
	const struct pack_key **ret_key, struct error *err)
{
	const struct crypto_bytes *bytes = &stored->bytes;
	struct pack_key *key = pack->keys;
	bool is_whole;
	int rc;

	*ret_key = NULL;
	if (!bytes->len)
		return 0;
	for (size_t i = 0; i < sizeof(pack->keys) / sizeof(pack->keys[0]); i++) {
		if (is_key(&pack->keys[i], stored)) {
			pack->keys[i].used = ++pack->uses;
			*ret_key = &pack->keys[i];
			return 0;
		}
		if (pack->keys[i].used < key->used)
			key = &pack->keys[i];
	}
	clear(&key->packed);
	rc = open_frame(pack, bytes, stored->len, NULL, &key->text, &is_whole, err);
	if (rc || !is_whole)
		return rc;
	buf_append(&key->packed, bytes->bytes, bytes->len);
	if (key->packed.failed)
		return no_memory(err);
	key->used = ++pack->uses;
	*ret_key = key;
	return 0;
}

/* Whether the text is four parts and nothing else. */
static bool take_parts(const struct buf *text, struct store_appraisal *appraisal)
{
	struct crypto_bytes *parts[PARTS];
	size_t at = 0;

	list_parts(appraisal, parts);
	for (size_t i = 0; i < PARTS; i++) {
		const uint8_t *from = text->data + at;
		size_t len;

		if (text->len - at < 4)
			return false;
		len = (size_t)from[0] << 24 | (size_t)from[1] << 16 | (size_t)from[2] << 8 |
		      (size_t)from[3];
		at += 4;
		if (len > text->len - at)
			return false;
		*parts[i] = (struct crypto_bytes){text->data + at, len};
		at += len;
	}
	return at == text->len;
}

static void lose(struct store_appraisal *appraisal, const char *why)
{
	struct crypto_bytes *parts[PARTS];

	list_parts(appraisal, parts);
	for (size_t i = 0; i < PARTS; i++)
		*parts[i] = (struct crypto_bytes){(const uint8_t *)"", 0};
	appraisal->lost = why;
}

int pack_open(struct pack *pack, const struct pack_row *row, const struct pack_stored *stored,
	struct store_appraisal *ret_appraisal, struct error *err)
{
	const struct crypto_bytes frame = row->appraisal.evidence;
	const struct pack_key *key = NULL;
	struct store_appraisal appraisal = row->appraisal;
	bool is_whole = false;
	int rc = 0;

	if (!row->packed_len) {
		*ret_appraisal = appraisal;
		return 0;
	}
	if (row->keyframe)
		rc = pack_find_key(pack, stored, &key, err);
	if (!rc && (key || !row->keyframe))
		rc = open_frame(pack, &frame, row->packed_len, key ? &key->text : NULL, &pack->text,
			&is_whole, err);
	if (rc)
		return rc;
	if (row->keyframe && !stored->bytes.len)
		lose(&appraisal, "its keyframe is missing");
	else if (row->keyframe && !key)
		lose(&appraisal, "its keyframe is damaged");
	else if (!is_whole || !take_parts(&pack->text, &appraisal))
		lose(&appraisal, "what was packed is damaged");
	*ret_appraisal = appraisal;
	return 0;
}

/* --- packing --- */

static int make_text(struct buf *text, const struct store_appraisal *appraisal, struct error *err)
{
	struct store_appraisal copy = *appraisal;
	struct crypto_bytes *parts[PARTS];

	clear(text);
	list_parts(&copy, parts);
	for (size_t i = 0; i < PARTS; i++) {
		buf_append_u32be(text, (uint32_t)parts[i]->len);
		buf_append(text, parts[i]->bytes, parts[i]->len);
	}
	return text->failed ? error_set(err, ERROR_NO_MEMORY, "no memory to pack a report") : 0;
}

/* The first failure of several settings. */
static size_t set(struct pack *pack, size_t before, ZSTD_cParameter parameter, int value)
{
	return ZSTD_isError(before) ? before
				    : ZSTD_CCtx_setParameter(pack->packer, parameter, value);
}

static size_t set_up(struct pack *pack, size_t len, const struct buf *prefix)
{
	size_t result = ZSTD_CCtx_reset(pack->packer, ZSTD_reset_session_and_parameters);

	result = set(pack, result, ZSTD_c_compressionLevel, LEVEL);
	result = set(pack, result, ZSTD_c_checksumFlag, !prefix);
	if (len > LARGE) {
		result = set(pack, result, ZSTD_c_windowLog, 20);
		result = set(pack, result, ZSTD_c_hashLog, 17);
	}
	if (prefix && !ZSTD_isError(result))
		result = ZSTD_CCtx_refPrefix(pack->packer, prefix->data, prefix->len);
	return result;
}

/* Only what stands by itself has a checksum: whether a report is what it was its hash tells, but
 * not that its keyframe is at fault. */
static int make_frame(struct pack *pack, const struct buf *text, const struct buf *prefix,
	struct buf *to, struct error *err)
{
	const size_t room = ZSTD_compressBound(text->len);
	uint8_t *at;
	size_t size;

	clear(to);
	at = buf_reserve(to, room);
	if (!pack->packer)
		pack->packer = ZSTD_createCCtx();
	if (!at || !pack->packer)
		return error_set(err, ERROR_NO_MEMORY, "no memory to pack a report");
	size = set_up(pack, text->len, prefix);
	if (!ZSTD_isError(size))
		size = ZSTD_compress2(pack->packer, at, room, text->data, text->len);
	if (is_short(size))
		return error_set(err, ERROR_NO_MEMORY, "no memory to pack a report");
	if (ZSTD_isError(size))
		return error_set(err, ERROR_INTERNAL, "zstd: %s", ZSTD_getErrorName(size));
	to->len = size;
	return 0;
}

static bool is_worth(const struct buf *delta, size_t whole)
{
	return delta->len <= PACK_LITTLE || delta->len * PACK_WORTH <= whole;
}

static void set_row(struct pack_row *row, const struct store_appraisal *appraisal, size_t len,
	const struct buf *frame)
{
	*row = (struct pack_row){.appraisal = *appraisal, .packed_len = len};
	lose(&row->appraisal, NULL);
	row->appraisal.evidence = (struct crypto_bytes){frame->data, frame->len};
}

int pack_report(struct pack *pack, const struct store_appraisal *appraisal,
	const struct pack_key *key, bool may_be_key, struct pack_row *ret_row,
	struct pack_stored *ret_new, bool *ret_uses_key, struct error *err)
{
	struct buf *text = &pack->text;
	int rc = make_text(text, appraisal, err);

	*ret_new = (struct pack_stored){0};
	*ret_uses_key = false;
	*ret_row = (struct pack_row){.appraisal = *appraisal};
	if (rc || text->len < PACK_SMALL)
		return rc;
	if (may_be_key && key) {
		rc = make_frame(pack, text, &key->text, &pack->delta, err);
		set_row(ret_row, appraisal, text->len, &pack->delta);
		*ret_uses_key = !rc;
		if (rc || is_worth(&pack->delta, key->packed.len))
			return rc;
	}
	rc = make_frame(pack, text, NULL, &pack->whole, err);
	if (rc || (*ret_uses_key && is_worth(&pack->delta, pack->whole.len)))
		return rc;
	*ret_uses_key = false;
	set_row(ret_row, appraisal, text->len, &pack->whole);
	if (!may_be_key)
		return 0;
	/* Its text at another place: zstd takes no prefix that is the input itself. */
	*ret_new = (struct pack_stored){text->len, {pack->whole.data, pack->whole.len}};
	rc = pack_find_key(pack, ret_new, &key, err);
	if (!rc && !key)
		rc = error_set(err, ERROR_INTERNAL, "zstd: what was packed does not open");
	if (rc)
		return rc;
	rc = make_frame(pack, text, &key->text, &pack->delta, err);
	set_row(ret_row, appraisal, text->len, &pack->delta);
	return rc;
}
