/* SPDX-License-Identifier: BSD-2-Clause */
/* What must hold for every pair of documents: pairs are made at random, from a fixed seed. */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/verdict/json.h"
#include "core/verdict/judge.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

#define PAIRS 1500

static uint64_t random_state;

/* xorshift64*: below `limit`. */
static unsigned choose(unsigned limit)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (unsigned)((random_state * 0x2545f4914f6cdd1d) >> 40) % limit;
}

/* What may happen to a healthy guest. */
static void extend_pcr(struct evidence *e)
{
	e->pcrs.banks[choose(2)].values[8 + choose(9)][choose(20)] ^= (uint8_t)(1 + choose(255));
	e->pcrs.update_counter++;
}
static void measure_otherwise(struct evidence *e)
{
	unsigned pcr = choose(8);

	story_reboot(e);
	for (size_t i = 0; i < e->pcrs.bank_count; i++) {
		e->pcrs.banks[i].values[pcr][1] ^= 1;
		e->event_log.banks[i].values[pcr][1] ^= 1;
	}
}
static void run_long(struct evidence *e)
{
	uint64_t ms = choose(1U << 23) * 1000ULL;

	e->guest.uptime_ms += ms;
	e->clock.uptime_ms += ms;
	e->clock.time_ms += ms;
	e->clock.clock_ms += ms;
}
static void pause_vm(struct evidence *e)
{
	uint64_t ms = choose(1000000);

	e->clock.time_ms += ms;
	e->clock.clock_ms += ms;
}
static void add_key(struct evidence *e)
{
	struct evidence_object *object;

	if (e->persistent.objects.count == EVIDENCE_OBJECTS_MAX)
		return;
	object = &e->persistent.objects.items[e->persistent.objects.count++];
	*object = e->persistent.objects.items[0];
	object->handle = 0x81000100 + choose(256);
}
static void set_wall_clock(struct evidence *e)
{
	e->iat = choose(1U << 30);
}
static void lose_srk(struct evidence *e)
{
	SAMPLE_FAIL(&e->srk, ERROR_TPM_AUTH, "an owner authorization is set");
}
static void no_certificate(struct evidence *e)
{
	e->certificates.certificates.count = 0;
}

/* And what should not. */
static void other_model(struct evidence *e)
{
	strcpy(e->device.model, "tpm-tis");
}
static void lose_key(struct evidence *e)
{
	if (e->persistent.objects.count)
		e->persistent.objects.count--;
}
static void lockout(struct evidence *e)
{
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_IN_LOCKOUT;
}
static void counters(struct evidence *e)
{
	e->clock.reset_count = 10 + choose(5);
	e->clock.restart_count = choose(5);
}
static void clocks(struct evidence *e)
{
	e->clock.clock_ms = choose(1U << 30);
	e->clock.time_ms = choose(1U << 27);
}
static void uptimes(struct evidence *e)
{
	e->clock.uptime_ms = choose(1U << 27);
	e->guest.uptime_ms = e->clock.uptime_ms > 500 ? e->clock.uptime_ms - 500 : 0;
}
static void clear_tpm(struct evidence *e)
{
	e->srk.name.data[9] ^= 1;
	e->clock.reset_count = 0;
	e->clock.restart_count = 0;
	e->clock.clock_ms = 1000;
}
static void other_uuid(struct evidence *e)
{
	e->smbios.uuid[0] = e->smbios.uuid[0] == '0' ? '1' : '0';
}
static void other_eks(struct evidence *e)
{
	for (size_t i = 0; i < e->eks.keys.count; i++)
		e->eks.keys.items[i].name.data[5] ^= 1;
}
static void lose_boot_pcrs(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
}
static void repeat_random(struct evidence *e)
{
	e->random.sha256.data[0] = 0x20;
}
static void fewer_banks(struct evidence *e)
{
	e->pcrs.bank_count = 1;
}
static void beacon(struct evidence *e)
{
	forge_beacon(e, 5 + choose(4), choose(2));
}

typedef void change(struct evidence *evidence);

