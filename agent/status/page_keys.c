/* SPDX-License-Identifier: BSD-2-Clause */
/* What tells one TPM from another: keys and certificates, then all NV indices. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/status/page_part.h"
#include "agent/status/page_sections.h"
#include "console/page_key.h"

void status_page_add_eks(const struct evidence *evidence, struct page *page)
{
	char name[40], note[32];

	if (!status_page_add_part(page, "EK", &evidence->eks.part))
		return;
	for (size_t i = 0; i < evidence->eks.keys.count; i++) {
		const struct evidence_key *ek = &evidence->eks.keys.items[i];

		snprintf(note, sizeof(note), "0x%08" PRIx32, ek->handle);
		page_shorten_ek(ek, name);
		page_add_key(page, "EK", ek, name, ek->handle ? note : "by template");
	}
}

void status_page_add_keys(const struct evidence *evidence, struct page *page)
{
	char name[40];

	page_begin_section(page, "Keys");
	status_page_add_eks(evidence, page);
	if (status_page_add_part(page, "AK", &evidence->ak.part))
		page_add_key(page, "AK", &evidence->ak.key,
			page_shorten(evidence->ak.key.name.data, evidence->ak.key.name.len, name),
			evidence->ak.hierarchy);
	if (status_page_add_part(page, "Owner seed", &evidence->srk.part))
		page_add_row(page, PAGE_PLAIN, "Owner seed", "%-9s %s", "",
			page_shorten(evidence->srk.name.data, evidence->srk.name.len, name));
	status_page_add_part(page, "Persistent", &evidence->persistent.part);
	for (size_t i = 0; i < evidence->persistent.objects.count; i++) {
		const struct evidence_object *object = &evidence->persistent.objects.items[i];
		char type[16] = "";

		if (object->handle >= TCG_HANDLE_EK_FIRST && object->handle <= TCG_HANDLE_EK_LAST)
			continue;
		if (object->type && !tcg_alg_name(object->type))
			snprintf(type, sizeof(type), "type 0x%04x", object->type);
		page_add_row(page, PAGE_PLAIN,
			object->handle == TCG_HANDLE_SRK ? "SRK" : "Persistent",
			"%-9s %s  0x%08" PRIx32, type,
			page_shorten(object->name.data, object->name.len, name), object->handle);
	}
	status_page_add_part(page, "Certificate", &evidence->certificates.part);
	for (size_t i = 0; i < evidence->certificates.certificates.count; i++) {
		const struct evidence_certificate *certificate =
			&evidence->certificates.certificates.items[i];

		page_add_row(page, PAGE_PLAIN, "Certificate",
			"%s, issued by %s, serial %s, NV 0x%08" PRIx32,
			*certificate->subject ? certificate->subject : "(no subject)",
			certificate->issuer, certificate->serial, certificate->index);
	}
	for (size_t i = 0; i < evidence->certificates.unread.count; i++) {
		const struct evidence_unread *unread = &evidence->certificates.unread.items[i];

		page_add_row(page, PAGE_UNKNOWN, "Certificate", "NV 0x%08" PRIx32 ": %s",
			unread->index, unread->error.message);
	}
}

void status_page_add_nv(const struct evidence *evidence, struct page *page)
{
	if (evidence->nv.part.state == PART_ABSENT)
		return;
	page_begin_section(page, "NV indices");
	if (!status_page_add_part(page, "Indices", &evidence->nv.part))
		return;
	for (size_t i = 0; i < evidence->nv.indices.count; i++) {
		const struct evidence_nv_index *index = &evidence->nv.indices.items[i];
		char label[16], name[40];

		snprintf(label, sizeof(label), "0x%08" PRIx32, index->index);
		page_add_row(page, PAGE_PLAIN, label, "%5u bytes %-11s %s", index->size,
			index->is_written ? "written" : "not written",
			page_shorten(index->name.data, index->name.len, name));
	}
}
