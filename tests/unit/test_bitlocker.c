/* SPDX-License-Identifier: BSD-2-Clause */
/* A volume of BitLocker: what follows of what Windows tells, and what a baseline adds. */
#include <stdlib.h>
#include <string.h>

#include "core/disk/bitlocker.h"
#include "core/disk/outlook.h"
#include "core/disk/words.h"
#include "core/verdict/disks_since.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

#define UUID     "0c5b2d1e-93b5-4a6e-8a56-2f3a1e0f9d11"
#define PASSWORD 3
#define PCRS     (1U << 7 | 1U << 11)
#define ON       BITLOCKER_PROTECTION_ON, BITLOCKER_FULLY_ENCRYPTED
#define OFF      BITLOCKER_PROTECTION_OFF, BITLOCKER_FULLY_ENCRYPTED
#define TPM                                                                                        \
	1,                                                                                         \
	{                                                                                          \
		{                                                                                  \
			BITLOCKER_TPM, PCRS                                                        \
		}                                                                                  \
	}
#define SENTENCE_MAX 600

struct judge_row {
	const char *name;
	struct bitlocker_volume volume;
	enum unlock_result result;
	const char *sentence; /* of the first slot; NULL: there is none */
};

static const struct judge_row judge_rows[] = {
	{"on", {UUID, "", ON, false, true, 0, TPM}, UNLOCK_UNSEEN,
		"bitlocker-tpm, PCR 7, 11: cannot be told without a baseline"},
	{"with a PIN", {UUID, "", ON, false, true, 0, 1, {{BITLOCKER_TPM_PIN, PCRS}}},
		UNLOCK_UNSEEN, "bitlocker-tpm-pin, PCR 7, 11: cannot be told without a baseline"},
	{"suspended for a restart", {UUID, "", OFF, false, true, 1, TPM}, UNLOCK_SUSPENDED,
		"bitlocker-tpm, PCR 7, 11: opens: its protection is suspended; for 1 more restart"},
	{"suspended for two", {UUID, "", OFF, false, true, 2, TPM}, UNLOCK_SUSPENDED,
		"bitlocker-tpm, PCR 7, 11: opens: its protection is suspended; for 2 more "
		"restarts"},
	{"suspended for good", {UUID, "", OFF, false, true, 0, TPM}, UNLOCK_SUSPENDED,
		"bitlocker-tpm, PCR 7, 11: opens: its protection is suspended; until somebody "
		"resumes it"},
	{"suspended, and no more is told", {UUID, "", OFF, false, false, 0, TPM}, UNLOCK_SUSPENDED,
		"bitlocker-tpm, PCR 7, 11: opens: its protection is suspended; for how long is not "
		"told"},
	{"being encrypted", {UUID, "", BITLOCKER_PROTECTION_OFF, 2, false, true, 0, TPM},
		UNLOCK_UNKNOWN,
		"bitlocker-tpm, PCR 7, 11: cannot be told; BitLocker is at work on the volume"},
	{"protection not known", {UUID, "", 2, BITLOCKER_FULLY_ENCRYPTED, false, true, 0, TPM},
		UNLOCK_UNKNOWN,
		"bitlocker-tpm, PCR 7, 11: cannot be told; BitLocker is at work on the volume"},
	{"locked", {UUID, "", 2, BITLOCKER_FULLY_DECRYPTED, true, true, 0, TPM}, UNLOCK_UNKNOWN,
		"bitlocker-tpm, PCR 7, 11: cannot be told; the volume is locked now"},
	{"no PCRs told", {UUID, "", ON, false, true, 0, 1, {{BITLOCKER_TPM, 0}}}, UNLOCK_UNKNOWN,
		"bitlocker-tpm: cannot be told; BitLocker does not tell its PCRs"},
	{"a password alone", {UUID, "", ON, false, true, 0, 1, {{PASSWORD, 0}}}, UNLOCK_NOT_TPM,
		"bitlocker-recovery-password: needs no TPM"},
	{"of a later Windows", {UUID, "", ON, false, true, 0, 1, {{99, 0}}}, UNLOCK_NOT_TPM,
		"bitlocker-other: needs no TPM"},
	{"number 0", {UUID, "", ON, false, true, 0, 1, {{0, 0}}}, UNLOCK_NOT_TPM,
		"bitlocker-other: needs no TPM"},
	{"off",
		{UUID, "", BITLOCKER_PROTECTION_OFF, BITLOCKER_FULLY_DECRYPTED, false, true, 0, 0,
			{{0}}},
		UNLOCK_NOT_TPM, "bitlocker: needs no TPM; BitLocker is off"},
	{"without protectors", {UUID, "", OFF, false, true, 0, 0, {{0}}}, UNLOCK_NOT_TPM, NULL},
	{"no answer", {UUID, "it said nothing", ON, false, true, 0, TPM}, UNLOCK_UNKNOWN,
		"bitlocker: cannot be told; it said nothing"},
};

