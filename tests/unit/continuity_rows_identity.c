/* SPDX-License-Identifier: BSD-2-Clause */
/* Is it the same TPM, and was it cleared? */
#include "tests/unit/continuity_rows_private.h"

#include "tests/unit/sample.h"
#include "tests/unit/story.h"
#include "tests/unit/unit.h"

static void one_other_ek(struct evidence *e)
{
	e->eks.keys.items[0].name.data[5] ^= 1;
}

static void other_vm_and_eks(struct evidence *e)
{
	row_other_vm(e);
	row_other_eks(e);
}

static void other_vm_without_certificates(struct evidence *e)
{
	row_other_vm(e);
	row_no_certificates(e);
}

static void no_smbios(struct evidence *e)
{
	SAMPLE_FAIL(&e->smbios, ERROR_PERMISSION, "not root");
}

static void no_srk_at_all_nor_resets(struct evidence *e)
{
	row_no_srk_at_all(e);
	e->clock.reset_count = 0;
}

static void no_srk_at_all_rebooted(struct evidence *e)
{
	row_no_srk_at_all(e);
	story_reboot(e);
}

static void cleared_and_evicted(struct evidence *e)
{
	row_cleared(e);
	e->persistent.objects.count = 0;
}

static void cleared_and_provisioned(struct evidence *e)
{
	row_no_srk(e);
	e->persistent.objects.items[0].name.data[5] ^= 1;
	story_reboot(e);
}

static void another_kind_of_srk(struct evidence *e)
{
	row_no_srk(e);
	e->persistent.objects.items[0].type = TCG_ALG_RSA;
	e->persistent.objects.items[0].name.data[5] ^= 1;
	story_reboot(e);
}

static void cleared_unseen_and_rebooted(struct evidence *e)
{
	story_reboot(e);
	row_cleared_unseen(e);
}

static const struct continuity_row rows[] = {
	/* Is it the same TPM? */
	{"other EKs and AK", .seed = 2, .now = row_other_eks, REPLACED{REASON_EK_CHANGED}},
	{"nothing but the AK to compare", .seed = 2, .now = row_ek_of_another_kind,
		REPLACED{REASON_EK_CHANGED}},
	{"another VM's TPM", .seed = 2, .now = other_vm_and_eks, CLONED{REASON_OTHER_VM}},
	{"other AK", .seed = 2, UNVERIFIED{REASON_AK_CHANGED}},
	{"one of two EKs and the AK", .seed = 2, .now = one_other_ek,
		UNVERIFIED{REASON_AK_CHANGED}},
	{"other EKs, same AK", .now = row_other_eks,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_EK_DIFFERS}},
	{"one of two EKs, same AK", .now = one_other_ek, CONTINUOUS{REASON_SAME_TPM}},
	{"EK of another kind, same AK", .now = row_ek_of_another_kind, CONTINUOUS{REASON_SAME_TPM}},
	{"certificate of another VM", .now = row_other_vm, CLONED{REASON_OTHER_VM}},
	{"certificate of another VM all along", .then = row_other_vm, .now = row_other_vm,
		CONTINUOUS{REASON_SAME_TPM}},
	{"another UUID", .then = row_no_certificates, .now = other_vm_without_certificates,
		CLONED{REASON_UUID_CHANGED}},
	{"UUID unreadable, as before", .then = no_smbios, .now = no_smbios,
		CONTINUOUS{REASON_SAME_TPM}},
	{"UUID unreadable now", .now = no_smbios,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_PART_MISSING}},
	/* Was it cleared? */
	{"cleared", .now = row_cleared, CLEARED{REASON_OWNER_SEED_CHANGED}},
	{"cleared, announced", .event = EVENT_CLEAR, .now = row_cleared,
		CLEARED_AS_ANNOUNCED{REASON_OWNER_SEED_CHANGED}},
	{"cleared, keys evicted", .now = cleared_and_evicted,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED}},
	{"cleared, announced, keys evicted", .event = EVENT_CLEAR, .now = cleared_and_evicted,
		CLEARED_AS_ANNOUNCED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED}},
	{"cleared and provisioned anew, owner's authorization", .then = row_no_srk,
		.now = cleared_and_provisioned,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED}},
	{"another kind of SRK, owner's authorization", .then = row_no_srk,
		.now = another_kind_of_srk,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_OBJECTS_CHANGED,
			REASON_OWNER_SEED_UNKNOWN}},
	{"clear announced, not seen", .event = EVENT_CLEAR,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_EVENT_NOT_SEEN}},
	{"cleared without a reset, no SRK", .then = row_no_srk_at_all, .now = row_cleared_unseen,
		CLEARED{REASON_OWNER_SEED_CHANGED}},
	{"counters at 0 after a boot, no SRK", .then = row_no_srk,
		.now = cleared_unseen_and_rebooted,
		ROLLED_BACK{
			REASON_COUNTERS_BEHIND, REASON_OBJECTS_CHANGED, REASON_OWNER_SEED_UNKNOWN}},
	{"counters at 0, same SRK", .now = row_clear_counters, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"owner's authorization, same SRK", .then = row_no_srk, .now = story_reboot,
		RESTARTED{REASON_RESTARTED_ORDERLY}},
	{"owner's authorization, no SRK, not reset", .then = row_no_srk_at_all,
		.now = row_no_srk_at_all, CONTINUOUS{REASON_SAME_TPM}},
	{"owner's authorization, no SRK, count is 0", .then = no_srk_at_all_nor_resets,
		.now = no_srk_at_all_nor_resets,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_OWNER_SEED_UNKNOWN}},
	{"owner's authorization, no SRK, rebooted", .then = row_no_srk_at_all,
		.now = no_srk_at_all_rebooted,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_OWNER_SEED_UNKNOWN}},
};

const struct continuity_table continuity_rows_identity = {rows, COUNT(rows)};
