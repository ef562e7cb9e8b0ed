/* SPDX-License-Identifier: BSD-2-Clause */
/* Whose TPM is it? */
#include "tests/unit/fixture/checks_rows.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/fixture/sample.h"
#include "tests/unit/unit.h"

static void eks_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->eks, ERROR_TPM_RC, "TPM2_CreatePrimary: no");
}

static void no_eks(struct evidence *e)
{
	e->eks.keys.count = 0;
	e->certificates.certificates.count = 0;
}

static void template_ek(struct evidence *e)
{
	e->eks.keys.count = 1;
	e->eks.keys.items[0].handle = 0;
	e->certificates.certificates.count = 1;
}

static void four_eks_of_unknown_curves(struct evidence *e)
{
	for (size_t i = 0; i < EVIDENCE_EKS_MAX; i++) {
		e->eks.keys.items[i] = e->eks.keys.items[1];
		e->eks.keys.items[i].curve = 0x7777;
	}
	e->eks.keys.count = EVIDENCE_EKS_MAX;
}

static void wrong_certificate(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
}

static void wrong_certificate_of_a_chain(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
	e->certificates.certificates.items[1].index = TCG_NV_EK_CHAIN_FIRST;
}

/* An EK of that kind was not read: nothing to compare with. */
static void certificate_of_another_kind(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
	e->certificates.certificates.items[1].curve = TCG_CURVE_P256;
}

static void certificate_of_another_size(struct evidence *e)
{
	e->certificates.certificates.items[0].is_ek = false;
	e->certificates.certificates.items[0].bits = 3072;
}

static void certificate_of_another_type(struct evidence *e)
{
	e->certificates.certificates.items[1].is_ek = false;
	e->certificates.certificates.items[1].type = 0;
}

static void no_certificates(struct evidence *e)
{
	e->certificates.certificates.count = 0;
}

/* Keys of a kind that no EK has. */
static void certificates_of_no_ek(struct evidence *e)
{
	for (size_t i = 0; i < e->certificates.certificates.count; i++) {
		e->certificates.certificates.items[i].is_ek = false;
		e->certificates.certificates.items[i].type = 0;
	}
}

static void certificates_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->certificates, ERROR_TPM_AUTH, "TPM2_NV_Read: no");
}

/* As the agent has it: what was read before the failure does not stand in a document. */
static void certificates_failed_halfway(struct evidence *e)
{
	e->certificates.part.state = PART_FAILED;
	error_set(&e->certificates.part.error, ERROR_TPM_AUTH, "TPM2_NV_Read: no");
	e->certificates.certificates.items[0].is_ek = false;
}

static void unread(struct evidence *e, uint32_t index, enum error_code code, const char *message)
{
	struct evidence_unread *at = &e->certificates.unread.items[e->certificates.unread.count++];

	at->index = index;
	error_set(&at->error, code, "%s", message);
}

static void one_unread(struct evidence *e)
{
	e->certificates.certificates.count = 1;
	unread(e, 0x01c00016, ERROR_TPM_AUTH, "readable only with an authorization");
}

static void three_unread(struct evidence *e)
{
	one_unread(e);
	e->certificates.certificates.count = 0;
	unread(e, 0x01c00002, ERROR_TPM_RC, "TPM2_NV_Read: no");
	unread(e, 0x01c0000a, ERROR_UNSUPPORTED, "it holds no certificate");
}

static void wrong_beside_unread(struct evidence *e)
{
	unread(e, 0x01c0000a, ERROR_TPM_AUTH, "readable only with an authorization");
	e->certificates.certificates.items[1].is_ek = false;
}

static void garbled_certificate(struct evidence *e)
{
	unread(e, 0x01c00016, ERROR_MALFORMED, "TPM2_NV_Read: an answer of 3 bytes");
}

static void other_uuid(struct evidence *e)
{
	e->smbios.uuid[0] = '1';
}

