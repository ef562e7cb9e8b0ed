/* SPDX-License-Identifier: BSD-2-Clause */
/* What the history tells of any boot: the first evidence, the beacon, a boot that is not known. */
#include "tests/unit/continuity_rows_private.h"

#include <string.h>

#include "tests/unit/forge.h"
#include "tests/unit/sample.h"
#include "tests/unit/story.h"
#include "tests/unit/unit.h"

static void no_boot_id(struct evidence *e)
{
	e->guest.boot_id[0] = 0;
}

static void reboot_without_boot_id(struct evidence *e)
{
	story_reboot(e);
	no_boot_id(e);
}

static void no_guest(struct evidence *e)
{
	memset(&e->guest, 0, sizeof(e->guest));
}

static void beacon_7_again(struct evidence *e)
{
	forge_beacon(e, 7, false);
}

static void beacon_failed(struct evidence *e)
{
	SAMPLE_FAIL(&e->beacon, ERROR_TPM_RC, "no such index");
}

static const struct continuity_row rows[] = {
	/* Seen for the first time */
	{"first seen", .has_no_baseline = true, FIRST_SEEN{REASON_FIRST_SEEN}},
	{"first seen, locked out", .has_no_baseline = true, .now = row_lockout,
		FIRST_SEEN{REASON_FIRST_SEEN, REASON_CHECK_FAILED}},
	{"first seen, of another VM", .has_no_baseline = true, .now = row_other_vm,
		CLONED{REASON_OTHER_VM}},
	{"first seen, boot PCRs wrong", .has_no_baseline = true, .now = row_pcr_against_log,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_WRONG}},
	{"first seen, time restarted", .has_no_baseline = true,
		.now = row_reset_long_ago_unmeasured, RESET_UNDER_GUEST{REASON_TIME_RESTARTED}},
	{"first seen after a suspend", .has_no_baseline = true, .now = row_suspend,
		FIRST_SEEN{REASON_FIRST_SEEN}},
	/* The beacon */
	{"beacon advanced", .then = row_beacon_7, .now = row_beacon_8, CONTINUOUS{REASON_SAME_TPM}},
	{"beacon read only", .then = row_beacon_7, .now = beacon_7_again,
		CONTINUOUS{REASON_SAME_TPM}},
	{"beacon not past the baseline's", .then = row_beacon_7, .now = row_beacon_7,
		ROLLED_BACK{REASON_BEACON_BEHIND}},
	{"beacon behind", .then = row_beacon_7, .now = row_beacon_6,
		ROLLED_BACK{REASON_BEACON_BEHIND}},
	{"beacon gone", .then = row_beacon_7,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BEACON_MISSING}},
	{"beacon failed", .then = row_beacon_7, .now = beacon_failed,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BEACON_MISSING}},
	{"beacon new", .now = row_beacon_7, CONTINUOUS{REASON_SAME_TPM}},
	/* An unknown boot of the system */
	{"nothing happened, boot unknown", .now = no_boot_id,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_UNKNOWN}},
	{"reboot, boot unknown", .now = reboot_without_boot_id,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_BOOT_UNKNOWN}},
	{"reboot, boot of the baseline unknown", .then = no_boot_id, .now = story_reboot,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_BOOT_UNKNOWN}},
	{"nothing is known of the guest", .now = no_guest,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_UNKNOWN, REASON_PART_MISSING}},
};

const struct continuity_table continuity_rows_history = {rows, COUNT(rows)};
