/* SPDX-License-Identifier: BSD-2-Clause */
/* Two logs, and the events in which they differ. */
#include "core/measured/event_difference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/fixture/data.h"
#include "tests/unit/fixture/events.h"
#include "tests/unit/unit.h"

#define ALL   0xffffffU
#define BOUND 256

struct seen {
	size_t count, stop; /* behind so many; 0: at the end */
	struct event_change items[BOUND];
};

static bool see(const struct event_change *change, void *context)
{
	struct seen *seen = context;

	assert_true(seen->count < BOUND);
	seen->items[seen->count++] = *change;
	return seen->count != seen->stop;
}

static struct crypto_bytes read_log(const char *name)
{
	struct crypto_bytes log;
	char path[96];
	size_t len;

	snprintf(path, sizeof(path), "eventlog/%s.bin", name);
	log.bytes = data_read(path, &len);
	log.len = len;
	return log;
}

static void find(const struct crypto_bytes *then, const struct crypto_bytes *now, uint32_t pcrs,
	struct seen *seen)
{
	struct error err;

	seen->count = 0;
	assert_int_equal(event_difference_find(then, now, pcrs, see, seen, &err), 0);
}

static size_t count_gone(const struct seen *seen)
{
	size_t gone = 0;

	for (size_t i = 0; i < seen->count; i++) {
		/* What is gone comes first. */
		assert_true(!seen->items[i].is_gone || gone == i);
		gone += seen->items[i].is_gone;
	}
	return gone;
}

static void test_real_boots(void **state)
{
	struct crypto_bytes plain = read_log("ovmf-sha256"), secure = read_log("ovmf-secureboot");
	struct seen seen = {0}, back = {0};

	(void)state;
	find(&plain, &plain, ALL, &seen);
	assert_int_equal(seen.count, 0);
	find(&plain, &secure, 1U << 7, &seen);
	assert_true(count_gone(&seen) > 0 && count_gone(&seen) < seen.count);
	for (size_t i = 0; i < seen.count; i++)
		assert_int_equal(seen.items[i].pcr, 7);
	assert_string_equal(seen.items[0].meaning, "Secure Boot is off");
	assert_string_equal(seen.items[count_gone(&seen)].meaning, "Secure Boot is on");
	/* The other way round it is the same. */
	find(&secure, &plain, 1U << 7, &back);
	assert_int_equal(back.count, seen.count);
	assert_int_equal(count_gone(&back), seen.count - count_gone(&seen));
	seen.stop = 1;
	find(&plain, &secure, ALL, &seen);
	assert_int_equal(seen.count, 1);
	seen.stop = 0;
	find(&plain, &secure, 0, &seen);
	assert_int_equal(seen.count, 0);
	free((void *)plain.bytes);
	free((void *)secure.bytes);
}

static struct crypto_bytes make(struct buf *log, uint32_t alg, unsigned separators, unsigned others)
{
	const struct events_alg bank = {alg, (uint32_t)tcg_digest_size((uint16_t)alg)};

	events_append_spec_id(log, &bank, 1);
	for (unsigned i = 0; i < separators + others; i++)
		events_append(log, i < separators ? 4 : 5, SEPARATOR, &bank, 1, "\0\0\0\0", 4);
	return (struct crypto_bytes){log->data, log->len};
}

/* Of what was measured several times as many are told as there are more. */
static void test_repeated(void **state)
{
	BUF_SCOPED first = {0}, second = {0};
	struct crypto_bytes three = make(&first, TCG_ALG_SHA256, 3, 1);
	struct crypto_bytes five = make(&second, TCG_ALG_SHA256, 5, 1);
	struct seen seen = {0};

	(void)state;
	find(&three, &five, ALL, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(count_gone(&seen), 0);
	find(&five, &three, ALL, &seen);
	assert_int_equal(seen.count, 2);
	assert_int_equal(count_gone(&seen), 2);
	assert_int_equal(seen.items[0].pcr, 4);
	assert_string_equal(seen.items[0].type, "EV_SEPARATOR");
	find(&five, &three, 1U << 5, &seen);
	assert_int_equal(seen.count, 0);
}

static void test_refused(void **state)
{
	BUF_SCOPED first = {0}, second = {0};
	struct crypto_bytes one = make(&first, TCG_ALG_SHA256, 1, 0);
	struct crypto_bytes other = make(&second, TCG_ALG_SHA384, 1, 0);
	struct crypto_bytes rubbish = {"no event log", 12};
	struct seen seen = {0};
	struct error err;

	(void)state;
	assert_int_equal(
		event_difference_find(&one, &other, ALL, see, &seen, &err), -ERROR_UNSUPPORTED);
	assert_int_equal(
		event_difference_find(&one, &rubbish, ALL, see, &seen, &err), -ERROR_MALFORMED);
	assert_int_equal(
		event_difference_find(&rubbish, &one, ALL, see, &seen, &err), -ERROR_MALFORMED);
	assert_int_equal(seen.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_real_boots),
		cmocka_unit_test(test_repeated),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
