/* SPDX-License-Identifier: BSD-2-Clause */
/* What every store does with a VM that is forgotten: nothing of it stays but an audit event, and
 * nobody takes what comes later for it. */
#include <stdio.h>
#include <string.h>

#include "tests/collector/fixture.h"

#define LOG_BYTES "a log"

/* What a step's judge answers; each of the parts only where it is there. */
struct step {
	struct order order;
	bool forgets;
	const char *forgotten_by;
	const char *detail; /* NULL: as it is */
	bool waits;         /* nobody accepts it */
	bool saw_lapsed;    /* set by the judge */
	bool names_log;
	struct store_audit audit;
	struct store_claim claim;
	bool has_claim;
	struct store_token token;
	bool has_token;
	struct store_log log;
	bool keeps_log;
};

static void digest(uint8_t ret_sha256[STORE_HASH_SIZE])
{
	const struct crypto_bytes bytes = {LOG_BYTES, strlen(LOG_BYTES)};
	uint8_t whole[TCG_DIGEST_MAX];
	struct error err;

	assert_int_equal(crypto_digest(TCG_ALG_SHA256, &bytes, 1, whole, &err), 0);
	memcpy(ret_sha256, whole, STORE_HASH_SIZE);
}

static void judge_end(struct store_change *change, struct step *step)
{
	store_forgotten_print(&change->vm, "it was sold", &step->audit);
	if (step->detail)
		snprintf(step->audit.detail, sizeof(step->audit.detail), "%s", step->detail);
	snprintf(step->audit.actor, sizeof(step->audit.actor), "%s",
		step->forgotten_by ? step->forgotten_by : "admin");
	change->forgets = true;
	change->audit = &step->audit;
}

static void judge(struct store_change *change, void *context)
{
	struct step *step = context;

	step->order.revision = change->vm.revision;
	step->saw_lapsed = change->is_lapsed;
	if (step->forgets) {
		judge_end(change, step);
		return;
	}
	if (step->has_claim) {
		change->claim = &step->claim;
		change->vm.claimed_ms = step->claim.received_ms;
		change->writes_vm = true;
	}
	if (step->has_token) {
		change->tokens = &step->token;
		change->token_count = 1;
		change->audit = &step->audit;
	}
	if (step->keeps_log)
		change->log = &step->log;
	if (step->has_claim || step->has_token || step->keeps_log)
		return;
	change->appraisal = &step->order.appraisal;
	change->is_baseline = step->order.is_baseline;
	change->vm.enrolment = step->waits ? STORE_ENROLMENT_PENDING : STORE_ENROLMENT_ACCEPTED;
	change->vm.ek_count = 1;
	memset(change->vm.eks[0], 0xe0, STORE_HASH_SIZE);
	change->vm.eks[0][0] = (uint8_t)change->vm.uuid[TEXT_UUID_SIZE - 2];
	change->vm.has_log = step->names_log;
	if (step->names_log)
		digest(change->vm.log);
}

static struct step step_report(uint64_t ms, bool names_log)
{
	return (struct step){.order = order_make(ms, "e"), .names_log = names_log};
}

static struct store_item item_of(struct step *step, unsigned int vm)
{
	struct store_item item = {.judge = judge, .context = step};

	snprintf(item.uuid, sizeof(item.uuid), "%s", fixture_uuid(vm));
	return item;
}

static struct store_item write_step(struct fixture *fixture, unsigned int vm, struct step *step)
{
	struct store_item item = item_of(step, vm);
	struct store_batch batch = {.items = &item, .item_count = 1};

	if (store_write(fixture->store, &batch, &fixture->err))
		fail_msg("%s", fixture->err.message);
	return item;
}

static uint64_t report(struct fixture *fixture, unsigned int vm, uint64_t ms)
{
	struct step step = step_report(ms, true);

	return write_step(fixture, vm, &step).written.id;
}

static struct store_forgotten forget(struct fixture *fixture, unsigned int vm)
{
	struct step step = {.forgets = true};

	return write_step(fixture, vm, &step).forgotten;
}

static void keep_log(struct fixture *fixture, unsigned int vm)
{
	struct step step = {.keeps_log = true, .log.bytes = {LOG_BYTES, strlen(LOG_BYTES)}};

	digest(step.log.sha256);
	write_step(fixture, vm, &step);
}

