/* SPDX-License-Identifier: BSD-2-Clause */
/* An evacuation's worth of guests at once, with stubs in the place of guests and their answers:
 * nobody is asked more often than needed, nobody waits for ever, and never are too many asked. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/watch/asking.h"
#include "host/watch/record_file.h"

#define GUESTS   200
#define PARALLEL 8

struct confirm {
	size_t guest;
};

static size_t asked[GUESTS], busy, most_busy, told[GUESTS];
static size_t order[GUESTS * 2], orders;
static bool fails[GUESTS]; /* at the first attempt */
static bool is_missing;    /* their TPM */
static uint64_t number;    /* under which the collector kept their reports */

/* --- in the place of host/confirm/confirm.c --- */

int confirm_start(
	const struct confirm_request *request, struct confirm **ret_confirm, struct error *err)
{
	struct confirm *confirm = calloc(1, sizeof(*confirm));

	assert_non_null(confirm);
	(void)err;
	confirm->guest = strtoul(request->domain + 24, NULL, 16);
	assert_int_equal(request->event, EVENT_NONE); /* first sights */
	asked[confirm->guest]++;
	order[orders++] = confirm->guest;
	busy++;
	if (busy > most_busy)
		most_busy = busy;
	*ret_confirm = confirm;
	return 0;
}

bool confirm_is_due(struct confirm *confirm)
{
	(void)confirm;
	return true;
}

int confirm_finish(struct confirm *confirm, struct confirm_result *ret_result, struct error *err)
{
	size_t guest = confirm->guest;

	free(confirm);
	busy--;
	if (fails[guest] && asked[guest] == 1)
		return error_set(err, ERROR_TIMEOUT, "no guest agent answers");
	*ret_result = (struct confirm_result){0};
	continuity_conclude(&ret_result->verdict, CONTINUITY_CONTINUOUS, EVENT_LIVE_MIGRATION,
		REASON_SAME_TPM, "the same");
	if (is_missing)
		continuity_conclude(&ret_result->verdict, CONTINUITY_MISSING, EVENT_LIVE_MIGRATION,
			REASON_NO_DEVICE, "there is none");
	ret_result->status = ret_result->verdict.status;
	ret_result->answer.number = number;
	return 0;
}

void confirm_result_free(struct confirm_result *result)
{
	(void)result;
}

void confirm_judge(struct confirm_result *result, enum event event)
{
	(void)result;
	(void)event;
}

bool confirm_is_enrolled(const struct confirm_result *result)
{
	(void)result;
	return false;
}

/* --- */

static char directory[] = "/tmp/watch-XXXXXX";
static struct host_confirm_options confirm_options = {.parallel = PARALLEL,
	.timeout_s = 1,
	.collector.urls = {1, sizeof("http://127.0.0.1:1"), "http://127.0.0.1:1"}};
static struct host_watch_options watch_options = {.deadline_s = 900};
static const struct watch_how how = {
	.uri = "none", .confirm = &confirm_options, .watch = &watch_options};

static int make_directory(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/guests", directory);
	return mkdir(path, 0700);
}

static void on_tell(struct watch_guest *guest, void *context)
{
	(void)context;
	assert_true(guest->record.last.is_confirmed && !guest->record.is_owed);
	/* What the collector did not keep moved no baseline of its. */
	assert_int_equal(guest->record.has_event, number == 0);
	told[strtoul(guest->record.uuid + 24, NULL, 16)]++;
}

static void make_guests(struct watch_guests *guests)
{
	const struct watch_cause arrived = {
		WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "incoming migration finished"};
	char uuid[TEXT_UUID_SIZE];

	for (unsigned i = 0; i < GUESTS; i++) {
		struct watch_guest *guest;

		snprintf(uuid, sizeof(uuid), "6f9619ff-8b86-4011-b42d-%012x", i);
		guest = guests_add(guests, uuid);
		assert_non_null(guest);
		snprintf(guest->record.name, sizeof(guest->record.name), "guest%u", i);
		guest->is_found = true;
		assert_true(
			watch_record_apply(&guest->record, &arrived, false, (uint64_t)time(NULL)));
		asking_renew(&how, guest);
		guest->due_us = i; /* long since, in this order */
		fails[i] = i % 10 == 3;
	}
}

