/* SPDX-License-Identifier: BSD-2-Clause */
/* What a report comes to and what it changes of its VM, row by row. */
#include "collector/attestation/judgement.h"

#include <stdio.h>
#include <string.h>

#include "core/signed/name.h"
#include "core/verdict/judge.h"
#include "tests/unit/fixture/forge.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/fixture/story.h"
#include "tests/unit/unit.h"

#define NOW      10000
#define BASELINE 7
#define NOBODY   ""
#define SOMEONE  "99999999-1111-2222-3333-444455556666"

/* What happened to the VM before. Its TPM has seed 1, its EK is all 1; where it waits, too. */
enum before {
	NEW,
	PENDING,
	WAITING,
	WAITING_CLONED,
	KNOWN,
	SHOWN_BROKEN,
	SHOWN_BACK,
	SHOWN_CLEARED
};

struct row {
	const char *name;
	/* What comes. */
	enum before before;
	bool is_distress;
	unsigned seed;                     /* of the TPM; 0: 1 */
	uint8_t ek;                        /* which one was activated; 0: 1 */
	const char *owner;                 /* NULL: nobody */
	void (*alter)(struct evidence *e); /* behind its signature */
	bool speaks;                       /* its sender has authority over the VM */
	bool vouched;                      /* the EK's certificate names it */
	enum event told, announced;
	uint64_t announced_until_ms, asked_ms, challenged_ms;
	bool was_asked_before; /* the announcement */
	uint64_t head;         /* the VM's newest report; it was asked for after report 1 */
	enum enrol_policy policy;
	const char *distrust;
	/* What comes of it. */
	enum continuity continuity;
	enum reason_code reason;
	bool is_kept, is_claim, moves_baseline;
	bool stays_announced;
	enum store_enrolment enrolment;
	size_t ek_count; /* of the VM then */
	enum event event;
};

static void break_quote(struct evidence *e)
{
	e->quote.attest.data[60] ^= 1;
}
static void lose_device(struct evidence *e)
{
	SAMPLE_FAIL(&e->session, ERROR_DEVICE_MISSING, "no device");
	SAMPLE_FAIL(&e->quote, ERROR_DEVICE_MISSING, "no device");
}
static void clear(struct evidence *e)
{
	e->srk.name.data[5] ^= 1;
}
static void lose_seed(struct evidence *e)
{
	SAMPLE_FAIL(&e->srk, ERROR_TPM_AUTH, "an owner authorization is set");
	e->persistent.objects.items[0].handle = 0x81000002;
}
static void lose_certificates(struct evidence *e)
{
	SAMPLE_FAIL(&e->certificates, ERROR_TPM_RC, "no certificates today");
}
static void lose_quote(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "no quote today");
}

#define FIRST .continuity = CONTINUITY_FIRST_SEEN, .reason = REASON_FIRST_SEEN
#define SAME  .continuity = CONTINUITY_CONTINUOUS, .reason = REASON_SAME_TPM
#define CLONE .continuity = CONTINUITY_CLONED, .reason = REASON_EK_OF_OTHER_VM
#define LOST  .continuity = CONTINUITY_MISSING, .reason = REASON_NO_DEVICE
#define BACK  .continuity = CONTINUITY_ROLLED_BACK, .reason = REASON_CLOCK_BEHIND
#define WIPED .continuity = CONTINUITY_CLEARED, .reason = REASON_OWNER_SEED_CHANGED
#define WAITS(code)                                                                                \
	.continuity = CONTINUITY_UNVERIFIED, .reason = (code), .is_kept = true,                    \
	.enrolment = STORE_ENROLMENT_PENDING
#define TAKEN                                                                                      \
	.is_kept = true, .moves_baseline = true, .enrolment = STORE_ENROLMENT_ACCEPTED,            \
	.ek_count = 1