static void claim(struct fixture *fixture, unsigned int vm)
{
	struct step step = {.has_claim = true,
		.claim = {.received_ms = 1, .sender = {"agent", "x", "192.0.2.9"}}};

	write_step(fixture, vm, &step);
}

/* Each with a digest of its own. */
static void make_token(struct fixture *fixture, unsigned int vm)
{
	static uint8_t number;
	struct step step = {.has_token = true, .audit = {.action = STORE_TOKEN_ACTION}};

	step.token.digest[0] = ++number;
	snprintf(step.token.uuid, sizeof(step.token.uuid), "%s", fixture_uuid(vm));
	write_step(fixture, vm, &step);
}

static bool count(const struct store_log *log, void *context)
{
	(void)log;
	++*(size_t *)context;
	return true;
}

static size_t count_logs(struct fixture *fixture)
{
	const uint8_t start[STORE_HASH_SIZE] = {0};
	size_t logs = 0;

	assert_int_equal(store_list_logs(fixture->store, start, 9, count, &logs, &fixture->err), 0);
	return logs;
}

static bool count_token(const struct store_token *token, void *context)
{
	(void)token;
	++*(size_t *)context;
	return true;
}

static size_t count_tokens(struct fixture *fixture)
{
	size_t tokens = 0;

	assert_int_equal(
		store_list_tokens(fixture->store, "", 0, 99, count_token, &tokens, &fixture->err),
		0);
	return tokens;
}

static bool count_claim(const struct store_claim *of, void *context)
{
	(void)of;
	++*(size_t *)context;
	return true;
}

static size_t count_claims(struct fixture *fixture)
{
	size_t claims = 0;

	assert_int_equal(
		store_list_new_claims(fixture->store, 0, 99, count_claim, &claims, &fixture->err),
		0);
	return claims;
}

static void assert_gone(struct fixture *fixture, unsigned int vm)
{
	struct store_vm ignored;

	assert_int_equal(store_read_vm(fixture->store, fixture_uuid(vm), &ignored, &fixture->err),
		-ERROR_NOT_FOUND);
}

static void assert_whole(struct fixture *fixture, uint64_t appraisals)
{
	struct store_verification tokens = {0};
	struct whole_check check;

	if (fixture_faults(fixture, &check))
		fail_msg("%s: %s", check.uuid, check.what);
	assert_int_equal(check.appraisals, appraisals);
	assert_int_equal(store_verify_tokens(fixture->store, &tokens, &fixture->err), 0);
	if (tokens.fault_count)
		fail_msg("%s", tokens.faults[0].what);
}

static void expire(struct fixture *fixture, uint64_t before_ms)
{
	uint64_t cursor = 0;
	size_t deleted;

	do
		assert_int_equal(store_expire_appraisals(fixture->store, before_ms, 2, &cursor,
					 &deleted, &fixture->err),
			0);
	while (cursor);
}

/* A history with all that there is: an expired part, a baseline of before it and a former one, an
 * event log, a claim, tokens. */
static void write_history(struct fixture *fixture)
{
	struct step first = step_report(1, false);

	first.order.is_baseline = true;
	write_step(fixture, 1, &first);
	report(fixture, 1, 2);
	report(fixture, 2, 3);
	expire(fixture, 3);
	first = step_report(4, true);
	first.order.is_baseline = true;
	write_step(fixture, 1, &first);
	keep_log(fixture, 1);
	claim(fixture, 1);
	claim(fixture, 2);
	make_token(fixture, 1);
	make_token(fixture, 1);
	make_token(fixture, 2);
}

static void test_nothing_stays_but_the_event(void **state)
{
	struct fixture *fixture = *state;
	struct store_forgotten gone;

	write_history(fixture);
	assert_int_equal(count_logs(fixture), 1);
	gone = forget(fixture, 1);
	assert_int_equal(gone.head.id, 4);
	assert_int_equal(gone.reports, 3);
	assert_int_equal(gone.event_logs, 0); /* the other VM names it, too */
	assert_int_equal(gone.claims, 1);
	assert_int_equal(gone.tokens, 2);
	fixture_reopen(fixture);
	assert_gone(fixture, 1);
	assert_int_equal(count_claims(fixture), 1);
	assert_int_equal(count_tokens(fixture), 1);
	assert_int_equal(count_logs(fixture), 1);
	assert_whole(fixture, 1);
	gone = forget(fixture, 2);
	assert_int_equal(gone.event_logs, 1);
	assert_int_equal(count_logs(fixture), 0);
	assert_whole(fixture, 0);
}

