/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened to the TPM when its system booted anew? */
#include "tests/unit/continuity_rows_private.h"

#include "tests/unit/sample.h"
#include "tests/unit/story.h"
#include "tests/unit/unit.h"

static void reboot_again(struct evidence *e)
{
	story_reboot(e);
	story_reboot(e);
}

static void reboot_again_after_crash(struct evidence *e)
{
	reboot_again(e);
	e->clock.clock_ms = 1252;
}

static void reboot_with_older_clock(struct evidence *e)
{
	story_reboot(e);
	e->clock.clock_ms = 1252;
}

static void crash_with_older_clock(struct evidence *e)
{
	story_crash(e);
	e->clock.clock_ms = 1252;
}

static void crash_twice(struct evidence *e)
{
	story_crash(e);
	story_crash(e);
}

static void hard_reset_with_older_clock(struct evidence *e)
{
	story_hard_reset(e);
	e->clock.clock_ms = 1252;
}

static void reboot_to_the_same_counters(struct evidence *e)
{
	uint32_t resets = e->clock.reset_count, restarts = e->clock.restart_count;

	story_reboot(e);
	e->clock.reset_count = resets;
	e->clock.restart_count = restarts;
}

static void reboot_to_older_counters(struct evidence *e)
{
	story_reboot(e);
	e->clock.reset_count -= 2;
}

static void reboot_measuring_otherwise(struct evidence *e)
{
	story_reboot(e);
	row_change_boot_pcr(e);
}

static void reboot_into_unknown_shutdown(struct evidence *e)
{
	story_reboot(e);
	SAMPLE_FAIL(&e->properties, ERROR_TPM_RC, "no properties");
}

static void kexec_with_older_clock(struct evidence *e)
{
	story_kexec(e);
	e->clock.clock_ms -= 62000;
}

static void kexec_drifting(struct evidence *e)
{
	story_kexec(e);
	e->clock.uptime_ms = 100000000;
	e->clock.time_ms += 99920000;
	e->clock.clock_ms += 99920000;
}

static void kexec_measuring_otherwise(struct evidence *e)
{
	story_kexec(e);
	row_change_boot_pcr(e);
}

/* Powered on shortly before each boot; time and clock as far apart, but too short a time on. */
static void early(struct evidence *e)
{
	e->clock.time_ms = 60000;
	e->clock.uptime_ms = e->guest.uptime_ms = 50000;
}

static void early_again(struct evidence *e)
{
	reboot_to_the_same_counters(e);
	e->clock.time_ms = 70000;
	e->clock.clock_ms = 700010000;
	e->clock.uptime_ms = e->guest.uptime_ms = 60000;
	e->pcrs.update_counter = 36;
}

static void beacon_8_crashed(struct evidence *e)
{
	row_beacon_8(e);
	story_crash(e);
}

static void beacon_8_twice_rebooted(struct evidence *e)
{
	row_beacon_8(e);
	reboot_again_after_crash(e);
}

static const struct continuity_row rows[] = {
	{"soft reboot", .event = EVENT_SOFT_REBOOT, .now = story_reboot,
		RESTARTED{REASON_RESTARTED_ORDERLY}},
	{"unannounced reboot", .now = story_reboot, RESTARTED{REASON_RESTARTED_ORDERLY}},
	{"reboot in a live migration", .event = EVENT_LIVE_MIGRATION, .now = story_reboot,
		RESTARTED_WRONGLY{REASON_RESTARTED_ORDERLY}},
	{"hard reset, swtpm >= 0.8", .event = EVENT_HARD_REBOOT, .now = story_hard_reset,
		RESTARTED{REASON_RESTARTED_SAVED}},
	{"hard reset with an older clock", .now = hard_reset_with_older_clock,
		ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"hard reset, swtpm < 0.8", .event = EVENT_HARD_REBOOT, .now = crash_with_older_clock,
		CRASHED_AS_ALLOWED{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"crash", .now = crash_with_older_clock,
		CRASHED{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"crash in a live migration", .event = EVENT_LIVE_MIGRATION, .now = story_crash,
		CRASHED_WRONGLY{REASON_CRASHED, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"crash with a beacon", .then = row_beacon_7, .now = beacon_8_crashed,
		CRASHED{REASON_CRASHED}},
	{"two crashes", .now = crash_twice,
		CRASHED{REASON_CRASHED, REASON_SEVERAL_RESETS, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"orderly, but with an older clock", .now = reboot_with_older_clock,
		ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"two reboots", .now = reboot_again,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS}},
	{"two reboots, older clock", .now = reboot_again_after_crash,
		RESTARTED_BUT{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS,
			REASON_ROLLBACK_NOT_EXCLUDED}},
	{"two hard reboots, older clock", .event = EVENT_HARD_REBOOT,
		.now = reboot_again_after_crash,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS,
			REASON_ROLLBACK_NOT_EXCLUDED}},
	{"two reboots, older clock, beacon", .then = row_beacon_7, .now = beacon_8_twice_rebooted,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_SEVERAL_RESETS}},
	{"older counters", .now = reboot_to_older_counters, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"counters repeated", .now = reboot_to_the_same_counters,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"counters repeated, soon after power-on", .then = early, .now = early_again,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"measured otherwise", .now = reboot_measuring_otherwise,
		RESTARTED{REASON_RESTARTED_ORDERLY, REASON_MEASUREMENTS_CHANGED}},
	{"shutdown unknown", .now = reboot_into_unknown_shutdown,
		CRASHED{REASON_CRASHED, REASON_PART_MISSING, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"shutdown unknown, hard reboot", .event = EVENT_HARD_REBOOT,
		.now = reboot_into_unknown_shutdown,
		CRASHED{REASON_CRASHED, REASON_PART_MISSING, REASON_ROLLBACK_NOT_EXCLUDED}},
	{"kexec", .now = story_kexec, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_WITHOUT_RESET}},
	{"kexec announced as a soft reboot", .event = EVENT_SOFT_REBOOT, .now = story_kexec,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_WITHOUT_RESET, REASON_EVENT_NOT_SEEN}},
	{"kexec, clocks drift", .now = kexec_drifting,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_BOOT_WITHOUT_RESET}},
	{"kexec, older clock", .now = kexec_with_older_clock,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"kexec, other boot PCRs", .now = kexec_measuring_otherwise,
		ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"kexec, clock unreadable", .now = story_kexec, .alter_now = row_no_clock,
		UNVERIFIED{REASON_NO_ACCESS}},
};

const struct continuity_table continuity_rows_other_boot = {rows, COUNT(rows)};
