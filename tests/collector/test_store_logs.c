/* SPDX-License-Identifier: BSD-2-Clause */
/* Event logs in every store: kept once, found by what reports name, and gone with the last of
 * these. */
#include <stdio.h>
#include <string.h>

#include "tests/collector/fixture.h"

/* A report of a VM that names a log, or the log itself. */
struct step {
	struct store_appraisal appraisal;
	const char *names; /* the log's bytes; NULL: the report names none */
	const char *keeps; /* no report comes, but this log */
	bool is_baseline;
	bool was_kept; /* what the judge saw of it */
	struct store_log log;
};

static void digest(const char *text, uint8_t ret_sha256[STORE_HASH_SIZE])
{
	const struct crypto_bytes bytes = {text, strlen(text)};
	uint8_t whole[TCG_DIGEST_MAX];
	struct error err;

	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &bytes, 1, whole, &err), 0);
	memcpy(ret_sha256, whole, STORE_HASH_SIZE);
}

static void judge(struct store_change *change, void *context)
{
	struct step *step = context;

	step->was_kept = change->has_log;
	if (step->keeps) {
		change->log = &step->log;
		return;
	}
	change->vm.enrolment = STORE_ENROLMENT_ACCEPTED;
	change->vm.has_log = step->names != NULL;
	if (step->names)
		digest(step->names, change->vm.log);
	change->appraisal = &step->appraisal;
	change->is_baseline = step->is_baseline;
}

static int write(struct fixture *fixture, unsigned int vm, struct step *step)
{
	const char *text = step->keeps ? step->keeps : step->names;
	struct store_item item = {.judge = judge, .context = step, .asks_log = text != NULL};
	struct store_batch batch = {.items = &item, .item_count = 1};

	if (text)
		digest(text, item.log);
	if (step->keeps) {
		memcpy(step->log.sha256, item.log, sizeof(item.log));
		step->log.bytes = (struct crypto_bytes){text, strlen(text)};
	}
	snprintf(item.uuid, sizeof(item.uuid), "%s", fixture_uuid(vm));
	return store_write(fixture->store, &batch, &fixture->err);
}

/* Whether its log was kept already. */
static bool report(struct fixture *fixture, unsigned int vm, uint64_t ms, const char *names)
{
	struct step step = {.appraisal = order_make(ms, "e").appraisal, .names = names};

	assert_int_equal(write(fixture, vm, &step), 0);
	return step.was_kept;
}

static void baseline(struct fixture *fixture, unsigned int vm, uint64_t ms, const char *names)
{
	struct step step = {
		.appraisal = order_make(ms, "e").appraisal, .names = names, .is_baseline = true};

	assert_int_equal(write(fixture, vm, &step), 0);
}

static bool keep(struct fixture *fixture, unsigned int vm, const char *log)
{
	struct step step = {.keeps = log};

	assert_int_equal(write(fixture, vm, &step), 0);
	return step.was_kept;
}

static bool take(const struct store_log *log, void *context)
{
	struct buf *text = context;
	uint8_t sha256[STORE_HASH_SIZE];

	buf_append(text, log->bytes.bytes, log->bytes.len);
	buf_append_u8(text, 0);
	digest((const char *)text->data + text->len - log->bytes.len - 1, sha256);
	assert_memory_equal(sha256, log->sha256, sizeof(sha256));
	text->len--;
	return true;
}

static bool is_kept(struct fixture *fixture, const char *log)
{
	uint8_t sha256[STORE_HASH_SIZE];
	BUF_SCOPED text = {0};
	int rc;

	digest(log, sha256);
	rc = store_read_log(fixture->store, sha256, take, &text, &fixture->err);
	if (rc == -ERROR_NOT_FOUND)
		return false;
	assert_int_equal(rc, 0);
	assert_int_equal(text.len, strlen(log));
	assert_memory_equal(text.data, log, text.len);
	return true;
}

static void expire(struct fixture *fixture, uint64_t before_ms)
{
	uint64_t cursor = 0;
	size_t deleted;

	do {
		assert_int_equal(store_expire_appraisals(fixture->store, before_ms, 2, &cursor,
					 &deleted, &fixture->err),
			0);
	} while (cursor);
}

static bool count(const struct store_log *log, void *context)
{
	(void)log;
	++*(size_t *)context;
	return true;
}

