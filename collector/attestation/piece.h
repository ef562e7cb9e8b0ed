/* SPDX-License-Identifier: BSD-2-Clause */
/* A piece of evidence with its signatures: as it was sent, or as it was stored. */
#ifndef COLLECTOR_PIECE_H
#define COLLECTOR_PIECE_H

#include "collector/attestation/protocol.h"
#include "core/verdict/judge.h"

struct piece {
	struct evidence *evidence;
	struct continuity_side side;
};

void piece_free(struct piece *piece);

/* What was sent, with its quote, not verified yet. Errors: those of evidence_read(). */
int piece_read(struct piece *piece, const struct protocol_report *sent, struct error *err);

/* The baseline was verified before it was stored, and is not verified again at each report: if its
 * hash is still the one in the VM's record, it has not changed. If it has changed, is gone (NULL)
 * or cannot be read, there is nothing to compare with, and side.error says so. */
int piece_recall(struct piece *piece, const struct store_appraisal *stored,
	const struct store_link *link, struct error *err);

#endif
