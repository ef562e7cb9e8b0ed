/* SPDX-License-Identifier: BSD-2-Clause */
/* The boot in words, for somebody who never saw a PCR. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/status/boot.h"
#include "core/measured/boot_words.h"
#include "core/text.h"

static void build_headline(const struct boot_facts *facts, struct page *page)
{
	page->status = facts->secure_boot == BOOT_SECURE_ON ? VERDICT_AFFIRMING : VERDICT_NONE;
	page->badge = "no secure boot";
	if (facts->secure_boot == BOOT_SECURE_ON)
		page->badge = "secure boot";
	else if (facts->secure_boot == BOOT_SECURE_UNKNOWN)
		page->badge = "unknown";
	snprintf(page->headline, sizeof(page->headline), "%s",
		boot_secure_sentence(facts->secure_boot));
}

/* A check that warns or fails says more than what was booted. */
static void build_checks(const struct checks *checks, struct page *page)
{
	static const enum page_mark marks[] = {[CHECK_UNKNOWN] = PAGE_UNKNOWN,
		[CHECK_PASS] = PAGE_PASS,
		[CHECK_WARN] = PAGE_WARN,
		[CHECK_FAIL] = PAGE_FAIL};
	const struct check *decisive = checks_decisive(checks);

	if (decisive) {
		page->status = checks_status(checks);
		page->badge = page_verdict(page->status);
		snprintf(page->summary, sizeof(page->summary), "%s", page->headline);
		snprintf(page->headline, sizeof(page->headline), "%s", decisive->sentence);
	}
	if (!checks->count)
		return;
	page_begin_section(page, "Checks");
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		struct page_row *row = page_add_row(
			page, marks[check->result], check->title, "%s", check->sentence);

		snprintf(row->remedy, sizeof(row->remedy), "%s", check->remedy);
	}
}

/* The beginning of a digest tells images apart; --json has all of it. */
static void add_digest(char *out, size_t size, uint16_t alg, const struct boot_item *item)
{
	const char *name = tcg_alg_name(alg);
	size_t used = strlen(out);
	char hex[17];

	text_hex(item->digest.data, item->digest.len, hex, sizeof(hex));
	snprintf(out + used, size - used, "%s%s %s...", used ? ", " : "", name ? name : "digest",
		hex);
}

/* What ran, in its order. */
static void build_programs(const struct evidence *evidence, struct page *page)
{
	const struct evidence_smbios *smbios = &evidence->smbios;
	const struct boot_facts *facts = &evidence->boot.facts;
	bool is_named = smbios->firmware_vendor[0] || smbios->firmware_version[0];
	const char *last = ""; /* a label stands once before its rows */

	page_begin_section(page, "What was started");
	if (is_named)
		page_add_row(page, PAGE_PLAIN, "Firmware", "%s %s", smbios->firmware_vendor,
			smbios->firmware_version);
	if (*facts->firmware)
		page_add_row(page, PAGE_PLAIN, is_named ? "" : "Firmware", "measured as %s",
			facts->firmware);
	for (size_t i = 0; i < BOOT_STARTED_COUNT * facts->items.count; i++) {
		const struct boot_item *item = &facts->items.items[i % facts->items.count];
		const struct boot_started *kind = &boot_started[i / facts->items.count];
		char value[128];

		if (item->what != kind->what)
			continue;
		snprintf(value, sizeof(value), "%s", *item->name ? item->name : kind->unnamed);
		if (item->what != BOOT_WHAT_PARTITIONS)
			add_digest(value, sizeof(value), facts->alg, item);
		page_add_row(page, PAGE_PLAIN, last == kind->title ? "" : kind->title, "%s", value);
		last = kind->title;
	}
}

static void build_authorities(const struct boot_facts *facts, struct page *page)
{
	const char *label = "Let pass by";

	for (size_t i = 0; i < facts->authorities.count; i++) {
		const struct boot_authority *authority = &facts->authorities.items[i];
		char name[BOOT_SUBJECT_MAX];

		if (!*authority->subject)
			continue;
		boot_common_name(name, sizeof(name), authority->subject);
		page_add_row(page, PAGE_PLAIN, label, "%s (%s)", name, authority->variable);
		label = "";
	}
}

