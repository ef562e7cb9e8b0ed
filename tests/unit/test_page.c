/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/status/boot.h"
#include "agent/status/status.h"
#include "console/page.h"
#include "console/page_text.h"
#include "console/page_verdict.h"
#include "tests/unit/fixture/sample.h"

/* --- pages to show --- */

static void healthy(struct evidence *e)
{
	(void)e;
}

static void missing(struct evidence *e)
{
	size_t from = offsetof(struct evidence, session);

	memset((uint8_t *)e + from, 0, sizeof(*e) - from);
	SAMPLE_FAIL(&e->session, ERROR_DEVICE_MISSING, "/dev/tpmrm0: not there");
	SAMPLE_FAIL(&e->event_log, ERROR_NOT_FOUND, "no event log");
}

static void warned(struct evidence *e)
{
	*sample_property(e, TCG_PT_LOCKOUT_COUNTER) = 2;
	SAMPLE_FAIL(&e->smbios, ERROR_PERMISSION, "open product_uuid: denied");
}

static void busy(struct evidence *e)
{
	missing(e);
	SAMPLE_FAIL(&e->session, ERROR_DEVICE_BUSY, "/dev/tpm0: busy");
}

static void nothing_at_all(struct evidence *e)
{
	memset(e, 0, sizeof(*e));
}

static bool fail_part(const char *name, const struct record_part *part, void *context)
{
	struct record_part *at =
		(struct record_part *)((uint8_t *)context +
				       ((const uint8_t *)part - (const uint8_t *)context));

	(void)name;
	at->state = PART_FAILED;
	error_set(&at->error, ERROR_TPM_RC, "\x1b[31mred\n%s", "\xe2\x80\xae\xff");
	return true;
}

static void every_part_failed(struct evidence *e)
{
	evidence_visit_parts(e, fail_part, e);
}

/* What somebody else chose, everywhere. */
static void hostile(struct evidence *e)
{
	static const char evil[] = "\x1b]0;x\x07\r\n\x9b\xc2\x9b|\"\\g\xc3\xbc\xff";

	memcpy(e->guest.hostname, evil, sizeof(evil));
	memcpy(e->guest.os, evil, sizeof(evil));
	memcpy(e->guest.kernel, evil, sizeof(evil));
	memcpy(e->smbios.product, evil, sizeof(evil));
	memcpy(e->smbios.uuid, evil, sizeof(evil));
	memcpy(e->device.transport, "tcti", 5);
	memcpy(e->device.path, evil, sizeof(evil));
	memcpy(e->device.driver, evil, sizeof(evil));
	memcpy(e->ak.hierarchy, evil, 15);
	memcpy(e->event_log.format, evil, 15);
	memcpy(e->certificates.certificates.items[0].subject, evil, sizeof(evil));
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, evil);
}

static struct page *build(void (*change)(struct evidence *), struct evidence *evidence)
{
	const struct checks_options options = {0};
	struct page *page = calloc(1, sizeof(*page));
	struct checks checks;

	assert_non_null(page);
	change(evidence);
	checks_run(evidence, &options, &checks);
	status_page_build(evidence, &checks, NULL, NULL, page);
	return page;
}

/* --- the model --- */

static const struct page_row *find_row(
	const struct page *page, const char *section, const char *label)
{
	for (size_t i = 0; i < page->section_count; i++) {
		const struct page_section *at = &page->sections[i];

		for (size_t j = 0; strcmp(at->title, section) == 0 && j < at->row_count; j++) {
			if (strcmp(page->rows[at->first_row + j].label, label) == 0)
				return &page->rows[at->first_row + j];
		}
	}
	return NULL;
}

static void unmeasured_log(struct evidence *e)
{
	e->event_log.banks[1].pcrs = 0;
	e->event_log.banks[0].pcrs = 0x1ff;
	e->event_log.banks[0].values[8][0] = 1;
	memset(e->pcrs.banks[0].values[8], 2, 20);
	e->pcrs.banks[0].values[7][0] ^= 1;
}

static void extended_by_the_system(struct evidence *e)
{
	e->pcrs.banks[0].values[9][0] = 1;
}

static void no_nv_indices(struct evidence *e)
{
	e->nv.indices.count = 0;
}

static void log_denied(struct evidence *e)
{
	SAMPLE_FAIL(&e->event_log, ERROR_PERMISSION, "open: denied");
}

static void lost_pcr(struct evidence *e)
{
	memset(e->pcrs.banks[0].values[3], 0, 20);
}

