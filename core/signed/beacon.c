/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/beacon.h"

#include <string.h>

#include "core/signed/name.h"
#include "core/signed/quote.h"

static int make_name(uint32_t attributes, struct evidence_name *ret_name, struct error *err)
{
	BUF_SCOPED public = {0};

	/* TPMS_NV_PUBLIC: Part 2 section 13.5. */
	buf_append_u32be(&public, BEACON_INDEX);
	buf_append_u16be(&public, TCG_ALG_SHA256);
	buf_append_u32be(&public, attributes);
	buf_append_u16be(&public, 0); /* authPolicy */
	buf_append_u16be(&public, BEACON_BYTES);
	if (public.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a name");
	return name_make(
		TCG_ALG_SHA256, &(struct crypto_bytes){public.data, public.len}, 1, ret_name, err);
}

int beacon_name(struct evidence_name *ret_name, struct error *err)
{
	return make_name(BEACON_ATTRIBUTES | TCG_NV_WRITTEN, ret_name, err);
}

int beacon_is_ours(const struct evidence_nv_index *index, bool *ret_is_ours, struct error *err)
{
	struct evidence_name name = {0};
	int rc =
		make_name(BEACON_ATTRIBUTES | (index->is_written ? TCG_NV_WRITTEN : 0), &name, err);

	if (!rc)
		*ret_is_ours = name_is_same(&index->name, &name);
	return rc;
}

int beacon_verify(const struct evidence *evidence, const struct attest_quote *quote,
	const struct crypto_bytes *nonce, struct error *err)
{
	const struct crypto_bytes quotes_own = {quote->nonce, quote->nonce_len};
	const struct evidence_beacon *beacon = &evidence->beacon;
	struct evidence_name name = {0};
	struct attest_nv nv;
	int rc = attest_read_nv(beacon->attest.data, beacon->attest.len, &nv, err);

	if (!rc)
		rc = quote_verify_signed(&evidence->ak,
			&(struct crypto_bytes){beacon->attest.data, beacon->attest.len},
			&(struct crypto_bytes){beacon->signature.data, beacon->signature.len},
			&nv.signer, err);
	if (!rc)
		rc = beacon_name(&name, err);
	if (rc)
		return rc;
	if (!name_is_same(&nv.index_name, &name))
		return error_set(err, ERROR_CRYPTO, "what was certified is not the beacon's index");
	if (!nonce)
		nonce = &quotes_own;
	if (nv.nonce_len != nonce->len || memcmp(nv.nonce, nonce->bytes, nv.nonce_len) != 0)
		return error_set(err, ERROR_CRYPTO, "the beacon is not for this nonce");
	if (nv.reset_count != quote->reset_count || nv.restart_count != quote->restart_count)
		return error_set(err, ERROR_CRYPTO, "the beacon is of another boot of the TPM");
	if (nv.value != beacon->value)
		return error_set(err, ERROR_CRYPTO, "the beacon's value is not the one certified");
	return 0;
}
