/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the TPM in order? */
#include "tests/unit/fixture/checks_rows.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

static void self_test_failed(struct evidence *e)
{
	e->self_test.result = TCG_RC_FAILURE;
}

static void self_test_needed(struct evidence *e)
{
	e->self_test.result = TCG_RC_NEEDS_TEST;
}

static void self_test_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->self_test, ERROR_TPM_BLOCKED, "TPM2_GetTestResult: blocked");
}

static void random_repeats(struct evidence *e)
{
	e->random.is_healthy = false;
	e->random.has_repeated_block = true;
}

static void random_runs(struct evidence *e)
{
	e->random.is_healthy = false;
	e->random.longest_run = 512;
	e->random.most_frequent = 511;
}

static void random_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->random, ERROR_TPM_RC, "TPM2_GetRandom: no");
}

static void locked_out(struct evidence *e)
{
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_IN_LOCKOUT;
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 3;
}

static void one_failure(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 1;
}

static void two_failures(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 2;
}

static void half_of_the_failures(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 2;
	*sample_property(e, TCG_PT_MAX_AUTH_FAIL) = 4;
}

static void most_failures(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 0x80000000;
	*sample_property(e, TCG_PT_MAX_AUTH_FAIL) = 0xffffffff;
}

static void lockout_never(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 9;
	*sample_property(e, TCG_PT_MAX_AUTH_FAIL) = 0;
}

static void no_owner(struct evidence *e)
{
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_SH_ENABLE;
}

static void no_endorsement(struct evidence *e)
{
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_EH_ENABLE;
}

static void no_platform(struct evidence *e)
{
	*sample_property(e, TCG_PT_STARTUP_CLEAR) &= ~TCG_STARTUP_CLEAR_PH_ENABLE;
}

static void no_objects(struct evidence *e)
{
	*sample_property(e, TCG_PT_HR_TRANSIENT_AVAIL) = 0;
}

static void no_sessions(struct evidence *e)
{
	*sample_property(e, TCG_PT_HR_LOADED_AVAIL) = 0;
}

static void only_sha1(struct evidence *e)
{
	e->pcrs.bank_count = 1;
}

static void no_banks(struct evidence *e)
{
	e->pcrs.bank_count = 0;
}

static void unsteady(struct evidence *e)
{
	e->pcrs.is_consistent = false;
}

static void pcrs_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->pcrs, ERROR_TPM_RC, "TPM2_PCR_Read: no");
}

static void zero_pcrs(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, 8 * sizeof(e->pcrs.banks[i].values[0]));
}

static void zero_pcrs_and_no_log(struct evidence *e)
{
	zero_pcrs(e);
	SAMPLE_FAIL(&e->event_log, ERROR_NOT_FOUND, "no log");
}

static void zero_pcrs_and_empty_log(struct evidence *e)
{
	zero_pcrs(e);
	e->event_log.events = 0;
	e->event_log.bank_count = 0;
}

static void zero_pcrs_and_failed_log(struct evidence *e)
{
	zero_pcrs(e);
	e->event_log.part.state = PART_FAILED;
}

static void zero_pcrs_and_spec_id(struct evidence *e)
{
	zero_pcrs(e);
	e->event_log.events = 1;
	e->event_log.banks[0].pcrs = e->event_log.banks[1].pcrs = 0;
}

/* A firmware of TPM 1.2's days measures into SHA-1, which is not allocated. */
static void zero_pcrs_of_other_banks(struct evidence *e)
{
	zero_pcrs(e);
	e->pcrs.banks[0] = e->pcrs.banks[1];
	e->pcrs.bank_count = e->event_log.bank_count = 1;
}

static void one_bank_empty(struct evidence *e)
{
	memset(e->pcrs.banks[0].values, 0, sizeof(e->pcrs.banks[0].values));
}

static void all_differ(struct evidence *e)
{
	for (unsigned pcr = 0; pcr < 8; pcr++) {
		e->pcrs.banks[0].values[pcr][0] ^= 1;
		e->pcrs.banks[1].values[pcr][0] ^= 1;
	}
}

static void capped(struct evidence *e)
{
	static const uint8_t zeros[20];
	struct error error;

	for (unsigned pcr = 0; pcr < 8; pcr++) {
		uint8_t *value = e->pcrs.banks[0].values[pcr];
		const struct crypto_bytes parts[] = {{value, 20}, {zeros, 20}};

		assert_int_equal(crypto_digest(TCG_ALG_SHA1, parts, 2, value, &error), 0);
	}
}

static void no_log(struct evidence *e)
{
	SAMPLE_FAIL(&e->event_log, ERROR_PERMISSION, "open: denied");
}

static void log_never_looked_for(struct evidence *e)
{
	memset(&e->event_log, 0, sizeof(e->event_log));
}