static void test_judge(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(judge_rows); i++) {
		const struct judge_row *row = &judge_rows[i];
		struct unlock_volume volume = {.device = "C:"};
		char sentence[SENTENCE_MAX];

		assert_int_equal(bitlocker_judge(&row->volume, &volume), 0);
		if (unlock_volume_result(&volume) != row->result)
			fail_msg("%s: %s", row->name,
				unlock_result_name(unlock_volume_result(&volume)));
		assert_string_equal(volume.uuid, UUID);
		assert_int_equal(volume.slots.count, row->sentence ? 1 : 0);
		if (!row->sentence)
			continue;
		disk_describe_slot(&volume.slots.items[0], sentence, sizeof(sentence));
		assert_string_equal(sentence, row->sentence);
	}
}

/* The TPM's come first, and what needs none does not take their room. */
static void test_more_protectors_than_room(void **state)
{
	struct bitlocker_volume from = {
		UUID, "", ON, false, true, 0, BITLOCKER_PROTECTORS_MAX, {{0}}};
	struct unlock_volume volume = {.device = "C:"};

	(void)state;
	for (size_t i = 0; i < BITLOCKER_PROTECTORS_MAX; i++)
		from.protectors[i] = (struct bitlocker_protector){
			i < 6 ? PASSWORD : BITLOCKER_TPM, i < 6 ? 0 : PCRS};
	assert_int_equal(bitlocker_judge(&from, &volume), 2);
	assert_int_equal(volume.slots.count, UNLOCK_SLOTS_MAX);
	for (size_t i = 0; i < UNLOCK_SLOTS_MAX; i++) {
		assert_int_equal(volume.slots.items[i].result, UNLOCK_UNSEEN);
		assert_int_equal(volume.slots.items[i].token, 6 + i);
	}
}

/* --- and a baseline --- */

static void nothing(struct evidence *e)
{
	(void)e;
}

static void extend_all(struct evidence *e, unsigned pcr)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		e->pcrs.banks[i].values[pcr][0] ^= 1;
}

static void pcr_7(struct evidence *e)
{
	extend_all(e, 7);
}

static void pcr_11(struct evidence *e)
{
	extend_all(e, 11);
}

static void pcr_4(struct evidence *e)
{
	extend_all(e, 4);
}

static void pcr_7_of_sha1(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		e->pcrs.banks[i].values[7][0] ^= e->pcrs.banks[i].alg == TCG_ALG_SHA1;
}

static void no_pcr_7(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		e->pcrs.banks[i].pcrs &= ~(1U << 7);
}

static void no_pcrs(struct evidence *e)
{
	SAMPLE_FAIL(&e->pcrs, ERROR_IO, "no PCRs");
}

static void no_bank(struct evidence *e)
{
	e->pcrs.bank_count = 0;
}

static void other_seed(struct evidence *e)
{
	e->srk.name.data[5] ^= 1;
}

static void other_seed_and_pcr(struct evidence *e)
{
	other_seed(e);
	pcr_7(e);
}

static void no_seed(struct evidence *e)
{
	SAMPLE_FAIL(&e->srk, ERROR_TPM_BLOCKED, "blocked");
	e->srk.name.data[5] ^= 1;
	e->persistent.objects.count = 0;
}