#define OTHER   .continuity = CONTINUITY_REPLACED, .reason = REASON_EK_CHANGED
#define CLAIMED .is_claim = true, .enrolment = STORE_ENROLMENT_ACCEPTED, .ek_count = 1
#define MARKED  .is_kept = true, .enrolment = STORE_ENROLMENT_ACCEPTED, .ek_count = 1
#define IGNORED                                                                                    \
	.enrolment = STORE_ENROLMENT_ACCEPTED, .ek_count = 1, .continuity = CONTINUITY_UNVERIFIED

static const struct row rows[] = {
	/* Enrolment. */
	{"first use", NEW, .policy = ENROL_FIRST_USE, FIRST, TAKEN},
	{"approve", NEW, .policy = ENROL_APPROVE, WAITS(REASON_ENROLMENT_PENDING)},
	{"approve, again", PENDING, .policy = ENROL_APPROVE, WAITS(REASON_ENROLMENT_PENDING)},
	{"approve, accepted before", KNOWN, .policy = ENROL_APPROVE, SAME, TAKEN},
	{"on the allowlist", NEW, .policy = ENROL_ALLOWLIST, FIRST, TAKEN},
	{"not on the allowlist", NEW, .policy = ENROL_ALLOWLIST, .ek = 2,
		WAITS(REASON_NOT_ON_ALLOWLIST)},
	{"certificate counts", NEW, .policy = ENROL_EK_CERTIFICATE, FIRST, TAKEN},
	{"certificate does not count", NEW, .policy = ENROL_EK_CERTIFICATE, .distrust = "too old",
		WAITS(REASON_EK_NOT_TRUSTED)},
	{"certificate counts at last", PENDING, .policy = ENROL_EK_CERTIFICATE, FIRST, TAKEN},
	/* Whoever reported before: a VM that is not accepted has no keys. */
	{"pending, another TPM", PENDING, .policy = ENROL_FIRST_USE, .seed = 2, .ek = 2, FIRST,
		TAKEN},
	{"waiting, the same TPM", WAITING, .policy = ENROL_APPROVE,
		WAITS(REASON_ENROLMENT_PENDING)},
	{"waiting, another TPM", WAITING, .policy = ENROL_APPROVE, .seed = 2, .ek = 2,
		.continuity = CONTINUITY_UNVERIFIED, .reason = REASON_ENROLMENT_PENDING,
		.is_claim = true, .enrolment = STORE_ENROLMENT_PENDING},
	{"pending, another TPM again", PENDING, .policy = ENROL_APPROVE, .seed = 2, .ek = 2,
		WAITS(REASON_ENROLMENT_PENDING)},

	/* What waits with a fault is not cleared by what does not show it. */
	{"waiting clone, nothing shown", WAITING_CLONED, .alter = lose_certificates,
		.policy = ENROL_FIRST_USE, .continuity = CONTINUITY_CLONED,
		.reason = REASON_OTHER_VM, .is_kept = true, .enrolment = STORE_ENROLMENT_PENDING},
	{"waiting clone, in distress", WAITING_CLONED, .is_distress = true, .speaks = true,
		.alter = lose_device, .continuity = CONTINUITY_CLONED, .reason = REASON_OTHER_VM,
		.is_kept = true, .enrolment = STORE_ENROLMENT_PENDING},
	{"waiting clone, shown to be right", WAITING_CLONED, .policy = ENROL_FIRST_USE, FIRST,
		TAKEN},
	{"waiting clone, to be approved", WAITING_CLONED, .policy = ENROL_APPROVE,
		WAITS(REASON_ENROLMENT_PENDING)},
	{"waiting clone, another TPM", WAITING_CLONED, .policy = ENROL_FIRST_USE, .seed = 2,
		.ek = 2, FIRST, TAKEN},

	/* Keys. */
	{"same TPM", KNOWN, SAME, TAKEN},
	{"same TPM, the owner seed not shown", KNOWN, .alter = lose_seed, SAME, MARKED},
	{"another EK of the same TPM", KNOWN, .ek = 2, SAME, .is_kept = true,
		.moves_baseline = true, .enrolment = STORE_ENROLMENT_ACCEPTED, .ek_count = 2},
	{"another TPM", KNOWN, .seed = 2, .ek = 2, OTHER, CLAIMED},
	{"another TPM, of who may speak for the VM", KNOWN, .seed = 2, .ek = 2, .speaks = true,
		OTHER, MARKED},
	{"another TPM, whose certificate names the VM", KNOWN, .seed = 2, .ek = 2, .vouched = true,
		OTHER, MARKED},
	{"another TPM, while something is announced", KNOWN, .seed = 2, .ek = 2,
		.announced = EVENT_CLEAR, .announced_until_ms = NOW + 1, OTHER, CLAIMED,
		.event = EVENT_CLEAR},
	{"another attestation key", KNOWN, .seed = 2, .reason = REASON_AK_CHANGED, IGNORED,
		.is_claim = true},
	{"another attestation key, of who may speak", KNOWN, .seed = 2, .speaks = true,
		.reason = REASON_AK_CHANGED, IGNORED, .is_claim = true},
	{"of another VM, new", NEW, .owner = SOMEONE, .policy = ENROL_FIRST_USE, CLONE,
		.is_kept = true, .enrolment = STORE_ENROLMENT_PENDING},
	{"of another VM, waiting", WAITING, .owner = SOMEONE, .seed = 2, .ek = 2,
		.policy = ENROL_FIRST_USE, CLONE, .is_claim = true,
		.enrolment = STORE_ENROLMENT_PENDING},
	{"of another VM, waiting, of who may speak", WAITING, .owner = SOMEONE, .seed = 2, .ek = 2,
		.speaks = true, CLONE, .is_kept = true, .enrolment = STORE_ENROLMENT_PENDING},
	{"of another VM since it waits", WAITING, .owner = SOMEONE, CLONE, .is_kept = true,
		.enrolment = STORE_ENROLMENT_PENDING},
	{"of another VM, known", KNOWN, .owner = SOMEONE, .seed = 2, .ek = 2, CLONE, CLAIMED},
	{"of another VM, known, of who may speak", KNOWN, .owner = SOMEONE, .seed = 2, .ek = 2,
		.speaks = true, CLONE, MARKED},
	{"its own, but given to another VM", KNOWN, .owner = SOMEONE, CLONE, MARKED},

	/* What is not proven. */
	{"bad signature", KNOWN, .alter = break_quote, .reason = REASON_BAD_QUOTE, IGNORED},
	{"no quote", KNOWN, .alter = lose_quote, .reason = REASON_NO_QUOTE, IGNORED},
	{"bad signature of another VM's", KNOWN, .owner = SOMEONE, .alter = break_quote,
		.reason = REASON_BAD_QUOTE, IGNORED},

	/* Events. */
	{"the guest was told", KNOWN, .told = EVENT_LIVE_MIGRATION, SAME, TAKEN,
		.event = EVENT_LIVE_MIGRATION},
	{"an operator said so", KNOWN, .told = EVENT_SOFT_REBOOT, .announced = EVENT_LIVE_MIGRATION,
		.announced_until_ms = NOW + 1, SAME, TAKEN, .event = EVENT_LIVE_MIGRATION,
		.stays_announced = true},
	{"and asked for it since", KNOWN, .announced = EVENT_LIVE_MIGRATION,
		.announced_until_ms = NOW + 1, .asked_ms = 5000, .challenged_ms = 5000, SAME, TAKEN,
		.event = EVENT_LIVE_MIGRATION},
	{"and asked for it since, but this was challenged before", KNOWN,
		.announced = EVENT_LIVE_MIGRATION, .announced_until_ms = NOW + 1, .asked_ms = 5000,
		.challenged_ms = 4999, .was_asked_before = true, SAME, TAKEN,
		.stays_announced = true},
	{"a reboot that was announced, before it", KNOWN, .announced = EVENT_HARD_REBOOT,
		.announced_until_ms = NOW + 1, SAME, TAKEN, .stays_announced = true},
	{"a reboot that is asked for, and not seen", KNOWN, .announced = EVENT_HARD_REBOOT,
		.announced_until_ms = NOW + 1, .asked_ms = 5000, .challenged_ms = 5000, SAME, TAKEN,
		.event = EVENT_HARD_REBOOT},
	{"asked for, and nothing was announced", KNOWN, .announced_until_ms = NOW + 1,
		.asked_ms = 5000, .challenged_ms = 5000, SAME, TAKEN},
	{"asked for, and this was challenged before", KNOWN, .announced_until_ms = NOW + 1,
		.asked_ms = 5000, .challenged_ms = 4999, .was_asked_before = true, SAME, TAKEN,
		.stays_announced = true},
	{"asked for, and this was judged for another event", KNOWN, .told = EVENT_SOFT_REBOOT,
		.announced_until_ms = NOW + 1, .asked_ms = 5000, .challenged_ms = 5000, SAME, TAKEN,
		.event = EVENT_SOFT_REBOOT, .stays_announced = true},
	{"asked for in vain", KNOWN, .announced_until_ms = NOW, .asked_ms = 5000,
		.challenged_ms = 4999, .was_asked_before = true, SAME, TAKEN},
	{"an operator said so after it was asked for", KNOWN, .told = EVENT_SOFT_REBOOT,
		.announced = EVENT_LIVE_MIGRATION, .announced_until_ms = NOW + 1,
		.was_asked_before = true, .continuity = CONTINUITY_CONTINUOUS,
		.reason = REASON_SAME_TPM, TAKEN, .event = EVENT_SOFT_REBOOT,
		.stays_announced = true},
	{"lost, after an operator said so", KNOWN, .is_distress = true, .speaks = true,
		.alter = lose_device, .announced = EVENT_LIVE_MIGRATION,
		.announced_until_ms = NOW + 1, .was_asked_before = true, LOST, MARKED,
		.event = EVENT_LIVE_MIGRATION, .stays_announced = true},
	{"an operator said so, too long ago", KNOWN, .told = EVENT_LIVE_MIGRATION,
		.announced = EVENT_CLEAR, .announced_until_ms = NOW, SAME, TAKEN,
		.event = EVENT_LIVE_MIGRATION},

	{"cleared", KNOWN, .alter = clear, WIPED, MARKED},
	{"cleared as an operator said", KNOWN, .alter = clear, .announced = EVENT_CLEAR,
		.announced_until_ms = NOW + 1, WIPED, TAKEN, .event = EVENT_CLEAR},
	{"cleared as the guest says", KNOWN, .told = EVENT_CLEAR, .alter = clear, WIPED, MARKED},
	{"cleared before, as the guest says now", SHOWN_CLEARED, .told = EVENT_CLEAR,
		.alter = clear, WIPED, MARKED},
	{"cleared before, as an operator says now", SHOWN_CLEARED, .alter = clear,
		.announced = EVENT_CLEAR, .announced_until_ms = NOW + 1, WIPED, TAKEN,
		.event = EVENT_CLEAR},
	{"cleared as the guest says, a reboot announced", KNOWN, .told = EVENT_CLEAR,
		.alter = clear, .announced = EVENT_HARD_REBOOT, .announced_until_ms = NOW + 1,
		WIPED, MARKED, .event = EVENT_HARD_REBOOT},

	/* What is not over. */
	{"failed before, answers", SHOWN_BROKEN, SAME, TAKEN},
	{"set back before, looks right", SHOWN_BACK, BACK, MARKED},
	{"set back before, another TPM", SHOWN_BACK, .seed = 2, .ek = 2, OTHER, CLAIMED},
	{"set back before, another TPM, of who may speak", SHOWN_BACK, .seed = 2, .ek = 2,
		.speaks = true, BACK, MARKED},
	{"set back before, lost", SHOWN_BACK, .is_distress = true, .speaks = true,
		.alter = lose_device, BACK, MARKED},
	{"set back before, no quote", SHOWN_BACK, .alter = lose_quote, .reason = REASON_NO_QUOTE,
		IGNORED},

	/* Distress. */
	{"lost", KNOWN, .is_distress = true, .speaks = true, .alter = lose_device, LOST, MARKED},
	{"lost, says somebody", KNOWN, .is_distress = true, .alter = lose_device, LOST, CLAIMED},
	{"lost, while something is announced", KNOWN, .is_distress = true, .speaks = true,
		.announced = EVENT_CLEAR, .announced_until_ms = NOW + 1, .alter = lose_device, LOST,
		MARKED, .event = EVENT_CLEAR, .stays_announced = true},
	{"lost, broken before", SHOWN_BROKEN, .is_distress = true, .speaks = true,
		.alter = lose_device, LOST, MARKED},
	{"lost, not accepted", PENDING, .is_distress = true, .alter = lose_device, LOST,
		.enrolment = STORE_ENROLMENT_PENDING},
	{"asked for before a fault was told", SHOWN_BROKEN, .head = 2, .reason = REASON_OVERTAKEN,
		IGNORED},
	{"lost, not known", NEW, .is_distress = true, .alter = lose_device, LOST,
		.enrolment = STORE_ENROLMENT_PENDING},
	{"distress without cause", KNOWN, .is_distress = true, .alter = lose_quote,
		.reason = REASON_NO_QUOTE, IGNORED},
	{"distress that says nothing", PENDING, .is_distress = true, .alter = lose_quote,
		.continuity = CONTINUITY_UNVERIFIED, .reason = REASON_NO_QUOTE,
		.enrolment = STORE_ENROLMENT_PENDING},
	{"distress that would be better", SHOWN_BROKEN, .is_distress = true, .alter = lose_quote,
		.reason = REASON_NO_QUOTE, IGNORED},
};

