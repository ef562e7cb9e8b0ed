/* SPDX-License-Identifier: BSD-2-Clause */
/* The status page: one piece of evidence, its checks first. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/page_private.h"
#include "core/properties.h"

/* Says why a part is not on the page, when it was asked for and failed. */
static bool add_part(struct page *page, const char *label, const struct record_part *part)
{
	if (part->state == PART_FAILED)
		page_add_row(page, PAGE_UNKNOWN, label, "%s", part->error.message);
	return part->state == PART_READ;
}

/* The first bytes of a name or digest, enough to compare by eye. */
static const char *shorten(const uint8_t *bytes, size_t len, char out[40])
{
	text_hex(bytes, len < 12 ? len : 12, out, 40);
	if (len > 12)
		strncat(out, "...", 4);
	return out;
}

static void add_duration(struct page *page, const char *label, uint64_t ms, const char *note)
{
	uint64_t s = ms / 1000;

	if (s < 60)
		page_add_row(page, PAGE_PLAIN, label, "%" PRIu64 ".%" PRIu64 " s%s", s,
			ms % 1000 / 100, note);
	else if (s < 3600)
		page_add_row(page, PAGE_PLAIN, label, "%" PRIu64 " min %" PRIu64 " s%s", s / 60,
			s % 60, note);
	else if (s < 86400)
		page_add_row(page, PAGE_PLAIN, label, "%" PRIu64 " h %" PRIu64 " min%s", s / 3600,
			s / 60 % 60, note);
	else
		page_add_row(page, PAGE_PLAIN, label, "%" PRIu64 " d %" PRIu64 " h%s", s / 86400,
			s / 3600 % 24, note);
}

static void build_health(const struct checks *checks, struct page *page)
{
	static const enum page_mark marks[] = {[CHECK_UNKNOWN] = PAGE_UNKNOWN,
		[CHECK_PASS] = PAGE_PASS,
		[CHECK_WARN] = PAGE_WARN,
		[CHECK_FAIL] = PAGE_FAIL};

	page_begin_section(page, "Health");
	for (size_t i = 0; i < checks->count; i++) {
		const struct check *check = &checks->items[i];
		struct page_row *row = page_add_row(
			page, marks[check->result], check->title, "%s", check->sentence);

		snprintf(row->remedy, sizeof(row->remedy), "%s", check->remedy);
	}
}

static void build_tpm(const struct evidence *evidence, struct page *page)
{
	const struct evidence_device *device = &evidence->device;
	struct properties p;

	page_begin_section(page, "TPM");
	properties_decode(evidence, &p);
	if (add_part(page, "Properties", &evidence->properties.part)) {
		page_add_row(page, PAGE_PLAIN, "Manufacturer", "%s, \"%s\", id 0x%08" PRIX32,
			p.manufacturer, p.vendor, p.manufacturer_id);
		page_add_row(page, PAGE_PLAIN, "Firmware", "%s", p.firmware);
		page_add_row(page, PAGE_PLAIN, "Specification", "TPM %s revision %s (%s)", p.family,
			p.revision, p.specification_date);
	}
	if (strcmp(device->transport, "tcti") == 0)
		page_add_row(page, PAGE_PLAIN, "TCTI", "%s", device->path);
	else if (strcmp(device->transport, "tbs") == 0)
		page_add_row(page, PAGE_PLAIN, "Interface", "TPM Base Services, %s%s%s",
			device->resource_manager.access, *device->driver ? "; " : "",
			device->driver);
	else
		page_add_row(page, PAGE_PLAIN, "Nodes", "%s %s, %s %s",
			device->resource_manager.path, device->resource_manager.access,
			device->raw.path, device->raw.access);
	if (evidence->algorithms.part.state == PART_READ)
		page_add_row(page, PAGE_PLAIN, "Capabilities",
			"%zu algorithms, %zu curves, %" PRIu32 " commands",
			evidence->algorithms.algorithms.count, evidence->algorithms.curves.count,
			p.total_commands);
}

