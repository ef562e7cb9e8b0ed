/* SPDX-License-Identifier: BSD-2-Clause */
/* What the TPM says of itself, its clock and its lockout, and the guest around it. */
#include <inttypes.h>
#include <string.h>

#include "agent/status/page_part.h"
#include "agent/status/page_sections.h"
#include "core/evidence/properties.h"

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

void status_page_add_tpm(const struct evidence *evidence, struct page *page)
{
	const struct evidence_device *device = &evidence->device;
	struct properties p;

	page_begin_section(page, "TPM");
	properties_decode(evidence, &p);
	if (status_page_add_part(page, "Properties", &evidence->properties.part)) {
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

void status_page_add_lockout(const struct evidence *evidence, struct page *page)
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

void status_page_add_clock(const struct evidence *evidence, struct page *page)
{
	const struct evidence_clock *clock = &evidence->clock;
	struct properties p;

	page_begin_section(page, "Clock and boots");
	if (!status_page_add_part(page, "Clock", &clock->part))
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

void status_page_add_guest(const struct evidence *evidence, struct page *page)
{
	page_begin_section(page, "Guest");
	if (status_page_add_part(page, "Guest", &evidence->guest.part)) {
		page_add_row(page, PAGE_PLAIN, "Name", "%s", evidence->guest.hostname);
		page_add_row(page, PAGE_PLAIN, "System", "%s", evidence->guest.os);
		page_add_row(page, PAGE_PLAIN, "Kernel", "%s", evidence->guest.kernel);
		page_add_row(page, PAGE_PLAIN, "Boot", "%s", evidence->guest.boot_id);
		add_duration(page, "Up for", evidence->guest.uptime_ms, "");
	}
	if (evidence->smbios.manufacturer[0] || evidence->smbios.product[0])
		page_add_row(page, PAGE_PLAIN, "Machine", "%s %s", evidence->smbios.manufacturer,
			evidence->smbios.product);
	if (evidence->smbios.firmware_vendor[0] || evidence->smbios.firmware_version[0])
		page_add_row(page, PAGE_PLAIN, "Firmware", "%s %s",
			evidence->smbios.firmware_vendor, evidence->smbios.firmware_version);
	if (status_page_add_part(page, "UUID", &evidence->smbios.part))
		page_add_row(page, PAGE_PLAIN, "UUID", "%s", evidence->smbios.uuid);
}