static struct enrol *make_enrol(enum enrol_policy policy)
{
	static const char list[] =
		SAMPLE_UUID " 0101010101010101010101010101010101010101010101010101010101010101\n";
	struct enrol *enrol = NULL;
	struct error err;

	assert_int_equal(enrol_new(policy, list, &enrol, &err), 0);
	return enrol;
}

static struct store_vm make_vm(const struct row *row, const struct evidence *baseline)
{
	static const struct {
		enum continuity continuity;
		const char *reason;
	} shown[] = {[SHOWN_BROKEN] = {CONTINUITY_FAILED, "failure-mode"},
		[SHOWN_BACK] = {CONTINUITY_ROLLED_BACK, "clock-behind"},
		[SHOWN_CLEARED] = {CONTINUITY_CLEARED, "owner-seed-changed"}};
	struct store_vm vm = {.uuid = SAMPLE_UUID,
		.announced = row->announced,
		.announced_until_ms = row->announced_until_ms,
		.asked_ms = row->asked_ms,
		.hostname = "before",
		.reason = "same-tpm"};

	if (row->before == NEW)
		return vm;
	vm.revision = 1;
	vm.head.id = row->head;
	vm.enrolment = row->before < KNOWN ? STORE_ENROLMENT_PENDING : STORE_ENROLMENT_ACCEPTED;
	vm.has_pending_ek = row->before == WAITING || row->before == WAITING_CLONED;
	memset(vm.pending_ek, vm.has_pending_ek, STORE_HASH_SIZE);
	if (row->before == WAITING_CLONED) {
		vm.status = VERDICT_CONTRAINDICATED;
		vm.continuity = CONTINUITY_CLONED;
		snprintf(vm.reason, sizeof(vm.reason), "other-vm");
	}
	if (row->before < KNOWN)
		return vm;
	vm.status = row->before == KNOWN ? VERDICT_AFFIRMING : VERDICT_CONTRAINDICATED;
	if (row->before > KNOWN) {
		vm.continuity = shown[row->before].continuity;
		snprintf(vm.reason, sizeof(vm.reason), "%s", shown[row->before].reason);
	}
	vm.reset_count = baseline->clock.reset_count;
	vm.restart_count = baseline->clock.restart_count;
	vm.clock_ms = baseline->clock.clock_ms;
	vm.baseline.id = BASELINE;
	vm.ek_count = 1;
	memset(vm.eks[0], 1, STORE_HASH_SIZE);
	vm.ak_name = baseline->ak.key.name;
	return vm;
}