static void test_all_at_once(void **state)
{
	struct watch_guests guests = {.state = directory};
	size_t all = 0;

	(void)state;
	make_guests(&guests);
	number = 7;
	/* The first round: each once, in the order in which they came. */
	while (orders < GUESTS)
		asking_step(&how, &guests, on_tell, NULL);
	for (size_t i = 0; i < GUESTS; i++)
		assert_int_equal(order[i], i);
	for (size_t i = 0; i < GUESTS; i++)
		guests.items[i]->due_us = 0; /* the wait of those that failed is over */
	while (asking_is_busy(&guests) || orders < GUESTS + GUESTS / 10)
		asking_step(&how, &guests, on_tell, NULL);
	assert_int_equal(most_busy, PARALLEL);
	for (size_t i = 0; i < GUESTS; i++) {
		assert_int_equal(asked[i], fails[i] ? 2 : 1);
		assert_int_equal(told[i], 1);
		all += told[i];
	}
	assert_int_equal(all, GUESTS);
	guests_free(&guests);
}

/* What a guest said before something happened to it is not its answer. */
static void test_an_answer_that_comes_too_late(void **state)
{
	struct watch_guests guests = {.state = directory};
	const struct watch_cause again = {WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "arrived again"};
	struct watch_guest *guest = guests_add(&guests, "6f9619ff-8b86-4011-b42d-000000000000");

	(void)state;
	memset(asked, 0, sizeof(asked));
	memset(told, 0, sizeof(told));
	memset(fails, 0, sizeof(fails));
	orders = 0;
	number = 0;
	guest->is_found = true;
	watch_record_apply(&guest->record, &again, false, (uint64_t)time(NULL));
	asking_renew(&how, guest);
	guest->due_us = 0;
	asking_step(&how, &guests, on_tell, NULL);
	assert_int_equal(asked[0], 1);
	watch_record_apply(&guest->record, &again, false, (uint64_t)time(NULL));
	asking_renew(&how, guest);
	guest->due_us = 0;
	asking_step(&how, &guests, on_tell, NULL);
	assert_int_equal(told[0], 0);
	assert_int_equal(asked[0], 2);
	asking_step(&how, &guests, on_tell, NULL);
	assert_int_equal(told[0], 1);
	guests_free(&guests);
}

static void given_up(struct watch_guest *guest, void *context)
{
	(void)context;
	function_called();
	assert_false(guest->record.last.is_confirmed || guest->record.is_owed);
	/* It still counts with what comes next. */
	assert_true(guest->record.has_event);
	assert_string_equal(guest->record.last.sentence, "no guest agent answers");
}

static void test_deadline(void **state)
{
	struct watch_guests guests = {.state = directory};
	const struct watch_cause arrived = {WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "arrived"};
	struct watch_guest *guest = guests_add(&guests, "6f9619ff-8b86-4011-b42d-000000000001");

	(void)state;
	memset(asked, 0, sizeof(asked));
	orders = 0;
	fails[1] = true;
	guest->is_found = true;
	watch_record_apply(&guest->record, &arrived, false, (uint64_t)time(NULL));
	asking_renew(&how, guest);
	/* It runs on where the watcher is started anew; one attempt is always made. */
	guest->record.since_s -= watch_options.deadline_s;
	asking_renew(&how, guest);
	guest->due_us = 0;
	asking_step(&how, &guests, on_tell, NULL);
	assert_int_equal(asked[1], 1);
	expect_function_calls(given_up, 1);
	asking_step(&how, &guests, given_up, NULL);
	guests_free(&guests);
}

