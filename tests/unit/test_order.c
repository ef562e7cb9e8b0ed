/* SPDX-License-Identifier: BSD-2-Clause */
/* Two looks at one TPM that overlap: which of the two documents is the older one, and what it may
 * say then. */
#include <stdlib.h>
#include <string.h>

#include "core/verdict/judge.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

#define SECOND 1000U

/* What a side looks at, until the end of the block. */
#define HELD __attribute__((unused)) EVIDENCE_SCOPED

/* The moments of a look, in ms after the sample's: what is read unsigned, then the beacon, then the
 * quote. */
struct moments {
	uint64_t read_ms, beacon_ms, quote_ms;
};

struct row {
	const char *name;
	struct moments then, now;
	void (*change_then)(struct evidence *), (*change_now)(struct evidence *);
	bool was_asked_before;
	enum continuity continuity;
	enum reason_code reason;
	enum reason_code note; /* the second one; REASON_NONE: there is none */
};

static void run(struct evidence *e, uint64_t ms)
{
	e->guest.uptime_ms += ms;
	e->clock.uptime_ms += ms;
	e->clock.time_ms += ms;
	e->clock.clock_ms += ms;
}

/* Signs with the clock as it is at these moments, and shows it as it is when it is read. */
static struct evidence *look(const struct moments *at, void (*change)(struct evidence *),
	uint8_t mark, struct continuity_side *ret_side)
{
	const struct forge forge = forge_tpm(1);
	struct evidence *e = forge_evidence(1);
	struct evidence_clock shown;
	struct evidence_guest guest;
	struct evidence_beacon beacon;

	e->random.sha256.data[0] = mark;
	e->quote.nonce.data[0] = mark;
	run(e, at->read_ms);
	if (change)
		change(e);
	shown = e->clock;
	guest = e->guest;
	run(e, at->beacon_ms - at->read_ms);
	forge_quote(e, &forge);
	beacon = e->beacon;
	run(e, at->quote_ms - at->beacon_ms);
	forge_quote(e, &forge);
	e->clock = shown;
	e->guest = guest;
	e->beacon = beacon;
	continuity_verify(e, NULL, ret_side);
	assert_true(ret_side->is_verified);
	return e;
}

static void extended(struct evidence *e)
{
	e->pcrs.update_counter++;
}

static void key_made(struct evidence *e)
{
	e->persistent.objects.items[e->persistent.objects.count] = e->persistent.objects.items[0];
	e->persistent.objects.items[e->persistent.objects.count++].handle = 0x81000100;
}

static void beacon_7(struct evidence *e)
{
	forge_beacon(e, 7, true);
}

static void beacon_6(struct evidence *e)
{
	forge_beacon(e, 6, true);
}

static void clock_not_read(struct evidence *e)
{
	e->clock.part.state = PART_ABSENT;
}

/* Powered off and on by the look, with counters and clock as they were: what only unsigned readings
 * show. */
static void powered_anew(struct evidence *e)
{
	e->clock.time_ms = 20 * SECOND;
}

static void set_back(struct evidence *e)
{
	run(e, (uint64_t)0 - 3600 * SECOND);
	e->clock.time_ms += 3600 * SECOND;
	e->clock.clock_ms += 3600 * SECOND;
}

/* For its turn, with the guest's part read already. */
static void waited(struct evidence *e)
{
	e->guest.uptime_ms -= 8 * SECOND;
}

static void rebooted(struct evidence *e)
{
	story_reboot(e);
}

static void beacon_7_before_reboot(struct evidence *e)
{
	beacon_7(e);
	rebooted(e);
}

static void crashed_with_older_clock(struct evidence *e)
{
	story_crash(e);
	e->clock.clock_ms -= 3600 * SECOND;
}

static void beacon_7_crashed(struct evidence *e)
{
	beacon_7(e);
	crashed_with_older_clock(e);
}

#define SAME_TPM    .continuity = CONTINUITY_CONTINUOUS, .reason = REASON_SAME_TPM
#define ROLLED_BACK .continuity = CONTINUITY_ROLLED_BACK
#define OVERTAKEN   .continuity = CONTINUITY_UNVERIFIED, .reason = REASON_OVERTAKEN

