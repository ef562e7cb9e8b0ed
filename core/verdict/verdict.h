/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A verdict: what was concluded about a vTPM, and its words. docs/verdicts.md explains each. Each
 * list stands here once, and everything else is made of it.
 */
#ifndef CORE_VERDICT_VERDICT_H
#define CORE_VERDICT_VERDICT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/measured/boot_difference.h"
#include "core/status.h"
#include "core/verdict/reasons.h"

/* Is it still the same vTPM? Each answer's stable name, and a sentence for the headline. The first
 * one is what a zeroed verdict says. */
#define CONTINUITIES(ROW)                                                                          \
	/* Signature, nonce or key binding is not proven, or there is no access. */                \
	ROW(UNVERIFIED, "unverified", "nothing can be said about this vTPM")                       \
	ROW(FIRST_SEEN, "first-seen", "no baseline yet to compare with")                           \
	ROW(CONTINUOUS, "continuous", "the same vTPM, not reset since the baseline")               \
	/* The counters advanced as an orderly or saved restart does. */                           \
	ROW(RESTARTED, "restarted", "the same vTPM, restarted since the baseline")                 \
	/* Reset without an orderly shutdown; the clock may have gone back. */                     \
	ROW(CRASHED, "crashed", "the same vTPM, switched off without a shutdown")                  \
	/* The same EK, a new owner seed. */                                                       \
	ROW(CLEARED, "cleared", "the vTPM was cleared")                                            \
	/* Another endorsement seed. */                                                            \
	ROW(REPLACED, "replaced", "this is another vTPM")                                          \
	/* Another VM's vTPM, or a copy of this one's in another VM. */                            \
	ROW(CLONED, "cloned", "this vTPM is another VM's, or there are two of this VM")            \
	/* Counters, clock or beacon are behind what was seen. */                                  \
	ROW(ROLLED_BACK, "rolled-back", "the vTPM runs on an older state")                         \
	/* The TPM was reset within one boot of the operating system. */                           \
	ROW(RESET_UNDER_GUEST, "reset-under-guest", "the vTPM was reset under the running guest")  \
	ROW(MISSING, "missing", "there is no vTPM")                                                \
	ROW(UNRESPONSIVE, "unresponsive", "the vTPM does not answer")                              \
	ROW(FAILED, "failed", "the vTPM failed")

#define CONTINUITY_ENUMERATOR(id, name, sentence) CONTINUITY_##id,
enum continuity { CONTINUITIES(CONTINUITY_ENUMERATOR) CONTINUITY_COUNT };

/* What was announced to happen between baseline and evidence. FIRST is a row like the others, apart
 * so that a list in a text has no comma before it. */
#define EVENTS(FIRST, ROW)                                                                         \
	FIRST(NONE, "none")                                                                        \
	ROW(LIVE_MIGRATION, "live-migration")                                                      \
	ROW(SOFT_REBOOT, "soft-reboot")                                                            \
	ROW(HARD_REBOOT, "hard-reboot")                                                            \
	ROW(COLD_MIGRATION, "cold-migration")                                                      \
	ROW(RESUME, "resume")                                                                      \
	ROW(CLEAR, "clear")

#define EVENT_ENUMERATOR(id, name) EVENT_##id,
enum event { EVENTS(EVENT_ENUMERATOR, EVENT_ENUMERATOR) EVENT_COUNT };

/* All their names as one literal, for messages: "none, live-migration, …". */
#define EVENT_FIRST_NAME(id, name) name
#define EVENT_NEXT_NAME(id, name)  ", " name
#define EVENT_NAMES                EVENTS(EVENT_FIRST_NAME, EVENT_NEXT_NAME)

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
	/* The evidence lacks what the baseline has to decide by. Of now: not in a document. */
	bool is_poorer;
	size_t reason_count; /* at least 1; the first is the decisive one */
	struct reason reasons[VERDICT_REASONS_MAX];
	struct boot_difference boot; /* what lies behind PCRs that differ; the guest's word */
};

/* "continuous", "live-migration": stable names, never NULL. */
const char *continuity_name(enum continuity continuity);
const char *event_name(enum event event);

/* The event of a name; EVENT_COUNT for any other word. */
enum event event_parse(const char *name);

/* One sentence for the headline, such as "the same vTPM, not reset since the baseline". */
const char *continuity_sentence(enum continuity continuity);

/* The status that a continuity has at an event. */
enum verdict_status continuity_status(enum continuity continuity, enum event event);

/* Adds a reason, printf or vprintf style; one more than there is room for is left out. */
void verdict_add(struct verdict *verdict, enum reason_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void verdict_add_reason(struct verdict *verdict, enum reason_code code, const char *fmt,
	va_list args) __attribute__((format(printf, 3, 0)));

/* A verdict of one reason, without any comparison. `fmt` as printf's. */
void continuity_conclude(struct verdict *ret_verdict, enum continuity continuity, enum event event,
	enum reason_code code, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Does the new evidence become what the next one is compared with? Never over a broken state, and
 * never where it would forget what the baseline knows. */
bool continuity_moves_baseline(const struct verdict *verdict);

#endif