/* Of what is not kept, nothing changes; of what is, the row says. */
static void check_vm(const struct row *row, const struct judgement *judgement,
	const struct store_vm *before, const struct store_vm *vm)
{
	bool has_new_keys = row->before < KNOWN && row->ek_count;

	assert_int_equal(vm->enrolment, row->enrolment);
	assert_int_equal(vm->ek_count, row->ek_count);
	if (!has_new_keys)
		assert_memory_equal(&vm->ak_name, &before->ak_name, sizeof(vm->ak_name));
	if (row->is_kept) {
		assert_int_equal(vm->status, judgement->verdict.status);
		assert_int_equal(vm->continuity, row->continuity);
		assert_string_equal(vm->reason, reason_name(row->reason));
		assert_int_equal(vm->received_ms, NOW);
		assert_int_equal(
			vm->announced, row->stays_announced ? before->announced : EVENT_NONE);
		assert_int_equal(vm->asked_ms, row->stays_announced ? before->asked_ms : 0);
		assert_int_equal(!strcmp(vm->hostname, "before"), row->is_distress);
		assert_true(
			row->is_distress || vm->reset_count == judgement->side->quote.reset_count);
	} else {
		assert_int_equal(vm->status, before->status);
		assert_string_equal(vm->reason, before->reason);
		assert_int_equal(vm->announced, before->announced);
		assert_int_equal(vm->received_ms, 0);
		assert_string_equal(vm->hostname, "before");
	}
	assert_int_equal(vm->claimed_ms, row->is_claim ? NOW : 0);
}

