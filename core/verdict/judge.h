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

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/evidence/evidence.h"
#include "core/signed/attest.h"
#include "core/status.h"
#include "core/verdict/reasons.h"

enum continuity {
	CONTINUITY_UNVERIFIED = 0, /* signature, nonce or key binding not proven, or no access */
	CONTINUITY_FIRST_SEEN,     /* no baseline yet */
	CONTINUITY_CONTINUOUS,     /* same TPM, no reset since the baseline */
	CONTINUITY_RESTARTED,      /* counters advanced as an orderly or saved restart does */
	CONTINUITY_CRASHED,     /* reset without orderly shutdown; the clock may have gone back */
	CONTINUITY_CLEARED,     /* same EK, new owner seed */
	CONTINUITY_REPLACED,    /* other endorsement seed: a new vTPM */
	CONTINUITY_CLONED,      /* another VM's vTPM, or a copy of this one's in another VM */
	CONTINUITY_ROLLED_BACK, /* counters, clock or beacon behind what was seen */
	CONTINUITY_RESET_UNDER_GUEST, /* same boot of the OS, but the TPM was reset */
	CONTINUITY_MISSING,
	CONTINUITY_UNRESPONSIVE,
	CONTINUITY_FAILED,
	CONTINUITY_COUNT,
};

/* What was announced to happen between baseline and evidence. */
enum event {
	EVENT_NONE = 0,
	EVENT_LIVE_MIGRATION,
	EVENT_SOFT_REBOOT,
	EVENT_HARD_REBOOT,
	EVENT_COLD_MIGRATION,
	EVENT_RESUME,
	EVENT_CLEAR,
	EVENT_COUNT,
};

struct reason {
	enum reason_code code;
	char sentence[256]; /* for a person; may quote foreign strings: escape at the exit */
};

#define VERDICT_REASONS_MAX 16

struct verdict {
	enum verdict_status status;
	enum continuity continuity;
	enum event event;
	bool is_quote_verified; /* clock and PCRs are proven */
	bool is_obfuscated;     /* but not counters and firmware version: only how far they went */
	size_t reason_count;    /* at least 1; the first is the decisive one */
	struct reason reasons[VERDICT_REASONS_MAX];
};

/* What the signatures in a document must be for. */
struct continuity_nonces {
	struct crypto_bytes quote;  /* the quote's qualifyingData; none: what the evidence names */
	struct crypto_bytes beacon; /* the certified beacon's; none: the quote's */
};

/* A document and what came of verifying its signatures; to be compared as often as needed. */
struct continuity_side {
	const struct evidence *evidence; /* borrowed */
	bool is_verified;
	enum reason_code fault;    /* else: REASON_NO_QUOTE or REASON_BAD_QUOTE, */
	struct error error;        /* and what is wrong */
	struct attest_quote quote; /* the signed facts */
};

/* Verifies a document's quote, and its beacon where it has one. `nonces` may be NULL: both as the
 * document names them. */
void continuity_verify(const struct evidence *evidence, const struct continuity_nonces *nonces,
	struct continuity_side *ret_side);

/* The same for a document that its keeper verified when he took it and has kept unchanged since:
 * only reads what is signed. */
void continuity_recall(const struct evidence *evidence, struct continuity_side *ret_side);

/* Judges `side` against `baseline`, or alone when that is NULL. */
void continuity_compare(const struct continuity_side *baseline, const struct continuity_side *side,
	enum event event, struct verdict *ret_verdict);

/* Both steps at once: judges `evidence` against `baseline`, or alone when that is NULL. Both quotes
 * are verified first; `nonce` is what the evidence's must be for, or NULL to take the one it names.
 */
void continuity_judge(const struct evidence *baseline, const struct evidence *evidence,
	enum event event, const uint8_t *nonce, size_t nonce_len, struct verdict *ret_verdict);

/* A verdict of one reason, without any comparison. `fmt` as printf's. */
void continuity_conclude(struct verdict *ret_verdict, enum continuity continuity, enum event event,
	enum reason_code code, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Is `evidence` from another machine altogether than `baseline`: another SMBIOS UUID and another
 * vTPM? So it is with a clone of an image that was baked with a baseline in it. A new vTPM behind
 * the same UUID is no such case, nor is the same vTPM behind a new UUID: those are for
 * continuity_judge(). */
bool continuity_is_other_vm(const struct evidence *baseline, const struct evidence *evidence);

/* Does the new evidence become what the next one is compared with? Never over a broken state. */
bool continuity_moves_baseline(const struct verdict *verdict);

/* "continuous", "live-migration": stable names, never NULL. */
const char *continuity_name(enum continuity continuity);
const char *event_name(enum event event);

/* The event of a name; EVENT_COUNT for any other word. */
enum event event_parse(const char *name);

/* One sentence for the headline, such as "the same vTPM, not reset since the baseline". */
const char *continuity_sentence(enum continuity continuity);

/* A new JSON object with EAR's "ear.status" and our own members (docs/verdicts.md), or NULL when
 * memory is short. */
json_t *verdict_to_json(const struct verdict *verdict);

/* Reads that object back. A status not known here is VERDICT_NONE; a reason not known here keeps
 * its sentence, as REASON_COUNT. Errors: MALFORMED; UNSUPPORTED for an unknown continuity. */
int verdict_from_json(const json_t *json, struct verdict *ret_verdict, struct error *err);

#endif