static void empty_log(struct evidence *e)
{
	e->event_log.events = 0;
	e->event_log.bank_count = 0;
}

static void log_of_other_banks(struct evidence *e)
{
	e->event_log.bank_count = 1;
	e->event_log.banks[0].alg = TCG_ALG_SHA384;
}

static void one_pcr_differs(struct evidence *e)
{
	e->pcrs.banks[1].values[4][31] ^= 1;
}

static void two_pcrs_differ(struct evidence *e)
{
	e->pcrs.banks[0].values[0][0] ^= 1;
	e->pcrs.banks[0].values[7][0] ^= 1;
}

static void both_banks_differ(struct evidence *e)
{
	one_pcr_differs(e);
	two_pcrs_differ(e);
}

/* The system extends these after the firmware's log ended; and what no event extended is not told
 * by the log. */
static void later_pcrs_differ(struct evidence *e)
{
	e->event_log.banks[0].pcrs = 0x0001ff & ~2U;
	e->event_log.banks[0].values[8][0] = 1;
	e->event_log.banks[0].values[1][0] ^= 1;
}

static void clock_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->clock, ERROR_TPM_RC, "TPM2_ReadClock: no");
}

static void behind(struct evidence *e, uint64_t uptime_ms, uint64_t time_ms)
{
	e->clock.uptime_ms = uptime_ms;
	e->clock.time_ms = time_ms;
}

static void behind_5_s(struct evidence *e)
{
	behind(e, 25025, 20000);
}

static void behind_more(struct evidence *e)
{
	behind(e, 25026, 20000);
}

static void suspended(struct evidence *e)
{
	behind(e, 400000, 20000);
}

static void behind_half(struct evidence *e)
{
	behind(e, 200000, 100000);
}

static void behind_over_half(struct evidence *e)
{
	zero_pcrs_and_no_log(e);
	behind(e, 200002, 100000);
}

static void behind_60_s_of_61(struct evidence *e)
{
	behind(e, 61000, 1000);
}

static void just_reset(struct evidence *e)
{
	zero_pcrs_and_no_log(e);
	behind(e, UINT64_MAX / 4, 0);
}

static void ahead(struct evidence *e)
{
	behind(e, 1000, INT64_MAX);
}

