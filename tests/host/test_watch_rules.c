/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt's events mean, what is owed after two of them, and the file that keeps it. */
#include "tests/unit/unit.h"

#include <libvirt/libvirt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/watch/record_file.h"
#include "platform/system.h"

static unsigned changes_of_owner;

/* In the place of libc's: this program is root, and a sandbox would end it here. */
int fchown(int fd, uid_t user, gid_t group)
{
	(void)fd;
	(void)user;
	(void)group;
	changes_of_owner++;
	return 0;
}

uid_t geteuid(void)
{
	return 0;
}

static void test_each_event(void **state)
{
	/* Each detail that libvirt has, in the order of its numbers. */
	static const struct {
		int event, detail;
		enum watch_action action;
		enum event announced;
	} rows[] = {
		{VIR_DOMAIN_EVENT_DEFINED, 0, WATCH_DEFINE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_DEFINED, 1, WATCH_DEFINE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_DEFINED, 2, WATCH_DEFINE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_DEFINED, 3, WATCH_DEFINE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_UNDEFINED, 0, WATCH_UNDEFINE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_UNDEFINED, 1, WATCH_UNDEFINE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_STARTED, 0, WATCH_OWE, EVENT_HARD_REBOOT}, /* booted */
		{VIR_DOMAIN_EVENT_STARTED, 1, WATCH_IGNORE, EVENT_NONE},     /* migrated */
		{VIR_DOMAIN_EVENT_STARTED, 2, WATCH_OWE, EVENT_RESUME},      /* restored */
		{VIR_DOMAIN_EVENT_STARTED, 3, WATCH_OWE, EVENT_RESUME},      /* snapshot */
		{VIR_DOMAIN_EVENT_STARTED, 4, WATCH_OWE, EVENT_RESUME},      /* wakeup */
		{VIR_DOMAIN_EVENT_STARTED, 99, WATCH_OWE, EVENT_NONE},       /* not known */
		{VIR_DOMAIN_EVENT_SUSPENDED, 0, WATCH_PAUSE, EVENT_NONE},    /* paused */
		{VIR_DOMAIN_EVENT_SUSPENDED, 1, WATCH_IGNORE, EVENT_NONE},   /* migrated */
		{VIR_DOMAIN_EVENT_SUSPENDED, 2, WATCH_IGNORE, EVENT_NONE},   /* I/O error */
		{VIR_DOMAIN_EVENT_SUSPENDED, 3, WATCH_IGNORE, EVENT_NONE},   /* watchdog */
		{VIR_DOMAIN_EVENT_SUSPENDED, 4, WATCH_IGNORE, EVENT_NONE},   /* restored */
		{VIR_DOMAIN_EVENT_SUSPENDED, 5, WATCH_IGNORE, EVENT_NONE},   /* snapshot */
		{VIR_DOMAIN_EVENT_SUSPENDED, 6, WATCH_IGNORE, EVENT_NONE},   /* API error */
		{VIR_DOMAIN_EVENT_SUSPENDED, 7, WATCH_IGNORE, EVENT_NONE},   /* post-copy */
		{VIR_DOMAIN_EVENT_SUSPENDED, 8, WATCH_IGNORE, EVENT_NONE},   /* that failed */
		{VIR_DOMAIN_EVENT_RESUMED, 0, WATCH_LOOK, EVENT_RESUME},     /* unpaused */
		{VIR_DOMAIN_EVENT_RESUMED, 1, WATCH_ARRIVE, EVENT_LIVE_MIGRATION},
		{VIR_DOMAIN_EVENT_RESUMED, 2, WATCH_OWE, EVENT_RESUME},  /* snapshot */
		{VIR_DOMAIN_EVENT_RESUMED, 3, WATCH_IGNORE, EVENT_NONE}, /* post-copy */
		{VIR_DOMAIN_EVENT_RESUMED, 4, WATCH_IGNORE, EVENT_NONE}, /* that failed */
		{VIR_DOMAIN_EVENT_RESUMED, 99, WATCH_LOOK, EVENT_NONE},
		{VIR_DOMAIN_EVENT_STOPPED, 0, WATCH_STOP, EVENT_NONE},  /* shut down */
		{VIR_DOMAIN_EVENT_STOPPED, 1, WATCH_STOP, EVENT_NONE},  /* destroyed */
		{VIR_DOMAIN_EVENT_STOPPED, 2, WATCH_STOP, EVENT_NONE},  /* crashed */
		{VIR_DOMAIN_EVENT_STOPPED, 3, WATCH_LEAVE, EVENT_NONE}, /* migrated */
		{VIR_DOMAIN_EVENT_STOPPED, 4, WATCH_STOP, EVENT_NONE},  /* saved */
		{VIR_DOMAIN_EVENT_STOPPED, 5, WATCH_STOP, EVENT_NONE},  /* failed */
		{VIR_DOMAIN_EVENT_STOPPED, 6, WATCH_STOP, EVENT_NONE},  /* snapshot */
		{VIR_DOMAIN_EVENT_STOPPED, 99, WATCH_STOP, EVENT_NONE},
		{VIR_DOMAIN_EVENT_SHUTDOWN, 0, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_SHUTDOWN, 1, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_SHUTDOWN, 2, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_PMSUSPENDED, 0, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_PMSUSPENDED, 1, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_CRASHED, 0, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_EVENT_CRASHED, 1, WATCH_IGNORE, EVENT_NONE},
		{99, 0, WATCH_IGNORE, EVENT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct watch_cause cause = lifecycle_of_event(rows[i].event, rows[i].detail);
		bool is_right = cause.action == rows[i].action && cause.event == rows[i].announced;

		if (!is_right || !*cause.what)
			fail_msg("event %d, detail %d: %d, %s, \"%s\"", rows[i].event,
				rows[i].detail, cause.action, event_name(cause.event), cause.what);
	}
}

static void test_each_state(void **state)
{
	/* Each reason that libvirt has, in the order of its numbers. */
	static const struct {
		int state, reason;
		enum watch_action action;
		enum event event;
	} rows[] = {
		{VIR_DOMAIN_RUNNING, 0, WATCH_OWE, EVENT_NONE},        /* not known */
		{VIR_DOMAIN_RUNNING, 1, WATCH_OWE, EVENT_HARD_REBOOT}, /* booted */
		{VIR_DOMAIN_RUNNING, 2, WATCH_ARRIVE, EVENT_NONE},     /* migrated */
		{VIR_DOMAIN_RUNNING, 3, WATCH_OWE, EVENT_RESUME},      /* restored */
		{VIR_DOMAIN_RUNNING, 4, WATCH_OWE, EVENT_RESUME},      /* snapshot */
		{VIR_DOMAIN_RUNNING, 5, WATCH_OWE, EVENT_NONE},        /* unpaused */
		{VIR_DOMAIN_RUNNING, 6, WATCH_OWE, EVENT_NONE},        /* migration given up */
		{VIR_DOMAIN_RUNNING, 7, WATCH_OWE, EVENT_NONE},        /* saving given up */
		{VIR_DOMAIN_RUNNING, 8, WATCH_OWE, EVENT_RESUME},      /* wakeup */
		{VIR_DOMAIN_RUNNING, 9, WATCH_OWE, EVENT_NONE},        /* crashed before */
		{VIR_DOMAIN_RUNNING, 10, WATCH_IGNORE, EVENT_NONE},    /* post-copy */
		{VIR_DOMAIN_RUNNING, 11, WATCH_IGNORE, EVENT_NONE},    /* that failed */
		{VIR_DOMAIN_RUNNING, 99, WATCH_OWE, EVENT_NONE},
		{VIR_DOMAIN_PAUSED, 0, WATCH_OWE, EVENT_NONE},     /* not known */
		{VIR_DOMAIN_PAUSED, 1, WATCH_OWE, EVENT_NONE},     /* by a user */
		{VIR_DOMAIN_PAUSED, 2, WATCH_IGNORE, EVENT_NONE},  /* migration */
		{VIR_DOMAIN_PAUSED, 3, WATCH_OWE, EVENT_NONE},     /* being saved */
		{VIR_DOMAIN_PAUSED, 4, WATCH_OWE, EVENT_NONE},     /* being dumped */
		{VIR_DOMAIN_PAUSED, 5, WATCH_OWE, EVENT_NONE},     /* I/O error */
		{VIR_DOMAIN_PAUSED, 6, WATCH_OWE, EVENT_NONE},     /* watchdog */
		{VIR_DOMAIN_PAUSED, 7, WATCH_OWE, EVENT_NONE},     /* after a snapshot */
		{VIR_DOMAIN_PAUSED, 8, WATCH_OWE, EVENT_NONE},     /* shutting down */
		{VIR_DOMAIN_PAUSED, 9, WATCH_OWE, EVENT_NONE},     /* snapshot is made */
		{VIR_DOMAIN_PAUSED, 10, WATCH_OWE, EVENT_NONE},    /* crashed */
		{VIR_DOMAIN_PAUSED, 11, WATCH_IGNORE, EVENT_NONE}, /* starting up */
		{VIR_DOMAIN_PAUSED, 12, WATCH_IGNORE, EVENT_NONE}, /* post-copy */
		{VIR_DOMAIN_PAUSED, 13, WATCH_IGNORE, EVENT_NONE}, /* that failed */
		{VIR_DOMAIN_PAUSED, 99, WATCH_OWE, EVENT_NONE},
		{VIR_DOMAIN_SHUTDOWN, 1, WATCH_OWE, EVENT_NONE},
		{VIR_DOMAIN_SHUTOFF, 1, WATCH_IGNORE, EVENT_NONE},
		{VIR_DOMAIN_CRASHED, 1, WATCH_OWE, EVENT_NONE},
		{VIR_DOMAIN_PMSUSPENDED, 0, WATCH_OWE, EVENT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct watch_cause cause = lifecycle_of_state(rows[i].state, rows[i].reason);
		bool is_right = cause.action == rows[i].action && cause.event == rows[i].event;

		if (!is_right || !*cause.what)
			fail_msg("state %d, reason %d: %d, %s, \"%s\"", rows[i].state,
				rows[i].reason, cause.action, event_name(cause.event), cause.what);
	}
}

static void test_reset(void **state)
{
	(void)state;
	assert_int_equal(lifecycle_of_reset(true).event, EVENT_SOFT_REBOOT);
	assert_int_equal(lifecycle_of_reset(false).event, EVENT_HARD_REBOOT);
}

static void check_two(enum event first, enum event second, enum event wanted)
{
	const struct watch_cause causes[] = {
		{WATCH_OWE, first, "one"}, {WATCH_OWE, second, "another"}};
	struct watch_record record = {.verdict.at_s = 1};

	watch_record_apply(&record, &causes[0], false, 1);
	watch_record_apply(&record, &causes[1], false, 2);
	assert_int_equal(record.event, wanted);
}

/* The one that allows more stays, whichever came first. */
static void test_merge(void **state)
{
	static const enum event order[] = {EVENT_LIVE_MIGRATION, EVENT_NONE, EVENT_RESUME,
		EVENT_SOFT_REBOOT, EVENT_COLD_MIGRATION, EVENT_HARD_REBOOT};

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++) {
		for (size_t j = 0; j < COUNT(order); j++)
			check_two(order[i], order[j], order[i > j ? i : j]);
	}
}

static const struct watch_cause booted = {WATCH_OWE, EVENT_HARD_REBOOT, "booted"};
static const struct watch_cause arrived = {WATCH_ARRIVE, EVENT_LIVE_MIGRATION, "arrived"};
static const struct watch_cause resumed = {WATCH_LOOK, EVENT_RESUME, "resumed"};
static const struct watch_cause stopped = {WATCH_STOP, EVENT_NONE, "shut down"};
static const struct watch_cause left = {WATCH_LEAVE, EVENT_NONE, "left"};
static const struct watch_cause paused = {WATCH_PAUSE, EVENT_NONE, "paused"};

static void test_a_newer_event(void **state)
{
	struct watch_record record = {.state = WATCH_RUNNING, .verdict.at_s = 1};

	(void)state;
	assert_true(watch_record_apply(&record, &arrived, false, 100));
	assert_true(record.is_owed && record.state == WATCH_RUNNING);
	assert_int_equal(record.event, EVENT_LIVE_MIGRATION);
	/* What changes no vTPM neither allows more nor begins anew. */
	record.attempts = 3;
	assert_false(watch_record_apply(&record, &resumed, false, 101));
	assert_int_equal(record.event, EVENT_LIVE_MIGRATION);
	assert_int_equal(record.since_s, 100);
	assert_true(watch_record_apply(&record, &booted, false, 102));
	assert_int_equal(record.event, EVENT_HARD_REBOOT);
	/* Its deadline runs from the oldest that is owed. */
	assert_int_equal(record.since_s, 100);
	assert_int_equal(record.attempts, 0);
	/* It was never confirmed that it booted: what comes then must not forbid it. */
	assert_true(watch_record_apply(&record, &arrived, false, 103));
	assert_int_equal(record.event, EVENT_HARD_REBOOT);
	assert_string_equal(record.what, "arrived");
}

static void test_confirmed_or_not(void **state)
{
	struct watch_record record = {.verdict.at_s = 1};

	(void)state;
	watch_record_apply(&record, &booted, false, 1);
	watch_record_settle(&record, false);
	assert_false(record.is_owed);
	watch_record_apply(&record, &arrived, false, 2);
	assert_int_equal(record.event, EVENT_HARD_REBOOT);
	watch_record_settle(&record, true);
	watch_record_apply(&record, &arrived, false, 3);
	assert_int_equal(record.event, EVENT_LIVE_MIGRATION);
	/* Back from elsewhere: nobody knows what happened there. */
	watch_record_settle(&record, true);
	assert_false(watch_record_apply(&record, &left, false, 4));
	assert_int_equal(record.state, WATCH_AWAY);
	watch_record_apply(&record, &arrived, true, 5);
	assert_int_equal(record.event, EVENT_NONE);
	/* A migration that was given up: it never left, and nothing may have happened to it. */
	watch_record_settle(&record, true);
	watch_record_apply(&record, &arrived, true, 6);
	assert_int_equal(record.event, EVENT_LIVE_MIGRATION);
}

static void test_it_ends(void **state)
{
	struct watch_record record = {.verdict.at_s = 1};

	(void)state;
	watch_record_apply(&record, &booted, false, 1);
	assert_false(watch_record_apply(&record, &stopped, false, 2));
	assert_true(!record.is_owed && record.state == WATCH_OFF && record.has_event);
	watch_record_apply(&record, &booted, false, 3);
	assert_false(watch_record_apply(&record, &left, false, 4));
	assert_true(!record.is_owed && !record.has_event);
	/* Where the baseline stays here, what happened since still counts when it is back. */
	watch_record_apply(&record, &booted, true, 5);
	watch_record_apply(&record, &left, true, 6);
	watch_record_apply(&record, &arrived, true, 7);
	assert_int_equal(record.event, EVENT_HARD_REBOOT);
}

/* What was known here is from before it was elsewhere, whether or not this host saw it leave. */
static void test_it_arrives(void **state)
{
	static const struct watch_cause *const ways[] = {&arrived, &paused};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct watch_record record = {.verdict.at_s = 1};

		watch_record_apply(&record, &booted, false, 1);
		watch_record_apply(&record, &stopped, false, 2);
		assert_true(watch_record_apply(&record, ways[i], false, 3));
		assert_true(record.is_owed && record.has_arrived);
		assert_int_equal(record.event, EVENT_NONE);
		assert_int_equal(record.state, WATCH_RUNNING);
		/* Paused or resumed later, it has not arrived once more. */
		watch_record_settle(&record, true);
		assert_false(watch_record_apply(&record, &paused, false, 4));
		assert_false(record.is_owed);
		assert_true(watch_record_apply(&record, &resumed, false, 5));
		assert_true(record.event == EVENT_RESUME && !record.has_arrived);
	}
}