static void build_secure_boot(const struct evidence *evidence, struct page *page)
{
	const struct boot_facts *facts = &evidence->boot.facts;
	static const char *const words[BOOT_SECURE_COUNT] = {
		"not known", "there is none", "off", "on", "off, in setup mode", "in audit mode"};
	char today[TEXT_TIME_SIZE];
	const char *last = "";
	bool has_expired;

	text_time((int64_t)evidence->iat, today);
	page_begin_section(page, "Secure Boot");
	page_add_row(page, facts->secure_boot == BOOT_SECURE_ON ? PAGE_PASS : PAGE_PLAIN,
		"Secure Boot", "%s", words[facts->secure_boot]);
	build_authorities(facts, page);
	for (size_t i = 0; i < facts->certificates.count; i++) {
		const struct boot_certificate *certificate = &facts->certificates.items[i];
		char name[BOOT_SUBJECT_MAX];

		boot_common_name(name, sizeof(name), certificate->subject);
		has_expired = strncmp(certificate->not_after, today, 10) < 0;
		page_add_row(page, PAGE_PLAIN,
			strcmp(last, certificate->variable) == 0 ? "" : certificate->variable,
			"%s, %s %.10s", name, has_expired ? "expired" : "until",
			certificate->not_after);
		last = certificate->variable;
	}
	for (size_t i = 0; i < facts->variables.count; i++) {
		const struct boot_variable *variable = &facts->variables.items[i];

		if (variable->hashes)
			page_add_row(page, PAGE_PLAIN, variable->name, "%" PRIu32 " hash%s",
				variable->hashes, variable->hashes == 1 ? "" : "es");
		else if (!variable->certificates)
			page_add_row(page, PAGE_PLAIN, variable->name, "empty");
	}
	if (facts->variables.count)
		page_add_row(page, PAGE_PLAIN, "",
			"PK is the owner's key, KEK may change db and dbx, what db has may start, "
			"and what dbx has must not.");
}

/* UAPI.7 and PFP 1.05 section 3.3.4 say what each PCR is for. */
static const char *const purposes[TCG_PCR_COUNT] = {"firmware", "the firmware's settings",
	"drivers and option ROMs", "settings of drivers", "boot loader and kernel",
	"partition table", "by the manufacturer", "Secure Boot", "boot loader's commands",
	"files that the boot loader read", "IMA", "unified kernel image, phases of the boot",
	"command line and credentials", "system extensions", "shim's lists",
	"the system's identity"};

/* The names behind one PCR, as many as there is room for. */
static void list_names(const struct boot_facts *facts, unsigned pcr, char *out, size_t size)
{
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < facts->items.count && used + BOOT_NAME_MAX + 8 < size; i++) {
		const struct boot_item *item = &facts->items.items[i];

		if (item->pcr == pcr && *item->name && item->what != BOOT_WHAT_AUTHORITY)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s", used ? ", " : ": ", item->name);
	}
}

static void build_pcrs(const struct boot_facts *facts, struct page *page)
{
	page_begin_section(page, "What each PCR is for");
	page_add_row(page, PAGE_PLAIN, "",
		"A PCR is a checksum in the TPM of all that was started. A disk sealed to PCR 7 "
		"opens only while what stands there stays the same.");
	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		char label[16], names[256];
		bool is_measured = false;

		for (size_t i = 0; i < facts->items.count; i++)
			is_measured = is_measured || facts->items.items[i].pcr == pcr;
		if (!is_measured)
			continue;
		snprintf(label, sizeof(label), "PCR %u", pcr);
		list_names(facts, pcr, names, sizeof(names));
		page_add_row(page, PAGE_PLAIN, label, "%s%s",
			purposes[pcr] ? purposes[pcr] : "of no fixed purpose", names);
	}
	if (facts->os_separators) {
		char pcrs[64];

		tcg_pcrs_print(facts->os_separators, pcrs, sizeof(pcrs));
		page_add_row(page, PAGE_PLAIN, "Sealed",
			"PCR %s: systemd, before the disk's system", pcrs);
	}
}

static void build_log(const struct evidence *evidence, struct page *page)
{
	const struct boot_facts *facts = &evidence->boot.facts;

	page_begin_section(page, "Event log");
	page_add_row(page, PAGE_PLAIN, "Events", "%" PRIu32 ", %" PRIu64 " bytes",
		evidence->event_log.events, evidence->event_log.bytes);
	if (facts->unproven)
		page_add_row(page, PAGE_UNKNOWN, "Not believed",
			"%" PRIu32 " events whose data is not what was measured", facts->unproven);
	if (facts->left_out)
		page_add_row(page, PAGE_PLAIN, "Left out", "%" PRIu32 ", for want of room",
			facts->left_out);
}

void status_boot_sections(const struct evidence *evidence, struct page *page)
{
	if (evidence->boot.part.state != PART_READ)
		return;
	build_programs(evidence, page);
	build_secure_boot(evidence, page);
}

void status_boot_page(const struct evidence *evidence, const struct checks *checks, const char *log,
	struct page *ret_page)
{
	const struct boot_facts *facts = &evidence->boot.facts;

	*ret_page = (struct page){0};
	build_headline(facts, ret_page);
	snprintf(ret_page->summary, sizeof(ret_page->summary),
		"as the event log has it; vtpm-agent boot --events%s%s lists it",
		*log ? " --log " : "", log);
	build_checks(checks, ret_page);
	status_boot_sections(evidence, ret_page);
	build_pcrs(facts, ret_page);
	build_log(evidence, ret_page);
}
