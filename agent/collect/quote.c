/* SPDX-License-Identifier: BSD-2-Clause */
/* What the attestation key signs: the beacon, and the PCRs, by themselves or with the document. */
#include "agent/collect/quote.h"

#include <jansson.h>
#include <string.h>

#include "core/json/text.h"
#include "core/signed/attest.h"
#include "core/signed/beacon.h"
#include "platform/system.h"

#define QUOTES_MAX 4 /* quotes before we say that the PCRs do not hold still */

/* Anybody may have chosen the nonce: it must not become what a report's quote is for. */
static int qualify_nonce(struct collect_run *run, struct error *err)
{
	const struct crypto_bytes nonce = run->qualifying;

	run->qualifying = (struct crypto_bytes){run->digest, sizeof(run->digest)};
	return binding_qualify_nonce(&nonce, run->digest, err);
}

int collect_load_ak(struct collect_run *run, struct error *err)
{
	const struct collect_options *options = run->options;
	struct evidence_quote *quote = &run->evidence->quote;
	int rc = 0;

	quote->nonce.len = options->nonce ? options->nonce_len : 32;
	if (options->nonce)
		memcpy(quote->nonce.data, options->nonce, options->nonce_len);
	else
		rc = platform_random(quote->nonce.data, quote->nonce.len, err);
	run->qualifying = (struct crypto_bytes){quote->nonce.data, quote->nonce.len};
	if (!rc && !run->binding)
		rc = qualify_nonce(run, err);
	return rc ? rc : tpm_load_ak(run->tpm, &run->evidence->ak, err);
}

/* The beacon of an older state stays as it is: with one step at each run it would soon be where the
 * state that was lost had been, and nothing would show the loss any more. */
int collect_read_beacon(struct collect_run *run, struct error *err)
{
	struct evidence_beacon *beacon = &run->evidence->beacon;
	const struct evidence_nv *nv = &run->evidence->nv;
	bool is_ours = false;
	size_t i = 0;
	int rc;

	while (i < nv->indices.count && nv->indices.items[i].index != BEACON_INDEX)
		i++;
	if (i == nv->indices.count || run->evidence->ak.part.state != PART_READ)
		return COLLECT_NOTHING_THERE;
	/* The empty authorization tried on another's index could raise the lockout counter. */
	rc = beacon_is_ours(&nv->indices.items[i], &is_ours, err);
	if (rc || !is_ours)
		return rc ? rc : COLLECT_NOTHING_THERE;
	rc = tpm_certify_beacon(run->tpm, &run->qualifying, beacon, err);
	if (rc || !run->options->advances_beacon || beacon->value < run->options->beacon_seen)
		return rc;
	rc = tpm_advance_beacon(run->tpm, err);
	beacon->is_advanced = !rc;
	return rc ? rc : tpm_certify_beacon(run->tpm, &run->qualifying, beacon, err);
}

/* What a bound quote is over: the document as it is now, its bytes printed once and for all. */
static int bind_document(struct collect_run *run, struct error *err)
{
	struct evidence_quote *quote = &run->evidence->quote;
	const struct crypto_bytes nonce = {run->binding->nonce, sizeof(run->binding->nonce)};
	json_t *json;

	quote->part = (struct record_part){0};
	json = evidence_to_json(run->evidence);
	run->document->len = 0;
	if (json)
		json_text_print(run->document, json, false);
	json_decref(json);
	if (!json || run->document->failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the document");
	quote->nonce.len = BINDING_QUALIFYING_SIZE;
	run->qualifying = (struct crypto_bytes){quote->nonce.data, quote->nonce.len};
	return binding_qualify(&nonce, &run->secret,
		&(struct crypto_bytes){run->document->data, run->document->len}, quote->nonce.data,
		err);
}

/* One quote over the PCR values just read; tells whether it is over these very values. */
static int take_quote(struct collect_run *run, bool *ret_covers, struct error *err)
{
	struct evidence_quote *quote = &run->evidence->quote;
	struct attest_quote attest;
	int rc = run->binding ? bind_document(run, err) : 0;

	if (!rc)
		rc = tpm_quote(run->tpm, &run->evidence->pcrs, &run->qualifying, quote, err);
	if (!rc)
		rc = attest_read_quote(quote->attest.data, quote->attest.len, &attest, err);
	if (!rc)
		*ret_covers = attest_covers(&attest, &run->evidence->pcrs, TCG_ALG_SHA256);
	return rc;
}

/* Values and quote of one moment: what is extended between reading and quoting shows in the quote's
 * digest, and both are taken again. */
int collect_read_pcrs(struct collect_run *run, struct error *err)
{
	struct evidence *evidence = run->evidence;
	bool can_quote = evidence->ak.part.state == PART_READ, covers = false;
	uint32_t rereads = 0;

	for (unsigned attempt = 0; attempt < QUOTES_MAX && !covers; attempt++) {
		struct error quote_err;
		int rc = tpm_read_pcrs(run->tpm, &evidence->pcrs, err);

		if (rc)
			return rc;
		rereads += evidence->pcrs.rereads + (attempt > 0);
		evidence->pcrs.rereads = rereads;
		collect_settle(&evidence->pcrs.part, 0,
			err); /* the document is printed before the quote */
		if (!can_quote)
			return 0;
		rc = take_quote(run, &covers, &quote_err);
		collect_settle(&evidence->quote.part, rc, &quote_err);
		if (rc)
			return 0;
	}
	evidence->pcrs.is_consistent = evidence->pcrs.is_consistent && covers;
	return 0;
}