/* Also where libvirt tells twice of one arrival, or one that cannot be confirmed goes on. */
static void test_it_has_arrived(void **state)
{
	struct watch_record record = {.verdict.at_s = 1};

	(void)state;
	watch_record_apply(&record, &arrived, true, 1);
	watch_record_apply(&record, &arrived, true, 2);
	assert_true(record.has_arrived && record.event == EVENT_NONE);
	watch_record_settle(&record, false);
	watch_record_apply(&record, &resumed, true, 3);
	assert_true(record.has_arrived && record.event == EVENT_RESUME);
	watch_record_apply(&record, &booted, true, 4);
	assert_false(record.has_arrived);
}

/* A migration to here that failed: libvirt says that it stopped. */
static void test_it_does_not_arrive(void **state)
{
	struct watch_record record = {.verdict.at_s = 1};

	(void)state;
	watch_record_apply(&record, &booted, false, 1);
	watch_record_apply(&record, &left, false, 2);
	assert_false(watch_record_apply(&record, &stopped, false, 3));
	assert_true(record.state == WATCH_AWAY && !record.is_owed);
}

/* It is an enrolment, which nothing must have been announced for. */
static void test_first_sight(void **state)
{
	struct watch_record record = {0};

	(void)state;
	watch_record_apply(&record, &booted, false, 1);
	watch_record_apply(&record, &arrived, false, 2);
	watch_record_apply(&record, &resumed, false, 3);
	assert_int_equal(record.event, EVENT_NONE);
	assert_true(record.is_owed);
}

