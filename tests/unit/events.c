/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/events.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "tests/unit/unit.h"

#define HEADER_SIZE 28 /* of a Spec ID event before the algorithms */

static void append_u16le(struct buf *buf, uint32_t value)
{
	buf_append_u8(buf, (uint8_t)value);
	buf_append_u8(buf, (uint8_t)(value >> 8));
}

static void append_u32le(struct buf *buf, uint32_t value)
{
	append_u16le(buf, value & 0xffff);
	append_u16le(buf, value >> 16);
}

void events_append_bytes(struct buf *buf, uint8_t byte, size_t count)
{
	for (size_t i = 0; i < count; i++)
		buf_append_u8(buf, byte);
}

void events_append_sha1(struct buf *buf, uint32_t pcr, uint32_t type, const void *data, size_t len)
{
	append_u32le(buf, pcr);
	append_u32le(buf, type);
	events_append_bytes(buf, EVENTS_SHA1_DIGEST, 20);
	append_u32le(buf, (uint32_t)len);
	buf_append(buf, data, len);
}

void events_append_spec_id(struct buf *buf, const struct events_alg *algs, size_t count)
{
	append_u32le(buf, 0);
	append_u32le(buf, NO_ACTION);
	events_append_bytes(buf, 0, 20);
	append_u32le(buf, (uint32_t)(HEADER_SIZE + 4 * count + 1));
	buf_append(buf, "Spec ID Event03", 16);
	append_u32le(buf, 0);
	buf_append(buf, "\x00\x02\x00\x02", 4);
	append_u32le(buf, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		append_u16le(buf, algs[i].alg);
		append_u16le(buf, algs[i].size);
	}
	buf_append_u8(buf, 0);
}

void events_append(struct buf *buf, uint32_t pcr, uint32_t type, const struct events_alg *algs,
	size_t count, const void *data, size_t len)
{
	append_u32le(buf, pcr);
	append_u32le(buf, type);
	append_u32le(buf, (uint32_t)count);
	for (size_t i = 0; i < count; i++) {
		append_u16le(buf, algs[i].alg);
		events_append_bytes(buf, EVENTS_AGILE_DIGEST, algs[i].size);
	}
	append_u32le(buf, (uint32_t)len);
	buf_append(buf, data, len);
}

int events_replay(const struct buf *buf, struct eventlog *ret_log, struct error *err)
{
	assert_false(buf->failed);
	return eventlog_replay(buf->data, buf->len, ret_log, err);
}

void events_assert_refused(const struct buf *buf, enum error_code code, const char *message)
{
	struct eventlog log = {.events = 7777};
	struct error err;

	assert_int_equal(events_replay(buf, &log, &err), -(int)code);
	assert_non_null(strstr(err.message, message));
	assert_int_equal(log.events, 7777);
}

void events_assert_extended_once(const struct tcg_pcr_bank *bank, uint32_t pcr, uint8_t fill,
	uint8_t last, uint8_t digest_byte)
{
	uint8_t start[TCG_DIGEST_MAX], digest[TCG_DIGEST_MAX], value[TCG_DIGEST_MAX];
	size_t size = tcg_digest_size(bank->alg);
	const struct crypto_bytes parts[] = {{start, size}, {digest, size}};
	struct error err;

	memset(start, fill, size);
	start[size - 1] = last;
	memset(digest, digest_byte, size);
	assert_int_equal(crypto_digest(bank->alg, parts, 2, value, &err), 0);
	assert_memory_equal(bank->values[pcr], value, size);
	assert_true(bank->pcrs & 1U << pcr);
}