static change *const healthy[] = {extend_pcr, measure_otherwise, run_long, pause_vm, add_key,
	set_wall_clock, lose_srk, no_certificate, story_reboot, story_hard_reset};
static change *const harmful[] = {other_model, lose_key, lockout, counters, clocks, uptimes,
	clear_tpm, other_uuid, other_eks, lose_boot_pcrs, repeat_random, fewer_banks, beacon,
	story_crash, story_kexec};

/* A pair of documents, and what signs the second. */
struct pair {
	struct evidence *baseline, *evidence;
	struct forge forge;
};

static void change_some(
	struct evidence *evidence, change *const *changes, unsigned count, unsigned most)
{
	for (unsigned n = choose(most + 1); n; n--)
		changes[choose(count)](evidence);
}

static struct evidence *copy(const struct evidence *from)
{
	struct evidence *to = evidence_new();

	assert_non_null(to);
	*to = *from;
	return to;
}

static struct pair make_pair(void)
{
	struct pair pair = {.baseline = forge_evidence(1)};

	if (!choose(4))
		strcpy(pair.baseline->ak.hierarchy, EVIDENCE_OWNER);
	pair.forge = forge_for(pair.baseline, 1);
	forge_key(pair.baseline, &pair.forge);
	change_some(pair.baseline, healthy, COUNT(healthy), 3);
	if (!choose(4))
		forge_beacon(pair.baseline, 6, true);
	forge_quote(pair.baseline, &pair.forge);
	pair.evidence = copy(pair.baseline);
	story_later(pair.evidence);
	if (pair.evidence->beacon.part.state == PART_READ)
		pair.evidence->beacon.value++;
	change_some(pair.evidence, healthy, COUNT(healthy), 2);
	change_some(pair.evidence, harmful, COUNT(harmful), 2);
	if (!choose(8)) {
		pair.forge = forge_for(pair.evidence, 2);
		forge_key(pair.evidence, &pair.forge);
	}
	forge_quote(pair.evidence, &pair.forge);
	return pair;
}

static void free_pair(struct pair *pair)
{
	evidence_free(pair->baseline);
	evidence_free(pair->evidence);
}

struct wanted {
	const char *name;
	const struct record_part *part;
	unsigned left;
};

static bool is_part(const char *name, const struct record_part *part, void *context)
{
	struct wanted *wanted = context;

	wanted->name = name;
	wanted->part = part;
	return wanted->left-- > 0;
}

static struct record_part *choose_part(struct evidence *e, const char **ret_name)
{
	struct wanted wanted = {.left = choose(20)};

	evidence_visit_parts(e, is_part, &wanted);
	*ret_name = wanted.name;
	return (struct record_part *)((uint8_t *)e +
				      ((const uint8_t *)wanted.part - (const uint8_t *)e));
}

static const char *remove_part(struct evidence *e)
{
	const char *name;

	choose_part(e, &name)->state = PART_ABSENT;
	return name;
}

static const char *fail_part(struct evidence *e)
{
	const char *name;
	struct record_part *part = choose_part(e, &name);

	part->state = PART_FAILED;
	error_set(&part->error, (enum error_code)(1 + choose(ERROR_CODE_COUNT - 1)), "it failed");
	return name;
}

static void sign_again(const struct pair *pair, struct evidence *e)
{
	struct forge forge = pair->forge;

	forge_quote(e, &forge);
}

/* The ways in which evidence gets worse; the quote stays valid where it can. Returns what it was.
 */