static bool has_baselines(void)
{
	char path[64];

	snprintf(path, sizeof(path), "%s/baselines", directory);
	return access(path, F_OK) == 0;
}

static void on_missing(struct watch_guest *guest, void *context)
{
	(void)context;
	function_called();
	assert_true(guest->record.last.is_confirmed);
	assert_int_equal(guest->record.last.status, VERDICT_CONTRAINDICATED);
	assert_int_equal(guest->record.last.continuity, CONTINUITY_MISSING);
}

/* At first sight, where there is nothing to compare with, and nothing to keep. */
static void test_a_tpm_that_is_missing(void **state)
{
	struct host_confirm_options alone = {.parallel = 1, .timeout_s = 1};
	const struct watch_how without = {
		.uri = "none", .confirm = &alone, .watch = &watch_options};
	struct watch_guests guests = {.state = directory};
	const struct watch_cause arrived = {WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "arrived"};
	struct watch_guest *guest = guests_add(&guests, "6f9619ff-8b86-4011-b42d-000000000002");

	(void)state;
	is_missing = true;
	orders = 0;
	guest->is_found = true;
	watch_record_apply(&guest->record, &arrived, false, (uint64_t)time(NULL));
	asking_renew(&without, guest);
	guest->due_us = 0;
	asking_step(&without, &guests, on_missing, NULL);
	expect_function_calls(on_missing, 1);
	asking_step(&without, &guests, on_missing, NULL);
	assert_false(has_baselines());
	/* A domain that runs without one is not asked at all. */
	guest->record.last.continuity = CONTINUITY_CONTINUOUS;
	watch_record_apply(&guest->record, &arrived, false, (uint64_t)time(NULL));
	asking_miss(&guests, guest);
	expect_function_calls(on_missing, 1);
	on_missing(guest, NULL);
	assert_false(guest->record.is_owed);
	guests_free(&guests);
}

/* A host may see more guests than it runs. */
static void test_more_than_are_kept(void **state)
{
	struct watch_guests guests = {.state = directory};
	char uuid[TEXT_UUID_SIZE];

	(void)state;
	for (unsigned i = 0; i < WATCH_GUESTS_MAX; i++) {
		struct watch_guest *guest;

		snprintf(uuid, sizeof(uuid), "6f9619ff-8b86-4011-b42d-%012x", i);
		guest = guests_add(&guests, uuid);
		assert_non_null(guest);
		guest->record.state = i == 7 || i == 9 ? WATCH_OFF : WATCH_RUNNING;
		guest->record.last.at_s = 10000 - i;
	}
	assert_non_null(guests_add(&guests, "6f9619ff-8b86-4011-b42d-ffffffffffff"));
	assert_int_equal(guests.count, WATCH_GUESTS_MAX);
	assert_null(guests_find(&guests, "6f9619ff-8b86-4011-b42d-000000000009"));
	assert_non_null(guests_find(&guests, "6f9619ff-8b86-4011-b42d-000000000007"));
	guests_free(&guests);
}

/* A guest's command may take its time: others are asked, and it is asked behind it. */
static void test_a_command_holds_up_nobody(void **state)
{
	static struct host_confirm_options one_at_once = {.parallel = 1,
		.timeout_s = 1,
		.collector.urls = {1, sizeof("http://127.0.0.1:1"), "http://127.0.0.1:1"}};
	const struct watch_how one = {
		.uri = "none", .confirm = &one_at_once, .watch = &watch_options};
	struct watch_guests guests = {.state = directory};
	const struct watch_cause arrived = {WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "arrived"};

	(void)state;
	memset(asked, 0, sizeof(asked));
	orders = 0;
	for (unsigned i = 0; i < 2; i++) {
		char uuid[TEXT_UUID_SIZE];
		struct watch_guest *guest;

		snprintf(uuid, sizeof(uuid), "6f9619ff-8b86-4011-b42d-%012x", i);
		guest = guests_add(&guests, uuid);
		guest->is_found = true;
		watch_record_apply(&guest->record, &arrived, false, (uint64_t)time(NULL));
		asking_renew(&one, guest);
		guest->due_us = i;
	}
	guests.items[0]->is_untold = true;
	asking_step(&one, &guests, on_tell, NULL);
	assert_int_equal(asked[0], 0);
	assert_int_equal(asked[1], 1);
	guests.items[0]->is_untold = false;
	guests.items[0]->record.is_owed = false;
	asking_step(&one, &guests, on_tell, NULL);
	guests_free(&guests);
}

