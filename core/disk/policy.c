/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/policy.h"

#include <string.h>

/* TPM_CC, Part 2 section 6.5, as it goes into the digest. */
static const uint8_t cc_policy_pcr[] = {0, 0, 0x01, 0x7f};
static const uint8_t cc_policy_auth_value[] = {0, 0, 0x01, 0x6b};
static const uint8_t cc_policy_authorize[] = {0, 0, 0x01, 0x6a};
static const uint8_t cc_policy_or[] = {0, 0, 0x01, 0x71};
static const uint8_t cc_policy_authorize_nv[] = {0, 0, 0x01, 0x92};

#define SELECT_SIZE (TCG_PCR_COUNT / 8)

/* Part 3, 23.7.1: the digest is over the values in the order of their numbers, by the hash of the
 * session, whatever the bank's is. */
static int digest_values(uint16_t alg, const struct tcg_pcr_bank *bank, uint32_t pcrs,
	uint8_t ret_digest[TCG_DIGEST_MAX], struct error *err)
{
	struct crypto_bytes parts[TCG_PCR_COUNT];
	size_t count = 0;

	for (unsigned pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		if (pcrs & 1U << pcr)
			parts[count++] = (struct crypto_bytes){
				bank->values[pcr], tcg_digest_size(bank->alg)};
	}
	return crypto_digest(alg, parts, count, ret_digest, err);
}

int policy_pcr(
	struct policy *policy, const struct tcg_pcr_bank *bank, uint32_t pcrs, struct error *err)
{
	/* TPML_PCR_SELECTION with one TPMS_PCR_SELECTION: Part 2 section 10.9.7. */
	const uint8_t selection[] = {0, 0, 0, 1, (uint8_t)(bank->alg >> 8), (uint8_t)bank->alg,
		SELECT_SIZE, (uint8_t)pcrs, (uint8_t)(pcrs >> 8), (uint8_t)(pcrs >> 16)};
	const size_t size = tcg_digest_size(policy->alg);
	uint8_t values[TCG_DIGEST_MAX], next[TCG_DIGEST_MAX];
	const struct crypto_bytes parts[] = {{policy->digest, size},
		{cc_policy_pcr, sizeof(cc_policy_pcr)}, {selection, sizeof(selection)},
		{values, size}};
	int rc = digest_values(policy->alg, bank, pcrs, values, err);

	if (!rc)
		rc = crypto_digest(policy->alg, parts, 4, next, err);
	if (!rc)
		memcpy(policy->digest, next, size);
	return rc;
}

int policy_auth_value(struct policy *policy, struct error *err)
{
	const size_t size = tcg_digest_size(policy->alg);
	const struct crypto_bytes parts[] = {
		{policy->digest, size}, {cc_policy_auth_value, sizeof(cc_policy_auth_value)}};
	uint8_t next[TCG_DIGEST_MAX];
	int rc = crypto_digest(policy->alg, parts, 2, next, err);

	if (!rc)
		memcpy(policy->digest, next, size);
	return rc;
}

int policy_authorize(struct policy *policy, const struct crypto_bytes *name, struct error *err)
{
	static const uint8_t zeros[TCG_DIGEST_MAX];
	const size_t size = tcg_digest_size(policy->alg);
	const struct crypto_bytes parts[] = {
		{zeros, size}, {cc_policy_authorize, sizeof(cc_policy_authorize)}, *name};
	uint8_t keyed[TCG_DIGEST_MAX], next[TCG_DIGEST_MAX];
	const struct crypto_bytes referred = {keyed, size}; /* and an empty policyRef */
	int rc = crypto_digest(policy->alg, parts, 3, keyed, err);

	if (!rc)
		rc = crypto_digest(policy->alg, &referred, 1, next, err);
	if (!rc)
		memcpy(policy->digest, next, size);
	return rc;
}

int policy_or(struct policy *policy, const struct policy *branches, size_t count, struct error *err)
{
	static const uint8_t zeros[TCG_DIGEST_MAX];
	const size_t size = tcg_digest_size(policy->alg);
	struct crypto_bytes parts[POLICY_BRANCHES_MAX + 2] = {
		{zeros, size}, {cc_policy_or, sizeof(cc_policy_or)}};
	uint8_t next[TCG_DIGEST_MAX];
	int rc;

	if (count > POLICY_BRANCHES_MAX)
		return error_set(
			err, ERROR_TOO_LARGE, "more than %d policies in one", POLICY_BRANCHES_MAX);
	for (size_t i = 0; i < count; i++)
		parts[i + 2] = (struct crypto_bytes){branches[i].digest, size};
	rc = crypto_digest(policy->alg, parts, count + 2, next, err);
	if (!rc)
		memcpy(policy->digest, next, size);
	return rc;
}

int policy_authorize_nv(struct policy *policy, const struct crypto_bytes *name, struct error *err)
{
	static const uint8_t zeros[TCG_DIGEST_MAX];
	const size_t size = tcg_digest_size(policy->alg);
	const struct crypto_bytes parts[] = {
		{zeros, size}, {cc_policy_authorize_nv, sizeof(cc_policy_authorize_nv)}, *name};
	uint8_t next[TCG_DIGEST_MAX];
	int rc = crypto_digest(policy->alg, parts, 3, next, err);

	if (!rc)
		memcpy(policy->digest, next, size);
	return rc;
}