static const char *worsen(const struct pair *pair, struct evidence *e, enum event event)
{
	switch (choose(9)) {
	case 0:
		return remove_part(e);
	case 1:
		return fail_part(e);
	case 2:
		e->quote.signature.data[6 + choose(32)] ^= (uint8_t)(1 + choose(255));
		return "signature";
	case 3:
		e->clock.reset_count = choose(pair->baseline->clock.reset_count);
		sign_again(pair, e);
		return "resetCount";
	case 4:
		e->clock.clock_ms = choose((unsigned)pair->baseline->clock.clock_ms);
		sign_again(pair, e);
		return "clock";
	case 5:
		for (size_t i = 0; i < e->eks.keys.count; i++)
			e->eks.keys.items[i].name.data[6] ^= 1;
		return "EK";
	case 6:
		if (event == EVENT_CLEAR)
			return "nothing"; /* a new owner seed is what was announced */
		e->srk.name.data[11] ^= 0x55;
		return "SRK";
	case 7: {
		struct forge other = forge_for(e, 3);

		forge_key(e, &other);
		forge_quote(e, &other);
		return "AK";
	}
	default:
		lose_boot_pcrs(e);
		sign_again(pair, e);
		return "boot PCRs";
	}
}

/* What leaves open what happened. */
static bool is_unknown(enum reason_code code)
{
	switch (code) {
	case REASON_NO_ACCESS:
	case REASON_NO_QUOTE:
	case REASON_BAD_QUOTE:
	case REASON_BAD_BASELINE:
	case REASON_NOT_FRESH:
	case REASON_AK_CHANGED:
	case REASON_AK_HIERARCHY:
	case REASON_EK_ONLY:
	case REASON_FIRST_SEEN:
	case REASON_BEACON_MISSING:
	case REASON_BOOT_UNKNOWN:
	case REASON_PART_MISSING:
	case REASON_OWNER_SEED_UNKNOWN:
	case REASON_EK_DIFFERS:
		return true;
	default:
		return false;
	}
}

static void check_verdict(const struct verdict *verdict, unsigned number)
{
	if (!verdict->reason_count)
		fail_msg("pair %u: no reason", number);
	if (verdict->status != VERDICT_AFFIRMING)
		return;
	if (!verdict->is_quote_verified)
		fail_msg("pair %u: affirmed without a quote", number);
	for (size_t i = 0; i < verdict->reason_count; i++) {
		if (is_unknown(verdict->reasons[i].code))
			fail_msg("pair %u: affirmed in spite of %s", number,
				reason_name(verdict->reasons[i].code));
	}
}

static void test_worse_is_never_better(void **state)
{
	unsigned affirmed = 0;

	(void)state;
	random_state = 0x5eed1;
	for (unsigned i = 0; i < PAIRS; i++) {
		struct pair pair = make_pair();
		enum event event = (enum event)choose(EVENT_COUNT);
		EVIDENCE_SCOPED *worse = copy(pair.evidence);
		struct verdict before, after;
		const char *what = worsen(&pair, worse, event);

		continuity_judge(pair.baseline, pair.evidence, event, NULL, 0, &before);
		continuity_judge(pair.baseline, worse, event, NULL, 0, &after);
		check_verdict(&before, i);
		check_verdict(&after, i);
		affirmed += before.status == VERDICT_AFFIRMING;
		if (before.status != VERDICT_AFFIRMING && after.status == VERDICT_AFFIRMING)
			fail_msg("pair %u, %s: %s (%s) became %s at worse %s", i, event_name(event),
				continuity_name(before.continuity),
				reason_name(before.reasons[0].code),
				continuity_name(after.continuity), what);
		free_pair(&pair);
	}
	/* The pairs are of both kinds, or this shows nothing. */
	assert_true(affirmed >= PAIRS / 20 && affirmed <= PAIRS - PAIRS / 20);
}

/* Of a healthy baseline, an affirmed verdict does not survive what is always wrong. */
static void test_worse_is_seen(void **state)
{
	(void)state;
	random_state = 0x5eed2;
	for (unsigned i = 0; i < PAIRS / 3; i++) {
		struct pair pair = make_pair();
		struct forge other = forge_for(pair.evidence, 3);
		EVIDENCE_SCOPED *worse = copy(pair.evidence);
		struct verdict verdict;

		switch (choose(4)) {
		case 0:
			worse->quote.attest.data[choose((unsigned)worse->quote.attest.len)] ^= 1;
			break;
		case 1:
			forge_key(worse, &other);
			forge_quote(worse, &other);
			break;
		case 2:
			worse->clock.reset_count = pair.baseline->clock.reset_count - 1;
			sign_again(&pair, worse);
			break;
		default:
			worse->session.part.state = PART_ABSENT;
		}
		continuity_judge(pair.baseline, worse, EVENT_NONE, NULL, 0, &verdict);
		if (verdict.status == VERDICT_AFFIRMING)
			fail_msg("pair %u: affirmed", i);
		free_pair(&pair);
	}
}

