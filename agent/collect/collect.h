/* SPDX-License-Identifier: BSD-2-Clause */
/* Collection: one run over guest and TPM, from first look to quote. */
#ifndef AGENT_COLLECT_COLLECT_H
#define AGENT_COLLECT_COLLECT_H

#include "agent/collect/options.h"
#include "core/error.h"
#include "core/evidence/evidence.h"

/* Collects everything that can be read. A part that cannot be read says why, and the rest still
 * comes; so this fails only when memory is short. The caller frees the result. */
int collect_evidence(
	const struct collect_options *options, struct evidence **ret_evidence, struct error *err);

#endif
