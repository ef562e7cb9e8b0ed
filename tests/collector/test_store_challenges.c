/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store must do with challenges, and the clock and numbers that go on. */
#include <string.h>
#include <time.h>

#include "tests/collector/fixture.h"

static struct store_challenge make_challenge(uint8_t number)
{
	/* The last two bits of the number: minutes. */
	struct store_challenge challenge = {.expires_ms = UINT64_C(60000) * (1U + number / 64U)};

	memset(challenge.id, number, sizeof(challenge.id));
	return challenge;
}

static enum store_spend spend(struct fixture *fixture, uint8_t number, uint64_t now_ms)
{
	struct order order = order_make(now_ms, "x");
	struct store_item item = order_item(&order, fixture_uuid(1));
	struct store_batch batch = {.items = &item, .item_count = 1, .now_ms = now_ms};

	order.needs_spend = true;
	item.has_challenge = true;
	item.challenge = make_challenge(number);
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(item.spend, order.spend);
	assert_int_equal(item.written.id != 0, item.spend == STORE_SPEND_DONE);
	return item.spend;
}

static void test_challenge_is_spent_once(void **state)
{
	struct fixture *fixture = *state;
	size_t deleted;
	int rc;

	assert_int_equal(spend(fixture, 1, 59999), STORE_SPEND_DONE);
	fixture_reopen(fixture);
	assert_int_equal(spend(fixture, 1, 100), STORE_SPEND_AGAIN);
	assert_int_equal(spend(fixture, 2, 60000), STORE_SPEND_EXPIRED);
	assert_int_equal(spend(fixture, 2, 100), STORE_SPEND_DONE);
	rc = store_expire_challenges(fixture->store, 60000, 10, &deleted, &fixture->err);
	assert_int_equal(rc, 0);
	assert_int_equal(deleted, 0);
	assert_int_equal(spend(fixture, 1, 100), STORE_SPEND_AGAIN);
	/* Whatever the clock says, nothing is forgotten that could be good by the last one's. */
	assert_int_equal(spend(fixture, 64, 100), STORE_SPEND_DONE);
	store_expire_challenges(fixture->store, 10000000, 10, &deleted, &fixture->err);
	assert_int_equal(deleted, 0);
	assert_int_equal(spend(fixture, 1, 100), STORE_SPEND_AGAIN);
	assert_int_equal(spend(fixture, 128, 100), STORE_SPEND_DONE);
	store_expire_challenges(fixture->store, 60001, 1, &deleted, &fixture->err);
	assert_int_equal(deleted, 1);
	store_expire_challenges(fixture->store, 60001, 9, &deleted, &fixture->err);
	assert_int_equal(deleted, 1);
	store_expire_challenges(fixture->store, 10000000, 9, &deleted, &fixture->err);
	assert_int_equal(deleted, 0);
	/* Forgotten, but for the clock it is over. */
	assert_int_equal(spend(fixture, 1, 60001), STORE_SPEND_EXPIRED);
}

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* An older copy of the store: what the lost one may have given is passed over. */
static void test_lost_numbers_are_passed_over(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t epoch = UINT64_C(1) << 32;
	struct whole_check check;

	assert_int_equal(store_lost_number(fixture->store), 0);
	assert_int_equal(fixture_appraisal(fixture, 1, 1, "a"), 1);
	store_note_lost(fixture->store, 7);
	store_note_lost(fixture->store, 3);
	assert_int_equal(store_lost_number(fixture->store), 7);
	assert_int_equal(fixture_appraisal(fixture, 1, 2, "b"), epoch);
	assert_int_equal(fixture_appraisal(fixture, 2, 3, "c"), epoch + 1);
	store_note_lost(fixture->store, epoch + 5);
	assert_int_equal(fixture_appraisal(fixture, 1, 4, "d"), 2 * epoch);
	fixture_reopen(fixture);
	assert_int_equal(fixture_appraisal(fixture, 1, 5, "e"), 2 * epoch + 1);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "e,d,b,a");
	assert_int_equal(fixture_faults(fixture, &check), 0);
}

/* The clock was ahead by an hour when the challenge was spent, and was set right since. */
static void test_clock_never_goes_back(void **state)
{
	struct fixture *fixture = *state;
	uint64_t wall_ms = wall_clock(), ahead_ms = wall_ms + 3600000;
	struct order order = order_make(1, "x");
	struct store_item item = order_item(&order, fixture_uuid(1));
	struct store_batch batch = {.items = &item, .item_count = 1, .now_ms = ahead_ms};

	assert_true(store_clock_ms(fixture->store) + 1000 > wall_ms);
	assert_true(store_clock_ms(fixture->store) < wall_ms + 60000);
	item.has_challenge = true;
	item.challenge.expires_ms = ahead_ms + STORE_CHALLENGE_MS;
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	if (!*fixture->folder && !fixture->url)
		return; /* what is in memory ends with its clock */
	fixture_reopen(fixture);
	assert_true(store_clock_ms(fixture->store) >= ahead_ms);
	assert_true(store_clock_ms(fixture->store) < ahead_ms + 60000);
}

/* The same number again is another challenge when it expires at another time. */
static void test_challenges_are_told_apart(void **state)
{
	struct fixture *fixture = *state;
	struct order orders[3] = {order_make(1, "a"), order_make(2, "b"), order_make(3, "c")};
	struct store_item items[3];
	struct store_batch batch = {.items = items, .item_count = 3};

	for (size_t i = 0; i < 3; i++) {
		items[i] = order_item(&orders[i], fixture_uuid(1));
		items[i].has_challenge = orders[i].needs_spend = true;
		items[i].challenge = make_challenge(1);
	}
	items[2].challenge.expires_ms++;
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(items[0].spend, STORE_SPEND_DONE);
	assert_int_equal(items[1].spend, STORE_SPEND_AGAIN);
	assert_int_equal(items[2].spend, STORE_SPEND_DONE);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 10), "c,a");
}

/* A batch that fails leaves nothing: no report, no spent challenge. */
static void test_batch_is_all_or_nothing(void **state)
{
	static uint8_t large[EVIDENCE_MAX_BYTES + 1];
	struct fixture *fixture = *state;
	struct order orders[2] = {order_make(1, "a"), order_make(2, "b")};
	struct store_item items[2] = {
		order_item(&orders[0], fixture_uuid(1)), order_item(&orders[1], fixture_uuid(2))};
	struct store_batch batch = {.items = items, .item_count = 2};
	struct store_vm vm;

	items[0].has_challenge = true;
	items[0].challenge = make_challenge(1);
	orders[1].appraisal.evidence = (struct crypto_bytes){large, sizeof(large)};
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), -ERROR_TOO_LARGE);
	assert_int_equal(store_read_vm(fixture->store, fixture_uuid(1), &vm, &fixture->err),
		-ERROR_NOT_FOUND);
	assert_int_equal(spend(fixture, 1, 5), STORE_SPEND_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_challenge_is_spent_once),
		ON_EACH(test_clock_never_goes_back),
		ON_EACH(test_lost_numbers_are_passed_over),
		ON_EACH(test_challenges_are_told_apart),
		ON_EACH(test_batch_is_all_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