static size_t count_logs(struct fixture *fixture)
{
	static const uint8_t first[STORE_HASH_SIZE];
	size_t logs = 0;

	assert_int_equal(
		store_list_logs(fixture->store, first, 100, count, &logs, &fixture->err), 0);
	return logs;
}

static void test_log_is_kept_once(void **state)
{
	struct fixture *fixture = *state;
	struct store_vm vm;

	assert_false(report(fixture, 1, 1, "log"));
	assert_false(report(fixture, 2, 2, "log"));
	vm = fixture_vm(fixture, 1);
	assert_true(vm.has_log);
	assert_false(keep(fixture, 1, "log"));
	assert_true(keep(fixture, 2, "log"));
	assert_true(report(fixture, 3, 3, "log"));
	assert_false(report(fixture, 3, 4, "another"));
	assert_int_equal(count_logs(fixture), 1);
	fixture_reopen(fixture);
	assert_true(is_kept(fixture, "log"));
	assert_false(is_kept(fixture, "another"));
	/* Keeping a log is no change of what is shown and verified. */
	assert_int_equal(fixture_vm(fixture, 1).revision, vm.revision);
}

static void test_log_goes_with_the_last_report(void **state)
{
	struct fixture *fixture = *state;

	baseline(fixture, 1, 1, "first");
	keep(fixture, 1, "first");
	report(fixture, 1, 2, "second");
	keep(fixture, 1, "second");
	report(fixture, 2, 3, "second");
	report(fixture, 1, 4, "third");
	keep(fixture, 1, "third");
	report(fixture, 1, 5, NULL);
	report(fixture, 1, 6, NULL);
	/* The first is the baseline's, the second another VM's. */
	expire(fixture, 6);
	assert_true(is_kept(fixture, "first"));
	assert_true(is_kept(fixture, "second"));
	assert_false(is_kept(fixture, "third"));
	report(fixture, 2, 7, "fourth");
	keep(fixture, 2, "fourth");
	baseline(fixture, 1, 8, "fourth");
	expire(fixture, 8);
	assert_false(is_kept(fixture, "first"));
	assert_false(is_kept(fixture, "second"));
	assert_true(is_kept(fixture, "fourth"));
}

static void test_log_that_comes_again_stays(void **state)
{
	struct fixture *fixture = *state;

	report(fixture, 1, 1, "a");
	keep(fixture, 1, "a");
	report(fixture, 1, 2, "b");
	keep(fixture, 1, "b");
	report(fixture, 1, 3, "a");
	expire(fixture, 3);
	assert_true(is_kept(fixture, "a"));
	assert_false(is_kept(fixture, "b"));
	report(fixture, 1, 4, "b");
	assert_false(keep(fixture, 1, "b"));
	/* It is named by reports that are kept, though by none before them. */
	expire(fixture, 3);
	assert_true(is_kept(fixture, "a"));
	expire(fixture, 100);
	assert_false(is_kept(fixture, "a"));
	assert_true(is_kept(fixture, "b"));
}

static void test_log_of_no_report_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct step step = {.keeps = "of nobody"};

	report(fixture, 1, 1, "named");
	assert_int_equal(write(fixture, 1, &step), -ERROR_INTERNAL);
	assert_int_equal(write(fixture, 9, &step), -ERROR_INTERNAL);
	step.keeps = "";
	assert_int_equal(write(fixture, 1, &step), -ERROR_INTERNAL);
	assert_int_equal(count_logs(fixture), 0);
}

static void test_logs_are_verified_in_steps(void **state)
{
	struct fixture *fixture = *state;
	struct store_verification verification = {0};
	char text[16];
	size_t steps = 0;

	for (unsigned int i = 0; i < STORE_LOGS_STEP + 3; i++) {
		snprintf(text, sizeof(text), "log %u", i);
		report(fixture, i, i + 1, text);
		keep(fixture, i, text);
	}
	while (!verification.is_done && steps++ < 10) {
		assert_int_equal(
			store_verify_logs(fixture->store, &verification, &fixture->err), 0);
		assert_int_equal(verification.fault_count, 0);
	}
	assert_int_equal(steps, 2);
	assert_int_equal(verification.count, STORE_LOGS_STEP + 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_log_is_kept_once),
		ON_EACH(test_log_goes_with_the_last_report),
		ON_EACH(test_log_that_comes_again_stays),
		ON_EACH(test_log_of_no_report_is_refused),
		ON_EACH(test_logs_are_verified_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