static void swapped_uuid(struct evidence *e)
{
	memcpy(e->smbios.uuid, "0c0d0e0f-1111-2222-3333-444455556666", TEXT_UUID_SIZE);
}

static void upper_case_uuid(struct evidence *e)
{
	memcpy(e->smbios.uuid, "0F0E0D0C-1111-2222-3333-444455556666", TEXT_UUID_SIZE);
}

static void domain_named_like_a_uuid(struct evidence *e)
{
	for (size_t i = 0; i < e->certificates.certificates.count; i++)
		snprintf(e->certificates.certificates.items[i].subject,
			sizeof(e->certificates.certificates.items[i].subject),
			"CN=11111111-2222-3333-4444-555555555555:" SAMPLE_UUID);
}

static void upper_case_subject(struct evidence *e)
{
	snprintf(e->certificates.certificates.items[0].subject, 64,
		"CN=guest 0F0E0D0C-1111-2222-3333-444455556666,O=x");
}

static void no_uuid(struct evidence *e)
{
	e->smbios.uuid[0] = 0;
}

static void placeholder(struct evidence *e)
{
	strcpy(e->smbios.uuid, "03000200-0400-0500-0006-000700080009");
}

static void subject_with_placeholder(struct evidence *e)
{
	for (size_t i = 0; i < 2; i++)
		snprintf(e->certificates.certificates.items[i].subject, 64,
			"CN=web1:00000000-0000-0000-0000-000000000000");
}

static void uuid_denied(struct evidence *e)
{
	SAMPLE_FAIL(&e->smbios, ERROR_PERMISSION, "open product_uuid: denied");
}

static void subject_without_uuid(struct evidence *e)
{
	for (size_t i = 0; i < 2; i++)
		snprintf(e->certificates.certificates.items[i].subject, 64,
			"CN=0f0e0d0c-1111-2222-3333-44445555666");
}

/* Of another certificate authority's own, which has a UUID in its name. */
static void uuid_only_in_the_chain(struct evidence *e)
{
	subject_without_uuid(e);
	e->certificates.certificates.items[1].index = TCG_NV_EK_CHAIN_FIRST;
	snprintf(e->certificates.certificates.items[1].subject, 64,
		"CN=1f0e0d0c-1111-2222-3333-444455556666");
}

static void ak_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->ak, ERROR_TPM_AUTH, "TPM2_CreatePrimary: an authorization");
}

static void quote_refused(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "TPM2_Quote: no");
}

static void no_quote(struct evidence *e)
{
	memset(&e->quote, 0, sizeof(e->quote));
}

static void owner_ak(struct evidence *e)
{
	memcpy(e->ak.hierarchy, "owner", 6);
}

static void only_ak_absent(struct evidence *e)
{
	memset(&e->ak, 0, sizeof(e->ak));
}