/* A report that waits: it reads, waits half a minute for its challenge, and quotes. */
#define SLOW                                                                                       \
	{                                                                                          \
		0, 30 * SECOND, 30 * SECOND                                                        \
	}
/* What passes it by meanwhile. */
#define QUICK                                                                                      \
	{                                                                                          \
		20 * SECOND, 20 * SECOND, 20 * SECOND                                              \
	}
/* And a look that comes later, or early. */
#define LATER                                                                                      \
	{                                                                                          \
		60 * SECOND, 60 * SECOND, 60 * SECOND                                              \
	}
#define EARLY                                                                                      \
	{                                                                                          \
		0, 0, 0                                                                            \
	}

static const struct row rows[] = {
	/* The newer quote has older readings: they decide nothing. */
	{"time and uptime read before", QUICK, SLOW, SAME_TPM},
	{"counter of PCRs read before", QUICK, SLOW, .change_then = extended, SAME_TPM},
	{"list of keys read before", QUICK, SLOW, .change_then = key_made, SAME_TPM},
	{"uptime read before another run had the TPM", QUICK,
		{21 * SECOND, 21 * SECOND, 21 * SECOND}, .change_now = waited, SAME_TPM},
	{"no beacon before", QUICK, SLOW, .change_then = beacon_7, SAME_TPM},
	{"beacon advanced before", QUICK, SLOW, .change_then = beacon_7, .change_now = beacon_7,
		SAME_TPM},
	{"beacon certified before", QUICK, {0, 10 * SECOND, 30 * SECOND}, .change_then = beacon_7,
		.change_now = beacon_6, SAME_TPM},
	{"the other one comes after it", SLOW, LATER, SAME_TPM},
	{"a slow one, and then its clock is not read", SLOW, LATER, .change_now = clock_not_read,
		SAME_TPM, .note = REASON_PART_MISSING},
	/* Where nothing overlaps, they do. */
	{"time behind", QUICK, LATER, .change_now = powered_anew, ROLLED_BACK,
		.reason = REASON_COUNTERS_REPEATED, .note = REASON_NONE},
	{"uptime behind", QUICK, LATER, .change_now = set_back, ROLLED_BACK,
		.reason = REASON_UPTIME_BEHIND},
	{"uptime behind, overlapping", QUICK, SLOW, .change_now = set_back, ROLLED_BACK,
		.reason = REASON_UPTIME_BEHIND},
	{"counter of PCRs behind", QUICK, LATER, .change_then = extended, ROLLED_BACK,
		.reason = REASON_COUNTERS_REPEATED},
	{"key gone", QUICK, LATER, .change_then = key_made, SAME_TPM,
		.note = REASON_OBJECTS_CHANGED},
	{"beacon gone", QUICK, LATER, .change_then = beacon_7, SAME_TPM,
		.note = REASON_BEACON_MISSING},
	{"beacon not past", QUICK, LATER, .change_then = beacon_7, .change_now = beacon_7,
		ROLLED_BACK, .reason = REASON_BEACON_BEHIND},
	{"beacon behind, certified after", QUICK, SLOW, .change_then = beacon_7,
		.change_now = beacon_6, ROLLED_BACK, .reason = REASON_BEACON_BEHIND},
	/* A clock that a crash set back is no overlap. */
	{"beacon not past, older clock", QUICK, LATER, .change_then = beacon_7,
		.change_now = beacon_7_crashed, ROLLED_BACK, .reason = REASON_BEACON_BEHIND},
	/* The older quote: what else it was asked after is a rollback. */
	{"all behind", LATER, QUICK, ROLLED_BACK, .reason = REASON_UPTIME_BEHIND},
	{"clock behind", QUICK, {18 * SECOND, 18 * SECOND, 18 * SECOND}, ROLLED_BACK,
		.reason = REASON_CLOCK_BEHIND},
	{"overtaken", LATER, QUICK, .was_asked_before = true, OVERTAKEN},
	{"overtaken by a reboot", EARLY, LATER, .change_then = rebooted, .was_asked_before = true,
		OVERTAKEN},
	{"overtaken by a beacon", LATER, QUICK, .change_then = beacon_7, .change_now = beacon_6,
		.was_asked_before = true, OVERTAKEN},
	{"overtaken by all", EARLY, LATER, .change_then = beacon_7_before_reboot,
		.change_now = beacon_6, .was_asked_before = true, OVERTAKEN},
	{"asked before, quoted after", QUICK, LATER, .was_asked_before = true, SAME_TPM},
	{"asked before, rolled back after", QUICK, LATER, .change_now = powered_anew,
		.was_asked_before = true, ROLLED_BACK, .reason = REASON_COUNTERS_REPEATED},
};