static bool has_file(const char *folder, unsigned guest, const char *kind)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s/6f9619ff-8b86-4011-b42d-%012x%s.json", directory,
		folder, guest, kind);
	return access(path, F_OK) == 0;
}

static void make_file(unsigned guest, const char *kind)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/baselines", directory);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/baselines/6f9619ff-8b86-4011-b42d-%012x%s.json", directory,
		guest, kind);
	file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
}

/* With its baseline; but for what a person has to look at, and what runs or may be started. */
static void test_what_is_gone_is_forgotten(void **state)
{
	struct watch_guests guests = {.state = directory};
	char uuid[TEXT_UUID_SIZE];

	(void)state;
	for (unsigned i = 20; i < 24; i++) {
		struct watch_guest *guest;

		snprintf(uuid, sizeof(uuid), "6f9619ff-8b86-4011-b42d-%012x", i);
		guest = guests_add(&guests, uuid);
		guest->record.gone_s = i == 23 ? 0 : 5;
		guest->record.state = i == 21 ? WATCH_RUNNING : WATCH_AWAY;
		guests_keep(&guests, guest);
		make_file(i, "");
	}
	make_file(22, ".verdict");
	guests_forget_gone(&guests, 4 + WATCH_GONE_S);
	assert_int_equal(guests.count, 4);
	guests_forget_gone(&guests, 5 + WATCH_GONE_S);
	assert_int_equal(guests.count, 3);
	for (unsigned i = 20; i < 24; i++) {
		assert_int_equal(has_file("guests", i, ""), i != 20);
		assert_int_equal(has_file("baselines", i, ""), i != 20);
	}
	assert_true(has_file("baselines", 22, ".verdict"));
	guests_free(&guests);
}

static void on_late(struct watch_guest *guest, void *context)
{
	(void)context;
	function_called();
	assert_true(guest->record.is_owed);
	assert_int_equal(watch_record_status(&guest->record), VERDICT_CONTRAINDICATED);
}

/* Too late to settle anything, and too bad to be dropped. */
static void test_a_bad_answer_that_comes_too_late(void **state)
{
	struct watch_guests guests = {.state = directory};
	const struct watch_cause again = {WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "arrived again"};
	struct watch_guest *guest = guests_add(&guests, "6f9619ff-8b86-4011-b42d-000000000003");

	(void)state;
	is_missing = true;
	orders = 0;
	guest->is_found = true;
	watch_record_apply(&guest->record, &again, false, (uint64_t)time(NULL));
	asking_renew(&how, guest);
	guest->due_us = 0;
	asking_step(&how, &guests, on_late, NULL);
	watch_record_apply(&guest->record, &again, false, (uint64_t)time(NULL));
	asking_renew(&how, guest);
	expect_function_calls(on_late, 1);
	asking_step(&how, &guests, on_late, NULL);
	is_missing = false;
	guests_free(&guests);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_all_at_once, make_directory),
		cmocka_unit_test(test_an_answer_that_comes_too_late),
		cmocka_unit_test(test_deadline),
		cmocka_unit_test(test_a_tpm_that_is_missing),
		cmocka_unit_test(test_more_than_are_kept),
		cmocka_unit_test(test_a_bad_answer_that_comes_too_late),
		cmocka_unit_test(test_a_command_holds_up_nobody),
		cmocka_unit_test(test_what_is_gone_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