static void no_seed_and_pcr(struct evidence *e)
{
	no_seed(e);
	pcr_7(e);
}

static void same_boot(struct evidence *e)
{
	memcpy(e->guest.boot_id, "7f3c2a10-5b1e-4c0e-9d7a-2f4b6c8d0e13", TEXT_UUID_SIZE);
}

static void same_boot_and_pcr(struct evidence *e)
{
	same_boot(e);
	pcr_7(e);
}

static void no_boot(struct evidence *e)
{
	*e->guest.boot_id = 0;
}

static struct unlock_slot *slot_of(struct evidence *e)
{
	return &e->unlock.facts.volumes.items[0].slots.items[0];
}

static void other_profile(struct evidence *e)
{
	slot_of(e)->pcrs ^= 1U << 4;
}

static void other_volume(struct evidence *e)
{
	e->unlock.facts.volumes.items[0].uuid[0] = 'f';
}

static void without_name(struct evidence *e)
{
	*e->unlock.facts.volumes.items[0].uuid = 0;
}

static const struct since_row {
	const char *name;
	uint32_t kind, pcrs;
	void (*alter)(struct evidence *now);
	enum unlock_result result;
	uint32_t differ;
	enum verdict_status status;
} since_rows[] = {
	{"same", BITLOCKER_TPM, PCRS, nothing, UNLOCK_OPENS, 0, VERDICT_AFFIRMING},
	{"same, with a PIN", BITLOCKER_TPM_PIN, PCRS, nothing, UNLOCK_NEEDS_PIN, 0,
		VERDICT_AFFIRMING},
	{"same, with a key", BITLOCKER_TPM_KEY, PCRS, nothing, UNLOCK_NEEDS_KEY, 0,
		VERDICT_AFFIRMING},
	{"same, with both", BITLOCKER_TPM_PIN_KEY, PCRS, nothing, UNLOCK_NEEDS_KEY, 0,
		VERDICT_AFFIRMING},
	{"PCR 7", BITLOCKER_TPM, PCRS, pcr_7, UNLOCK_PCR_DIFFERS, 1U << 7, VERDICT_CONTRAINDICATED},
	{"PCR 4 in its profile", BITLOCKER_TPM, 0x815, pcr_4, UNLOCK_PCR_DIFFERS, 1U << 4,
		VERDICT_CONTRAINDICATED},
	{"PCR 4 beside its profile", BITLOCKER_TPM, PCRS, pcr_4, UNLOCK_OPENS, 0,
		VERDICT_AFFIRMING},
	{"BitLocker's own PCR", BITLOCKER_TPM, PCRS, pcr_11, UNLOCK_OPENS, 0, VERDICT_AFFIRMING},
	{"a bank that it does not take", BITLOCKER_TPM, PCRS, pcr_7_of_sha1, UNLOCK_OPENS, 0,
		VERDICT_AFFIRMING},
	{"a PCR less", BITLOCKER_TPM, PCRS, no_pcr_7, UNLOCK_PCR_DIFFERS, 1U << 7,
		VERDICT_CONTRAINDICATED},
	{"no PCRs", BITLOCKER_TPM, PCRS, no_pcrs, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"no bank of both", BITLOCKER_TPM, PCRS, no_bank, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"other seed", BITLOCKER_TPM, PCRS, other_seed, UNLOCK_OTHER_VTPM, 0,
		VERDICT_CONTRAINDICATED},
	{"other seed, and PCR 7", BITLOCKER_TPM, PCRS, other_seed_and_pcr, UNLOCK_OTHER_VTPM, 0,
		VERDICT_CONTRAINDICATED},
	{"seed not known", BITLOCKER_TPM, PCRS, no_seed, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"seed not known, and PCR 7", BITLOCKER_TPM, PCRS, no_seed_and_pcr, UNLOCK_PCR_DIFFERS,
		1U << 7, VERDICT_CONTRAINDICATED},
	{"the baseline's boot", BITLOCKER_TPM, PCRS, same_boot, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"the baseline's boot, and PCR 7", BITLOCKER_TPM, PCRS, same_boot_and_pcr,
		UNLOCK_PCR_DIFFERS, 1U << 7, VERDICT_CONTRAINDICATED},
	{"boot not known", BITLOCKER_TPM, PCRS, no_boot, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"another profile", BITLOCKER_TPM, PCRS, other_profile, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"another volume", BITLOCKER_TPM, PCRS, other_volume, UNLOCK_UNSEEN, 0, VERDICT_NONE},
	{"a volume without a name", BITLOCKER_TPM, PCRS, without_name, UNLOCK_UNSEEN, 0,
		VERDICT_NONE},
};

