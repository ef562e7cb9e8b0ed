/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What whoever knows tpm.msc, Get-Tpm or tpmtool looks for, under the names it has there. Windows
 * computes these from more than the TPM tells: each row says what it is computed from here.
 */
#include <inttypes.h>
#include <string.h>

#include "agent/status/page_sections.h"
#include "core/evidence/properties.h"

static bool has_srk(const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->persistent.objects.count; i++) {
		if (evidence->persistent.objects.items[i].handle == TCG_HANDLE_SRK)
			return true;
	}
	return false;
}

static bool has_ek_certificate(const struct evidence *evidence)
{
	for (size_t i = 0; i < evidence->certificates.certificates.count; i++) {
		if (evidence->certificates.certificates.items[i].is_ek)
			return true;
	}
	return false;
}

static const char *yes(bool is_so)
{
	return is_so ? "yes" : "no";
}

static void add_attestation(
	struct page *page, const struct evidence *evidence, const struct properties *p)
{
	bool has_ek = evidence->eks.keys.count > 0;
	bool has_quote = evidence->quote.part.state == PART_READ;
	bool can_tell = evidence->ak.part.state != PART_FAILED ||
			evidence->ak.part.error.code != ERROR_TPM_BLOCKED;

	page_add_row(page, PAGE_PLAIN, "Can attest", "%s, approximated: %s, %s",
		yes(p->is_endorsement_enabled && has_ek),
		p->is_endorsement_enabled ? "endorsement hierarchy on"
					  : "endorsement hierarchy off",
		has_ek ? "an endorsement key" : "no endorsement key");
	page_add_row(page, PAGE_PLAIN, "Ready to attest", "%s, approximated: %s, %s",
		can_tell ? yes(has_ek_certificate(evidence) && has_quote) : "unknown",
		has_ek_certificate(evidence) ? "a certificate for the endorsement key"
					     : "no certificate for an endorsement key",
		has_quote ? "and it quotes"
			  : (can_tell ? "no quote" : "a quote takes an administrator"));
}

/* TPM2_PT_PS_REVISION: hexadecimal in hardware that follows the PC Client profile, decimal in
 * libtpms, which gives the library specification's. */
static void add_profile(struct page *page, const struct evidence *evidence)
{
	uint32_t revision;

	if (!evidence_property(evidence, TCG_PT_PS_REVISION, &revision))
		return;
	if (revision >= 0x100)
		page_add_row(page, PAGE_PLAIN, "PC Client", "revision %" PRIx32 ".%02" PRIx32,
			revision >> 8, revision & 0xff);
	else
		page_add_row(page, PAGE_PLAIN, "PC Client", "revision %" PRIu32 ".%02" PRIu32,
			revision / 100, revision % 100);
}

void status_page_add_windows(const struct evidence *evidence, struct page *page)
{
	struct properties p;
	bool is_enabled, is_owned;

	if (strcmp(evidence->device.transport, "tbs") != 0)
		return;
	properties_decode(evidence, &p);
	if (!p.has_permanent || !p.has_startup_clear)
		return;
	is_enabled = p.is_owner_enabled && p.is_endorsement_enabled;
	is_owned = has_srk(evidence) && p.is_lockout_auth_set;
	page_begin_section(page, "In Windows' words");
	page_add_row(page, PAGE_PLAIN, "Enabled", "%s: owner and endorsement hierarchies",
		yes(is_enabled));
	page_add_row(page, PAGE_PLAIN, "Owned", "%s, computed: %s, lockout authorization %s",
		yes(is_owned),
		has_srk(evidence) ? "a storage root key at 0x81000001"
				  : "no storage root key at 0x81000001",
		p.is_lockout_auth_set ? "set" : "empty");
	page_add_row(page, PAGE_PLAIN, "Ready to store", "%s, computed: %s, %s, %s",
		yes(is_enabled && is_owned && !p.is_in_lockout),
		is_enabled ? "enabled" : "not enabled", is_owned ? "owned" : "not owned",
		p.is_in_lockout ? "locked out" : "not locked out");
	add_attestation(page, evidence, &p);
	add_profile(page, evidence);
	page_add_row(page, PAGE_PLAIN, "Elsewhere",
		"not a TPM's to tell: auto-provisioning, restart pending, PPI version (Get-Tpm, "
		"tpmtool, as administrator); PCR 7 binding (msinfo32)");
}
