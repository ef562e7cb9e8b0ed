/* SPDX-License-Identifier: BSD-2-Clause */
/* What happened to the TPM while its system ran? */
#include "tests/unit/continuity_rows_private.h"

#include <string.h>

#include "tests/unit/unit.h"

static void restart_behind(struct evidence *e)
{
	e->clock.restart_count--;
}

static void reset_counters(struct evidence *e)
{
	e->clock.reset_count++;
	e->clock.restart_count = 0;
}

static void reset_unmeasured(struct evidence *e)
{
	row_boot_pcrs_unmeasured(e);
	reset_counters(e);
}

static void restart_unmeasured(struct evidence *e)
{
	row_boot_pcrs_unmeasured(e);
	e->clock.restart_count++;
}

static void reset_zeroes_pcrs(struct evidence *e)
{
	reset_counters(e);
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
}

static void suspend_with_older_clock(struct evidence *e)
{
	row_suspend(e);
	e->clock.clock_ms -= 100000;
}

static void hibernate(struct evidence *e)
{
	reset_counters(e);
	e->clock.time_ms = 20000;
	e->pcrs.update_counter = 3;
}

static void clock_behind(struct evidence *e)
{
	e->clock.clock_ms -= 60001;
}

static void time_behind(struct evidence *e)
{
	e->clock.time_ms -= 120000;
}

static void clock_behind_time(struct evidence *e)
{
	e->clock.time_ms += 10000;
}

static void fewer_updates(struct evidence *e)
{
	e->pcrs.update_counter--;
}

static void uptime_behind(struct evidence *e)
{
	e->guest.uptime_ms -= 100000;
	e->clock.uptime_ms -= 100000;
}

static void extend_late_pcr(struct evidence *e)
{
	e->pcrs.banks[1].values[11][3] ^= 1;
	e->pcrs.update_counter++;
}

static void step_wall_clock(struct evidence *e)
{
	e->iat -= 1000000;
}

static void destination_ahead(struct evidence *e)
{
	e->clock.time_ms += 3600000;
	e->clock.clock_ms += 3600000;
}

static void set_clock(struct evidence *e)
{
	e->clock.clock_ms += 86400000;
}

static void repeat_random(struct evidence *e)
{
	e->random.sha256.data[0]--;
}

static void lag(struct evidence *e)
{
	e->guest.uptime_ms += 20000;
	e->clock.uptime_ms += 20000;
}

/* A month later by a clock that is 0.05 % fast. */
static void drift(struct evidence *e)
{
	e->guest.uptime_ms += 2592000000;
	e->clock.uptime_ms += 2592000000;
	e->clock.time_ms += 2590704000;
	e->clock.clock_ms += 2590704000;
}

static const struct continuity_row rows[] = {
	{"nothing happened", CONTINUOUS{REASON_SAME_TPM}},
	{"live migration", .event = EVENT_LIVE_MIGRATION, CONTINUOUS{REASON_SAME_TPM}},
	{"live migration to a host that is ahead", .event = EVENT_LIVE_MIGRATION,
		.now = destination_ahead, CONTINUOUS{REASON_SAME_TPM}},
	{"a PCR of the system extended", .now = extend_late_pcr, CONTINUOUS{REASON_SAME_TPM}},
	{"wall clock stepped back", .now = step_wall_clock, CONTINUOUS{REASON_SAME_TPM}},
	{"clock set by the owner", .now = set_clock, CONTINUOUS{REASON_SAME_TPM}},
	{"reboot announced, not seen", .event = EVENT_HARD_REBOOT,
		CONTINUOUS_BUT{REASON_SAME_TPM, REASON_EVENT_NOT_SEEN}},
	{"resume of a saved VM", .event = EVENT_RESUME, CONTINUOUS{REASON_SAME_TPM}},
	{"resetCount behind", .now = row_counters_behind, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"restartCount behind", .now = restart_behind, ROLLED_BACK{REASON_COUNTERS_BEHIND}},
	{"reset under the guest", .now = reset_zeroes_pcrs,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_WRONG}},
	{"reset, nothing measured", .then = row_boot_pcrs_unmeasured, .now = reset_unmeasured,
		RESET_UNDER_GUEST{REASON_COUNTERS_MOVED}},
	{"on for too short, nothing measured", .then = row_boot_pcrs_unmeasured,
		.now = row_reset_long_ago_unmeasured, RESET_UNDER_GUEST{REASON_TIME_RESTARTED}},
	{"boot PCR changed", .now = row_change_boot_pcr,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_CHANGED}},
	{"boot PCR not as the log says", .now = row_pcr_against_log,
		RESET_UNDER_GUEST{REASON_BOOT_PCRS_WRONG}},
	{"suspended", .event = EVENT_RESUME, .now = row_suspend, RESTARTED{REASON_SUSPENDED}},
	{"suspended unannounced", .now = row_suspend,
		RESTARTED_BUT{REASON_SUSPENDED, REASON_NOT_ANNOUNCED}},
	{"suspended, nothing measured", .event = EVENT_RESUME, .then = row_boot_pcrs_unmeasured,
		.now = restart_unmeasured, RESTARTED{REASON_SUSPENDED}},
	{"suspended in a live migration", .event = EVENT_LIVE_MIGRATION, .now = row_suspend,
		RESTARTED_WRONGLY{REASON_SUSPENDED, REASON_NOT_ANNOUNCED}},
	{"suspended, older clock", .event = EVENT_RESUME, .now = suspend_with_older_clock,
		ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"hibernated", .event = EVENT_RESUME, .now = hibernate, RESTARTED{REASON_SUSPENDED}},
	{"still after a suspend", .then = row_suspend, .now = row_suspend,
		CONTINUOUS{REASON_SAME_TPM}},
	{"clock behind", .now = clock_behind, ROLLED_BACK{REASON_CLOCK_BEHIND}},
	{"time behind", .now = time_behind, ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"clock behind its time", .now = clock_behind_time, ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"fewer PCR updates", .now = fewer_updates, ROLLED_BACK{REASON_COUNTERS_REPEATED}},
	{"VM set back with its memory", .now = uptime_behind, ROLLED_BACK{REASON_UPTIME_BEHIND}},
	{"random bytes repeated", .now = repeat_random, ROLLED_BACK{REASON_RANDOM_REPEATED}},
	{"clock lags", .now = lag, CONTINUOUS_BUT{REASON_SAME_TPM, REASON_CLOCK_LAGS}},
	{"clock drifts", .now = drift, CONTINUOUS{REASON_SAME_TPM}},
};

const struct continuity_table continuity_rows_same_boot = {rows, COUNT(rows)};
