/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/signed/quote.h"

#include <string.h>

#include "core/crypto/crypto.h"
#include "core/reader.h"
#include "core/signed/binding.h"
#include "core/signed/name.h"
#include "core/signed/public_area.h"

/* TPM_RH_ENDORSEMENT and TPM_RH_OWNER: Part 2 section 7.4. */
static const struct hierarchy {
	const char *name;
	uint8_t handle[4];
	bool obfuscates;
} hierarchies[] = {
	{EVIDENCE_ENDORSEMENT, {0x40, 0x00, 0x00, 0x0b}, false},
	{EVIDENCE_OWNER, {0x40, 0x00, 0x00, 0x01}, true},
};

static const struct hierarchy *find_hierarchy(const char *name)
{
	for (size_t i = 0; i < sizeof(hierarchies) / sizeof(hierarchies[0]); i++) {
		if (strcmp(hierarchies[i].name, name) == 0)
			return &hierarchies[i];
	}
	return NULL;
}

int quote_read_key(const struct evidence_key *key, struct public_area *ret_area, struct error *err)
{
	const uint32_t wanted = PUBLIC_AREA_FIXED_TPM | PUBLIC_AREA_FIXED_PARENT |
				PUBLIC_AREA_SENSITIVE_DATA_ORIGIN | PUBLIC_AREA_RESTRICTED |
				PUBLIC_AREA_SIGN;
	struct public_area area;
	struct evidence_name name;
	bool is_p256, is_ecdsa;
	int rc = public_area_read(key->public_area.data, key->public_area.len, &area, err);

	if (rc)
		return rc;
	is_p256 = area.key.alg == TCG_ALG_ECC && area.key.curve == TCG_CURVE_P256;
	is_ecdsa = area.scheme == TCG_ALG_ECDSA && area.scheme_hash == TCG_ALG_SHA256;
	if (!is_p256 || !is_ecdsa)
		return error_set(err, ERROR_UNSUPPORTED,
			"the attestation key is not ECC P-256 with ECDSA and SHA-256");
	if ((area.attributes & (wanted | PUBLIC_AREA_DECRYPT)) != wanted)
		return error_set(err, ERROR_CRYPTO,
			"the attestation key is not a restricted signing key fixed to its TPM");
	rc = name_make(area.name_alg,
		&(struct crypto_bytes){key->public_area.data, key->public_area.len}, 1, &name, err);
	if (rc)
		return rc;
	if (!name_is_same(&name, &key->name))
		return error_set(err, ERROR_CRYPTO,
			"the attestation key's name is not that of its public area");
	*ret_area = area;
	return 0;
}

/* The key's place in its hierarchy is part of what it signs. */
static int check_signer(
	const struct evidence_ak *ak, const struct evidence_name *signer, struct error *err)
{
	const struct hierarchy *hierarchy = find_hierarchy(ak->hierarchy);
	const struct evidence_name *name = &ak->key.name;
	struct evidence_name qualified;
	int rc;

	if (!hierarchy)
		return error_set(err, ERROR_UNSUPPORTED,
			"the attestation key is neither the endorsement's nor the owner's");
	rc = name_make(TCG_ALG_SHA256,
		(struct crypto_bytes[]){
			{hierarchy->handle, sizeof(hierarchy->handle)}, {name->data, name->len}},
		2, &qualified, err);
	if (rc)
		return rc;
	if (!name_is_same(&qualified, signer))
		return error_set(err, ERROR_CRYPTO,
			"the signer is not the attestation key in the %s hierarchy",
			hierarchy->name);
	return 0;
}

/* TPMT_SIGNATURE of ECDSA: Part 2 section 11.3.2. */
static int check_signature(const struct crypto_bytes *signed_bytes,
	const struct crypto_bytes *signature, const struct crypto_public *key, struct error *err)
{
	struct reader reader = reader_of(signature->bytes, signature->len);
	uint16_t scheme = reader_u16be(&reader), hash = reader_u16be(&reader);
	size_t r_len = reader_u16be(&reader);
	const uint8_t *r = reader_bytes(&reader, r_len);
	size_t s_len = reader_u16be(&reader);
	const uint8_t *s = reader_bytes(&reader, s_len);
	uint8_t digest[TCG_DIGEST_MAX];
	int rc;

	if (!reader_is_done(&reader) || scheme != TCG_ALG_ECDSA || hash != TCG_ALG_SHA256)
		return error_set(err, ERROR_MALFORMED, "the signature is not ECDSA with SHA-256");
	rc = crypto_digest(TCG_ALG_SHA256, signed_bytes, 1, digest, err);
	if (rc)
		return rc;
	return crypto_verify_ecdsa(key, digest, tcg_digest_size(TCG_ALG_SHA256),
		&(struct crypto_bytes){r, r_len}, &(struct crypto_bytes){s, s_len}, err);
}