static void lost_boot(struct evidence *e)
{
	for (size_t i = 0; i < e->pcrs.bank_count; i++)
		memset(e->pcrs.banks[i].values, 0, sizeof(e->pcrs.banks[i].values));
}

/* PCR 5 of the sample, extended with the SHA-1 of "Exit Boot Services Invocation". */
static void no_exit_boot_services(struct evidence *e)
{
	static const uint8_t extended[20] = {0x47, 0x83, 0xc4, 0x10, 0xae, 0x30, 0x33, 0x86, 0x53,
		0xe3, 0x9f, 0xa4, 0x56, 0x90, 0x58, 0x8e, 0x74, 0x10, 0xb5, 0xad};

	memcpy(e->pcrs.banks[0].values[5], extended, sizeof(extended));
}

static void other_states(struct evidence *e)
{
	e->clock.is_safe = false;
	e->clock.time_ms = 59999;
	e->clock.clock_ms = 3600000;
	e->guest.uptime_ms = 3599999;
	*sample_property(e, TCG_PT_STARTUP_CLEAR) = 0;
	*sample_property(e, TCG_PT_PERMANENT) = UINT32_MAX;
	e->certificates.certificates.items[0].subject[0] = 0;
	e->eks.keys.items[0].handle = 0;
	e->eks.keys.items[1].curve = 0x7777;
	memcpy(e->device.transport, "tcti", 5);
}

/* --- evidence of a Windows guest --- */

#define WINDOWS "In Windows' words"

static void windows(struct evidence *e)
{
	memcpy(e->device.transport, "tbs", 4);
	memcpy(e->device.driver, "hardware", 9);
	*sample_property(e, 0x7777) = 0x104;
	e->properties.values.items[e->properties.values.count - 1].id = TCG_PT_PS_REVISION;
	*sample_property(e, TCG_PT_PERMANENT) = TCG_PERMANENT_LOCKOUT_AUTH_SET;
}

/* Nobody has taken it into possession; and it is libtpms. */
static void windows_not_owned(struct evidence *e)
{
	windows(e);
	*sample_property(e, TCG_PT_PS_REVISION) = 164;
	*sample_property(e, TCG_PT_PERMANENT) = 0;
	*sample_property(e, TCG_PT_STARTUP_CLEAR) = TCG_STARTUP_CLEAR_SH_ENABLE;
	e->persistent.objects.count = 0;
	e->eks.keys.count = 0;
	e->certificates.certificates.count = 0;
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "no quote");
}

static void unread_certificate(struct evidence *e)
{
	e->certificates.certificates.count = 0;
	e->certificates.unread.count = 1;
	e->certificates.unread.items[0].index = 0x01c0000a;
	error_set(&e->certificates.unread.items[0].error, ERROR_TPM_AUTH, "no access");
}

static void windows_locked_out(struct evidence *e)
{
	windows(e);
	*sample_property(e, TCG_PT_PERMANENT) |= TCG_PERMANENT_IN_LOCKOUT;
}

static void windows_not_elevated(struct evidence *e)
{
	windows(e);
	SAMPLE_FAIL(&e->srk, ERROR_TPM_BLOCKED, "TPM2_CreatePrimary: blocked");
	SAMPLE_FAIL(&e->ak, ERROR_TPM_BLOCKED, "TPM2_CreatePrimary: blocked");
	memset(&e->quote, 0, sizeof(e->quote));
}

