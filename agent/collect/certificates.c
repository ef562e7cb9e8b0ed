/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/collect/certificates.h"

#include <inttypes.h>
#include <string.h>

#include "core/evidence/properties.h"
#include "core/signed/public_area.h"

/* The EK, of those read, whose public key a certificate is for. */
static void match_ek(struct evidence_certificate *certificate, const struct crypto_public *key,
	const struct evidence_eks *eks)
{
	for (size_t i = 0; i < eks->keys.count; i++) {
		const struct evidence_key *ek = &eks->keys.items[i];
		struct public_area area;
		struct error ignored;
		int rc = public_area_read(
			ek->public_area.data, ek->public_area.len, &area, &ignored);

		if (rc || !public_area_same_key(&area.key, key))
			continue;
		certificate->is_ek = true;
		certificate->ek_handle = ek->handle;
	}
}

static bool has_ek_of(const struct evidence_eks *eks, const struct ek_template *template)
{
	for (size_t i = 0; i < eks->keys.count; i++) {
		if (evidence_ek_template(&eks->keys.items[i]) == template)
			return true;
	}
	return false;
}

/* An RSA key can take long to make: not when the TPM is slow already. */
static bool is_worth_deriving(const struct collect_run *run, const struct ek_template *template)
{
	struct evidence_session session = {0};

	tpm_read_session(run->tpm, &session);
	return template->type != TCG_ALG_RSA ||
	       session.tpm_time_us / 1000 < run->options->timeout_ms / 4;
}

/* A certificate of no EK read so far may be that of another template, whose EK is not persistent:
 * then it is derived. Where it cannot be, whose the certificate is stays unknown. */
static void derive_ek(struct collect_run *run, const struct evidence_certificate *certificate)
{
	const struct ek_template *template = ek_template_of_index(certificate->index);
	struct evidence_eks *eks = &run->evidence->eks;
	struct error ignored;

	if (certificate->is_ek || !template || eks->part.state != PART_READ)
		return;
	if (!has_ek_of(eks, template) && is_worth_deriving(run, template))
		tpm_derive_ek_of(run->tpm, template->index, eks, &ignored);
}

/* Once all certificates are there. */
static void match_others(struct collect_run *run)
{
	struct evidence_certificates *list = &run->evidence->certificates;

	for (size_t i = 0; i < list->certificates.count; i++) {
		struct evidence_certificate *certificate = &list->certificates.items[i];
		struct crypto_certificate read;
		struct error ignored;

		if (tpm_is_dead(run->tpm, &ignored))
			return;
		derive_ek(run, certificate);
		if (!certificate->is_ek && !crypto_certificate_read(certificate->der.data,
						   certificate->der.len, &read, &ignored))
			match_ek(certificate, &read.key, &run->evidence->eks);
	}
}

static int keep_certificate(const struct evidence *evidence, uint32_t index, const struct buf *data,
	const struct crypto_certificate *read, struct evidence_certificate *ret, struct error *err)
{
	if (read->der_len > sizeof(ret->der.data))
		return error_set(err, ERROR_TOO_LARGE, "a certificate of %zu bytes; the most is %d",
			read->der_len, EVIDENCE_DER_MAX);
	*ret = (struct evidence_certificate){.index = index};
	ret->der.len = read->der_len;
	memcpy(ret->der.data, data->data, read->der_len);
	memcpy(ret->subject, read->subject, sizeof(ret->subject));
	memcpy(ret->issuer, read->issuer, sizeof(ret->issuer));
	memcpy(ret->serial, read->serial, sizeof(ret->serial));
	memcpy(ret->not_after, read->not_after, sizeof(ret->not_after));
	ret->sha256.len = sizeof(read->sha256);
	memcpy(ret->sha256.data, read->sha256, sizeof(read->sha256));
	ret->type = read->key.alg;
	ret->bits = read->key.bits;
	ret->curve = read->key.curve;
	match_ek(ret, &read->key, &evidence->eks);
	return 0;
}

/* Appends what the index holds. Other things have their place in the range too (templates and
 * nonces, EK Credential Profile section 2.2.1.4): they are passed over, but not where nothing but a
 * certificate may stand. */
static int read_certificate(
	struct collect_run *run, const struct evidence_nv_index *index, struct error *err)
{
	struct evidence_certificates *list = &run->evidence->certificates;
	struct crypto_certificate read;
	struct properties properties;
	BUF_SCOPED data = {0};
	int rc;

	properties_decode(run->evidence, &properties);
	rc = tpm_read_nv_data(run->tpm, index, properties.is_owner_auth_set, &data, err);
	if (rc)
		return rc;
	rc = crypto_certificate_read(data.data, data.len, &read, err);
	if (rc == -ERROR_MALFORMED)
		return ek_template_of_index(index->index)
			       ? error_set(err, ERROR_UNSUPPORTED, "it holds no certificate")
			       : 0;
	if (rc)
		return rc;
	if (list->certificates.count == EVIDENCE_CERTIFICATES_MAX)
		return error_set(err, ERROR_TOO_LARGE, "more than %d certificates",
			EVIDENCE_CERTIFICATES_MAX);
	rc = keep_certificate(run->evidence, index->index, &data, &read,
		&list->certificates.items[list->certificates.count], err);
	list->certificates.count += !rc;
	return rc;
}

static bool is_of_interest(uint32_t index)
{
	return tcg_is_ek_certificate(index) || tcg_is_ek_chain(index);
}

/* What ends the part, and not only the look at one index. */
static bool is_of_all(const struct collect_run *run, const struct error *err)
{
	struct error fault;

	return err->code == ERROR_NO_MEMORY || err->code == ERROR_TPM_FAILURE ||
	       tpm_is_dead(run->tpm, &fault);
}

static int read_index(
	struct collect_run *run, const struct evidence_nv_index *listed, struct error *err)
{
	struct evidence_certificates *list = &run->evidence->certificates;
	struct evidence_nv_index index = *listed;
	int rc = 0;

	/* Only listed so far: asked again, the TPM says why. */
	if (!index.name.len)
		rc = tpm_read_nv_public(run->tpm, listed->index, &index, err);
	if (!rc && index.is_written)
		rc = read_certificate(run, &index, err);
	if (!rc || is_of_all(run, err))
		return rc;
	if (list->unread.count == EVIDENCE_UNREAD_MAX)
		return error_wrap(err, "more than %d indices that cannot be read; the last",
			EVIDENCE_UNREAD_MAX);
	list->unread.items[list->unread.count++] =
		(struct evidence_unread){.index = listed->index, .error = *err};
	return 0;
}

/* The range of certificates by itself, where the list of all indices could not be had. */
static int read_range(struct collect_run *run, struct error *err)
{
	uint32_t handles[EVIDENCE_NV_MAX];
	size_t count = 0;
	int rc = tpm_list_handles(run->tpm, TCG_NV_EK_CERT_FIRST, TCG_NV_EK_CERT_LAST, handles,
		EVIDENCE_NV_MAX, &count, err);

	for (size_t i = 0; !rc && i < count; i++)
		rc = read_index(run, &(struct evidence_nv_index){.index = handles[i]}, err);
	return rc;
}

int collect_read_certificates(struct collect_run *run, struct error *err)
{
	const struct evidence_nv *nv = &run->evidence->nv;
	int rc = 0;

	if (nv->part.state != PART_READ)
		rc = read_range(run, err);
	for (size_t i = 0; !rc && i < nv->indices.count; i++) {
		if (is_of_interest(nv->indices.items[i].index))
			rc = read_index(run, &nv->indices.items[i], err);
	}
	if (!rc)
		match_others(run);
	return rc;
}
