/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports as a database has them, packed. The first byte says what follows: even, rows that
 * somebody wrote, the keyframe's bytes behind two of its size and four of its text's size, then
 * four of the report's text's size and its bytes; odd, two texts, the first behind its size, which
 * come back as they were. */
#include <string.h>

#include "collector/store/pack/pack.h"
#include "tests/fuzz/fuzz.h"

static uint32_t take(const uint8_t **data, size_t *size, size_t len)
{
	uint32_t value = 0;

	for (; len && *size; len--, (*size)--)
		value = value << 8 | *(*data)++;
	return value;
}

static size_t sum(const struct store_appraisal *appraisal)
{
	return appraisal->evidence.len + appraisal->verdict.len + appraisal->basis.len +
	       appraisal->snapshot.len;
}

static void open_rows(struct pack *pack, const uint8_t *data, size_t size)
{
	struct store_appraisal opened;
	struct pack_stored stored;
	struct pack_row row = {0};
	struct error err;
	size_t len = take(&data, &size, 2);

	stored.len = take(&data, &size, 4);
	len = len < size ? len : size;
	stored.bytes = (struct crypto_bytes){data, len};
	data += len;
	size -= len;
	row.packed_len = take(&data, &size, 4);
	row.appraisal.evidence = (struct crypto_bytes){data, size};
	for (int i = 0; i < 2; i++) {
		row.keyframe = (uint64_t)i;
		FUZZ_ASSERT(!pack_open(pack, &row, &stored, &opened, &err));
		FUZZ_ASSERT(!row.packed_len || sum(&opened) <= PACK_MAX);
		FUZZ_ASSERT(!opened.lost || !sum(&opened));
	}
}

static void check_same(const struct crypto_bytes *one, const struct crypto_bytes *other)
{
	FUZZ_ASSERT(one->len == other->len);
	FUZZ_ASSERT(!one->len || !memcmp(one->bytes, other->bytes, one->len));
}

static void pack_and_open(struct pack *pack, const struct store_appraisal *appraisal,
	struct pack_stored *stored, bool may_be_key)
{
	const struct pack_key *key;
	struct store_appraisal opened;
	struct pack_stored new_key;
	struct pack_row row;
	struct error err;
	bool uses_key;

	FUZZ_ASSERT(!pack_find_key(pack, stored, &key, &err));
	FUZZ_ASSERT(
		!pack_report(pack, appraisal, key, may_be_key, &row, &new_key, &uses_key, &err));
	FUZZ_ASSERT(!uses_key || (key && may_be_key));
	FUZZ_ASSERT(!new_key.bytes.len || may_be_key);
	if (new_key.bytes.len)
		*stored = new_key;
	row.keyframe = uses_key || new_key.bytes.len;
	FUZZ_ASSERT(!pack_open(pack, &row, stored, &opened, &err));
	FUZZ_ASSERT(!opened.lost);
	check_same(&appraisal->evidence, &opened.evidence);
	check_same(&appraisal->verdict, &opened.verdict);
	check_same(&appraisal->snapshot, &opened.snapshot);
}

/* What `stored` borrows from one pack, the other one knows nothing of. */
static void there_and_back(const uint8_t *data, size_t size)
{
	struct pack one = {0}, other = {0};
	struct store_appraisal appraisal = {0};
	struct pack_stored stored = {0};
	size_t len = take(&data, &size, 2);

	len = len < size ? len : size;
	appraisal.evidence = (struct crypto_bytes){data, len};
	appraisal.verdict = (struct crypto_bytes){data, len / 2};
	pack_and_open(&one, &appraisal, &stored, true);
	appraisal.evidence = (struct crypto_bytes){data + len, size - len};
	appraisal.snapshot = (struct crypto_bytes){data, len / 3};
	pack_and_open(&other, &appraisal, &stored, true);
	pack_and_open(&other, &appraisal, &stored, false);
	pack_end(&one);
	pack_end(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pack pack = {0};

	if (size && *data & 1)
		there_and_back(data + 1, size - 1);
	else if (size)
		open_rows(&pack, data + 1, size - 1);
	pack_end(&pack);
	return 0;
}