static void build_guest(const struct evidence *evidence, struct page *page)
{
	page_begin_section(page, "Guest");
	if (add_part(page, "Guest", &evidence->guest.part)) {
		page_add_row(page, PAGE_PLAIN, "Name", "%s", evidence->guest.hostname);
		page_add_row(page, PAGE_PLAIN, "System", "%s", evidence->guest.os);
		page_add_row(page, PAGE_PLAIN, "Kernel", "%s", evidence->guest.kernel);
		page_add_row(page, PAGE_PLAIN, "Boot", "%s", evidence->guest.boot_id);
		add_duration(page, "Up for", evidence->guest.uptime_ms, "");
	}
	if (evidence->smbios.manufacturer[0] || evidence->smbios.product[0])
		page_add_row(page, PAGE_PLAIN, "Machine", "%s %s", evidence->smbios.manufacturer,
			evidence->smbios.product);
	if (add_part(page, "UUID", &evidence->smbios.part))
		page_add_row(page, PAGE_PLAIN, "UUID", "%s", evidence->smbios.uuid);
}

static void build_clock(const struct evidence *evidence, struct page *page)
{
	const struct evidence_clock *clock = &evidence->clock;
	struct properties p;

	page_begin_section(page, "Clock and boots");
	if (!add_part(page, "Clock", &clock->part))
		return;
	properties_decode(evidence, &p);
	add_duration(page, "On for", clock->time_ms, "");
	add_duration(page, "Clock", clock->clock_ms,
		clock->is_safe ? " since manufacture or clear" : " (may have gone back: not safe)");
	page_add_row(page, PAGE_PLAIN, "Resets", "%" PRIu32 ", restarts %" PRIu32,
		clock->reset_count, clock->restart_count);
	if (p.has_startup_clear)
		page_add_row(page, PAGE_PLAIN, "Last shutdown", "%s",
			p.is_orderly ? "orderly" : "not orderly");
}

static void add_fingerprint(
	struct page *page, const char *label, const struct evidence_key *key, const char *note)
{
	const char *curve = tcg_curve_name(key->curve);
	char name[40], kind[24];

	if (key->type == TCG_ALG_RSA)
		snprintf(kind, sizeof(kind), "RSA %u", key->bits);
	else
		snprintf(kind, sizeof(kind), "ECC %s", curve ? curve : "?");
	page_add_row(page, PAGE_PLAIN, label, "%-9s %s  %s", kind,
		shorten(key->name.data, key->name.len, name), note);
}

static void build_keys(const struct evidence *evidence, struct page *page)
{
	char name[40], note[32];

	page_begin_section(page, "Keys");
	if (add_part(page, "EK", &evidence->eks.part)) {
		for (size_t i = 0; i < evidence->eks.keys.count; i++) {
			const struct evidence_key *ek = &evidence->eks.keys.items[i];

			snprintf(note, sizeof(note), "0x%08" PRIx32, ek->handle);
			add_fingerprint(page, "EK", ek, ek->handle ? note : "by template");
		}
	}
	if (add_part(page, "AK", &evidence->ak.part))
		add_fingerprint(page, "AK", &evidence->ak.key, evidence->ak.hierarchy);
	if (add_part(page, "Owner seed", &evidence->srk.part))
		page_add_row(page, PAGE_PLAIN, "Owner seed", "%-9s %s", "",
			shorten(evidence->srk.name.data, evidence->srk.name.len, name));
	for (size_t i = 0; i < evidence->persistent.objects.count; i++) {
		const struct evidence_object *object = &evidence->persistent.objects.items[i];

		if (object->handle >= TCG_HANDLE_EK_FIRST && object->handle <= TCG_HANDLE_EK_LAST)
			continue;
		page_add_row(page, PAGE_PLAIN,
			object->handle == TCG_HANDLE_SRK ? "SRK" : "Persistent",
			"%-9s %s  0x%08" PRIx32, "",
			shorten(object->name.data, object->name.len, name), object->handle);
	}
	for (size_t i = 0; i < evidence->certificates.certificates.count; i++) {
		const struct evidence_certificate *certificate =
			&evidence->certificates.certificates.items[i];

		page_add_row(page, PAGE_PLAIN, "Certificate",
			"%s, issued by %s, serial %s, NV 0x%08" PRIx32,
			*certificate->subject ? certificate->subject : "(no subject)",
			certificate->issuer, certificate->serial, certificate->index);
	}
}

