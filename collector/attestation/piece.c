/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/piece.h"

#include <inttypes.h>
#include <string.h>

#include "collector/json_simd.h"
#include "collector/proof/quote_put.h"

void piece_free(struct piece *piece)
{
	evidence_free(piece->evidence);
}

static int read_evidence(
	const struct crypto_bytes *bytes, struct evidence **ret_evidence, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	int rc = json_simd_parse(bytes->bytes, bytes->len, EVIDENCE_MAX_BYTES, &tree, err);

	if (!rc)
		return evidence_read(tree.root, ret_evidence, err);
	error_wrap(err, "evidence");
	return rc;
}

int piece_recall(struct piece *piece, const struct store_appraisal *stored,
	const struct store_link *link, struct error *err)
{
	struct error *why = &piece->side.error;
	uint8_t hash[STORE_HASH_SIZE];
	int rc = stored ? store_appraisal_hash(stored, hash, err) : 0;

	if (rc)
		return rc;
	if (!stored || memcmp(hash, link->hash, sizeof(hash)) != 0) {
		error_set(why, ERROR_CRYPTO, "report %" PRIu64 " is %s", link->id,
			stored ? "not what its hash is of" : "not in the store any more");
		return 0;
	}
	rc = read_evidence(&stored->evidence, &piece->evidence, why);
	if (rc)
		return rc == -ERROR_NO_MEMORY ? error_copy(err, why) : 0;
	quote_put(&piece->evidence->quote, &stored->attest, &stored->signature);
	continuity_recall(piece->evidence, &piece->side);
	return 0;
}

int piece_read(struct piece *piece, const struct protocol_report *sent, struct error *err)
{
	const struct crypto_bytes evidence = {sent->evidence.data, sent->evidence.len};
	const struct crypto_bytes attest = {sent->quote.attest.data, sent->quote.attest.len};
	const struct crypto_bytes signature = {
		sent->quote.signature.data, sent->quote.signature.len};
	int rc = read_evidence(&evidence, &piece->evidence, err);

	if (!rc)
		quote_put(&piece->evidence->quote, &attest, &signature);
	return rc;
}