static void put_volume(struct evidence *e, const struct bitlocker_volume *from)
{
	e->unlock.part.state = PART_READ;
	e->unlock.facts = (struct unlock_facts){.volumes.count = 1};
	bitlocker_judge(from, &e->unlock.facts.volumes.items[0]);
}

/* Evidence of one volume, as of the boot of this number; 0: the sample's. */
static struct evidence *evidence_of(const struct bitlocker_volume *from, char boot)
{
	struct evidence *evidence = sample_evidence();

	put_volume(evidence, from);
	if (boot)
		evidence->guest.boot_id[0] = boot;
	return evidence;
}

static void test_since(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(since_rows); i++) {
		const struct since_row *row = &since_rows[i];
		const struct bitlocker_volume from = {
			UUID, "", ON, false, true, 0, 1, {{row->kind, row->pcrs}}};
		EVIDENCE_SCOPED *then = evidence_of(&from, 0), *now = evidence_of(&from, '1');
		struct unlock_facts *facts = calloc(1, sizeof(*facts));
		struct disk_outlook outlook;

		assert_non_null(facts);
		row->alter(now);
		disks_since(then, now, facts);
		if (unlock_volume_result(&facts->volumes.items[0]) != row->result)
			fail_msg("%s: %s", row->name,
				unlock_result_name(unlock_volume_result(&facts->volumes.items[0])));
		assert_int_equal(facts->volumes.items[0].slots.items[0].differ, row->differ);
		disk_outlook(facts, &outlook);
		assert_int_equal(disk_outlook_status(&outlook, false), row->status);
		/* A document stays what it is. */
		assert_int_equal(
			now->unlock.facts.volumes.items[0].slots.items[0].result, UNLOCK_UNSEEN);
		free(facts);
	}
}

/* What was not protected at the baseline, or could not be seen, opened without the TPM or not. */
static void test_since_no_such_protection(void **state)
{
	static const struct bitlocker_volume on = {UUID, "", ON, false, true, 0, TPM};
	static const struct bitlocker_volume others[] = {
		{UUID, "", OFF, false, true, 1, TPM},
		{UUID, "", ON, false, true, 0, 1, {{PASSWORD, 0}}},
		{UUID, "it said nothing", ON, false, true, 0, TPM},
		{UUID, "", ON, false, true, 0, 1, {{BITLOCKER_TPM_PIN, PCRS}}},
	};
	EVIDENCE_SCOPED *now = evidence_of(&on, '1'), *unread = evidence_of(&on, 0);
	struct unlock_facts *facts = calloc(1, sizeof(*facts));

	(void)state;
	assert_non_null(facts);
	for (size_t i = 0; i < COUNT(others); i++) {
		EVIDENCE_SCOPED *then = evidence_of(&others[i], 0);

		disks_since(then, now, facts);
		assert_int_equal(facts->volumes.items[0].slots.items[0].result, UNLOCK_UNSEEN);
	}
	SAMPLE_FAIL(&unread->unlock, ERROR_PERMISSION, "no administrator");
	disks_since(unread, now, facts);
	assert_int_equal(facts->volumes.items[0].slots.items[0].result, UNLOCK_UNSEEN);
	free(facts);
}

/* One look of a service whose baseline moves with each. */
static enum unlock_result look_again(struct evidence **baseline, struct evidence *now)
{
	enum unlock_result result;

