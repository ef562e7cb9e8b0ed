/* SPDX-License-Identifier: BSD-2-Clause */
/* A LUKS2 volume's header: two copies, of which the newer one that is whole counts. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/crypto.h"
#include "core/disk/luks2.h"
#include "tests/unit/unit.h"

#define COPY 0x4000U /* the smallest size that a header has */
#define UUID "0c5b2d1e-93b5-4a6e-8a56-2f3a1e0f9d11"

static void put_u64(uint8_t *at, uint64_t value)
{
	for (size_t i = 0; i < 8; i++)
		at[i] = (uint8_t)(value >> (56 - 8 * i));
}

static void put_text(uint8_t *at, const char *text)
{
	for (; *text; text++)
		*at++ = (uint8_t)*text;
}

static void sign(uint8_t *copy, size_t size)
{
	const struct crypto_bytes all = {copy, size};
	uint8_t digest[TCG_DIGEST_MAX];
	struct error err;

	memset(copy + 448, 0, 64);
	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &all, 1, digest, &err), 0);
	memcpy(copy + 448, digest, 32);
}

static void make_copy(
	uint8_t *copy, const char *magic, uint64_t offset, uint64_t sequence, const char *json)
{
	memset(copy, 0, COPY);
	put_text(copy, magic);
	copy[7] = 2;
	put_u64(copy + 8, COPY);
	put_u64(copy + 16, sequence);
	put_text(copy + 72, "sha256");
	put_text(copy + 168, UUID);
	put_u64(copy + 256, offset);
	put_text(copy + 4096, json);
	sign(copy, COPY);
}

static uint8_t *make_header(void)
{
	uint8_t *header = malloc(2 * COPY);

	assert_non_null(header);
	make_copy(header, "LUKS\xba\xbe", 0, 7, "{\"copy\":1}");
	make_copy(header + COPY, "SKUL\xba\xbe", COPY, 7, "{\"copy\":2}");
	return header;
}

static void assert_copy(const uint8_t *header, size_t len, const char *json)
{
	struct luks2 luks2;
	struct error err;

	assert_int_equal(luks2_read(header, len, &luks2, &err), 0);
	assert_string_equal(luks2.uuid, UUID);
	assert_int_equal(luks2.json_len, strlen(json));
	assert_memory_equal(luks2.json, json, strlen(json));
}

static void assert_refused(const uint8_t *header, size_t len)
{
	struct luks2 luks2;
	struct error err;
	int rc = luks2_read(header, len, &luks2, &err);

	assert_int_equal(rc, -(int)err.code);
	assert_true(strlen(err.message) > 0);
}

static void test_header(void **state)
{
	uint8_t *header = make_header();

	(void)state;
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), 2 * COPY);
	assert_copy(header, 2 * COPY, "{\"copy\":1}");
	/* A newer backup: the first copy was not written any more. */
	make_copy(header + COPY, "SKUL\xba\xbe", COPY, 8, "{\"copy\":2}");
	assert_copy(header, 2 * COPY, "{\"copy\":2}");
	free(header);
}

/* What is damaged is told from what is whole: one copy is enough. */
static void test_damaged_copies(void **state)
{
	static const size_t places[] = {6, 8, 20, 100, 170, 258, 450, 4100, COPY - 1};

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		uint8_t *header = make_header();

		header[places[i]] ^= 0x40;
		assert_copy(header, 2 * COPY, "{\"copy\":2}");
		assert_refused(header, COPY);
		header[COPY + places[i]] ^= 0x40;
		assert_refused(header, 2 * COPY);
		header[places[i]] ^= 0x40;
		assert_copy(header, 2 * COPY, "{\"copy\":1}");
		free(header);
	}
}

static void test_no_header(void **state)
{
	uint8_t *header = make_header();

	(void)state;
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE - 1), 0);
	put_u64(header + 8, COPY + 1); /* where the second is, is looked for */
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), LUKS2_HEADER_MAX);
	header[7] = 1; /* LUKS1 */
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), 0);
	header[7] = 2;
	header[0] = 'l';
	assert_int_equal(luks2_size(header, LUKS2_BINARY_SIZE), 0);
	free(header);
	/* No address behind the end is formed: there is none. */
	assert_refused((const uint8_t *)(UINTPTR_MAX - 15), 15);
}

static void test_other_checksum(void **state)
{
	uint8_t *header = make_header();
	struct luks2 luks2;
	struct error err;

	(void)state;
	put_text(header + 72, "sha257");
	memset(header + COPY, 0, COPY);
	assert_int_equal(luks2_read(header, 2 * COPY, &luks2, &err), -ERROR_UNSUPPORTED);
	free(header);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_damaged_copies),
		cmocka_unit_test(test_no_header),
		cmocka_unit_test(test_other_checksum),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
