/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose TPM is it, and can it prove that? */
#include "core/checks/identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void append_key(char *out, size_t size, const struct evidence_key *key)
{
	size_t used = strlen(out);
	const char *curve = tcg_curve_name(key->curve);

	if (used)
		used += (size_t)snprintf(out + used, size - used, ", ");
	if (used >= size)
		return;
	if (key->type == TCG_ALG_RSA)
		used += (size_t)snprintf(out + used, size - used, "RSA %u", key->bits);
	else
		used += (size_t)snprintf(out + used, size - used, "ECC %s", curve ? curve : "?");
	if (used < size && key->handle)
		snprintf(out + used, size - used, " (0x%08" PRIx32 ")", key->handle);
	else if (used < size)
		snprintf(out + used, size - used, " (by template)");
}

bool check_ek(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	char names[160] = "";

	(void)options;
	if (evidence->eks.part.state == PART_ABSENT)
		return false;
	if (!check_part_is_read(check, &evidence->eks.part, "the endorsement key"))
		return true;
	if (!evidence->eks.keys.count) {
		check_set(check, CHECK_UNKNOWN, "none was read");
		return true;
	}
	for (size_t i = 0; i < evidence->eks.keys.count; i++)
		append_key(names, sizeof(names), &evidence->eks.keys.items[i]);
	check_set(check, CHECK_PASS, "%s", names);
	return true;
}

/* An EK of the certificate's own template was read, and the certificate is for another key. A TPM
 * has another EK of each template. */
static bool is_wrong(const struct evidence_certificate *certificate, const struct evidence_eks *eks)
{
	const struct ek_template *template = ek_template_of_index(certificate->index);

	if (certificate->is_ek || !template)
		return false;
	for (size_t i = 0; i < eks->keys.count; i++) {
		const struct evidence_key *ek = &eks->keys.items[i];
		bool is_same_size =
			ek->bits == certificate->bits && ek->curve == certificate->curve;

		if (ek->type != certificate->type || !is_same_size)
			continue;
		if (evidence_ek_template(ek) == template)
			return true;
	}
	return false;
}

/* Those that were read may all be right: what the others say is not known. */
static void tell_unread(const struct evidence_certificates *list, size_t good, struct check *check)
{
	const struct evidence_unread *first = &list->unread.items[0];
	size_t more = list->unread.count - 1;
	char read[40] = "", others[40] = "";

	if (good)
		snprintf(read, sizeof(read), "%zu for the EKs; ", good);
	if (more)
		snprintf(others, sizeof(others), " (and %zu more)", more);
	check_set(check, CHECK_UNKNOWN, "%sNV 0x%08" PRIx32 "%s: %s", read, first->index, others,
		first->error.message);
}

bool check_ek_certificate(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct evidence_certificates *list = &evidence->certificates;
	size_t good = 0, others = 0;

	(void)options;
	if (list->part.state == PART_ABSENT || evidence->eks.part.state != PART_READ)
		return false;
	if (!check_part_is_read(check, &list->part, "EK certificates"))
		return true;
	for (size_t i = 0; i < list->certificates.count; i++) {
		const struct evidence_certificate *certificate = &list->certificates.items[i];

		good += certificate->is_ek;
		others += !certificate->is_ek && tcg_is_ek_certificate(certificate->index);
		if (!is_wrong(certificate, &evidence->eks))
			continue;
		check_set(check, CHECK_FAIL,
			"the certificate in NV 0x%08" PRIx32 " is not for this TPM's EK",
			certificate->index);
		check_remedy(check,
			"The vTPM's state was mixed from two TPMs. On the host, restore the "
			"VM's own state directory.");
		return true;
	}
	if (list->unread.count)
		tell_unread(list, good, check);
	else if (good)
		check_set(check, CHECK_PASS, "%zu certificate%s for the EK%s", good,
			good == 1 ? "" : "s", evidence->eks.keys.count > 1 ? "s" : "");
	else if (others)
		check_set(check, CHECK_UNKNOWN,
			"%zu certificate%s, for no endorsement key that was read", others,
			others == 1 ? "" : "s");
	else
		check_set(check, CHECK_UNKNOWN, "the TPM holds none, as many do");
	return true;
}

/* The last UUID inside a text, canonical. libvirt's subject is CN=<domain>:<UUID>, and a domain may
 * be called like another VM's UUID. */
