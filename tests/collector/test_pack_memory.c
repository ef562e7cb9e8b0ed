/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocation failures, as in tests/unit/test_memory.c, of what packs a report and opens it, zstd's
 * own among them: it ends whole or with NO_MEMORY, and never calls damaged what is not.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "collector/store/pack/pack.h"
#include "tests/unit/fixture/shortage.h"

#define LEN 8000

static uint8_t first[LEN], second[LEN];
static struct buf key_bytes, frame_bytes;
static struct pack_stored stored;
static struct pack_row packed;

static struct store_appraisal report_of(const uint8_t *evidence)
{
	return (struct store_appraisal){.evidence = {evidence, LEN},
		.verdict = {(const uint8_t *)"verdict", 7},
		.basis = {(const uint8_t *)"", 0},
		.snapshot = {(const uint8_t *)"", 0}};
}

static struct crypto_bytes keep(struct buf *to, const struct crypto_bytes *bytes)
{
	buf_append(to, bytes->bytes, bytes->len);
	return (struct crypto_bytes){to->data, to->len};
}

static int run_pack(struct error *err)
{
	const struct store_appraisal report = report_of(first);
	struct pack_stored new_key;
	struct pack_row row;
	struct pack pack = {0};
	bool uses_key;
	int rc = pack_report(&pack, &report, NULL, true, &row, &new_key, &uses_key, err);

	if (!rc)
		assert_true(new_key.bytes.len);
	pack_end(&pack);
	return rc;
}

static int run_pack_with_key(struct error *err)
{
	const struct store_appraisal report = report_of(second);
	const struct pack_key *key;
	struct pack_stored new_key;
	struct pack_row row;
	struct pack pack = {0};
	bool uses_key = false;
	int rc = pack_find_key(&pack, &stored, &key, err);

	if (!rc) {
		assert_non_null(key);
		rc = pack_report(&pack, &report, key, true, &row, &new_key, &uses_key, err);
	}
	if (!rc)
		assert_true(uses_key);
	pack_end(&pack);
	return rc;
}

static int run_open(struct error *err)
{
	struct store_appraisal opened;
	struct pack pack = {0};
	int rc = pack_open(&pack, &packed, &stored, &opened, err);

	if (!rc) {
		assert_null(opened.lost);
		assert_int_equal(opened.evidence.len, LEN);
		assert_memory_equal(opened.evidence.bytes, second, LEN);
	}
	pack_end(&pack);
	return rc;
}

static const struct {
	const char *name;
	int (*run)(struct error *err);
	size_t least; /* allocations it is known to make */
} operations[] = {
	{"a report by itself", run_pack, 6},
	{"a report with a keyframe", run_pack_with_key, 6},
	{"opening", run_open, 5},
};

static void run_all_failures(size_t i, bool fails_on)
{
	size_t n = 0;

	do {
		struct error err = {0};
		int rc;

		shortage_begin(n++, fails_on);
		rc = operations[i].run(&err);
		shortage_end();
		if (rc && (!shortage_has_struck() || rc != -ERROR_NO_MEMORY || !err.message[0]))
			fail_msg("%s: allocation %zu failing gives %d, %s", operations[i].name,
				n - 1, rc, err.message);
	} while (shortage_has_struck());
	if (n - 1 < operations[i].least)
		fail_msg("%s: only %zu allocations were seen to fail", operations[i].name, n - 1);
}

static void test_every_operation(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(operations) * 2; i++)
		run_all_failures(i / 2, i % 2);
}

/* What has no pattern, so that only the keyframe makes it small. */
static int setup(void **state)
{
	const struct store_appraisal one = report_of(first), other = report_of(second);
	const struct pack_key *key;
	struct pack_stored ignored;
	struct pack pack = {0};
	struct error err;
	uint32_t number = 1;
	bool uses_key;
	int rc;

	(void)state;
	for (size_t i = 0; i < LEN; i++)
		first[i] = second[i] = (uint8_t)((number = number * 1664525 + 1013904223) >> 24);
	second[LEN / 2]++;
	rc = pack_report(&pack, &one, NULL, true, &packed, &stored, &uses_key, &err);
	if (!rc) {
		stored.bytes = keep(&key_bytes, &stored.bytes);
		rc = pack_find_key(&pack, &stored, &key, &err);
	}
	if (!rc)
		rc = pack_report(&pack, &other, key, true, &packed, &ignored, &uses_key, &err);
	if (!rc) {
		packed.appraisal.evidence = keep(&frame_bytes, &packed.appraisal.evidence);
		packed.keyframe = 1;
	}
	pack_end(&pack);
	return rc || !uses_key;
}

static int teardown(void **state)
{
	(void)state;
	buf_free(&key_bytes);
	buf_free(&frame_bytes);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_operation),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
