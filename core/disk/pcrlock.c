/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/pcrlock.h"

#include <stdbool.h>
#include <string.h>

#include "core/json/tree.h"
#include "core/text.h"

static int read_value(
	const struct json_node *text, struct pcrlock *pcrlock, size_t pcr, struct error *err)
{
	const size_t size = tcg_digest_size(pcrlock->bank), at = pcrlock->allowed[pcr].count;
	long len;

	if (at == PCRLOCK_VALUES_MAX)
		return error_set(err, ERROR_TOO_LARGE,
			"pcrlock.json: more than %d values of PCR %zu", PCRLOCK_VALUES_MAX, pcr);
	if (text->kind != JSON_NODE_STRING)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json: a value that is no text");
	len = text_unhex(text->text, text->len, pcrlock->allowed[pcr].values[at], size);
	if (len != (long)size)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json: a value of another size");
	pcrlock->allowed[pcr].count++;
	return 0;
}

static int read_pcr(const struct json_node *node, struct pcrlock *pcrlock, struct error *err)
{
	const struct json_node *number = json_node_member(node, "pcr");
	const struct json_node *values = json_node_member(node, "values");
	int rc = 0;
	size_t pcr;

	if (!number || number->kind != JSON_NODE_INTEGER || number->integer < 0)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json: a PCR that there is not");
	if (number->integer >= TCG_PCR_COUNT || pcrlock->pcrs & 1U << number->integer)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json: a PCR that there is not");
	pcr = (size_t)number->integer;
	if (!values || values->kind != JSON_NODE_ARRAY || !values->first)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json: PCR %zu without values", pcr);
	for (const struct json_node *at = values->first; !rc && at; at = at->next)
		rc = read_value(at, pcrlock, pcr, err);
	pcrlock->pcrs |= 1U << pcr;
	return rc;
}

int pcrlock_read(const char *json, size_t len, struct pcrlock *ret_pcrlock, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	struct pcrlock pcrlock = {0};
	const struct json_node *pcrs;
	const char *bank;
	int rc = json_tree_parse(json, len, PCRLOCK_MAX, &tree, err);

	/* jansson's words quote the file, and would go into evidence. */
	if (rc == -ERROR_MALFORMED)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json is not JSON");
	if (rc)
		return error_wrap(err, "pcrlock.json");
	bank = json_node_text(json_node_member(tree.root, "pcrBank"));
	pcrlock.bank = bank ? (uint16_t)tcg_alg_parse(bank, TCG_ALG_NULL) : TCG_ALG_SHA256;
	if (!tcg_digest_size(pcrlock.bank))
		return error_set(err, ERROR_UNSUPPORTED, "pcrlock.json: a bank that is not known");
	pcrs = json_node_member(tree.root, "pcrValues");
	if (!pcrs || pcrs->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED, "pcrlock.json: no pcrValues");
	for (const struct json_node *at = pcrs->first; !rc && at; at = at->next)
		rc = read_pcr(at, &pcrlock, err);
	if (!rc)
		*ret_pcrlock = pcrlock;
	return rc;
}

/* All PCRs with one value at once. */
static int add_single_values(
	const struct pcrlock *pcrlock, struct policy *policy, struct error *err)
{
	struct tcg_pcr_bank bank = {.alg = pcrlock->bank};

	for (size_t pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		if (pcrlock->allowed[pcr].count != 1)
			continue;
		bank.pcrs |= 1U << pcr;
		memcpy(bank.values[pcr], pcrlock->allowed[pcr].values[0], TCG_DIGEST_MAX);
	}
	return bank.pcrs ? policy_pcr(policy, &bank, bank.pcrs, err) : 0;
}

static int add_alternatives(
	const struct pcrlock *pcrlock, size_t pcr, struct policy *policy, struct error *err)
{
	struct policy branches[PCRLOCK_VALUES_MAX];
	struct tcg_pcr_bank bank = {.alg = pcrlock->bank, .pcrs = 1U << pcr};
	const size_t count = pcrlock->allowed[pcr].count;
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++) {
		branches[i] = *policy;
		memcpy(bank.values[pcr], pcrlock->allowed[pcr].values[i], TCG_DIGEST_MAX);
		rc = policy_pcr(&branches[i], &bank, bank.pcrs, err);
	}
	return rc ? rc : policy_or(policy, branches, count, err);
}

int pcrlock_digest(const struct pcrlock *pcrlock, struct policy *ret_policy, struct error *err)
{
	struct policy policy = {.alg = TCG_ALG_SHA256};
	int rc = add_single_values(pcrlock, &policy, err);

	for (size_t pcr = 0; !rc && pcr < TCG_PCR_COUNT; pcr++) {
		if (pcrlock->allowed[pcr].count > 1)
			rc = add_alternatives(pcrlock, pcr, &policy, err);
	}
	if (!rc)
		*ret_policy = policy;
	return rc;
}

static bool is_allowed(const struct pcrlock *pcrlock, size_t pcr, const uint8_t *value)
{
	for (size_t i = 0; i < pcrlock->allowed[pcr].count; i++) {
		const uint8_t *allowed = pcrlock->allowed[pcr].values[i];

		if (memcmp(allowed, value, tcg_digest_size(pcrlock->bank)) == 0)
			return true;
	}
	return false;
}

uint32_t pcrlock_misfits(const struct pcrlock *pcrlock, const struct tcg_pcr_bank *bank)
{
	uint32_t misfits = 0;

	for (size_t pcr = 0; pcr < TCG_PCR_COUNT; pcr++) {
		bool is_asked = pcrlock->pcrs & 1U << pcr;

		if (is_asked && !is_allowed(pcrlock, pcr, bank->values[pcr]))
			misfits |= 1U << pcr;
	}
	return misfits;
}