int quote_verify_signed(const struct evidence_ak *ak, const struct crypto_bytes *signed_bytes,
	const struct crypto_bytes *signature, const struct evidence_name *signer, struct error *err)
{
	struct public_area area;
	int rc = quote_read_key(&ak->key, &area, err);

	if (!rc)
		rc = check_signer(ak, signer, err);
	if (!rc)
		rc = check_signature(signed_bytes, signature, &area.key, err);
	return rc;
}

/* The evidence's own reading was taken before the quote: nothing may have gone back since. */
static bool contradicts(const struct evidence_clock *clock, const struct attest_quote *quote)
{
	if (clock->part.state != PART_READ)
		return false;
	return clock->clock_ms > quote->clock_ms ||
	       (!quote->is_obfuscated && (clock->reset_count != quote->reset_count ||
						 clock->restart_count != quote->restart_count));
}

/* All but what the quote is for. */
static int verify(
	const struct evidence *evidence, struct attest_quote *ret_quote, struct error *err)
{
	const struct evidence_quote *quote = &evidence->quote;
	struct attest_quote attest;
	bool is_covered;
	int rc;

	if (evidence->ak.part.state != PART_READ || quote->part.state != PART_READ) {
		const struct record_part *part =
			evidence->ak.part.state == PART_FAILED ? &evidence->ak.part : &quote->part;

		return error_set(err, ERROR_NOT_FOUND, "no quote%s%s",
			part->state == PART_FAILED ? ": " : "", part->error.message);
	}
	rc = attest_read_quote(quote->attest.data, quote->attest.len, &attest, err);
	if (!rc)
		rc = quote_verify_signed(&evidence->ak,
			&(struct crypto_bytes){quote->attest.data, quote->attest.len},
			&(struct crypto_bytes){quote->signature.data, quote->signature.len},
			&attest.signer, err);
	if (rc)
		return rc;
	attest.is_obfuscated = find_hierarchy(evidence->ak.hierarchy)->obfuscates;
	is_covered = evidence->pcrs.part.state == PART_READ &&
		     attest_covers(&attest, &evidence->pcrs, TCG_ALG_SHA256);
	if (!is_covered)
		return error_set(err, ERROR_CRYPTO, "the quote is not over the PCR values shown");
	if (contradicts(&evidence->clock, &attest))
		return error_set(
			err, ERROR_CRYPTO, "counters and clock are not those the quote signs");
	*ret_quote = attest;
	return 0;
}

static bool is_for(const struct attest_quote *quote, const uint8_t *data, size_t len)
{
	return quote->nonce_len == len && memcmp(quote->nonce, data, len) == 0;
}

int quote_verify_qualified(const struct evidence *evidence, const struct crypto_bytes *qualifying,
	struct attest_quote *ret_quote, struct error *err)
{
	struct attest_quote quote;
	int rc = verify(evidence, &quote, err);

	if (!rc && !is_for(&quote, qualifying->bytes, qualifying->len))
		rc = error_set(err, ERROR_CRYPTO, "the quote is not for this nonce");
	if (!rc)
		*ret_quote = quote;
	return rc;
}

int quote_verify(const struct evidence *evidence, const uint8_t *nonce, size_t nonce_len,
	struct attest_quote *ret_quote, struct error *err)
{
	const struct crypto_bytes wanted = {nonce ? nonce : evidence->quote.nonce.data,
		nonce ? nonce_len : evidence->quote.nonce.len};
	uint8_t qualifying[BINDING_QUALIFYING_SIZE];
	struct attest_quote quote;
	bool is_right;
	int rc = verify(evidence, &quote, err);

	if (!rc)
		rc = binding_qualify_nonce(&wanted, qualifying, err);
	if (rc)
		return rc;
	/* Documents of before the two were told apart have the nonce itself. */
	is_right = is_for(&quote, qualifying, sizeof(qualifying)) ||
		   is_for(&quote, wanted.bytes, wanted.len);
	if (!is_right)
		return error_set(err, ERROR_CRYPTO, "the quote is not for this nonce");
	*ret_quote = quote;
	return 0;
}
