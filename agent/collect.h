/* SPDX-License-Identifier: BSD-2-Clause */
/* Collection: one run over guest and TPM, from first look to quote. */
#ifndef AGENT_COLLECT_H
#define AGENT_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/evidence.h"

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

#endif