	disks_mark(*baseline, now);
	if (disks_would_forget(*baseline, now)) {
		evidence_free(now);
		return UNLOCK_RESULT_COUNT;
	}
	result = slot_of(now)->result;
	evidence_free(*baseline);
	*baseline = now;
	return result;
}

static struct evidence *changed(const struct bitlocker_volume *from, char boot)
{
	struct evidence *evidence = evidence_of(from, boot);

	pcr_7(evidence);
	return evidence;
}

/* Secure Boot is turned off, and the guest started by the recovery key. */
static void test_baseline_that_moves(void **state)
{
	static const struct bitlocker_volume on = {UUID, "", ON, false, true, 0, TPM};
	static const struct bitlocker_volume silent = {
		UUID, "it said nothing", ON, false, true, 0, TPM};
	static const struct bitlocker_volume suspended = {UUID, "", OFF, false, true, 1, TPM};
	EVIDENCE_SCOPED *baseline = evidence_of(&on, '1'), *later = NULL;
	struct evidence *refused;
	struct unlock_facts *facts = calloc(1, sizeof(*facts));

	(void)state;
	assert_non_null(facts);
	assert_int_equal(look_again(&baseline, evidence_of(&on, '2')), UNLOCK_UNSEEN);
	for (const char *boot = "3344"; *boot; boot++) {
		assert_int_equal(look_again(&baseline, changed(&on, *boot)), UNLOCK_PCR_DIFFERS);
		assert_int_equal(slot_of(baseline)->differ, 1U << 7);
	}
	/* Who cannot look does not forget. */
	assert_int_equal(look_again(&baseline, changed(&silent, '5')), UNLOCK_RESULT_COUNT);
	refused = changed(&on, '5');
	SAMPLE_FAIL(&refused->unlock, ERROR_PERMISSION, "no administrator");
	assert_int_equal(look_again(&baseline, refused), UNLOCK_RESULT_COUNT);
	/* Windows seals anew when it resumes: in this boot that is not proven, in the next it is.
	 */
	assert_int_equal(look_again(&baseline, changed(&suspended, '5')), UNLOCK_SUSPENDED);
	assert_int_equal(look_again(&baseline, changed(&on, '5')), UNLOCK_UNSEEN);
	later = changed(&on, '6');
	disks_since(baseline, later, facts);
	assert_int_equal(facts->volumes.items[0].slots.items[0].result, UNLOCK_OPENS);
	free(facts);
}

/* What the header says of a LUKS2 volume is not the baseline's to judge, nor is what is suspended.
 */
static void test_since_leaves_the_others(void **state)
{
	EVIDENCE_SCOPED *then = sample_evidence(), *now = sample_evidence();
	const struct bitlocker_volume from = {UUID, "", OFF, false, true, 1, TPM};
	struct unlock_facts *facts = calloc(1, sizeof(*facts));

	(void)state;
	assert_non_null(facts);
	other_seed_and_pcr(now);
	now->unlock.facts.volumes.count = 2;
	bitlocker_judge(&from, &now->unlock.facts.volumes.items[1]);
	disks_since(then, now, facts);
	assert_memory_equal(facts, &now->unlock.facts, sizeof(*facts));
	disks_since(NULL, now, facts);
	assert_memory_equal(facts, &now->unlock.facts, sizeof(*facts));
	free(facts);
}

static void make_object(struct evidence *evidence, enum unlock_result result, uint32_t differ)
{
	struct unlock_volume *volume = &evidence->unlock.facts.volumes.items[0];

	evidence->unlock.facts = (struct unlock_facts){.volumes.count = 1};
	volume->slots.count = 1;
	volume->slots.items[0] = (struct unlock_slot){.type = "tpm2b",
		.result = result,
		.bank = TCG_ALG_SHA256,
		.pcrs = 1U << 7,
		.differ = differ};
	strcpy(volume->name, "key.pub");
}

