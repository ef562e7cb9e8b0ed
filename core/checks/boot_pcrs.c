/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/checks/boot_pcrs.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/measured/boot_pcrs.h"
#include "core/measured/unlogged.h"

/* "sha1 PCR 0, 7; sha256 PCR 4", cut to what fits into `size`. */
static void print_against(const struct boot_pcrs *boot_pcrs, char *out, size_t size)
{
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < boot_pcrs->bank_count && used < size; i++) {
		const struct boot_pcrs_bank *bank = &boot_pcrs->banks[i];
		char pcrs[32];

		if (!(bank->zero | bank->other))
			continue;
		tcg_pcrs_print(bank->zero | bank->other, pcrs, sizeof(pcrs));
		used += (size_t)snprintf(out + used, size - used, "%s%s PCR %s%s", used ? "; " : "",
			tcg_alg_name(bank->alg), pcrs, bank->other ? "" : " (zero)");
	}
}

/* Nothing is in PCR 0 to 7. */
static void judge_unmeasured(struct check *check, const struct boot_pcrs *boot_pcrs,
	const struct evidence_event_log *log)
{
	if (boot_pcrs->result == BOOT_PCRS_CONTRADICTED) {
		check_set(check, CHECK_FAIL,
			"PCR 0 to 7 are all zero, though the event log has %" PRIu32
			" events: the TPM was reset under the running system",
			log->events);
		check_remedy(check,
			"The vTPM lost this boot's state, in a migration or a restart of "
			"swtpm. Restart the guest; on the host, see swtpm's log.");
		return;
	}
	check_set(check, CHECK_WARN, "PCR 0 to 7 are all zero: the firmware measured nothing");
	check_remedy(check, "On the host, use a firmware that measures (SeaBIOS or OVMF with TPM "
			    "support), or find out what reset the TPM.");
}

static void judge_measured(struct check *check, const struct boot_pcrs *boot_pcrs,
	const struct evidence_event_log *log)
{
	char unlogged[96] = "", against[192];

	if (!log->events) {
		check_set(check, CHECK_UNKNOWN,
			"the event log is empty: nothing tells what PCR 0 to 7 should hold");
		return;
	}
	unlogged_print(boot_pcrs->unlogged, unlogged, sizeof(unlogged));
	print_against(boot_pcrs, against, sizeof(against));
	switch (boot_pcrs->result) {
	case BOOT_PCRS_EQUAL:
		check_set(
			check, CHECK_PASS, "match the event log (%" PRIu32 " events)", log->events);
		break;
	case BOOT_PCRS_EXPLAINED:
		check_set(check, CHECK_PASS,
			"match the event log (%" PRIu32 " events) and what it cannot have: %s",
			log->events, unlogged);
		break;
	case BOOT_PCRS_UNEXPLAINED:
		check_set(check, CHECK_WARN, "the event log does not explain %s", against);
		check_remedy(check,
			"Somebody extended these PCRs, or the firmware did and does not log it. "
			"The TPM was not reset: others hold what the log leads to.");
		break;
	case BOOT_PCRS_CONTRADICTED:
		check_set(check, CHECK_FAIL,
			"none of PCR 0 to 7 holds what the event log leads to: %s", against);
		check_remedy(check,
			"The TPM did not see this boot, or the log is not of it. Restart "
			"the guest; on the host, see whether swtpm was restarted.");
		break;
	case BOOT_PCRS_UNCOVERED:
		check_set(check, CHECK_UNKNOWN, "the event log covers none of the PCR banks");
		break;
	}
}

bool check_boot_pcrs(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_event_log *log = &evidence->event_log;
	const struct evidence_pcrs *pcrs = &evidence->pcrs;
	struct boot_pcrs boot_pcrs;

	(void)options;
	if (pcrs->part.state != PART_READ || !pcrs->bank_count)
		return false;
	if (check_is_foreign(evidence, check))
		return true;
	boot_pcrs_compare(pcrs->banks, pcrs->bank_count, log->banks,
		log->part.state == PART_READ ? log->bank_count : 0, &boot_pcrs);
	if (!boot_pcrs_measured(pcrs->banks, pcrs->bank_count))
		judge_unmeasured(check, &boot_pcrs, log);
	else if (check_part_is_read(check, &log->part, "event log"))
		judge_measured(check, &boot_pcrs, log);
	return true;
}