static bool see_event(const struct store_audit *audit, void *context)
{
	*(struct store_audit *)context = *audit;
	return true;
}

static void test_event_has_the_end_of_the_chain(void **state)
{
	struct fixture *fixture = *state;
	struct store_audit audit = {0};
	char hash[2 * STORE_HASH_SIZE + 1], want[512];
	struct store_vm vm;

	report(fixture, 1, 1);
	report(fixture, 1, 2);
	vm = fixture_vm(fixture, 1);
	forget(fixture, 1);
	assert_int_equal(
		store_list_audit(fixture->store, 0, 9, see_event, &audit, &fixture->err), 0);
	assert_string_equal(audit.action, STORE_FORGOTTEN_ACTION);
	assert_int_equal(audit.revision, vm.revision + 1);
	assert_true(audit.snapshot.len > 0);
	text_hex(vm.head.hash, sizeof(vm.head.hash), hash, sizeof(hash));
	snprintf(want, sizeof(want), "report 2, SHA-256 %s, ", hash);
	assert_memory_equal(audit.detail, want, strlen(want));
	assert_non_null(strstr(audit.detail, ", EK 31e0e0"));
	assert_non_null(strstr(audit.detail, ": it was sold"));
}

/* Also where the newest of all goes, and the store is opened again. */
static void test_no_number_is_given_twice(void **state)
{
	struct fixture *fixture = *state;
	struct store_link event;
	uint64_t last;

	report(fixture, 2, 1);
	assert_int_equal(report(fixture, 1, 2), 2);
	forget(fixture, 1);
	fixture_reopen(fixture);
	assert_int_equal(store_read_ends(fixture->store, &last, &event, &fixture->err), 0);
	assert_int_equal(last, 2);
	assert_int_equal(report(fixture, 2, 3), 3);
	forget(fixture, 2);
	fixture_reopen(fixture);
	assert_int_equal(report(fixture, 1, 4), 4);
	assert_int_equal(report(fixture, 1, 5), 5);
	assert_whole(fixture, 2);
}

static void test_another_life_goes_on_counting(void **state)
{
	struct fixture *fixture = *state;
	struct store_vm before, now, ignored;

	report(fixture, 1, 1);
	report(fixture, 1, 2);
	before = fixture_vm(fixture, 1);
	forget(fixture, 1);
	report(fixture, 1, 3);
	now = fixture_vm(fixture, 1);
	assert_int_equal(now.revision, before.revision + 2);
	assert_int_equal(now.tail.id, 0);
	assert_int_equal(store_read_record_event(fixture->store, fixture_uuid(1), now.revision,
				 &ignored, &fixture->err),
		-ERROR_NOT_FOUND);
	make_token(fixture, 1);
	assert_whole(fixture, 1);
	forget(fixture, 1);
	assert_whole(fixture, 0);
	report(fixture, 1, 4);
	assert_whole(fixture, 1);
}

static void assert_told(struct fixture *fixture, uint64_t event, const char *what)
{
	struct store_verification audit = {0};

	assert_int_equal(store_verify_audit(fixture->store, &audit, &fixture->err), 0);
	assert_int_equal(audit.fault_count, 1);
	assert_int_equal(audit.faults[0].where, event);
	assert_non_null(strstr(audit.faults[0].what, what));
}

static void test_an_end_without_a_record(void **state)
{
	struct fixture *fixture = *state;
	struct order order = {.is_silent = true, .audit = {.action = STORE_FORGOTTEN_ACTION}};

	snprintf(order.audit.uuid, sizeof(order.audit.uuid), "%s", fixture_uuid(1));
	fixture_write(fixture, &order, fixture_uuid(1));
	assert_told(fixture, 1, "without its record");
}

