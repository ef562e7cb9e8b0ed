/* SPDX-License-Identifier: BSD-2-Clause */
/* PCR values, held against the event log. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/status/page_part.h"
#include "agent/status/page_sections.h"
#include "core/measured/boot_pcrs.h"

/* Every bit of a PCR as it was at power-on: all zeros, or all ones for 17 to 22. */
static bool is_unused(const uint8_t *value, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (value[i] != value[0])
			return false;
	}
	return value[0] == 0x00 || value[0] == 0xff;
}

/* PCR 0 to 7 of all banks are judged together, as the check is: core/measured/boot_pcrs.h. */
static enum page_mark mark_boot_pcr(const struct boot_pcrs *boot_pcrs, uint16_t alg, unsigned pcr)
{
	for (size_t i = 0; i < boot_pcrs->bank_count; i++) {
		const struct boot_pcrs_bank *bank = &boot_pcrs->banks[i];

		if (bank->alg != alg)
			continue;
		if ((bank->equal | bank->explained) & 1U << pcr)
			return PAGE_PASS;
		if ((bank->zero | bank->other) & 1U << pcr)
			return boot_pcrs->result == BOOT_PCRS_CONTRADICTED ? PAGE_FAIL : PAGE_WARN;
	}
	return PAGE_PLAIN;
}

/* The operating system extends these past the firmware's log. */
static enum page_mark mark_later_pcr(
	const struct evidence *evidence, const struct tcg_pcr_bank *bank, unsigned pcr)
{
	size_t size = tcg_digest_size(bank->alg);

	for (size_t i = 0; i < evidence->event_log.bank_count; i++) {
		const struct tcg_pcr_bank *log = &evidence->event_log.banks[i];

		if (log->alg != bank->alg || !(bank->pcrs & log->pcrs & 1U << pcr))
			continue;
		if (memcmp(log->values[pcr], bank->values[pcr], size) == 0)
			return PAGE_PASS;
	}
	return PAGE_PLAIN;
}

/* "0-16, 23" */
static void append_range(char *out, size_t size, unsigned first, unsigned last)
{
	size_t used = strlen(out);

	snprintf(out + used, size - used, first == last ? "%s%u" : "%s%u-%u", used ? ", " : "",
		first, last);
}

static void build_bank(const struct evidence *evidence, const struct boot_pcrs *boot_pcrs,
	const struct tcg_pcr_bank *bank, struct page *page)
{
	char unused[96] = "", hex[2 * TCG_DIGEST_MAX + 1], label[24];
	size_t len = tcg_digest_size(bank->alg);
	unsigned first = 0;
	bool in_range = false;

	for (unsigned pcr = 0; pcr <= TCG_PCR_COUNT; pcr++) {
		bool is_there = pcr < TCG_PCR_COUNT && bank->pcrs & 1U << pcr;
		enum page_mark mark = pcr < TCG_BOOT_PCR_COUNT
					      ? mark_boot_pcr(boot_pcrs, bank->alg, pcr)
					      : mark_later_pcr(evidence, bank, pcr);
		bool is_listed = is_there && is_unused(bank->values[pcr], len) &&
				 mark != PAGE_FAIL && mark != PAGE_WARN;

		if (is_listed && !in_range)
			first = pcr;
		if (!is_listed && in_range)
			append_range(unused, sizeof(unused), first, pcr - 1);
		in_range = is_listed;
		if (!is_there || is_listed)
			continue;
		snprintf(label, sizeof(label), "%s %u", tcg_alg_name(bank->alg), pcr);
		text_hex(bank->values[pcr], len, hex, sizeof(hex));
		page_add_row(page, mark, label, "%s", hex);
	}
	if (*unused)
		page_add_row(page, PAGE_PLAIN, tcg_alg_name(bank->alg), "not extended: %s", unused);
}

void status_page_add_pcrs(const struct evidence *evidence, struct page *page)
{
	const struct evidence_event_log *log = &evidence->event_log;
	struct boot_pcrs boot_pcrs;

	boot_pcrs_compare(evidence->pcrs.banks, evidence->pcrs.bank_count, log->banks,
		log->bank_count, &boot_pcrs);
	page_begin_section(page, "PCRs");
	if (status_page_add_part(page, "PCRs", &evidence->pcrs.part)) {
		for (size_t i = 0; i < evidence->pcrs.bank_count; i++)
			build_bank(evidence, &boot_pcrs, &evidence->pcrs.banks[i], page);
		page_add_row(
			page, PAGE_PLAIN, "Updates", "%" PRIu32, evidence->pcrs.update_counter);
	}
	if (status_page_add_part(page, "Event log", &log->part))
		page_add_row(page, PAGE_PLAIN, "Event log",
			"%" PRIu32 " events, %" PRIu64 " bytes, %s, startup locality %u",
			log->events, log->bytes, log->format, log->startup_locality);
}
