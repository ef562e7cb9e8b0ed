/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the verdict share. They follow each other in the order of the tests: access,
 * identity, counters, history; notes are taken at the end. */
#ifndef CORE_VERDICT_JUDGING_H
#define CORE_VERDICT_JUDGING_H

#include "core/checks/checks.h"
#include "core/signed/attest.h"
#include "core/verdict/judge.h"

struct judging {
	const struct evidence *baseline; /* NULL: none */
	const struct evidence *evidence;
	struct attest_quote then, now; /* the signed facts of both; counters in the clear */
	struct checks checks;          /* of the evidence alone */
	struct verdict *verdict;
};

/* What comparing something of both documents says. */
enum likeness { LIKENESS_UNKNOWN = 0, LIKENESS_SAME, LIKENESS_OTHER };

/* Each decides, and returns true, or leaves the verdict to the next. */
bool continuity_judge_access(struct judging *judging);
bool continuity_judge_identity(struct judging *judging);
bool continuity_judge_counters(struct judging *judging);
bool continuity_judge_history(struct judging *judging);

/* Of evidence that proves nothing, only shows an endorsement key: no better than unverified. */
bool continuity_judge_unquoted(struct judging *judging, const struct error *why);

/* Adds what is worth knowing beside the decisive reason; may lower affirming to warning. */
void continuity_note(struct judging *judging);

/* Decides: continuity, its status by the announced event, and the first reason. Returns true. */
bool continuity_decide(struct judging *judging, enum continuity continuity, enum reason_code code,
	const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Adds one more reason; `lowers` turns affirming into warning. */
void continuity_add(struct judging *judging, bool lowers, enum reason_code code, const char *fmt,
	...) __attribute__((format(printf, 4, 5)));

/* The EKs of both: keys of one kind are compared, whether persistent or derived from the template;
 * a TPM may keep one kind in one document and another in the next. */
enum likeness continuity_compare_eks(const struct judging *judging);

/* The owner seeds, by a key derived from each or, failing that, by the persistent SRK. */
enum likeness continuity_compare_owner_seeds(const struct judging *judging);

/* PCR 0 to 7 are the firmware's: nothing in a running system may change them, and a TPM that is
 * reset under it loses them. UNKNOWN where the firmware measured nothing; ret_other has the bits of
 * those that differ. */
enum likeness continuity_compare_boot_pcrs(const struct judging *judging, uint32_t *ret_other);

/* The evidence's check of this id, or NULL. */
const struct check *continuity_check(const struct judging *judging, const char *id);

#endif