static void test_an_end_of_another_vm(void **state)
{
	static const char hash[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	struct fixture *fixture = *state;
	char detail[300];
	struct step step = {.forgets = true, .detail = detail};

	report(fixture, 1, 1);
	snprintf(detail, sizeof(detail), "report 1, SHA-256 %s, none, unverified, EK %s", hash,
		hash);
	write_step(fixture, 1, &step);
	assert_told(fixture, 1, "not what its record says");
}

static bool sees_lapsed(struct fixture *fixture, bool waits)
{
	struct step step = step_report(3, false);

	step.waits = waits;
	write_step(fixture, 1, &step);
	return step.saw_lapsed;
}

static void forget_by(struct fixture *fixture, const char *actor)
{
	struct step step = {.forgets = true, .forgotten_by = actor};

	write_step(fixture, 1, &step);
}

/* Until a person accepts or forgets it. */
static void test_forgotten_in_silence(void **state)
{
	struct fixture *fixture = *state;

	assert_false(sees_lapsed(fixture, true));
	forget_by(fixture, STORE_FORGOTTEN_IN_SILENCE);
	fixture_reopen(fixture);
	assert_true(sees_lapsed(fixture, true));
	make_token(fixture, 1);
	assert_true(sees_lapsed(fixture, false));
	assert_false(sees_lapsed(fixture, false));
	forget_by(fixture, "admin");
	assert_false(sees_lapsed(fixture, true));
	assert_whole(fixture, 1);
}

/* The second report of a batch sees what was forgotten before it. */
static void test_forgotten_in_silence_in_one_batch(void **state)
{
	struct fixture *fixture = *state;
	struct step steps[] = {
		{.forgets = true, .forgotten_by = STORE_FORGOTTEN_IN_SILENCE},
		step_report(3, false),
	};
	struct store_item items[COUNT(steps)];
	struct store_batch batch = {.items = items, .item_count = COUNT(steps)};

	report(fixture, 1, 1);
	for (size_t i = 0; i < COUNT(steps); i++)
		items[i] = item_of(&steps[i], 1);
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_true(steps[1].saw_lapsed);
}

static void test_one_batch_has_an_end_and_a_beginning(void **state)
{
	struct fixture *fixture = *state;
	struct step steps[] = {step_report(2, true), {.forgets = true}, step_report(3, false)};
	struct store_item items[COUNT(steps)];
	struct store_batch batch = {.items = items, .item_count = COUNT(steps)};

	report(fixture, 1, 1);
	keep_log(fixture, 1);
	make_token(fixture, 1);
	for (size_t i = 0; i < COUNT(steps); i++)
		items[i] = item_of(&steps[i], 1);
	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	assert_int_equal(items[1].forgotten.reports, 2);
	assert_int_equal(items[1].forgotten.head.id, 2);
	assert_int_equal(steps[2].order.revision, 0);
	assert_int_equal(items[2].written.id, 3);
	assert_string_equal(fixture_timeline(fixture, 1, 0, 9), "e");
	assert_int_equal(count_tokens(fixture), 0);
	assert_int_equal(count_logs(fixture), 0);
	fixture_reopen(fixture);
	assert_whole(fixture, 1);
}

static void judge_key(struct store_change *change, void *context)
{
	judge(change, context);
	memset(change->vm.eks[0], 0xe0, STORE_HASH_SIZE);
}

/* Two VMs that had one key: it went with the one that was the last to have it. */
static void test_a_key_that_went_is_not_missed(void **state)
{
	struct fixture *fixture = *state;
	struct step step = step_report(1, false);

	for (unsigned int vm = 1; vm <= 2; vm++) {
		struct store_item item = item_of(&step, vm);
		struct store_batch batch = {.items = &item, .item_count = 1};

		item.judge = judge_key;
		assert_int_equal(store_write(fixture->store, &batch, &fixture->err), 0);
	}
	assert_whole(fixture, 2);
	forget(fixture, 2);
	assert_whole(fixture, 1);
}

static void test_nobody_forgets_what_is_not_there(void **state)
{
	struct fixture *fixture = *state;
	struct step step = {.forgets = true};
	struct store_item item = item_of(&step, 1);
	struct store_batch batch = {.items = &item, .item_count = 1};

	assert_int_equal(store_write(fixture->store, &batch, &fixture->err), -ERROR_INTERNAL);
	assert_whole(fixture, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_EACH(test_nothing_stays_but_the_event),
		ON_EACH(test_event_has_the_end_of_the_chain),
		ON_EACH(test_no_number_is_given_twice),
		ON_EACH(test_another_life_goes_on_counting),
		ON_EACH(test_an_end_without_a_record),
		ON_EACH(test_an_end_of_another_vm),
		ON_EACH(test_forgotten_in_silence),
		ON_EACH(test_forgotten_in_silence_in_one_batch),
		ON_EACH(test_one_batch_has_an_end_and_a_beginning),
		ON_EACH(test_a_key_that_went_is_not_missed),
		ON_EACH(test_nobody_forgets_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
