/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence bound to a collector's challenge. */
#ifndef AGENT_COLLECT_BOUND_H
#define AGENT_COLLECT_BOUND_H

#include "agent/collect/options.h"
#include "core/buf.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/binding.h"

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