static bool is_right(const struct row *row, const struct verdict *verdict)
{
	enum reason_code note = verdict->reason_count > 1 ? verdict->reasons[1].code : REASON_NONE;

	return verdict->continuity == row->continuity && verdict->reasons[0].code == row->reason &&
	       note == row->note && verdict->reason_count <= 2;
}

static void test_rows(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct continuity_side then, now;
		HELD *baseline = look(&row->then, row->change_then, 1, &then);
		HELD *evidence = look(&row->now, row->change_now, 2, &now);
		struct verdict verdict;

		now.was_asked_before = row->was_asked_before;
		continuity_compare(&then, &now, EVENT_NONE, &verdict);
		if (is_right(row, &verdict))
			continue;
		wrong++;
		print_message("%s: %s\n", row->name, continuity_name(verdict.continuity));
		for (size_t j = 0; j < verdict.reason_count; j++)
			print_message("\t%s: %s\n", reason_name(verdict.reasons[j].code),
				verdict.reasons[j].sentence);
	}
	assert_int_equal(wrong, 0);
}

/* One reading, shown with two quotes, is not a generator that repeats itself. */
static void test_one_reading_twice(void **state)
{
	struct continuity_side then, now;
	HELD *baseline = look(&(struct moments){0, 1000, 1000}, NULL, 1, &then);
	HELD *evidence = look(&(struct moments){0, 2000, 2000}, NULL, 1, &now);
	struct verdict verdict;

	(void)state;
	continuity_compare(&then, &now, EVENT_NONE, &verdict);
	assert_int_equal(verdict.reasons[0].code, REASON_SAME_TPM);
	evidence->clock.time_ms++;
	continuity_compare(&then, &now, EVENT_NONE, &verdict);
	assert_int_equal(verdict.reasons[0].code, REASON_RANDOM_REPEATED);
}

/* What was overtaken is neither kept nor compared with, whatever was announced. */
static void test_overtaken_changes_nothing(void **state)
{
	struct continuity_side then, now;
	HELD *baseline = look(&(struct moments)LATER, NULL, 1, &then);
	HELD *evidence = look(&(struct moments)QUICK, NULL, 2, &now);

	(void)state;
	now.was_asked_before = true;
	for (unsigned event = 0; event < EVENT_COUNT; event++) {
		struct verdict verdict;

		continuity_compare(&then, &now, (enum event)event, &verdict);
		assert_int_equal(verdict.status, VERDICT_NONE);
		assert_int_equal(verdict.reasons[0].code, REASON_OVERTAKEN);
		assert_false(continuity_moves_baseline(&verdict));
	}
}

/* A look that overlaps may show an older beacon. As the baseline, it would let an older state pass
 * that stands between the two; and where the order is known, it must have been asked for before. */
static void test_older_beacon_is_no_baseline(void **state)
{
	static const struct {
		bool is_order_known, was_asked_before;
		enum continuity continuity;
	} cases[] = {{false, false, CONTINUITY_CONTINUOUS}, {true, true, CONTINUITY_CONTINUOUS},
		{true, false, CONTINUITY_ROLLED_BACK}};
	struct continuity_side then, now;
	HELD *baseline = look(&(struct moments)QUICK, beacon_7, 1, &then);
	HELD *evidence = look(&(struct moments){0, 10 * SECOND, 30 * SECOND}, beacon_6, 2, &now);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct verdict verdict;

		now.is_order_known = cases[i].is_order_known;
		now.was_asked_before = cases[i].was_asked_before;
		continuity_compare(&then, &now, EVENT_NONE, &verdict);
		assert_int_equal(verdict.continuity, cases[i].continuity);
		assert_false(continuity_moves_baseline(&verdict));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_one_reading_twice),
		cmocka_unit_test(test_overtaken_changes_nothing),
		cmocka_unit_test(test_older_beacon_is_no_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