/* An object does not tell its key and its PCRs. That it opened does. */
static void test_since_of_an_object(void **state)
{
	static const struct {
		enum unlock_result then;
		uint32_t differ;
		bool is_other;
		enum unlock_result result;
	} objects[] = {
		{UNLOCK_OPENS, 0, false, UNLOCK_UNKNOWN},
		{UNLOCK_OPENS, 1U << 7, false, UNLOCK_UNKNOWN},
		{UNLOCK_OPENS, 0, true, UNLOCK_OTHER_VTPM},
		{UNLOCK_UNKNOWN, 1U << 7, true, UNLOCK_UNKNOWN},
	};
	struct unlock_facts *facts = calloc(1, sizeof(*facts));

	(void)state;
	assert_non_null(facts);
	for (size_t i = 0; i < COUNT(objects); i++) {
		EVIDENCE_SCOPED *then = sample_evidence(), *now = sample_evidence();

		if (objects[i].is_other)
			other_seed_and_pcr(now);
		make_object(then, objects[i].then, 0);
		make_object(now, UNLOCK_UNKNOWN, objects[i].differ);
		disks_since(then, now, facts);
		assert_int_equal(unlock_volume_result(&facts->volumes.items[0]), objects[i].result);
	}
	free(facts);
}

/* With the same seed, a PCR that holds another value than when it opened. */
static void test_since_of_an_objects_pcrs(void **state)
{
	struct unlock_facts *facts = calloc(1, sizeof(*facts));
	EVIDENCE_SCOPED *then = sample_evidence(), *now = sample_evidence();

	(void)state;
	assert_non_null(facts);
	make_object(then, UNLOCK_OPENS, 0);
	make_object(now, UNLOCK_UNKNOWN, 1U << 7);
	for (size_t i = 0; i < now->pcrs.bank_count; i++)
		now->pcrs.banks[i].values[7][0] ^= 1;
	disks_since(then, now, facts);
	assert_int_equal(unlock_volume_result(&facts->volumes.items[0]), UNLOCK_PCR_DIFFERS);
	assert_int_equal(facts->volumes.items[0].slots.items[0].differ, 1U << 7);
	free(facts);
}

static const struct remedy_row {
	enum unlock_result result;
	const char *sentence, *remedy;
} remedy_rows[] = {
	{UNLOCK_PCR_DIFFERS,
		"bitlocker-tpm, PCR 7, 11: asks for the recovery key: PCR 7 holds another value "
		"than at the baseline",
		"manage-bde -protectors -disable C:, then -enable. Then save"},
	{UNLOCK_OTHER_VTPM, "bitlocker-tpm, PCR 7, 11: asks for the recovery key",
		"manage-bde -protectors C:"},
	{UNLOCK_UNSEEN, "bitlocker-tpm, PCR 7, 11: cannot be told without a baseline",
		"--baseline FILE"},
	{UNLOCK_OPENS, "bitlocker-tpm, PCR 7, 11: opens", ""},
	{UNLOCK_NEEDS_KEY, "bitlocker-tpm, PCR 7, 11: opens with its startup key", ""},
};

static void test_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(remedy_rows); i++) {
		const struct remedy_row *row = &remedy_rows[i];
		struct unlock_volume volume = {.slots.count = 1};
		struct unlock_slot *slot = &volume.slots.items[0];
		char text[SENTENCE_MAX];

		*slot = (struct unlock_slot){.type = "bitlocker-tpm",
			.result = row->result,
			.pcrs = PCRS,
			.differ = row->result == UNLOCK_PCR_DIFFERS ? 1U << 7 : 0};
		disk_describe_slot(slot, text, sizeof(text));
		assert_string_equal(text, row->sentence);
		disk_remedy(&volume, "C:", text, sizeof(text));
		assert_non_null(strstr(text, row->remedy));
		if (!*row->remedy)
			assert_string_equal(text, "");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_more_protectors_than_room),
		cmocka_unit_test(test_since),
		cmocka_unit_test(test_since_leaves_the_others),
		cmocka_unit_test(test_since_of_an_object),
		cmocka_unit_test(test_since_of_an_objects_pcrs),
		cmocka_unit_test(test_since_no_such_protection),
		cmocka_unit_test(test_baseline_that_moves),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
