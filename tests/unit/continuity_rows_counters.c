/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence that is quoted in the owner hierarchy. */
#include "tests/unit/continuity_rows_private.h"

#include <string.h>

#include "tests/unit/story.h"
#include "tests/unit/unit.h"

static void owner(struct evidence *e)
{
	strcpy(e->ak.hierarchy, EVIDENCE_OWNER);
}

static void owner_rebooted(struct evidence *e)
{
	owner(e);
	story_reboot(e);
}

static void owner_crashed(struct evidence *e)
{
	owner(e);
	story_crash(e);
}

static void owner_behind(struct evidence *e)
{
	owner(e);
	row_counters_behind(e);
}

static void owner_without_srk(struct evidence *e)
{
	owner(e);
	row_no_srk_at_all(e);
	story_reboot(e);
}

static void owner_cleared(struct evidence *e)
{
	owner(e);
	row_cleared(e);
}

static void owner_cleared_unseen(struct evidence *e)
{
	owner(e);
	row_no_srk(e);
	row_cleared_unseen(e);
}

static void owner_with_other_eks(struct evidence *e)
{
	owner(e);
	row_other_eks(e);
}

static void owner_with_ek_of_another_kind(struct evidence *e)
{
	owner(e);
	row_ek_of_another_kind(e);
}

static void owner_with_nothing_to_compare(struct evidence *e)
{
	owner_with_ek_of_another_kind(e);
	row_no_certificates(e);
}

static void owner_of_another_vm(struct evidence *e)
{
	owner(e);
	row_other_vm(e);
}

static void owner_beacon_7(struct evidence *e)
{
	owner(e);
	row_beacon_7(e);
}

static void owner_beacon_6(struct evidence *e)
{
	owner(e);
	row_beacon_6(e);
}

static void show_other_counters(struct evidence *e)
{
	e->clock.reset_count++;
}

static void show_other_restarts(struct evidence *e)
{
	e->clock.restart_count++;
}

static const struct continuity_row rows[] = {
	/* The counters of both are obfuscated, the key is made of the owner seed */
	{"owner, first seen", .has_no_baseline = true, .now = owner,
		FIRST_SEEN{REASON_FIRST_SEEN, REASON_COUNTERS_OBFUSCATED}},
	{"owner, nothing happened", .then = owner, .now = owner,
		CONTINUOUS{REASON_SAME_TPM, REASON_COUNTERS_OBFUSCATED}},
	{"owner, live migration", .event = EVENT_LIVE_MIGRATION, .then = owner, .now = owner,
		CONTINUOUS{REASON_SAME_TPM, REASON_COUNTERS_OBFUSCATED}},
	{"owner, reboot in a live migration", .event = EVENT_LIVE_MIGRATION, .then = owner,
		.now = owner_rebooted,
		RESTARTED_WRONGLY{REASON_RESTARTED_ORDERLY, REASON_COUNTERS_OBFUSCATED}},
	{"owner, soft reboot", .event = EVENT_SOFT_REBOOT, .then = owner, .now = owner_rebooted,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_COUNTERS_OBFUSCATED}},
	{"owner, crash", .then = owner, .now = owner_crashed,
		CRASHED{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, resetCount behind", .then = owner, .now = owner_behind,
		ROLLED_BACK{REASON_COUNTERS_BEHIND, REASON_COUNTERS_OBFUSCATED}},
	{"owner, beacon behind", .then = owner_beacon_7, .now = owner_beacon_6,
		ROLLED_BACK{REASON_BEACON_BEHIND, REASON_COUNTERS_OBFUSCATED}},
	{"owner, resetCount shown is not the signed one", .then = owner, .now = owner,
		.alter_now = show_other_counters, UNVERIFIED{REASON_BAD_QUOTE}},
	{"owner, restartCount shown is not the signed one", .then = owner, .now = owner,
		.alter_then = show_other_restarts, UNVERIFIED{REASON_BAD_QUOTE}},
	{"owner, no clock", .then = owner, .now = owner, .alter_now = row_no_clock,
		UNVERIFIED{REASON_NO_ACCESS}},
	{"owner, no clock in the baseline", .then = owner, .alter_then = row_no_clock, .now = owner,
		UNVERIFIED{REASON_NO_ACCESS}},
	{"owner, no SRK: the key is of the same seed", .then = owner, .now = owner_without_srk,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_OBJECTS_CHANGED,
			REASON_COUNTERS_OBFUSCATED}},
	{"owner, other firmware", .then = owner, .now = owner, .alter_now = row_other_firmware,
		CONTINUOUS_BUT{
			REASON_SAME_TPM, REASON_FIRMWARE_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, cleared", .seed = 2, .then = owner, .now = owner_cleared,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, row_cleared, announced", .seed = 2, .event = EVENT_CLEAR, .then = owner,
		.now = owner_cleared,
		CLEARED_UNPROVEN{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, row_cleared, no SRK", .seed = 2, .then = owner, .now = owner_cleared_unseen,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_OBJECTS_CHANGED,
			REASON_COUNTERS_OBFUSCATED}},
	{"owner, other EKs and AK", .seed = 2, .then = owner, .now = owner_with_other_eks,
		REPLACED{REASON_EK_CHANGED}},
	{"owner, other AK, nothing else to compare", .seed = 2, .then = owner,
		.now = owner_with_nothing_to_compare, REPLACED{REASON_EK_CHANGED}},
	{"owner, other AK, the EK's certificate is the same", .seed = 2, .then = owner,
		.now = owner_with_ek_of_another_kind,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, certificate of another VM", .then = owner, .now = owner_of_another_vm,
		CLONED{REASON_OTHER_VM}},
	/* Quoted in another hierarchy than the baseline */
	{"endorsement, then owner", .now = owner, UNVERIFIED{REASON_AK_HIERARCHY}},
	{"owner, then endorsement", .then = owner, UNVERIFIED{REASON_AK_HIERARCHY}},
	{"endorsement, then owner with other EKs", .now = owner_with_other_eks,
		REPLACED{REASON_EK_CHANGED}},
	{"endorsement, then owner with an EK of another kind", .now = owner_with_ek_of_another_kind,
		UNVERIFIED{REASON_AK_HIERARCHY}},
	{"endorsement, then owner of another VM", .now = owner_of_another_vm,
		CLONED{REASON_OTHER_VM}},
	{"owner, then row_cleared, so endorsement", .then = owner, .now = row_cleared,
		CLEARED{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
	{"owner, then cleared as announced", .event = EVENT_CLEAR, .then = owner,
		.now = row_cleared,
		CLEARED_UNPROVEN{REASON_OWNER_SEED_CHANGED, REASON_COUNTERS_OBFUSCATED}},
};

const struct continuity_table continuity_rows_counters = {rows, COUNT(rows)};
