/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store does with the keys that sign attestation results. */
#include <stdio.h>
#include <string.h>

#include "tests/collector/fixture.h"

struct keying {
	struct store_result_key key;
	uint64_t others_until_ms;
	bool is_first; /* only where there is none */
	bool has_no_event;
	struct store_audit audit;
};

static void judge_key(struct store_change *change, void *context)
{
	struct keying *keying = context;

	if (keying->is_first && change->has_result_key)
		return;
	change->result_key = &keying->key;
	change->others_until_ms = keying->others_until_ms;
	if (!keying->has_no_event)
		change->audit = &keying->audit;
}

static struct keying make(uint8_t name, uint64_t others_until_ms)
{
	struct keying keying = {.others_until_ms = others_until_ms,
		.key = {.made_ms = 1000 + name, .has_secret = true},
		.audit = {.action = "result-key"}};

	keying.key.kid[0] = name;
	memset(keying.key.x, name, STORE_HASH_SIZE);
	memset(keying.key.y, name + 1, STORE_HASH_SIZE);
	memset(keying.key.secret, name + 2, STORE_HASH_SIZE);
	return keying;
}

static struct store_item item_of(struct keying *keying)
{
	return (struct store_item){
		.judge = judge_key, .context = keying, .asks_result_key = keying->is_first};
}

static int write_key(struct fixture *fixture, struct keying *keying)
{
	struct store_item item = item_of(keying);
	struct store_batch batch = {.items = &item, .item_count = 1};

	return store_write(fixture->store, &batch, &fixture->err);
}

static bool print_key(const struct store_result_key *key, void *context)
{
	buf_printf(context, "%u@%llu until %llu %02x %02x ", key->kid[0],
		(unsigned long long)key->made_ms, (unsigned long long)key->until_ms, key->x[31],
		key->y[31]);
	if (key->has_secret)
		buf_printf(context, "%02x,", key->secret[31]);
	else
		buf_append_text(context, "-,");
	return true;
}

static void assert_keys(struct fixture *fixture, size_t limit, const char *want)
{
	BUF_SCOPED text = {0};

	assert_int_equal(
		store_list_result_keys(fixture->store, limit, print_key, &text, &fixture->err), 0);
	buf_append(&text, "", 1);
	assert_string_equal((const char *)text.data, want);
}

static void test_keys(void **state)
{
	struct fixture *fixture = *state;
	struct keying keying = make(1, 9000);

	assert_keys(fixture, 9, "");
	keying.is_first = true;
	assert_int_equal(write_key(fixture, &keying), 0);
	assert_keys(fixture, 9, "1@1001 until 0 01 02 03,");
	/* Another instance found none at the same time: the first one stays. */
	keying = make(2, 9000);
	keying.is_first = true;
	assert_int_equal(write_key(fixture, &keying), 0);
	assert_keys(fixture, 9, "1@1001 until 0 01 02 03,");
	keying = make(3, 5000);
	assert_int_equal(write_key(fixture, &keying), 0);
	assert_keys(fixture, 9, "3@1003 until 0 03 04 05,1@1001 until 5000 01 02 -,");
	assert_keys(fixture, 1, "3@1003 until 0 03 04 05,");
	/* What is published for a shorter time stays so. */
	keying = make(4, 7000);
	assert_int_equal(write_key(fixture, &keying), 0);
	assert_keys(fixture, 9,
		"4@1004 until 0 04 05 06,3@1003 until 7000 03 04 -,1@1001 until 5000 01 02 -,");
	/* All that came before is nobody's any more. */
	keying = make(5, 2000);
	assert_int_equal(write_key(fixture, &keying), 0);
	assert_keys(fixture, 2, "5@1005 until 0 05 06 07,4@1004 until 2000 04 05 -,");
}

static void test_in_one_batch(void **state)
{
	struct fixture *fixture = *state;
	struct keying keyings[] = {make(1, 9000), make(2, 9000)};
	struct store_item items[2];
	struct store_batch batch = {.items = items, .item_count = 2};

	for (size_t i = 0; i < 2; i++) {
		keyings[i].is_first = true;
		items[i] = item_of(&keyings[i]);
	}
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_keys(fixture, 9, "1@1001 until 0 01 02 03,");
}

static void test_refused(void **state)
{
	struct fixture *fixture = *state;
	struct keying unseen = make(1, 9000), endless = make(1, 0);

	unseen.has_no_event = true;
	assert_int_equal(write_key(fixture, &unseen), -(int)ERROR_INTERNAL);
	assert_int_equal(write_key(fixture, &endless), -(int)ERROR_INTERNAL);
	assert_keys(fixture, 9, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_keys),
		ON_EACH(test_in_one_batch),
		ON_EACH(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
