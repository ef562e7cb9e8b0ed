/* SPDX-License-Identifier: BSD-2-Clause */
/* Collection: one run over guest and TPM, from first look to quote. */
#ifndef AGENT_COLLECT_H
#define AGENT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/binding.h"

struct collect_options {
	const char *tcti;     /* as platform_transport_start() takes it, or NULL */
	uint32_t timeout_ms;  /* for the whole collection */
	const uint8_t *nonce; /* the quote's qualifyingData; NULL: fresh random bytes */
	size_t nonce_len;     /* at most EVIDENCE_NONCE_MAX */
	bool advances_beacon; /* increment the beacon, where there is one, before it is read */
	uint64_t beacon_seen; /* but not one that stands below this: it would catch up */
};

/* Collects everything that can be read. A part that cannot be read says why, and the rest still
 * comes; so this fails only when memory is short. The caller frees the result. */
int collect_evidence(
	const struct collect_options *options, struct evidence **ret_evidence, struct error *err);

/* Binds collected evidence to a challenge (docs/protocol.md): opens the TPM again, activates the
 * credential, certifies the beacon for the challenge's nonce, reads the PCRs, appends the document
 * without a quote to ret_document, and takes the quote over challenge, secret and these very bytes;
 * again where PCRs were extended in between. So no TPM is held open while a network is waited for.
 *
 * Errors: those of the TPM; MALFORMED where the credential is for no EK of this evidence; IO where
 * PCRs do not hold still. When the TPM went away, evidence->session says so. */
int collect_bound(const struct collect_options *options, const struct binding *binding,
	struct evidence *evidence, struct buf *ret_document, struct error *err);

#endif