static void check_claim(const struct row *row, const struct judgement *judgement,
	const struct challenge_claim *claim)
{
	const struct store_claim *kept = &judgement->kept_claim;

	assert_int_equal(judgement->is_claim, row->is_claim);
	if (!row->is_claim)
		return;
	assert_string_equal(kept->sender.name, "web-1");
	assert_int_equal(kept->received_ms, NOW);
	assert_int_equal(kept->challenged_ms, row->challenged_ms);
	assert_int_equal(kept->continuity, row->continuity);
	assert_string_equal(kept->reason, reason_name(row->reason));
	assert_int_equal(kept->has_ek, !row->is_distress);
	if (!row->is_distress) {
		assert_memory_equal(kept->ek, claim->ek.data, STORE_HASH_SIZE);
		assert_true(name_is_same(&kept->ak_name, &claim->ak_name));
	}
}

/* What stays says since when it may be so. */
static void check_sentence(const struct row *row, const struct judgement *judgement)
{
	const struct reason *reasons = judgement->verdict.reasons;

	if (row->before == SHOWN_BACK && reasons[1].code == REASON_UNRESOLVED)
		assert_string_equal(
			reasons[0].sentence, "a report after #7: the vTPM runs on an older state");
}

static void check_row(const struct row *row)
{
	const struct forge forge = forge_tpm(row->seed ? row->seed : 1);
	EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = forge_evidence(forge.seed);
	struct challenge_claim claim = {.event = (uint16_t)row->told,
		.ak_name = evidence->ak.key.name,
		.ek.len = STORE_HASH_SIZE,
		.is_vouched_for = row->vouched};
	struct continuity_side sides[2];
	struct enrol *enrol = make_enrol(row->policy);
	struct judgement judgement = {.claim = row->is_distress ? NULL : &claim,
		.head = 1,
		.announcement_ms = row->was_asked_before ? 0 : row->announced_until_ms,
		.side = &sides[1],
		.baseline = row->before >= KNOWN ? &sides[0] : NULL,
		.owner = row->owner ? row->owner : NOBODY,
		.enrol = enrol,
		.has_authority = row->speaks,
		.sender = {"agent", "web-1", "192.0.2.1"},
		.challenged_ms = row->challenged_ms,
		.now_ms = NOW};
	struct store_vm before = make_vm(row, baseline), vm = before;

	memset(claim.ek.data, row->ek ? row->ek : 1, STORE_HASH_SIZE);
	snprintf(claim.distrust, sizeof(claim.distrust), "%s", row->distrust ? row->distrust : "");
	story_later(evidence);
	forge_quote(evidence, &forge);
	if (row->alter)
		row->alter(evidence);
	continuity_verify(baseline, NULL, &sides[0]);
	continuity_verify(evidence, NULL, &sides[1]);
	judgement_make(&judgement, &vm);
	assert_string_equal(
		continuity_name(judgement.verdict.continuity), continuity_name(row->continuity));
	assert_string_equal(
		reason_name(judgement.verdict.reasons[0].code), reason_name(row->reason));
	assert_int_equal(judgement.verdict.event, row->event);
	assert_int_equal(judgement.is_kept, row->is_kept);
	assert_int_equal(judgement.moves_baseline, row->moves_baseline);
	check_claim(row, &judgement, &claim);
	check_sentence(row, &judgement);
	check_vm(row, &judgement, &before, &vm);
	enrol_free(enrol);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		check_row(&rows[i]);
	}
}

