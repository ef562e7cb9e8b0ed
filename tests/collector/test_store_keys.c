/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose keys are whose, in every implementation of a store. */
#include <stdio.h>
#include <string.h>

#include "tests/collector/fixture.h"

/* An EK's fingerprint or an AK's name of nothing but `fill`. */
struct key {
	size_t len;
	uint8_t fill;
};

#define EK(fill)                                                                                   \
	{                                                                                          \
		STORE_HASH_SIZE, (fill)                                                            \
	}
#define AK(fill)                                                                                   \
	{                                                                                          \
		34, (fill)                                                                         \
	}

/* One item: asks whose two keys are, then gives the VM others, or none. */
struct asking {
	struct key keys[STORE_ITEM_KEYS];
	bool gives, takes;
	uint8_t ek, other_ek, ak; /* 0: none */
	char owner[TEXT_UUID_SIZE];
};

static void judge(struct store_change *change, void *context)
{
	struct asking *asking = context;
	struct store_vm *vm = &change->vm;

	memcpy(asking->owner, change->owner, sizeof(asking->owner));
	change->takes_keys = asking->takes;
	change->writes_vm = asking->gives || asking->takes;
	if (!asking->gives)
		return;
	vm->ek_count = 0;
	if (asking->ek)
		memset(vm->eks[vm->ek_count++], asking->ek, STORE_HASH_SIZE);
	if (asking->other_ek)
		memset(vm->eks[vm->ek_count++], asking->other_ek, STORE_HASH_SIZE);
	vm->ak_name.len = asking->ak ? 34 : 0;
	memset(vm->ak_name.data, asking->ak, sizeof(vm->ak_name.data));
}

static struct store_item make_item(struct asking *asking, unsigned int vm)
{
	static uint8_t bytes[256][34];
	struct store_item item = {.judge = judge, .context = asking};

	snprintf(item.uuid, sizeof(item.uuid), "%s", fixture_uuid(vm));
	for (size_t i = 0; i < STORE_ITEM_KEYS; i++) {
		const struct key *key = &asking->keys[i];

		memset(bytes[key->fill], key->fill, sizeof(bytes[0]));
		item.keys[i] = (struct crypto_bytes){bytes[key->fill], key->len};
	}
	return item;
}

static void write_items(struct fixture *fixture, struct store_item *items, size_t count)
{
	struct store_batch batch = {.items = items, .item_count = count};

	if (store_write(fixture->store, &batch, &fixture->err))
		fail_msg("%s", fixture->err.message);
}

static void give(struct fixture *fixture, unsigned int vm, uint8_t ek, uint8_t ak)
{
	struct asking asking = {.gives = true, .ek = ek, .ak = ak};
	struct store_item item = make_item(&asking, vm);

	write_items(fixture, &item, 1);
}

/* The number of the other VM that one of the keys belongs to, or 0. */
static unsigned int owner(struct fixture *fixture, unsigned int vm, struct key one, struct key two)
{
	struct asking asking = {.keys = {one, two}};
	struct store_item item = make_item(&asking, vm);

	write_items(fixture, &item, 1);
	for (unsigned int i = 1; i < 9; i++) {
		if (!strcmp(asking.owner, fixture_uuid(i)))
			return i;
	}
	assert_string_equal(asking.owner, "");
	return 0;
}

static const struct key none;

static void test_other_owner_is_found(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(owner(fixture, 2, (struct key)EK(1), (struct key)AK(9)), 0);
	give(fixture, 1, 1, 9);
	fixture_reopen(fixture);
	assert_int_equal(owner(fixture, 2, (struct key)EK(1), none), 1);
	assert_int_equal(owner(fixture, 2, none, (struct key)AK(9)), 1);
	assert_int_equal(owner(fixture, 2, (struct key)EK(2), (struct key)AK(9)), 1);
	assert_int_equal(owner(fixture, 1, (struct key)EK(1), (struct key)AK(9)), 0);
	/* Another kind of key of the same bytes is another key. */
	assert_int_equal(owner(fixture, 2, (struct key)EK(9), (struct key)AK(1)), 0);
	assert_int_equal(owner(fixture, 2, none, none), 0);
}

/* The last record to get a key has it, and what a VM gives up is nobody's. */
static void test_keys_move(void **state)
{
	struct fixture *fixture = *state;

	give(fixture, 1, 1, 9);
	give(fixture, 1, 3, 9);
	assert_int_equal(owner(fixture, 2, (struct key)EK(1), none), 0);
	assert_int_equal(owner(fixture, 2, (struct key)EK(3), none), 1);
	give(fixture, 2, 3, 8);
	assert_int_equal(owner(fixture, 1, (struct key)EK(3), (struct key)AK(9)), 2);
	/* The first one's record still has it: giving that up does not take it from the second. */
	assert_int_equal(fixture_vm(fixture, 1).eks[0][0], 3);
	give(fixture, 1, 4, 9);
	assert_int_equal(owner(fixture, 1, (struct key)EK(3), none), 2);
}

static void test_keys_are_taken_back(void **state)
{
	struct asking asking = {0};
	struct fixture *fixture = *state;
	struct store_item item = make_item(&asking, 1);

	give(fixture, 1, 1, 9);
	give(fixture, 2, 1, 9);
	give(fixture, 1, 1, 9); /* nothing that it had not */
	assert_int_equal(owner(fixture, 1, (struct key)EK(1), none), 2);
	asking.takes = true;
	write_items(fixture, &item, 1);
	assert_int_equal(owner(fixture, 1, (struct key)EK(1), (struct key)AK(9)), 0);
	assert_int_equal(owner(fixture, 2, (struct key)EK(1), none), 1);
}

/* Two VMs with one vTPM in one commit: the first has it. */
static void test_items_of_a_batch(void **state)
{
	struct fixture *fixture = *state;
	struct asking asking[3] = {
		{.keys = {EK(1)}, .gives = true, .ek = 1, .other_ek = 2, .ak = 9},
		{.keys = {EK(2)}, .gives = true, .ek = 5},
		{.keys = {EK(5), AK(9)}},
	};
	struct store_item items[3];

	for (unsigned int i = 0; i < 3; i++)
		items[i] = make_item(&asking[i], i + 1);
	write_items(fixture, items, 3);
	assert_string_equal(asking[0].owner, "");
	assert_string_equal(asking[1].owner, fixture_uuid(1));
	assert_true(!strcmp(asking[2].owner, fixture_uuid(1)) ||
		    !strcmp(asking[2].owner, fixture_uuid(2)));
}

static void fail_judge(struct store_change *change, void *context)
{
	(void)context;
	change->writes_vm = true;
	change->vm.ek_count = STORE_EKS_MAX + 1;
}

static void test_nothing_of_a_failed_batch(void **state)
{
	struct fixture *fixture = *state;
	struct asking asking = {.gives = true, .ek = 1, .ak = 9};
	struct store_item items[2] = {make_item(&asking, 1), {.judge = fail_judge}};
	struct store_batch batch = {.items = items, .item_count = 2};

	snprintf(items[1].uuid, sizeof(items[1].uuid), "%s", fixture_uuid(2));
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), -ERROR_INTERNAL);
	assert_int_equal(owner(fixture, 2, (struct key)EK(1), (struct key)AK(9)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_other_owner_is_found),
		ON_EACH(test_keys_move),
		ON_EACH(test_keys_are_taken_back),
		ON_EACH(test_items_of_a_batch),
		ON_EACH(test_nothing_of_a_failed_batch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