static const struct {
	void (*change)(struct evidence *);
	const char *section, *label;
	enum page_mark mark;
	const char *value; /* what it holds; NULL: there is no such row */
} rows[] = {
	{healthy, "Health", "Device", PAGE_PASS, "/dev/tpmrm0 opens"},
	{warned, "Health", "Lockout", PAGE_WARN, "2 of 3 failed authorizations"},
	{missing, "Health", "Device", PAGE_FAIL, "no TPM device: /dev/tpmrm0: not there"},
	{busy, "Health", "Device", PAGE_UNKNOWN, "/dev/tpm0: busy"},
	{healthy, "TPM", "Manufacturer", PAGE_PLAIN, "IBM, \"SW   TPM\", id 0x49424D00"},
	{healthy, "TPM", "Firmware", PAGE_PLAIN, "8217.4131.22.13878"},
	{healthy, "TPM", "Specification", PAGE_PLAIN, "TPM 2.0 revision 1.64 (2021-03-16)"},
	{healthy, "TPM", "Nodes", PAGE_PLAIN, "/dev/tpmrm0 usable, /dev/tpm0 denied"},
	{healthy, "TPM", "TCTI", PAGE_PLAIN, NULL},
	{other_states, "TPM", "TCTI", PAGE_PLAIN, "/dev/tpmrm0"},
	{other_states, "TPM", "Nodes", PAGE_PLAIN, NULL},
	{healthy, "TPM", "Capabilities", PAGE_PLAIN, "2 algorithms, 2 curves, 117 commands"},
	{every_part_failed, "TPM", "Properties", PAGE_UNKNOWN, "red"},
	{every_part_failed, "TPM", "Capabilities", PAGE_PLAIN, NULL},
	{healthy, "Guest", "Name", PAGE_PLAIN, "guest-1"},
	{healthy, "Guest", "System", PAGE_PLAIN, "Debian GNU/Linux 12 (bookworm)"},
	{healthy, "Guest", "Kernel", PAGE_PLAIN, "Linux 6.1.0-50-cloud-amd64 x86_64"},
	{healthy, "Guest", "Boot", PAGE_PLAIN, "7f3c2a10-5b1e-4c0e-9d7a-2f4b6c8d0e13"},
	{healthy, "Guest", "Up for", PAGE_PLAIN, "1 d 1 h"},
	{other_states, "Guest", "Up for", PAGE_PLAIN, "59 min 59 s"},
	{healthy, "Guest", "Machine", PAGE_PLAIN, "QEMU Standard PC (Q35 + ICH9, 2009)"},
	{healthy, "Guest", "UUID", PAGE_PLAIN, SAMPLE_UUID},
	{warned, "Guest", "UUID", PAGE_UNKNOWN, "open product_uuid: denied"},
	{warned, "Guest", "Machine", PAGE_PLAIN, NULL},
	{healthy, "Clock and boots", "On for", PAGE_PLAIN, "1 d 1 h"},
	{healthy, "Clock and boots", "Clock", PAGE_PLAIN, "8 d 2 h since manufacture or clear"},
	{healthy, "Clock and boots", "Resets", PAGE_PLAIN, "12, restarts 2"},
	{healthy, "Clock and boots", "Last shutdown", PAGE_PLAIN, "orderly"},
	{other_states, "Clock and boots", "On for", PAGE_PLAIN, "59.9 s"},
	{other_states, "Clock and boots", "Clock", PAGE_PLAIN,
		"1 h 0 min (may have gone back: not safe)"},
	{other_states, "Clock and boots", "Last shutdown", PAGE_PLAIN, "not orderly"},
	{every_part_failed, "Clock and boots", "Clock", PAGE_UNKNOWN, "red"},
	{healthy, "Keys", "EK", PAGE_PLAIN, "RSA 2048  ff43f2809151f8fbc2f00949...  0x81010001"},
	{other_states, "Keys", "EK", PAGE_PLAIN,
		"RSA 2048  ff43f2809151f8fbc2f00949...  by "
		"template"},
	{unread_certificate, "Keys", "Certificate", PAGE_UNKNOWN, "NV 0x01c0000a: no access"},
	{healthy, "Keys", "AK", PAGE_PLAIN, "ECC P-256 707172737475767778797a7b...  endorsement"},
	{healthy, "Keys", "Owner seed", PAGE_PLAIN, "606162636465666768696a6b..."},
	{healthy, "Keys", "SRK", PAGE_PLAIN, "0102030405060708090a0b0c...  0x81000001"},
	{healthy, "Keys", "Persistent", PAGE_PLAIN, NULL}, /* the EKs stand there already */
	{healthy, "Keys", "Certificate", PAGE_PLAIN,
		"CN=guest-1:" SAMPLE_UUID ", issued by CN=swtpm-localca, serial 1f, NV 0x01c00002"},
	{other_states, "Keys", "Certificate", PAGE_PLAIN, "(no subject), issued by"},
	{every_part_failed, "Keys", "EK", PAGE_UNKNOWN, "red"},
	{healthy, "NV indices", "0x01c00002", PAGE_PLAIN,
		" 1053 bytes written     505152535455565758595a5b..."},
	{healthy, "NV indices", "0x01c00016", PAGE_PLAIN, "  879 bytes not written "},
	{healthy, "PCRs", "sha1 0", PAGE_PASS, "000102030405060708090a0b0c0d0e0f10111213"},
	{healthy, "PCRs", "sha256 7", PAGE_PASS, "7172737475"},
	{healthy, "PCRs", "sha1", PAGE_PLAIN, "not extended: 8-23"},
	{healthy, "PCRs", "sha1 8", PAGE_PLAIN, NULL},
	{healthy, "PCRs", "Updates", PAGE_PLAIN, "36"},
	{healthy, "PCRs", "Event log", PAGE_PLAIN,
		"42 events, 21435 bytes, crypto-agile, startup locality 3"},
	{unmeasured_log, "PCRs", "sha256 0", PAGE_PLAIN, "01020304"},
	{unmeasured_log, "PCRs", "sha1 7", PAGE_WARN, "71717273"},
	/* The system extends PCR 8 after the firmware did. */
	{unmeasured_log, "PCRs", "sha1 8", PAGE_PLAIN, "02020202"},
	{extended_by_the_system, "PCRs", "sha1", PAGE_PLAIN, "not extended: 8, 10-23"},
	{lost_pcr, "PCRs", "sha1 3", PAGE_WARN, "0000000000000000000000000000000000000000"},
	{lost_boot, "PCRs", "sha1 3", PAGE_FAIL, "0000000000000000000000000000000000000000"},
	{no_exit_boot_services, "PCRs", "sha1 5", PAGE_PASS, "4783c410"},
	{every_part_failed, "PCRs", "PCRs", PAGE_UNKNOWN, "red"},
	{every_part_failed, "PCRs", "Event log", PAGE_UNKNOWN, "red"},
	{healthy, "Lockout and authorizations", "Lockout", PAGE_PLAIN,
		"not active; 0 of 3 failures, one forgotten every 1000 s, recovery 1001 s"},
	{other_states, "Lockout and authorizations", "Lockout", PAGE_PLAIN, "active; 0 of 3"},
	{healthy, "Lockout and authorizations", "Authorizations", PAGE_PLAIN,
		"owner empty, endorsement empty, lockout empty"},
	{other_states, "Lockout and authorizations", "Authorizations", PAGE_PLAIN,
		"owner set, endorsement set, lockout set"},
	{healthy, "Lockout and authorizations", "Clear", PAGE_PLAIN, "possible"},
	{other_states, "Lockout and authorizations", "Clear", PAGE_PLAIN, "disabled"},
	{healthy, "Lockout and authorizations", "Hierarchies", PAGE_PLAIN,
		"platform on, owner on, endorsement on"},
	{other_states, "Lockout and authorizations", "Hierarchies", PAGE_PLAIN,
		"platform off, owner off, endorsement off"},
	{every_part_failed, "Lockout and authorizations", "Clear", PAGE_PLAIN, NULL},
	{windows, "TPM", "Interface", PAGE_PLAIN, "TPM Base Services, usable; hardware"},
	{windows, "TPM", "Nodes", PAGE_PLAIN, NULL},
	{healthy, WINDOWS, "Enabled", PAGE_PLAIN, NULL},
	{windows, WINDOWS, "Enabled", PAGE_PLAIN, "yes: owner and endorsement"},
	{windows_not_owned, WINDOWS, "Enabled", PAGE_PLAIN, "no: owner and endorsement"},
	{windows, WINDOWS, "Owned", PAGE_PLAIN,
		"yes, computed: a storage root key at 0x81000001, lockout authorization set"},
	{windows_not_owned, WINDOWS, "Owned", PAGE_PLAIN,
		"no, computed: no storage root key at 0x81000001, lockout authorization empty"},
	{windows, WINDOWS, "Ready to store", PAGE_PLAIN,
		"yes, computed: enabled, owned, not locked out"},
	{windows_not_owned, WINDOWS, "Ready to store", PAGE_PLAIN,
		"no, computed: not enabled, not owned, not locked out"},
	{windows_locked_out, WINDOWS, "Ready to store", PAGE_PLAIN,
		"no, computed: enabled, owned, locked out"},
	{windows, WINDOWS, "Can attest", PAGE_PLAIN,
		"yes, approximated: endorsement hierarchy on, an endorsement key"},
	{windows_not_owned, WINDOWS, "Can attest", PAGE_PLAIN,
		"no, approximated: endorsement hierarchy off, no endorsement key"},
	{windows, WINDOWS, "Ready to attest", PAGE_PLAIN,
		"yes, approximated: a certificate for the endorsement key, and it quotes"},
	{windows_not_owned, WINDOWS, "Ready to attest", PAGE_PLAIN,
		"no, approximated: no certificate for an endorsement key, no quote"},
	{windows_not_elevated, WINDOWS, "Ready to attest", PAGE_PLAIN,
		"unknown, approximated: a certificate for the endorsement key, a quote takes an "
		"administrator"},
	{windows, WINDOWS, "PC Client", PAGE_PLAIN, "revision 1.04"},
	{windows_not_owned, WINDOWS, "PC Client", PAGE_PLAIN, "revision 1.64"},
	{windows, WINDOWS, "Elsewhere", PAGE_PLAIN, "PCR 7 binding"},
	{every_part_failed, WINDOWS, "Enabled", PAGE_PLAIN, NULL},
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct page *page = build(rows[i].change, evidence);
		const struct page_row *row = find_row(page, rows[i].section, rows[i].label);

		bool is_right = !row == !rows[i].value;

		if (is_right && row)
			is_right = strstr(row->value, rows[i].value) && row->mark == rows[i].mark;
		if (!is_right)
			fail_msg("row %zu (%s): \"%s\"", i, rows[i].label,
				row ? row->value : "not there");
		free(page);
	}
}