static bool find_uuid(const char *text, char ret_uuid[TEXT_UUID_SIZE])
{
	for (size_t i = strlen(text); i-- > 0;) {
		char candidate[TEXT_UUID_SIZE] = "";

		memcpy(candidate, text + i, strnlen(text + i, TEXT_UUID_SIZE - 1));
		if (text_uuid(candidate, ret_uuid))
			return !text_uuid_is_placeholder(ret_uuid);
	}
	return false;
}

/* The UUID in the subject of the first EK certificate that has one. */
static bool find_certified_uuid(
	const struct evidence_certificates *list, char ret_uuid[TEXT_UUID_SIZE])
{
	for (size_t i = 0; list->part.state == PART_READ && i < list->certificates.count; i++) {
		const struct evidence_certificate *each = &list->certificates.items[i];

		if (tcg_is_ek_certificate(each->index) && find_uuid(each->subject, ret_uuid))
			return true;
	}
	return false;
}

/* SMBIOS before 2.6 left the byte order of the first three fields open: DSP0134 section 7.2.1. */
static void swap_uuid(const char *uuid, char ret_swapped[TEXT_UUID_SIZE])
{
	static const uint8_t from[] = {
		6, 7, 4, 5, 2, 3, 0, 1, 8, 11, 12, 9, 10, 13, 16, 17, 14, 15};

	memcpy(ret_swapped, uuid, TEXT_UUID_SIZE);
	for (size_t i = 0; i < sizeof(from); i++)
		ret_swapped[i] = uuid[from[i]];
}

bool check_certificate_uuid(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	char certified[TEXT_UUID_SIZE], own[TEXT_UUID_SIZE], swapped[TEXT_UUID_SIZE];

	(void)options;
	if (!find_certified_uuid(&evidence->certificates, certified)) {
		const struct evidence_certificates *list = &evidence->certificates;

		if (list->part.state != PART_FAILED && !list->unread.count)
			return false;
		check_set(check, CHECK_UNKNOWN,
			"not every certificate could be read: whether one names another VM is not "
			"known");
		return true;
	}
	if (check_is_foreign(evidence, check))
		return true;
	if (!check_part_is_read(check, &evidence->smbios.part, "SMBIOS UUID"))
		return true;
	if (!text_uuid(evidence->smbios.uuid, own)) {
		check_set(check, CHECK_UNKNOWN, "SMBIOS tells no UUID");
		return true;
	}
	if (text_uuid_is_placeholder(own)) {
		check_set(check, CHECK_UNKNOWN,
			"SMBIOS tells a placeholder, which many machines have: %s", own);
		return true;
	}
	swap_uuid(own, swapped);
	if (strcmp(certified, own) == 0 || strcmp(certified, swapped) == 0) {
		check_set(check, CHECK_PASS, "names this VM, %s", own);
		return true;
	}
	check_set(check, CHECK_FAIL, "the EK certificate names VM %s, but this is VM %s", certified,
		own);
	check_remedy(check,
		"The vTPM is another VM's, or the VM was cloned with it. On the host, give "
		"each VM its own state directory.");
	return true;
}

/* Neither hierarchy lets us in. */
static bool is_closed(const struct error *err)
{
	return err->code == ERROR_TPM_AUTH ||
	       (err->code == ERROR_TPM_RC && tcg_rc_base(err->rc) == TCG_RC_HIERARCHY);
}

bool check_attestation(
	const struct evidence *evidence, const struct checks_options *options, struct check *check)
{
	const struct record_part *ak = &evidence->ak.part, *quote = &evidence->quote.part;
	const struct error *why;

	(void)options;
	if (ak->state == PART_ABSENT)
		return false;
	if (ak->state == PART_READ && quote->state == PART_ABSENT) {
		check_set(check, CHECK_UNKNOWN, "nothing was quoted");
		return true;
	}
	if (ak->state == PART_READ && quote->state == PART_READ) {
		check_set(check, CHECK_PASS, "quotes its PCRs with a key of the %s hierarchy%s",
			evidence->ak.hierarchy,
			strcmp(evidence->ak.hierarchy, EVIDENCE_OWNER) == 0
				? ", which obfuscates the counters"
				: "");
		return true;
	}
	why = ak->state == PART_FAILED ? &ak->error : &quote->error;
	check_set(check, CHECK_WARN, "%s: %s",
		ak->state == PART_FAILED ? "attestation key unavailable" : "no quote",
		why->message);
	check_remedy(check,
		is_closed(why) ? "Without a quote nothing in this report is proven. It needs the "
				 "endorsement or the owner hierarchy enabled and without an "
				 "authorization."
			       : "Without a quote nothing in this report is proven. End what the "
				 "sentence says, and run the agent again.");
	return true;
}