static const struct checks_row rows[] = {
	{fault_none, NULL, "ek", PASS, "RSA 2048 (0x81010001), ECC P-384 (0x81010016)", NULL},
	{template_ek, NULL, "ek", PASS, "RSA 2048 (by template)", NULL},
	{four_eks_of_unknown_curves, NULL, "ek", PASS,
		"ECC ? (0x81010016), ECC ? (0x81010016), ECC ? (0x81010016), ECC ? (0x81010016)",
		NULL},
	{no_eks, NULL, "ek", UNKNOWN, "none was read", NULL},
	{eks_refused, NULL, "ek", UNKNOWN, "the endorsement key: TPM2_CreatePrimary: no", NULL},
	{fault_timeout, NULL, "ek", -1, VERDICT_CONTRAINDICATED, "responsive", NULL, NULL},

	{fault_none, NULL, "ek-certificate", PASS, "2 certificates for the EKs", NULL},
	{template_ek, NULL, "ek-certificate", PASS, "1 certificate for the EK", NULL},
	{wrong_certificate, NULL, "ek-certificate", FAIL("ek-certificate"),
		"the certificate in NV 0x01c00016 is not for this TPM's EK", "mixed"},
	{wrong_certificate_of_a_chain, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{certificate_of_another_kind, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{certificate_of_another_size, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{certificate_of_another_type, NULL, "ek-certificate", PASS, "1 certificate for the EKs",
		NULL},
	{no_certificates, NULL, "ek-certificate", UNKNOWN, "the TPM holds none, as many do", NULL},
	{certificates_of_no_ek, NULL, "ek-certificate", UNKNOWN,
		"2 certificates, for no endorsement key that was read", NULL},
	{certificates_refused, NULL, "ek-certificate", UNKNOWN, "EK certificates: TPM2_NV_Read",
		NULL},
	{certificates_failed_halfway, NULL, "ek-certificate", UNKNOWN,
		"EK certificates: TPM2_NV_Read", NULL},
	{eks_refused, NULL, "ek-certificate", NOT_THERE, NULL, NULL},
	{one_unread, NULL, "ek-certificate", UNKNOWN,
		"1 for the EKs; NV 0x01c00016: readable only with an authorization", NULL},
	{three_unread, NULL, "ek-certificate", UNKNOWN, "NV 0x01c00016 (and 2 more): readable only",
		NULL},
	{wrong_beside_unread, NULL, "ek-certificate", FAIL("ek-certificate"),
		"the certificate in NV 0x01c00016 is not for this TPM's EK", "mixed"},
	{garbled_certificate, NULL, "responsive", FAIL("responsive"),
		"not the answer of a TPM 2.0: TPM2_NV_Read: an answer of 3 bytes", "swtpm"},
	{fault_timeout, NULL, "ek-certificate", -1, VERDICT_CONTRAINDICATED, "responsive", NULL,
		NULL},

	{fault_none, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{swapped_uuid, NULL, "certificate-uuid", PASS, "names this VM, 0c0d0e0f", NULL},
	{upper_case_uuid, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{upper_case_subject, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{domain_named_like_a_uuid, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID,
		NULL},
	{other_uuid, NULL, "certificate-uuid", FAIL("certificate-uuid"),
		"names VM " SAMPLE_UUID ", but this is VM 1f0e0d0c-", "another VM's"},
	{no_uuid, NULL, "certificate-uuid", UNKNOWN, "SMBIOS tells no UUID", NULL},
	{placeholder, NULL, "certificate-uuid", UNKNOWN,
		"SMBIOS tells a placeholder, which many machines have: 03000200-0400-0500-0006-",
		NULL},
	{subject_with_placeholder, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{uuid_denied, NULL, "certificate-uuid", UNKNOWN, "SMBIOS UUID: open product_uuid: denied",
		NULL},
	{subject_without_uuid, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{uuid_only_in_the_chain, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{no_certificates, NULL, "certificate-uuid", NOT_THERE, NULL, NULL},
	{certificates_failed_halfway, NULL, "certificate-uuid", UNKNOWN,
		"whether one names another VM is not known", NULL},
	{three_unread, NULL, "certificate-uuid", UNKNOWN,
		"whether one names another VM is not known", NULL},
	{one_unread, NULL, "certificate-uuid", PASS, "names this VM, " SAMPLE_UUID, NULL},
	{fault_through_tcti, NULL, "certificate-uuid", UNKNOWN, "reached through a TCTI", NULL},

	{fault_none, NULL, "attestation", PASS, "a key of the endorsement hierarchy", NULL},
	{owner_ak, NULL, "attestation", PASS,
		"a key of the owner hierarchy, which obfuscates the counters", NULL},
	{ak_refused, NULL, "attestation", WARN("attestation"),
		"attestation key unavailable: TPM2_CreatePrimary: an authorization", "Without"},
	{quote_refused, NULL, "attestation", WARN("attestation"), "no quote: TPM2_Quote: no",
		"Without"},
	{no_quote, NULL, "attestation", UNKNOWN, "nothing was quoted", NULL},
	{only_ak_absent, NULL, "attestation", NOT_THERE, NULL, NULL},
};

int main(void)
{
	return checks_rows_test(rows, COUNT(rows));
}
