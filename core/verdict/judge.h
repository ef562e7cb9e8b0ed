/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The verdict: is this still the same vTPM as in the baseline, in a state that the announced event
 * allows? A pure function: no I/O, no clock of its own. docs/verdicts.md explains each outcome.
 *
 * What may change at which event was measured on swtpm and libtpms; the semantics are Part 1
 * section 36 (clock, resetCount, restartCount) and Part 3 section 9 (Startup, Shutdown).
 */
#ifndef CORE_VERDICT_JUDGE_H
#define CORE_VERDICT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/crypto.h"
#include "core/error.h"
#include "core/evidence/evidence.h"
#include "core/signed/attest.h"
#include "core/verdict/verdict.h"

/* What the signatures in a document must be for. */
struct continuity_nonces {
	struct crypto_bytes quote;      /* the nonce; none: the one that the evidence names */
	struct crypto_bytes qualifying; /* of a report, in its place: qualifyingData itself */
	struct crypto_bytes beacon;     /* the certified beacon's; none: the quote's */
};

/* A document and the outcome of verifying its signatures, to be compared as often as needed. */
struct continuity_side {
	const struct evidence *evidence; /* borrowed */
	bool is_verified;
	enum reason_code fault;    /* else: REASON_NO_QUOTE or REASON_BAD_QUOTE, */
	struct error error;        /* and what is wrong */
	struct attest_quote quote; /* the signed facts */
	/* Its challenge was given before the baseline was kept, so it may be the older of the two.
	 * Set by whoever knows the order of challenges; a document's sender does not. */
	bool was_asked_before;
	bool is_order_known; /* false: what looks like an overlap may be one */
};

/* Verifies a document's quote, and its beacon where it has one. `nonces` may be NULL: both as the
 * document names them. */
void continuity_verify(const struct evidence *evidence, const struct continuity_nonces *nonces,
	struct continuity_side *ret_side);

/* The same for a document whose keeper verified it on arrival and has kept it unchanged: only reads
 * what is signed. */
void continuity_recall(const struct evidence *evidence, struct continuity_side *ret_side);

/* Judges `side` against `baseline`, or alone when that is NULL. */
void continuity_compare(const struct continuity_side *baseline, const struct continuity_side *side,
	enum event event, struct verdict *ret_verdict);

/* Both steps at once: verifies both quotes, then judges `evidence` against `baseline`, or
 * alone when that is NULL. `nonce` is what the evidence's quote must be for; NULL takes the
 * one it names. */
void continuity_judge(const struct evidence *baseline, const struct evidence *evidence,
	enum event event, const uint8_t *nonce, size_t nonce_len, struct verdict *ret_verdict);

/* Is `evidence` from an altogether different machine than `baseline`: another SMBIOS UUID and
 * another vTPM? A VM cloned from an image with a baseline in it is such a case. A new vTPM behind
 * the same UUID is not, nor is the same vTPM behind a new UUID: continuity_judge() decides on
 * those. */
bool continuity_is_other_vm(const struct evidence *baseline, const struct evidence *evidence);

#endif