/* What is found running after nobody watched. */
static void test_found_again(void **state)
{
	static const struct {
		enum watch_state state;
		const char *instance;
		int reason;
		enum watch_action action;
		enum event event;
	} rows[] = {
		{WATCH_RUNNING, "a", VIR_DOMAIN_RUNNING_BOOTED, WATCH_LOOK, EVENT_NONE},
		{WATCH_RUNNING, "a", VIR_DOMAIN_RUNNING_MIGRATED, WATCH_LOOK, EVENT_NONE},
		{WATCH_OFF, "a", VIR_DOMAIN_RUNNING_BOOTED, WATCH_LOOK, EVENT_NONE},
		{WATCH_RUNNING, "b", VIR_DOMAIN_RUNNING_BOOTED, WATCH_OWE, EVENT_HARD_REBOOT},
		{WATCH_RUNNING, "b", VIR_DOMAIN_RUNNING_UNPAUSED, WATCH_OWE, EVENT_HARD_REBOOT},
		{WATCH_OFF, "b", 0, WATCH_OWE, EVENT_HARD_REBOOT},
		{WATCH_RUNNING, "b", VIR_DOMAIN_RUNNING_MIGRATED, WATCH_ARRIVE, EVENT_NONE},
		{WATCH_AWAY, "a", VIR_DOMAIN_RUNNING_MIGRATED, WATCH_ARRIVE, EVENT_NONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct watch_record record = {
			.state = rows[i].state, .instance = "a", .verdict.at_s = 1};
		struct watch_cause told = lifecycle_of_state(VIR_DOMAIN_RUNNING, rows[i].reason),
				   cause;

		cause = watch_record_find(&record, rows[i].instance, &told, true, 2);
		assert_int_equal(cause.action, rows[i].action);
		assert_int_equal(cause.event, rows[i].event);
		watch_record_apply(&record, &cause, true, 2);
		assert_int_equal(record.event, rows[i].event);
	}
}

/* That a guest does not answer does not end what is broken, and neither does what it owes. */
static void test_the_worse(void **state)
{
	struct watch_record record = {.state = WATCH_RUNNING,
		.last = {.at_s = 2, .is_confirmed = false},
		.verdict = {.at_s = 1, .is_confirmed = true, .status = VERDICT_CONTRAINDICATED}};

	(void)state;
	assert_int_equal(watch_record_status(&record), VERDICT_CONTRAINDICATED);
	record.is_owed = true;
	assert_true(watch_record_is_judged(&record));
	record.verdict.status = VERDICT_AFFIRMING;
	assert_int_equal(watch_record_status(&record), VERDICT_NONE);
	assert_false(watch_record_is_judged(&record));
}

/* Nova undefines a guest at each hard reboot: what is known of it must last until the start that
 * follows. */
static void test_gone(void **state)
{
	static const struct watch_cause defined = {WATCH_DEFINE, EVENT_NONE, "defined"};
	static const struct watch_cause undefined = {WATCH_UNDEFINE, EVENT_NONE, "undefined"};
	struct watch_record record = {.verdict.at_s = 1, .verdict.status = VERDICT_AFFIRMING};

	(void)state;
	record.last = record.verdict;
	record.last.is_confirmed = true;
	watch_record_apply(&record, &booted, true, 100);
	assert_false(watch_record_apply(&record, &undefined, true, 101));
	assert_int_equal(record.gone_s, 0); /* it runs on */
	watch_record_apply(&record, &stopped, true, 102);
	watch_record_apply(&record, &undefined, true, 103);
	watch_record_apply(&record, &undefined, true, 104);
	assert_int_equal(record.gone_s, 103);
	assert_false(watch_record_is_over(&record, 103 + WATCH_GONE_S - 1));
	assert_true(watch_record_is_over(&record, 103 + WATCH_GONE_S));
	assert_false(watch_record_is_over(&record, 1)); /* by a clock that was set back */
	/* A person ends what is broken. */
	record.verdict.status = record.last.status = VERDICT_CONTRAINDICATED;
	assert_false(watch_record_is_over(&record, 103 + WATCH_GONE_S));
	watch_record_apply(&record, &defined, true, 105);
	assert_int_equal(record.gone_s, 0);
	watch_record_apply(&record, &undefined, true, 106);
	watch_record_apply(&record, &booted, true, 107);
	assert_int_equal(record.gone_s, 0);
	assert_true(record.is_owed && record.event == EVENT_HARD_REBOOT);
}

static void test_backoff(void **state)
{
	static const uint32_t seconds[] = {1, 2, 4, 8, 16, 32, 60, 60};

	(void)state;
	for (uint32_t i = 0; i < COUNT(seconds); i++)
		assert_int_equal(watch_backoff_s(i), seconds[i]);
	assert_int_equal(watch_backoff_s(UINT32_MAX), 60);
}

/* --- the file --- */

static char directory[] = "/tmp/watch-XXXXXX";

static int make_directory(void **state)
{
	char path[64];

	(void)state;
	if (!mkdtemp(directory))
		return -1;
	snprintf(path, sizeof(path), "%s/guests", directory);
	return mkdir(path, 0700);
}

static int take_one(const struct watch_record *record, void *context, struct error *err)
{
	(void)err;
	*(struct watch_record *)context = *record;
	return 0;
}

static void write_text(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/guests/%s", directory, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

#define UUID "6f9619ff-8b86-4011-b42d-00c04fc964ff"

static void test_the_file(void **state)
{
	struct watch_record record = {.uuid = UUID,
		.name = "web\"1",
		.state = WATCH_RUNNING,
		.instance = "boot:7",
		.is_owed = true,
		.has_arrived = true,
		.has_event = true,
		.event = EVENT_HARD_REBOOT,
		.what = "booted",
		.since_s = 1796000000,
		.happened_s = 1796000005,
		.gone_s = 1796000009,
		.attempts = 3,
		.last = {.at_s = 5,
			.event = EVENT_RESUME,
			.is_confirmed = true,
			.status = VERDICT_WARNING,
			.continuity = CONTINUITY_CRASHED,
			.is_first = true,
			.reason = "crashed",
			.sentence = "it was"},
		.verdict = {.at_s = 4,
			.is_confirmed = true,
			.status = VERDICT_CONTRAINDICATED,
			.continuity = CONTINUITY_REPLACED,
			.reason = "other-ek"}};
	struct watch_record read = {0};
	struct error err;

	(void)state;
	assert_int_equal(record_file_write(directory, &record, &err), 0);
	/* Others' files, one that is half written, and one that is none, change nothing. */
	write_text(".tmp123", "{");
	write_text("6f9619ff-8b86-4011-b42d-00c04fc964f0.json", "{\"format\": \"vtpm-ho");
	write_text("6f9619ff-8b86-4011-b42d-00c04fc964f1.json", "{\"format\": \"other/1\"}");
	assert_int_equal(record_file_read_all(directory, take_one, &read, &err), 0);
	assert_memory_equal(&read, &record, sizeof(record));
	assert_int_equal(record_file_read_all("/nowhere", take_one, &read, &err), 0);
	assert_int_equal(record_file_write("/nowhere", &record, &err), -ERROR_NOT_FOUND);
}

/* What has the right owner is given to nobody: the service's sandbox allows no such call. */
static void test_the_owner(void **state)
{
	char path[128];
	struct error err;

	(void)state;
	snprintf(path, sizeof(path), "%s/owned", directory);
	changes_of_owner = 0;
	assert_int_equal(platform_file_replace(path, "1", 1, &err), 0);
	assert_int_equal(platform_file_replace(path, "2", 1, &err), 0);
	platform_file_give(path);
	assert_int_equal(changes_of_owner, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_event),
		cmocka_unit_test(test_each_state),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_merge),
		cmocka_unit_test(test_a_newer_event),
		cmocka_unit_test(test_confirmed_or_not),
		cmocka_unit_test(test_it_ends),
		cmocka_unit_test(test_it_arrives),
		cmocka_unit_test(test_it_has_arrived),
		cmocka_unit_test(test_it_does_not_arrive),
		cmocka_unit_test(test_first_sight),
		cmocka_unit_test(test_found_again),
		cmocka_unit_test(test_the_worse),
		cmocka_unit_test(test_gone),
		cmocka_unit_test(test_backoff),
		cmocka_unit_test_setup(test_the_file, make_directory),
		cmocka_unit_test(test_the_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