static void build_nv(const struct evidence *evidence, struct page *page)
{
	if (evidence->nv.part.state == PART_ABSENT)
		return;
	page_begin_section(page, "NV indices");
	if (!add_part(page, "Indices", &evidence->nv.part))
		return;
	for (size_t i = 0; i < evidence->nv.indices.count; i++) {
		const struct evidence_nv_index *index = &evidence->nv.indices.items[i];
		char label[16], name[40];

		snprintf(label, sizeof(label), "0x%08" PRIx32, index->index);
		page_add_row(page, PAGE_PLAIN, label, "%5u bytes %-11s %s", index->size,
			index->is_written ? "written" : "not written",
			shorten(index->name.data, index->name.len, name));
	}
}

/* Every bit of a PCR as it was at power-on: all zeros, or all ones for 17 to 22. */
static bool is_unused(const uint8_t *value, size_t len)
{
	for (size_t i = 1; i < len; i++) {
		if (value[i] != value[0])
			return false;
	}
	return value[0] == 0x00 || value[0] == 0xff;
}

static enum page_mark compare_with_log(
	const struct evidence *evidence, const struct tcg_pcr_bank *bank, unsigned pcr)
{
	for (size_t i = 0; i < evidence->event_log.bank_count; i++) {
		const struct tcg_pcr_bank *log = &evidence->event_log.banks[i];

		if (log->alg == bank->alg && log->pcrs & 1U << pcr)
			return memcmp(log->values[pcr], bank->values[pcr],
				       tcg_digest_size(bank->alg)) == 0
				       ? PAGE_PASS
				       : PAGE_FAIL;
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

static void build_bank(
	const struct evidence *evidence, const struct tcg_pcr_bank *bank, struct page *page)
{
	char unused[96] = "", hex[2 * TCG_DIGEST_MAX + 1], label[24];
	size_t len = tcg_digest_size(bank->alg);
	unsigned first = 0;
	bool in_range = false;

	for (unsigned pcr = 0; pcr <= TCG_PCR_COUNT; pcr++) {
		bool is_there = pcr < TCG_PCR_COUNT && bank->pcrs & 1U << pcr;
		enum page_mark mark = is_there ? compare_with_log(evidence, bank, pcr) : PAGE_PLAIN;
		bool is_listed = is_there && is_unused(bank->values[pcr], len) && mark != PAGE_FAIL;

		if (is_listed && !in_range)
			first = pcr;
		if (!is_listed && in_range)
			append_range(unused, sizeof(unused), first, pcr - 1);
		in_range = is_listed;
		if (!is_there || is_listed)
			continue;
		/* The operating system extends PCRs 8 and up past the firmware's log. */
		if (mark == PAGE_FAIL && pcr >= 8)
			mark = PAGE_PLAIN;
		snprintf(label, sizeof(label), "%s %u", tcg_alg_name(bank->alg), pcr);
		text_hex(bank->values[pcr], len, hex, sizeof(hex));
		page_add_row(page, mark, label, "%s", hex);
	}
	if (*unused)
		page_add_row(page, PAGE_PLAIN, tcg_alg_name(bank->alg), "not extended: %s", unused);
}

static void build_pcrs(const struct evidence *evidence, struct page *page)
{
	const struct evidence_event_log *log = &evidence->event_log;

	page_begin_section(page, "PCRs");
	if (add_part(page, "PCRs", &evidence->pcrs.part)) {
		for (size_t i = 0; i < evidence->pcrs.bank_count; i++)
			build_bank(evidence, &evidence->pcrs.banks[i], page);
		page_add_row(
			page, PAGE_PLAIN, "Updates", "%" PRIu32, evidence->pcrs.update_counter);
	}
	if (add_part(page, "Event log", &log->part))
		page_add_row(page, PAGE_PLAIN, "Event log",
			"%" PRIu32 " events, %" PRIu64 " bytes, %s, startup locality %u",
			log->events, log->bytes, log->format, log->startup_locality);
}

static void build_lockout(const struct evidence *evidence, struct page *page)
{
	struct properties p;

	properties_decode(evidence, &p);
	if (!p.has_permanent)
		return;
	page_begin_section(page, "Lockout and authorizations");
	if (p.has_lockout)
		page_add_row(page, PAGE_PLAIN, "Lockout",
			"%s; %" PRIu32 " of %" PRIu32 " failures, one forgotten every %" PRIu32
			" s, recovery %" PRIu32 " s",
			p.is_in_lockout ? "active" : "not active", p.lockout_counter, p.lockout_max,
			p.lockout_interval_s, p.lockout_recovery_s);
	page_add_row(page, PAGE_PLAIN, "Authorizations", "owner %s, endorsement %s, lockout %s",
		p.is_owner_auth_set ? "set" : "empty", p.is_endorsement_auth_set ? "set" : "empty",
		p.is_lockout_auth_set ? "set" : "empty");
	page_add_row(
		page, PAGE_PLAIN, "Clear", "%s", p.is_clear_disabled ? "disabled" : "possible");
	if (p.has_startup_clear)
		page_add_row(page, PAGE_PLAIN, "Hierarchies",
			"platform %s, owner %s, endorsement %s",
			p.is_platform_enabled ? "on" : "off", p.is_owner_enabled ? "on" : "off",
			p.is_endorsement_enabled ? "on" : "off");
}

/* What an administrator would see beside this, as a list; empty when nothing was refused. */
static void list_refused(const struct evidence *evidence, char *out, size_t size)
{
	const struct {
		const struct record_part *part;
		const char *name;
	} parts[] = {
		{&evidence->session.part, "the TPM"},
		{&evidence->smbios.part, "the SMBIOS UUID"},
		{&evidence->event_log.part, "the event log"},
		{&evidence->eks.part, "the endorsement key"},
		{&evidence->srk.part, "the owner seed"},
		{&evidence->ak.part, "attestation key and quote"},
	};
	size_t used = 0;

	out[0] = 0;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && used < size; i++) {
		enum error_code code = parts[i].part->state == PART_FAILED
					       ? parts[i].part->error.code
					       : ERROR_NONE;

		/* Windows keeps some commands for administrators. */
		if (code == ERROR_PERMISSION || code == ERROR_TPM_BLOCKED)
			used += (size_t)snprintf(
				out + used, size - used, "%s%s", used ? ", " : "", parts[i].name);
	}
}

static void build_headline(
	const struct evidence *evidence, const struct checks *checks, struct page *page)
{
	const struct check *decisive = checks_decisive(checks);
	size_t unknown = checks_count(checks, CHECK_UNKNOWN);
	char undecided[48] = "";

	page->status = checks_status(checks);
	page->badge = page_verdict(page->status);
	snprintf(page->headline, sizeof(page->headline), "%s",
		decisive ? decisive->sentence : "the vTPM is present and working");
	list_refused(evidence, page->refused, sizeof(page->refused));
	if (unknown)
		snprintf(undecided, sizeof(undecided), ", %zu could not be decided", unknown);
	snprintf(page->summary, sizeof(page->summary), "%zu of %zu checks passed%s%s%s",
		checks_count(checks, CHECK_PASS), checks->count, undecided,
		*page->refused ? "; an administrator also sees " : "", page->refused);
}

/* A bad verdict of the service stands out, whatever the TPM looks like now. */
static void build_continuity(const struct page_last_verdict *last, struct page *page)
{
	enum page_mark mark = PAGE_UNKNOWN;
	char when[24];

	if (strcmp(last->status, "affirming") == 0)
		mark = PAGE_PASS;
	else if (strcmp(last->status, "warning") == 0)
		mark = PAGE_WARN;
	else if (strcmp(last->status, "contraindicated") == 0)
		mark = PAGE_FAIL;
	page_begin_section(page, "Continuity");
	page_add_row(page, mark, "Last verdict", "%s (%s), %s", last->continuity, last->status,
		page_when(last->iat, when));
	page_add_row(page, PAGE_PLAIN, "Reason", "%s", last->sentence);
}

void page_build_status(const struct evidence *evidence, const struct checks *checks,
	const struct page_last_verdict *last, struct page *ret_page)
{
	*ret_page = (struct page){0};
	build_headline(evidence, checks, ret_page);
	if (last)
		build_continuity(last, ret_page);
	build_health(checks, ret_page);
	if (evidence->properties.part.state != PART_ABSENT) {
		build_tpm(evidence, ret_page);
		build_keys(evidence, ret_page);
		build_nv(evidence, ret_page);
		build_pcrs(evidence, ret_page);
		build_lockout(evidence, ret_page);
		build_clock(evidence, ret_page);
		page_build_windows(evidence, ret_page);
	}
	build_guest(evidence, ret_page);
}
