/* SPDX-License-Identifier: BSD-2-Clause */
/* Is the TPM in order? */
#include "core/checks/state.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/evidence/properties.h"
#include "core/measured/boot_pcrs.h"

/* How far the TPM's time may lag behind the uptime: synchronised hosts differ by seconds, and two
 * clocks drift apart by up to 0.1 %. */
#define TIME_SLACK_MS(uptime_ms) (5000 + (uptime_ms) / 1000)

bool check_self_test(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_self_test *test = &evidence->self_test;

	(void)options;
	if (test->part.state == PART_ABSENT)
		return false;
	if (!check_part_is_read(check, &test->part, "the self-test's result"))
		return true;
	if (test->result == TCG_RC_NEEDS_TEST)
		check_set(check, CHECK_PASS, "not finished: the rest is tested when it is used");
	else if (!test->result)
		check_set(check, CHECK_PASS, "passed");
	else
		check_set(
			check, CHECK_FAIL, "the self-test failed with 0x%03" PRIx32, test->result);
	if (check->result == CHECK_FAIL)
		check_remedy(check, "On the host, restart the VM; if it stays, see swtpm's log.");
	return true;
}

bool check_random(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_random *random = &evidence->random;

	(void)options;
	if (random->part.state == PART_ABSENT)
		return false;
	if (!check_part_is_read(check, &random->part, "random numbers"))
		return true;
	if (random->is_healthy) {
		check_set(check, CHECK_PASS,
			"%" PRIu32 " bytes pass the repetition and proportion tests",
			random->bytes);
		return true;
	}
	if (random->has_repeated_block)
		check_set(check, CHECK_FAIL, "the TPM gave the same random block twice");
	else
		check_set(check, CHECK_FAIL,
			"not random: a run of %" PRIu32 " (limit %" PRIu32 "), a value %" PRIu32
			" times in a window (limit %" PRIu32 ")",
			random->longest_run, random->run_cutoff, random->most_frequent,
			random->proportion_cutoff);
	check_remedy(
		check, "Do not use keys made by this TPM. On the host, replace swtpm or libtpms.");
	return true;
}

bool check_lockout(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	struct properties p;

	(void)options;
	properties_decode(evidence, &p);
	if (!p.has_permanent || !p.has_lockout)
		return false;
	if (p.is_in_lockout) {
		check_set(check, CHECK_FAIL,
			"locked out after %" PRIu32 " failed authorizations: PINs are refused",
			p.lockout_counter);
		check_remedy(check,
			"Wait: each interval takes one failure off; or reset it with the "
			"lockout authorization. Hard stops of the VM count as failures.");
	} else if (p.lockout_max && p.lockout_counter * 2ULL >= p.lockout_max) {
		check_set(check, CHECK_WARN, "%" PRIu32 " of %" PRIu32 " failed authorizations",
			p.lockout_counter, p.lockout_max);
		check_remedy(
			check, "Find out who fails to authorize; hard stops of the VM count too.");
	} else {
		check_set(check, CHECK_PASS, "no lockout, %" PRIu32 " of %" PRIu32 " failures",
			p.lockout_counter, p.lockout_max);
	}
	return true;
}

bool check_hierarchies(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	struct properties p;

	(void)options;
	properties_decode(evidence, &p);
	if (!p.has_startup_clear)
		return false;
	/* The platform hierarchy is the firmware's, which may rightly disable it. */
	if (p.is_owner_enabled && p.is_endorsement_enabled) {
		check_set(check, CHECK_PASS, "owner and endorsement enabled");
		return true;
	}
	check_set(check, CHECK_WARN, "%s disabled: %s",
		p.is_owner_enabled ? "endorsement hierarchy" : "owner hierarchy",
		p.is_owner_enabled ? "no endorsement key until the next start"
				   : "no storage keys until the next start");
	check_remedy(check, "Restart the guest; if it stays, look in the firmware's TPM settings.");
	return true;
}

bool check_slots(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	uint32_t objects, sessions;

	(void)options;
	if (!evidence_property(evidence, TCG_PT_HR_TRANSIENT_AVAIL, &objects))
		return false;
	if (!evidence_property(evidence, TCG_PT_HR_LOADED_AVAIL, &sessions))
		return false;
	check_set(check, objects && sessions ? CHECK_PASS : CHECK_WARN,
		"room for %" PRIu32 " more object%s and %" PRIu32 " session%s", objects,
		objects == 1 ? "" : "s", sessions, sessions == 1 ? "" : "s");
	if (check->result == CHECK_WARN)
		check_remedy(check, "A program left keys or sessions loaded: end it, or use "
				    "/dev/tpmrm0, where that cannot happen.");
	return true;
}

bool check_pcr_banks(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_pcrs *pcrs = &evidence->pcrs;
	char names[96] = "";
	bool has_strong = false;

	(void)options;
	if (pcrs->part.state == PART_ABSENT)
		return false;
	if (!check_part_is_read(check, &pcrs->part, "PCRs"))
		return true;
	for (size_t i = 0; i < pcrs->bank_count; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s%s", i ? ", " : "",
			tcg_alg_name(pcrs->banks[i].alg));
		has_strong = has_strong || tcg_digest_size(pcrs->banks[i].alg) >= 32;
	}
	if (!has_strong) {
		check_set(check, CHECK_WARN, "no bank of SHA-256 or stronger%s%s",
			*names ? ": " : "", names);
		check_remedy(check,
			"On the host, add <active_pcr_banks><sha256/></active_pcr_banks> to "
			"the domain's TPM and restart the VM.");
	} else if (!pcrs->is_consistent) {
		check_set(check, CHECK_WARN, "%s; extended faster than they could be read", names);
		check_remedy(check, "Run again when the guest is quieter.");
	} else {
		check_set(check, CHECK_PASS, "%s", names);
	}
	return true;
}

bool check_tpm_time(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_clock *clock = &evidence->clock;
	uint64_t behind_ms;
	bool is_far, is_measured;

	(void)options;
	if (clock->part.state != PART_READ)
		return false;
	if (check_is_foreign(evidence, check))
		return true;
	behind_ms = clock->uptime_ms > clock->time_ms ? clock->uptime_ms - clock->time_ms : 0;
	if (behind_ms <= TIME_SLACK_MS(clock->uptime_ms)) {
		check_set(check, CHECK_PASS,
			"powered on for %" PRIu64 " s, the system for %" PRIu64 " s",
			clock->time_ms / 1000, clock->uptime_ms / 1000);
		return true;
	}
	/* Where the firmware's measurements are still there, the TPM was not reset: it was switched
	 * off and resumed with the system. Without measurements it may have been reset. But it also
	 * lags a few seconds after a migration to a host whose clock is behind; it is never so far
	 * behind as half of the uptime then. */
	is_measured = boot_pcrs_measured(evidence->pcrs.banks, evidence->pcrs.bank_count);
	is_far = behind_ms > 60000 && clock->time_ms < clock->uptime_ms / 2;
	check_set(check, is_far && !is_measured ? CHECK_FAIL : CHECK_WARN,
		"the TPM has been on for %" PRIu64 " s, the system for %" PRIu64 " s: %s",
		clock->time_ms / 1000, clock->uptime_ms / 1000,
		is_measured
			? "it was suspended and resumed, or moved to a host whose clock is behind"
			: "it was reset under the system, or moved to a host whose clock is "
			  "behind");
	check_remedy(check, "On the host, see whether swtpm was restarted while the VM ran, and "
			    "whether the hosts' clocks agree.");
	return true;
}