/* A claim that was told the time before the last one was, and is judged after it. */
static void test_claims_overtake(void **state)
{
	EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = forge_evidence(2);
	struct challenge_claim claim = {
		.ak_name = evidence->ak.key.name, .ek.len = STORE_HASH_SIZE};
	const struct row row = {.before = KNOWN};
	struct store_vm vm = make_vm(&row, baseline);
	struct continuity_side sides[2];
	struct judgement judgement = {.claim = &claim,
		.side = &sides[1],
		.baseline = &sides[0],
		.owner = NOBODY,
		.now_ms = NOW};

	(void)state;
	memset(claim.ek.data, 2, STORE_HASH_SIZE);
	continuity_verify(baseline, NULL, &sides[0]);
	continuity_verify(evidence, NULL, &sides[1]);
	vm.claimed_ms = NOW + 5;
	judgement_make(&judgement, &vm);
	assert_true(judgement.is_claim);
	assert_int_equal(vm.claimed_ms, NOW + 5);
	/* It may take the other one's place, and is the newest then. */
	assert_int_equal(judgement.kept_claim.received_ms, NOW + 5);
}

static bool has_reason(const struct verdict *verdict, enum reason_code code)
{
	for (size_t i = 0; i < verdict->reason_count; i++) {
		if (verdict->reasons[i].code == code)
			return true;
	}
	return false;
}