static void test_event_changes_only_the_status(void **state)
{
	(void)state;
	random_state = 0x5eed3;
	for (unsigned i = 0; i < PAIRS / 5; i++) {
		struct pair pair = make_pair();
		struct verdict first, other;

		continuity_judge(pair.baseline, pair.evidence, EVENT_NONE, NULL, 0, &first);
		for (unsigned event = 0; event < EVENT_COUNT; event++) {
			continuity_judge(
				pair.baseline, pair.evidence, (enum event)event, NULL, 0, &other);
			assert_int_equal(other.continuity, first.continuity);
			assert_int_equal(other.reasons[0].code, first.reasons[0].code);
			check_verdict(&other, i);
		}
		free_pair(&pair);
	}
}

static char *to_text(const struct verdict *verdict)
{
	json_t *json = verdict_to_json(verdict);
	char *text = json_dumps(json, JSON_COMPACT);

	json_decref(json);
	assert_non_null(text);
	return text;
}

static void test_judging_is_deterministic(void **state)
{
	(void)state;
	random_state = 0x5eed4;
	for (unsigned i = 0; i < PAIRS / 5; i++) {
		struct pair pair = make_pair();
		enum event event = (enum event)choose(EVENT_COUNT);
		EVIDENCE_SCOPED *baseline = copy(pair.baseline), *evidence = copy(pair.evidence);
		struct verdict verdict;
		char *first, *second;

		continuity_judge(pair.baseline, pair.evidence, event, NULL, 0, &verdict);
		first = to_text(&verdict);
		memset(&verdict, 0xa5, sizeof(verdict));
		continuity_judge(baseline, evidence, event, NULL, 0, &verdict);
		second = to_text(&verdict);
		assert_string_equal(first, second);
		/* Nor does it touch what it judges. */
		assert_memory_equal(baseline, pair.baseline, sizeof(*baseline));
		assert_memory_equal(evidence, pair.evidence, sizeof(*evidence));
		free(first);
		free(second);
		free_pair(&pair);
	}
}

/* No false alarm: what a healthy guest does between two looks is affirmed. */
static void test_only_time_has_passed(void **state)
{
	static change *const harmless[] = {extend_pcr, run_long, pause_vm, add_key, set_wall_clock};
	const struct forge forge = forge_tpm(1);

	(void)state;
	random_state = 0x5eed5;
	for (unsigned i = 0; i < PAIRS / 3; i++) {
		EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = NULL;
		static const enum event calm[] = {EVENT_NONE, EVENT_LIVE_MIGRATION, EVENT_RESUME};
		enum event event = calm[choose(COUNT(calm))];
		struct verdict verdict;
		bool is_calm;

		change_some(baseline, healthy, COUNT(healthy), 5);
		forge_quote(baseline, &forge);
		evidence = copy(baseline);
		story_later(evidence);
		change_some(evidence, harmless, COUNT(harmless), 4);
		forge_quote(evidence, &forge);
		continuity_judge(baseline, evidence, event, NULL, 0, &verdict);
		is_calm = verdict.continuity == CONTINUITY_CONTINUOUS &&
			  verdict.status == VERDICT_AFFIRMING;
		if (!is_calm)
			fail_msg("pair %u: %s, %s: %s", i, continuity_name(verdict.continuity),
				verdict_status_name(verdict.status), verdict.reasons[0].sentence);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_worse_is_never_better),
		cmocka_unit_test(test_worse_is_seen),
		cmocka_unit_test(test_event_changes_only_the_status),
		cmocka_unit_test(test_judging_is_deterministic),
		cmocka_unit_test(test_only_time_has_passed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
