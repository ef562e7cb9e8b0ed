/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence bound to a collector's challenge. */
#include "agent/collect/bound.h"

#include "agent/collect/quote.h"
#include "core/signed/name.h"
#include "platform/guest.h"
#include "platform/system.h"

/* The EK that the challenge's credential is for. */
static int find_ek(
	const struct collect_run *run, const struct evidence_key **ret_ek, struct error *err)
{
	const struct evidence_name *wanted = &run->binding->ek_name;
	const struct evidence_eks *eks = &run->evidence->eks;
	size_t i = 0;

	while (i < eks->keys.count && !name_is_same(&eks->keys.items[i].name, wanted))
		i++;
	if (i == eks->keys.count)
		return error_set(err, ERROR_MALFORMED,
			"the collector's credential is for none of this TPM's endorsement keys");
	*ret_ek = &eks->keys.items[i];
	return 0;
}

/* Everything of a bound run that needs the TPM; the attestation key is the one that was shown. */
static int bind(struct collect_run *run, uint8_t secret[BINDING_SECRET_SIZE], struct error *err)
{
	const struct binding *binding = run->binding;
	const struct evidence_name shown = run->evidence->ak.key.name;
	const struct evidence_key *ek = NULL;
	int rc = collect_load_ak(run, err);

	if (!rc && !name_is_same(&run->evidence->ak.key.name, &shown))
		rc = error_set(err, ERROR_MALFORMED, "the attestation key is another than before");
	if (!rc && binding->ek_name.len)
		rc = find_ek(run, &ek, err);
	if (!rc && ek)
		rc = tpm_activate(run->tpm, ek,
			&(struct crypto_bytes){binding->id_object.data, binding->id_object.len},
			&(struct crypto_bytes){
				binding->encrypted_secret.data, binding->encrypted_secret.len},
			secret, BINDING_SECRET_SIZE, err);
	if (rc)
		return rc;
	run->secret = (struct crypto_bytes){secret, ek ? BINDING_SECRET_SIZE : 0};
	rc = collect_read_beacon(run, err);
	if (rc != COLLECT_NOTHING_THERE)
		collect_settle(&run->evidence->beacon.part, rc, err);
	rc = collect_read_pcrs(run, err);
	if (rc)
		return rc;
	if (run->evidence->quote.part.state != PART_READ)
		return error_copy(err, &run->evidence->quote.part.error);
	return run->evidence->pcrs.is_consistent
		       ? 0
		       : error_set(err, ERROR_IO,
				 "PCRs are extended faster than they can be quoted; try again");
}

static int open_tpm(struct collect_run *run, struct error *err)
{
	uint64_t deadline_us = platform_monotonic_us() + (uint64_t)run->options->timeout_ms * 1000;
	struct transport *transport = NULL;
	int rc = platform_transport_start(
		run->options->tcti, &run->evidence->device, deadline_us, &transport, err);

	return rc ? rc : tpm_open(transport, &run->tpm, err);
}

int collect_bound(const struct collect_options *options, const struct binding *binding,
	struct evidence *evidence, struct buf *ret_document, struct error *err)
{
	const struct collect_options bound = {
		.tcti = options->tcti,
		.timeout_ms = options->timeout_ms,
		.nonce = binding->nonce,
		.nonce_len = sizeof(binding->nonce),
		.advances_beacon = options->advances_beacon,
	};
	struct collect_run run = {.options = &bound,
		.evidence = evidence,
		.binding = binding,
		.document = ret_document};
	uint8_t secret[BINDING_SECRET_SIZE];
	struct error fault;
	int rc = open_tpm(&run, err);

	if (rc) {
		collect_settle(&evidence->session.part, rc, err);
		return rc;
	}
	rc = bind(&run, secret, err);
	if (tpm_is_dead(run.tpm, &fault))
		collect_settle(&evidence->session.part, -1, &fault);
	collect_log_commands(run.tpm);
	collect_close(&run);
	return rc;
}