/* One state on two hosts: after a report from behind the baseline comes one that goes on from it.
 * One TPM, whose clock catches up or that was restarted, is told from them. */
static void test_two_copies(void **state)
{
	static const struct {
		uint32_t resets_behind;
		uint64_t clock_behind_ms, later_ms;
		bool is_rebooted, are_two;
	} cases[] = {{1, 0, 1000, false, true}, {1, 0, 1000, true, false},
		{0, 3600000, 1000, false, true}, {0, 3600000, 3660000, false, false}};
	EVIDENCE_SCOPED *baseline = forge_evidence(1), *evidence = forge_evidence(1);
	const struct forge forge = forge_tpm(1);
	struct challenge_claim claim = {
		.ak_name = evidence->ak.key.name, .ek.len = STORE_HASH_SIZE};
	struct continuity_side sides[2];
	struct enrol *enrol = make_enrol(ENROL_FIRST_USE);
	uint64_t uptime_ms;

	(void)state;
	story_later(evidence);
	uptime_ms = evidence->clock.uptime_ms;
	forge_quote(evidence, &forge);
	continuity_verify(baseline, NULL, &sides[0]);
	continuity_verify(evidence, NULL, &sides[1]);
	memset(claim.ek.data, 1, STORE_HASH_SIZE);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct row row = {.before = SHOWN_BACK};
		struct store_vm vm = make_vm(&row, baseline);
		struct judgement judgement = {.claim = &claim,
			.side = &sides[1],
			.baseline = &sides[0],
			.owner = NOBODY,
			.enrol = enrol,
			.now_ms = NOW + cases[i].later_ms};

		vm.received_ms = NOW;
		vm.reset_count = sides[0].quote.reset_count - cases[i].resets_behind;
		vm.restart_count = sides[0].quote.restart_count;
		vm.clock_ms = sides[0].quote.clock_ms - cases[i].clock_behind_ms;
		evidence->guest.boot_id[0] = baseline->guest.boot_id[0];
		if (cases[i].is_rebooted)
			evidence->guest.boot_id[0] = 'f';
		evidence->clock.uptime_ms = cases[i].is_rebooted ? 0 : uptime_ms;
		judgement_make(&judgement, &vm);
		assert_int_equal(vm.status, VERDICT_CONTRAINDICATED);
		assert_false(judgement.moves_baseline);
		assert_int_equal(
			has_reason(&judgement.verdict, REASON_TWO_COPIES), cases[i].are_two);
	}
	enrol_free(enrol);
}

