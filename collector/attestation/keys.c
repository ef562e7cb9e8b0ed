/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/keys.h"

#include <string.h>

#include "collector/metrics.h"
#include "core/signed/name.h"
#include "core/signed/public_area.h"
#include "core/signed/quote.h"
#include "platform/system.h"

/* What is looked at of each EK. */
struct candidate {
	const struct protocol_ek *ek;
	struct chain_cost *cost; /* of all of them */
	uint8_t fingerprint[STORE_HASH_SIZE];
	char distrust[sizeof(((struct challenge_claim *)0)->distrust)];
};

static int check_ak(
	struct evidence_name *ret_name, const struct protocol_public *ak, struct error *err)
{
	struct evidence_key key = {.public_area = {.len = ak->len}};
	struct public_area area;
	int rc;

	memcpy(key.public_area.data, ak->data, ak->len);
	rc = name_make(
		TCG_ALG_SHA256, &(struct crypto_bytes){ak->data, ak->len}, 1, &key.name, err);
	if (!rc)
		rc = quote_read_key(&key, &area, err);
	if (rc)
		return error_wrap(err, "ak");
	*ret_name = key.name;
	return 0;
}

static int fingerprint(struct candidate *candidate, struct error *err)
{
	const struct protocol_public *public_area = &candidate->ek->public_area;
	const struct crypto_bytes part = {public_area->data, public_area->len};
	uint8_t digest[TCG_DIGEST_MAX];
	int rc = crypto_digest(TCG_ALG_SHA256, &part, 1, digest, err);

	if (!rc)
		memcpy(candidate->fingerprint, digest, STORE_HASH_SIZE);
	return rc;
}

/* Whether the certificate is this EK's and speaks for this VM, as the policy ek-certificate asks.
 * If not, the text says why. It travels with the challenge and a person reads it in the end, so it
 * is printable. */
static bool check_certificate(const struct attestation *attestation,
	const struct protocol_challenge *asked, struct candidate *candidate)
{
	const struct protocol_ek *ek = candidate->ek;
	struct crypto_bytes chain[PROTOCOL_CHAIN_MAX];
	struct chain_request request = {.der = ek->certificate.data,
		.len = ek->certificate.len,
		.intermediates = chain,
		.intermediate_count = asked->chain.count,
		.now = (int64_t)(platform_wall_clock_ms() / 1000),
		.cost = candidate->cost};
	struct chain_identity identity;
	struct public_area area;
	struct error why;
	int rc = ek->certificate.len ? 0 : error_set(&why, ERROR_CRYPTO, "none was sent");

	for (size_t i = 0; i < asked->chain.count; i++)
		chain[i] = (struct crypto_bytes){
			asked->chain.items[i].data, asked->chain.items[i].len};
	if (!rc)
		rc = public_area_read(ek->public_area.data, ek->public_area.len, &area, &why);
	request.ek = &area.key;
	if (!rc)
		rc = trust_verify(attestation->trust, &request, &identity, &why);
	if (!rc && strcmp(identity.vm_uuid, asked->uuid) != 0)
		rc = error_set(&why, ERROR_CRYPTO, "it is of VM %s", identity.vm_uuid);
	if (rc)
		text_copy_ascii(candidate->distrust, sizeof(candidate->distrust), why.message,
			strlen(why.message));
	return rc == 0;
}

/* Whether the policy would enrol the VM for this EK. */
static bool is_wanted(const struct attestation *attestation, const struct protocol_challenge *asked,
	struct candidate *candidate)
{
	switch (enrol_policy(attestation->enrol)) {
	case ENROL_ALLOWLIST:
		return enrol_allows(attestation->enrol, asked->uuid, candidate->fingerprint);
	case ENROL_EK_CERTIFICATE:
		return check_certificate(attestation, asked, candidate);
	default:
		return false;
	}
}

static bool is_known(const struct candidate *candidate, const struct store_vm *vm)
{
	for (size_t i = 0; i < vm->ek_count; i++) {
		if (memcmp(candidate->fingerprint, vm->eks[i], STORE_HASH_SIZE) == 0)
			return true;
	}
	return false;
}

/* Whether something else than its sender says that this EK is the VM's, whatever the policy. */
static bool is_vouched_for(const struct attestation *attestation,
	const struct protocol_challenge *asked, struct candidate *candidate)
{
	if (enrol_policy(attestation->enrol) == ENROL_ALLOWLIST)
		return enrol_allows(attestation->enrol, asked->uuid, candidate->fingerprint);
	return candidate->ek && candidate->ek->certificate.len &&
	       check_certificate(attestation, asked, candidate);
}

static size_t choose(const struct attestation *attestation, const struct protocol_challenge *asked,
	const struct store_vm *vm, struct candidate *candidates, bool *ret_is_vouched_for)
{
	for (size_t i = 0; vm->enrolment != STORE_ENROLMENT_ACCEPTED && i < asked->eks.count; i++) {
		if (is_wanted(attestation, asked, &candidates[i]))
			return i;
	}
	for (size_t i = 0; i < asked->eks.count; i++) {
		if (is_known(&candidates[i], vm))
			return i;
	}
	for (size_t i = 0; vm->enrolment == STORE_ENROLMENT_ACCEPTED && i < asked->eks.count; i++) {
		*ret_is_vouched_for = is_vouched_for(attestation, asked, &candidates[i]);
		if (*ret_is_vouched_for)
			return i;
	}
	return 0;
}

bool keys_are_known(const struct protocol_challenge *asked, const struct store_vm *vm)
{
	for (size_t i = 0; i < asked->eks.count; i++) {
		struct candidate candidate = {.ek = &asked->eks.items[i]};
		struct error ignored;

		if (!fingerprint(&candidate, &ignored) && is_known(&candidate, vm))
			return true;
	}
	return false;
}

static void count_limits(const struct chain_cost *cost)
{
	if (cost->has_large_key)
		metrics_count_limit(LIMIT_KEY_SIZE);
	if (cost->has_spent_all)
		metrics_count_limit(LIMIT_VERIFICATIONS);
}

int keys_choose(const struct attestation *attestation, const struct protocol_challenge *asked,
	const struct store_vm *vm, struct challenge_claim *claim, size_t *ret_ek,
	bool *ret_is_proven, struct error *err)
{
	struct candidate candidates[STORE_EKS_MAX] = {0};
	struct chain_cost cost = {0};
	int rc = check_ak(&claim->ak_name, &asked->ak, err);
	size_t chosen;

	for (size_t i = 0; !rc && i < asked->eks.count; i++) {
		candidates[i].ek = &asked->eks.items[i];
		candidates[i].cost = &cost;
		rc = fingerprint(&candidates[i], err);
	}
	if (rc)
		return rc;
	claim->is_vouched_for = false;
	chosen = choose(attestation, asked, vm, candidates, &claim->is_vouched_for);
	count_limits(&cost);
	claim->ek.len = STORE_HASH_SIZE;
	memcpy(claim->ek.data, candidates[chosen].fingerprint, STORE_HASH_SIZE);
	memcpy(claim->distrust, candidates[chosen].distrust, sizeof(claim->distrust));
	*ret_ek = chosen;
	*ret_is_proven =
		is_known(&candidates[chosen], vm) && name_is_same(&vm->ak_name, &claim->ak_name);
	return 0;
}