static const struct checks_row rows[] = {
	{fault_none, NULL, "self-test", PASS, "passed", NULL},
	{self_test_failed, NULL, "self-test", FAIL("self-test"), "failed with 0x101", "restart"},
	{self_test_needed, NULL, "self-test", PASS, "not finished", NULL},
	{self_test_refused, NULL, "self-test", UNKNOWN,
		"the self-test's result: TPM2_GetTestResult: blocked", NULL},
	{fault_timeout, NULL, "self-test", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{fault_none, NULL, "random", PASS, "512 bytes pass", NULL},
	{random_repeats, NULL, "random", FAIL("random"), "the same random block twice", "keys"},
	{random_runs, NULL, "random", FAIL("random"),
		"a run of 512 (limit 6), a value 511 times in a window (limit 19)", "keys"},
	{random_refused, NULL, "random", UNKNOWN, "random numbers: TPM2_GetRandom: no", NULL},
	{fault_timeout, NULL, "random", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{fault_none, NULL, "lockout", PASS, "no lockout, 0 of 3 failures", NULL},
	{one_failure, NULL, "lockout", PASS, "no lockout, 1 of 3 failures", NULL},
	{two_failures, NULL, "lockout", WARN("lockout"), "2 of 3 failed authorizations", "count"},
	{half_of_the_failures, NULL, "lockout", WARN("lockout"), "2 of 4 failed", "count"},
	{most_failures, NULL, "lockout", WARN("lockout"), "2147483648 of 4294967295", "count"},
	{lockout_never, NULL, "lockout", PASS, "no lockout, 9 of 0 failures", NULL},
	{locked_out, NULL, "lockout", FAIL("lockout"), "locked out after 3 failed", "Wait"},
	{fault_properties, NULL, "lockout", NOT_THERE, NULL, NULL},

	{fault_none, NULL, "hierarchies", PASS, "owner and endorsement enabled", NULL},
	{no_platform, NULL, "hierarchies", PASS, "owner and endorsement enabled", NULL},
	{no_owner, NULL, "hierarchies", WARN("hierarchies"),
		"owner hierarchy disabled: no storage keys", "Restart"},
	{no_endorsement, NULL, "hierarchies", WARN("hierarchies"),
		"endorsement hierarchy disabled: no endorsement key", "Restart"},
	{fault_properties, NULL, "hierarchies", NOT_THERE, NULL, NULL},

	{fault_none, NULL, "slots", PASS, "room for 1 more object and 3 sessions", NULL},
	{no_objects, NULL, "slots", WARN("slots"), "room for 0 more objects and 3", "tpmrm0"},
	{no_sessions, NULL, "slots", WARN("slots"), "room for 1 more object and 0 sessions",
		"tpmrm0"},
	{fault_properties, NULL, "slots", NOT_THERE, NULL, NULL},

	{fault_none, NULL, "pcr-banks", PASS, "sha1, sha256", NULL},
	{only_sha1, NULL, "pcr-banks", WARN("pcr-banks"), "no bank of SHA-256 or stronger: sha1",
		"active_pcr_banks"},
	{no_banks, NULL, "pcr-banks", WARN("pcr-banks"), "no bank of SHA-256 or stronger",
		"active_pcr_banks"},
	{unsteady, NULL, "pcr-banks", WARN("pcr-banks"), "sha1, sha256; extended faster", "again"},
	{pcrs_refused, NULL, "pcr-banks", UNKNOWN, "PCRs: TPM2_PCR_Read: no", NULL},
	{fault_timeout, NULL, "pcr-banks", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{fault_none, NULL, "boot-pcrs", PASS, "match the event log (42 events)", NULL},
	{zero_pcrs, NULL, "boot-pcrs", FAIL("boot-pcrs"), "the event log has 42 events", "lost"},
	{zero_pcrs_and_no_log, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{zero_pcrs_and_empty_log, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{zero_pcrs_and_failed_log, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{no_log, NULL, "boot-pcrs", UNKNOWN, "event log: open: denied", NULL},
	{log_never_looked_for, NULL, "boot-pcrs", UNKNOWN, "event log could not be asked for",
		NULL},
	{empty_log, NULL, "boot-pcrs", UNKNOWN, "the event log is empty: nothing tells", NULL},
	{log_of_other_banks, NULL, "boot-pcrs", UNKNOWN, "covers none of the PCR banks", NULL},
	{zero_pcrs_and_spec_id, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{zero_pcrs_of_other_banks, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"all zero: the firmware measured nothing", "SeaBIOS"},
	{capped, NULL, "boot-pcrs", PASS,
		"match the event log (42 events) and what it cannot have: the cap (Windows)", NULL},
	{one_pcr_differs, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"the event log does not explain sha256 PCR 4", "extended these PCRs"},
	{two_pcrs_differ, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"the event log does not explain sha1 PCR 0, 7", "extended these PCRs"},
	{both_banks_differ, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"the event log does not explain sha1 PCR 0, 7; sha256 PCR 4", "not reset"},
	{one_bank_empty, NULL, "boot-pcrs", WARN("boot-pcrs"),
		"the event log does not explain sha1 PCR 0, 1, 2, 3, 4, 5, 6, 7 (zero)",
		"extended these PCRs"},
	{all_differ, NULL, "boot-pcrs", FAIL("boot-pcrs"),
		"none of PCR 0 to 7 holds what the event log leads to: sha1 PCR 0, 1,", "swtpm"},
	{later_pcrs_differ, NULL, "boot-pcrs", PASS, "match the event log", NULL},
	{no_banks, NULL, "boot-pcrs", -1, VERDICT_WARNING, "pcr-banks", NULL, NULL},
	{pcrs_refused, NULL, "boot-pcrs", NOT_THERE, NULL, NULL},
	{fault_through_tcti, NULL, "boot-pcrs", UNKNOWN, "reached through a TCTI", NULL},

	{fault_none, NULL, "tpm-time", PASS, "powered on for 90062 s, the system for 90061 s",
		NULL},
	{behind_5_s, NULL, "tpm-time", PASS, "powered on for 20 s, the system for 25 s", NULL},
	{behind_more, NULL, "tpm-time", WARN("tpm-time"), "on for 20 s, the system for 25 s",
		"clocks agree"},
	{behind_half, NULL, "tpm-time", WARN("tpm-time"), "on for 100 s, the system for 200 s",
		"clocks agree"},
	{suspended, NULL, "tpm-time", WARN("tpm-time"), "suspended and resumed", "swtpm"},
	{behind_over_half, NULL, "tpm-time", FAIL("tpm-time"), "on for 100 s", "swtpm"},
	{behind_60_s_of_61, NULL, "tpm-time", WARN("tpm-time"), "on for 1 s", "swtpm"},
	{just_reset, NULL, "tpm-time", FAIL("tpm-time"), "reset under the system", "swtpm"},
	{ahead, NULL, "tpm-time", PASS, "powered on for", NULL},
	{clock_refused, NULL, "tpm-time", -1, VERDICT_WARNING, "parts", NULL, NULL},
	{fault_through_tcti, NULL, "tpm-time", UNKNOWN, "reached through a TCTI", NULL},
};

int main(void)
{
	return checks_rows_test(rows, COUNT(rows));
}