/* Whoever was forgotten in silence waits for a person, under any policy. */
static void test_lapsed(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct challenge_claim claim = {
		.ak_name = evidence->ak.key.name, .ek.len = STORE_HASH_SIZE};
	struct enrol *enrol = make_enrol(ENROL_FIRST_USE);
	struct continuity_side side;
	struct judgement judgement = {
		.claim = &claim, .side = &side, .owner = NOBODY, .enrol = enrol, .is_lapsed = true};
	struct store_vm vm = {.uuid = SAMPLE_UUID};

	(void)state;
	continuity_verify(evidence, NULL, &side);
	for (int i = 0; i < 2; i++) {
		judgement_make(&judgement, &vm);
		assert_true(judgement.is_kept);
		assert_false(judgement.moves_baseline);
		assert_int_equal(vm.enrolment, STORE_ENROLMENT_PENDING);
		assert_true(has_reason(&judgement.verdict, REASON_ENROLMENT_PENDING));
	}
	judgement.is_lapsed = false;
	judgement_make(&judgement, &vm);
	assert_int_equal(vm.enrolment, STORE_ENROLMENT_ACCEPTED);
	enrol_free(enrol);
}

/* As many EKs as a record holds, and one more. */
static void test_keys_are_bounded(void **state)
{
	EVIDENCE_SCOPED *evidence = forge_evidence(1);
	struct challenge_claim claim = {
		.ak_name = evidence->ak.key.name, .ek.len = STORE_HASH_SIZE};
	struct enrol *enrol = make_enrol(ENROL_FIRST_USE);
	struct continuity_side side;
	struct judgement judgement = {
		.claim = &claim, .side = &side, .owner = NOBODY, .enrol = enrol};
	struct store_vm vm = {.uuid = SAMPLE_UUID};

	(void)state;
	continuity_verify(evidence, NULL, &side);
	for (uint8_t i = 1; i <= STORE_EKS_MAX + 1; i++) {
		memset(claim.ek.data, i, STORE_HASH_SIZE);
		judgement_make(&judgement, &vm);
		assert_true(judgement.is_kept);
	}
	assert_int_equal(vm.ek_count, STORE_EKS_MAX);
	assert_int_equal(vm.eks[STORE_EKS_MAX - 1][0], STORE_EKS_MAX);
	enrol_free(enrol);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_claims_overtake),
		cmocka_unit_test(test_two_copies),
		cmocka_unit_test(test_lapsed),
		cmocka_unit_test(test_keys_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