static void test_headlines(void **state)
{
	static const struct {
		void (*change)(struct evidence *);
		enum verdict_status status;
		const char *badge, *headline, *summary;
	} pages[] = {
		{healthy, VERDICT_AFFIRMING, "healthy", "the vTPM is present and working",
			"20 of 20 checks passed"},
		{warned, VERDICT_WARNING, "warning", "2 of 3 failed authorizations",
			"18 of 20 checks passed, 1 could not be decided; an administrator also "
			"sees the SMBIOS UUID"},
		{log_denied, VERDICT_AFFIRMING, "healthy", "the vTPM is present and working",
			"19 of 20 checks passed, 1 could not be decided; an administrator also "
			"sees the event log"},
		{windows_not_elevated, VERDICT_WARNING, "warning",
			"attestation key unavailable: TPM2_CreatePrimary: blocked",
			"19 of 21 checks passed, 1 could not be decided; an administrator also "
			"sees the owner seed, attestation key and quote"},
		{missing, VERDICT_CONTRAINDICATED, "broken",
			"no TPM device: /dev/tpmrm0: not there", "1 of 2 checks passed"},
		{busy, VERDICT_NONE, "unknown", "/dev/tpm0: busy",
			"1 of 2 checks passed, 1 could not be decided"},
		{nothing_at_all, VERDICT_NONE, "unknown", "the TPM could not be opened",
			"0 of 1 checks passed, 1 could not be decided"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct page *page = build(pages[i].change, evidence);

		assert_int_equal(page->status, pages[i].status);
		assert_string_equal(page->badge, pages[i].badge);
		assert_string_equal(page->headline, pages[i].headline);
		assert_string_equal(page->summary, pages[i].summary);
		free(page);
	}
}

/* The service's verdict stands before the checks, marked by how bad it was, and the first line
 * heeds it. */
static void test_last_verdict(void **state)
{
	static const struct {
		enum verdict_status status, shown;
		enum page_mark mark;
		const char *badge;
	} verdicts[] = {
		{VERDICT_AFFIRMING, VERDICT_AFFIRMING, PAGE_PASS, "healthy"},
		{VERDICT_WARNING, VERDICT_WARNING, PAGE_WARN, "replaced"},
		{VERDICT_CONTRAINDICATED, VERDICT_CONTRAINDICATED, PAGE_FAIL, "replaced"},
		{VERDICT_NONE, VERDICT_NONE, PAGE_UNKNOWN, "replaced"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(verdicts); i++) {
		struct service_word service = {.has_verdict = true};
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct page *page = calloc(1, sizeof(*page));
		const struct page_row *row;
		struct checks checks;

		assert_non_null(page);
		continuity_conclude(&service.verdict, CONTINUITY_REPLACED, EVENT_NONE,
			REASON_EK_CHANGED, "another one");
		service.verdict.status = verdicts[i].status;
		checks_run(evidence, &(struct checks_options){0}, &checks);
		status_page_build(evidence, &checks, &service, NULL, page);
		assert_int_equal(page->status, verdicts[i].shown);
		assert_string_equal(page->badge, verdicts[i].badge);
		assert_string_equal(page->sections[0].title, "Continuity");
		row = find_row(page, "Continuity", "Last verdict");
		assert_int_equal(row->mark, verdicts[i].mark);
		assert_non_null(strstr(row->value, "1970-01-01 00:00:00 UTC"));
		row = find_row(page, "Continuity", "Reason");
		assert_string_equal(row->value, "another one");
		assert_string_equal(row->remedy, reason_remedy(REASON_EK_CHANGED));
		free(page);
	}
}

static struct page *build_delivery(const struct state_delivery *delivery, uint64_t now)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct page *page = calloc(1, sizeof(*page));
	struct checks checks;

	assert_non_null(page);
	evidence->iat = now;
	checks_run(evidence, &(struct checks_options){0}, &checks);
	status_page_build(evidence, &checks, NULL, delivery, page);
	assert_string_equal(page->sections[0].title, "Collector");
	return page;
}

static void test_delivery(void **state)
{
	static const struct {
		struct state_delivery delivery;
		uint64_t now;
		enum page_mark delivered, next;
		const char *attempt; /* NULL: no such row */
		const char *value;
	} deliveries[] = {
		{{.url = "https://c",
			 .delivered = 60,
			 .status = "affirming",
			 .tried = 60,
			 .next = 360},
			300, PAGE_PASS, PAGE_PLAIN, NULL, "1970-01-01 00:01:00 UTC, survived"},
		{{.url = "https://c",
			 .delivered = 60,
			 .status = "warning",
			 .tried = 60,
			 .next = 360},
			481, PAGE_PASS, PAGE_WARN, NULL, "1970-01-01 00:01:00 UTC, look at it"},
		{{.url = "https://c", .tried = 60, .fault = "no route", .next = 65}, 61, PAGE_PLAIN,
			PAGE_PLAIN, "1970-01-01 00:01:00 UTC: no route", "none yet"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(deliveries); i++) {
		struct page *page = build_delivery(&deliveries[i].delivery, deliveries[i].now);
		const struct page_row *row = find_row(page, "Collector", "Last delivery");

		assert_int_equal(row->mark, deliveries[i].delivered);
		assert_string_equal(row->value, deliveries[i].value);
		assert_int_equal(find_row(page, "Collector", "Next")->mark, deliveries[i].next);
		if (deliveries[i].attempt)
			assert_string_equal(find_row(page, "Collector", "Last attempt")->value,
				deliveries[i].attempt);
		free(page);
	}
}

static void test_without_a_tpm(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct page *page = build(missing, evidence);

	(void)state;
	assert_int_equal(page->section_count, 2);
	assert_string_equal(page->sections[0].title, "Health");
	assert_string_equal(page->sections[1].title, "Guest");
	assert_string_equal(find_row(page, "Guest", "Name")->value, "guest-1");
	assert_true(*find_row(page, "Health", "Device")->remedy);
	free(page);
}

/* Every list full, and each entry with a row. */
static void fill_boot(struct evidence *evidence)
{
	struct boot_facts *facts = &evidence->boot.facts;

	evidence->boot.part.state = PART_READ;
	snprintf(facts->firmware, sizeof(facts->firmware), "1");
	facts->items.count = BOOT_ITEMS_MAX;
	for (size_t i = 0; i < BOOT_ITEMS_MAX; i++)
		facts->items.items[i].what = BOOT_WHAT_APPLICATION;
	facts->certificates.count = BOOT_CERTIFICATES_MAX;
	facts->authorities.count = BOOT_AUTHORITIES_MAX;
	for (size_t i = 0; i < BOOT_AUTHORITIES_MAX; i++)
		snprintf(facts->authorities.items[i].subject, BOOT_SUBJECT_MAX, "CN=x");
	facts->variables.count = BOOT_VARIABLES_MAX;
	for (size_t i = 0; i < BOOT_VARIABLES_MAX; i++)
		facts->variables.items[i].hashes = 1;
}

static void test_the_largest_evidence_fits(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_largest();
	struct page *page = build(healthy, evidence);
	size_t rows_of_sections = 0;

	(void)state;
	fill_boot(evidence);
	status_boot_sections(evidence, page);
	for (size_t i = 0; i < page->section_count; i++)
		rows_of_sections += page->sections[i].row_count;
	assert_int_equal(rows_of_sections, page->row_count);
	assert_true(page->row_count < PAGE_ROWS_MAX);
	assert_true(page->row_count > PAGE_ROWS_MAX - 30); /* and not for nothing */
	assert_non_null(find_row(page, "NV indices", "0x0150007f"));
	assert_non_null(find_row(page, "PCRs", "sm3_256 23"));
	assert_non_null(find_row(page, "Guest", "UUID"));
	assert_non_null(find_row(page, "Secure Boot", "Secure Boot"));
	free(page);
}

/* --- another vTPM --- */

static struct page *compare_replaced(struct evidence *baseline, struct evidence *evidence)
{
	struct page *page = calloc(1, sizeof(*page));
	struct verdict verdict = {0};

	assert_non_null(page);
	evidence->eks.keys.items[0].public_area.data[20] ^= 1;
	continuity_conclude(
		&verdict, CONTINUITY_REPLACED, EVENT_NONE, REASON_EK_CHANGED, "another");
	page_build_verdict(&verdict, baseline, "before.json", evidence, "now.json", page);
	return page;
}

static void test_replaced(void **state)
{
	EVIDENCE_SCOPED *baseline = sample_evidence(), *evidence = sample_evidence();
	struct page *page = compare_replaced(baseline, evidence);
	const struct page_row *then = find_row(page, "Replaced", "Old EK"),
			      *now = find_row(page, "Replaced", "New EK"),
			      *why = find_row(page, "Reasons", "Why");
	char directory[64];

	(void)state;
	snprintf(directory, sizeof(directory), "/swtpm/%s/tpm2 ", evidence->smbios.uuid);
	assert_string_equal(why->value, "another (ek-changed)");
	assert_non_null(strstr(why->remedy, directory));
	assert_string_not_equal(then->value, now->value);
	assert_non_null(strstr(find_row(page, "Replaced", "Disks")->value, "recovery keys"));
	free(page);
}

/* What a remedy says is typed on a host. */
static void test_a_remedy_names_only_a_uuid(void **state)
{
	static const char *const bad[] = {
		"", "$(reboot)", "../../../etc", "0F0E0D0C-1111-2222-3333-44445555666;"};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		EVIDENCE_SCOPED *baseline = sample_evidence(), *evidence = sample_evidence();
		struct page *page;

		snprintf(evidence->smbios.uuid, sizeof(evidence->smbios.uuid), "%s", bad[i]);
		page = compare_replaced(baseline, evidence);
		assert_non_null(
			strstr(find_row(page, "Reasons", "Why")->remedy, "/swtpm/<uuid>/tpm2 "));
		free(page);
	}
}

/* --- the text --- */

/* Code points of the widest line, colours left out. What is beyond `limit` counts only behind a
 * blank: a word is not broken. */
static size_t widest(const struct buf *text, size_t limit)
{
	size_t width = 0, max = 0;

	for (size_t i = 0; i < text->len; i++) {
		if (text->data[i] == 0x1b) {
			while (i < text->len && text->data[i] != 'm')
				i++;
			continue;
		}
		width = text->data[i] == '\n' ? 0 : width + ((text->data[i] & 0xc0) != 0x80);
		if (width > max && (width <= limit || text->data[i] == ' '))
			max = width;
	}
	return max;
}

static void (*const changes[])(struct evidence *) = {healthy, missing, warned, busy, nothing_at_all,
	every_part_failed, hostile, other_states, windows};

static void test_width_and_letters(void **state)
{
	static const unsigned columns[] = {0, 1, 39, 40, 41, 60, 80, 99, 100, 101, 4000000000};

	(void)state;
	for (size_t i = 0; i < COUNT(changes) + 1; i++) {
		EVIDENCE_SCOPED *evidence = i ? sample_evidence() : sample_largest();
		struct page *page = build(i ? changes[i - 1] : healthy, evidence);

		for (size_t j = 0; j < COUNT(columns) * 4; j++) {
			const struct platform_terminal terminal = {.is_terminal = true,
				.has_colour = j & 1,
				.has_utf8 = j & 2,
				.columns = columns[j / 4]};
			size_t limit = terminal.columns < 40    ? 40
				       : terminal.columns > 100 ? 100
								: terminal.columns;
			BUF_SCOPED text = {0};

			page_text(&text, page, &terminal);
			assert_false(text.failed);
			assert_int_equal(widest(&text, limit), limit); /* the titles fill it */
			for (size_t k = 0; k < text.len; k++) {
				uint8_t c = text.data[k];
				bool is_plain = c == '\n' || (c >= ' ' && c <= '~') ||
						(c == 0x1b && terminal.has_colour) ||
						(c >= 0x80 && terminal.has_utf8);

				if (!is_plain)
					fail_msg("page %zu: byte 0x%02x", i, c);
			}
			assert_null(strstr((char *)text.data, "\x1b]"));
			assert_null(strstr((char *)text.data, "\xc2\x9b"));
			assert_int_equal(text.data[text.len - 1], '\n');
		}
		free(page);
	}
}

static void test_foreign_texts_are_escaped(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct page *page = build(hostile, evidence);
	struct platform_terminal terminal = {.columns = 100};
	BUF_SCOPED ascii = {0};
	BUF_SCOPED utf8 = {0};

	(void)state;
	page_text(&ascii, page, &terminal);
	assert_non_null(strstr((char *)ascii.data,
		"Name     \\x1b]0;x\\x07\\x0d\\x0a\\x9b\\xc2\\x9b|\"\\g\\xc3\\xbc\\xff\n"));
	terminal.has_utf8 = true;
	page_text(&utf8, page, &terminal);
	assert_non_null(strstr((char *)utf8.data,
		"Name     \\x1b]0;x\\x07\\x0d\\x0a\\x9b\\xc2\\x9b|\"\\g\xc3\xbc\\xff\n"));
	free(page);
}

static void test_the_page_without_a_tpm_as_text(void **state)
{
	static const char expected[] =
		"BROKEN  no TPM device: /dev/tpmrm0: not there\n"
		"        1 of 2 checks passed\n"
		"\n"
		"Health -----------------------------------------------------\n"
		"  [FAIL] Device  no TPM device: /dev/tpmrm0: not there\n"
		"                 > On the host, see that the domain has a\n"
		"                   <tpm> element and that its swtpm runs; in\n"
		"                   the guest, that the kernel has the\n"
		"                   driver.\n"
		"  [ok]   Model   tpm-crb (driver tpm_crb)\n"
		"\n"
		"Guest ------------------------------------------------------\n"
		"         Name     guest-1\n"
		"         System   Debian GNU/Linux 12 (bookworm)\n"
		"         Kernel   Linux 6.1.0-50-cloud-amd64 x86_64\n"
		"         Boot     7f3c2a10-5b1e-4c0e-9d7a-2f4b6c8d0e13\n"
		"         Up for   1 d 1 h\n"
		"         Machine  QEMU Standard PC (Q35 + ICH9, 2009)\n"
		"         UUID     0f0e0d0c-1111-2222-3333-444455556666\n";
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct page *page = build(missing, evidence);
	const struct platform_terminal terminal = {.is_terminal = true, .columns = 60};
	BUF_SCOPED text = {0};

	(void)state;
	page_text(&text, page, &terminal);
	assert_string_equal((char *)text.data, expected);
	free(page);
}

static void test_nothing_is_broken_for_a_pipe(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct page *page = build(missing, evidence);
	const struct platform_terminal terminal = {.columns = 60};
	BUF_SCOPED text = {0};

	(void)state;
	page_text(&text, page, &terminal);
	assert_non_null(strstr((char *)text.data,
		"that its swtpm runs; in the guest, that the kernel has the driver.\n"));
	free(page);
}

static void test_empty_sections_are_left_out(void **state)
{
	static void (*const with_and_without[])(struct evidence *) = {healthy, no_nv_indices};

	(void)state;
	for (size_t i = 0; i < COUNT(with_and_without); i++) {
		EVIDENCE_SCOPED *evidence = sample_evidence();
		struct page *page = build(with_and_without[i], evidence);
		const struct platform_terminal terminal = {.columns = 80};
		BUF_SCOPED text = {0};

		page_text(&text, page, &terminal);
		assert_int_equal(strstr((char *)text.data, "NV indices -") == NULL, i);
		free(page);
	}
}

static void test_colours_and_symbols(void **state)
{
	EVIDENCE_SCOPED *evidence = sample_evidence();
	struct page *page = build(warned, evidence);
	const struct platform_terminal terminal = {
		.has_colour = true, .has_utf8 = true, .columns = 100};
	BUF_SCOPED text = {0};
	const char *at;

	(void)state;
	page_text(&text, page, &terminal);
	at = (char *)text.data;
	assert_memory_equal(at, "\x1b[1;30;43m \xe2\x96\xb2 WARNING \x1b[0m", 26);
	assert_non_null(strstr(at, "\x1b[32m\xe2\x9c\x94\x1b[0m Device"));
	assert_non_null(strstr(at, "\x1b[33m\xe2\x96\xb2\x1b[0m Lockout"));
	assert_non_null(strstr(at, "\x1b[36m?\x1b[0m Certificate UUID"));
	assert_non_null(strstr(at, "\xe2\x86\x92 Find out who"));
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_headlines),
		cmocka_unit_test(test_last_verdict),
		cmocka_unit_test(test_delivery),
		cmocka_unit_test(test_without_a_tpm),
		cmocka_unit_test(test_the_largest_evidence_fits),
		cmocka_unit_test(test_width_and_letters),
		cmocka_unit_test(test_foreign_texts_are_escaped),
		cmocka_unit_test(test_the_page_without_a_tpm_as_text),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_a_remedy_names_only_a_uuid),
		cmocka_unit_test(test_nothing_is_broken_for_a_pipe),
		cmocka_unit_test(test_empty_sections_are_left_out),
		cmocka_unit_test(test_colours_and_symbols),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
