/* SPDX-License-Identifier: BSD-2-Clause */
/* One report as it is judged, and what comes of it. */
#ifndef COLLECTOR_JUDGEMENT_TYPES_H
#define COLLECTOR_JUDGEMENT_TYPES_H

#include "collector/attestation/copies.h"
#include "collector/attestation/private.h"
#include "core/verdict/judge.h"

struct judgement {
	/* What is judged. */
	const struct challenge_claim *claim; /* NULL: a distress report */
	uint64_t head;               /* the VM's newest report when it was asked for; 0: none */
	uint64_t announcement_ms;    /* the one that it was asked for under, by its end; 0: none */
	struct copies_receipt shown; /* with its challenge */
	uint64_t alone_ms;           /* so long one of two copies must be heard alone */
	const struct continuity_side *side;
	const struct continuity_side *baseline; /* NULL: the VM has none */
	const char *owner;  /* another VM that these keys are known by; empty: none */
	bool has_authority; /* who brings it may speak for this VM */
	bool is_bound;      /* his credential is for this VM alone */
	struct store_sender sender;
	uint64_t
		challenged_ms; /* by the store's clock, when the challenge was given; 0: none was */
	uint32_t next_s;       /* within so long its sender promises the next one; 0: he does not */
	const struct enrol *enrol;
	bool is_lapsed; /* a VM of this UUID was forgotten, and no person decided it */
	uint64_t now_ms;
	/* What came of it. */
	struct verdict verdict;
	bool heeds;    /* it is judged by what an operator announced */
	bool is_kept;  /* it is written as a report */
	bool is_claim; /* instead, `kept_claim` is: keys that are not the VM's, and nobody vouches
			*/
	struct store_claim kept_claim;
	bool moves_baseline;
	struct store_acceptance accepted; /* its sender is told of; number 0: of none */
};

#endif
