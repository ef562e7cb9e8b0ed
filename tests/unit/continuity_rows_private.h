/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tables of rows share. */
#ifndef TESTS_UNIT_CONTINUITY_ROWS_PRIVATE_H
#define TESTS_UNIT_CONTINUITY_ROWS_PRIVATE_H

#include "tests/unit/continuity_rows.h"

struct continuity_table {
	const struct continuity_row *rows;
	size_t count;
};

/* One for each question of the verdict, in the order it asks them. */
extern const struct continuity_table continuity_rows_access, continuity_rows_proof,
	continuity_rows_identity, continuity_rows_counters, continuity_rows_history,
	continuity_rows_same_boot, continuity_rows_other_boot, continuity_rows_notes;

/* What rows of several tables change: who the TPM is, */
void row_other_eks(struct evidence *e);
void row_ek_of_another_kind(struct evidence *e);
void row_no_certificates(struct evidence *e);
void row_other_vm(struct evidence *e);
void row_other_firmware(struct evidence *e);
/* its owner seed, or what tells of it, */
void row_no_srk(struct evidence *e);
void row_no_srk_at_all(struct evidence *e);
void row_clear_counters(struct evidence *e);
void row_cleared(struct evidence *e);
void row_cleared_unseen(struct evidence *e);
/* what it counted and measured, */
void row_counters_behind(struct evidence *e);
void row_suspend(struct evidence *e);
void row_boot_pcrs_unmeasured(struct evidence *e);
void row_reset_long_ago_unmeasured(struct evidence *e);
void row_change_boot_pcr(struct evidence *e);
void row_pcr_against_log(struct evidence *e);
void row_beacon_6(struct evidence *e);
void row_beacon_7(struct evidence *e);
void row_beacon_8(struct evidence *e);
/* and what state it is in. */
void row_no_clock(struct evidence *e);
void row_lockout(struct evidence *e);

/* What a row ends with: the outcome, and its reasons in braces. */
#define MISSING .continuity = CONTINUITY_MISSING, .status = VERDICT_CONTRAINDICATED, .reasons =
#define UNRESPONSIVE                                                                               \
	.continuity = CONTINUITY_UNRESPONSIVE, .status = VERDICT_CONTRAINDICATED, .reasons =
#define FAILED     .continuity = CONTINUITY_FAILED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define UNVERIFIED .continuity = CONTINUITY_UNVERIFIED, .status = VERDICT_NONE, .reasons =
#define FIRST_SEEN .continuity = CONTINUITY_FIRST_SEEN, .status = VERDICT_NONE, .reasons =
#define CLONED     .continuity = CONTINUITY_CLONED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define RESET_UNDER_GUEST                                                                          \
	.continuity = CONTINUITY_RESET_UNDER_GUEST, .status = VERDICT_CONTRAINDICATED, .reasons =
#define REPLACED       .continuity = CONTINUITY_REPLACED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define CONTINUOUS_BUT .continuity = CONTINUITY_CONTINUOUS, .status = VERDICT_WARNING, .reasons =
#define CONTINUOUS     .continuity = CONTINUITY_CONTINUOUS, .status = VERDICT_AFFIRMING, .reasons =
#define CLEARED        .continuity = CONTINUITY_CLEARED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define CLEARED_AS_ANNOUNCED                                                                       \
	.continuity = CONTINUITY_CLEARED, .status = VERDICT_AFFIRMING, .reasons =
#define CLEARED_UNPROVEN .continuity = CONTINUITY_CLEARED, .status = VERDICT_WARNING, .reasons =
#define ROLLED_BACK                                                                                \
	.continuity = CONTINUITY_ROLLED_BACK, .status = VERDICT_CONTRAINDICATED, .reasons =
#define RESTARTED     .continuity = CONTINUITY_RESTARTED, .status = VERDICT_AFFIRMING, .reasons =
#define RESTARTED_BUT .continuity = CONTINUITY_RESTARTED, .status = VERDICT_WARNING, .reasons =
#define RESTARTED_WRONGLY                                                                          \
	.continuity = CONTINUITY_RESTARTED, .status = VERDICT_CONTRAINDICATED, .reasons =
#define CRASHED_AS_ALLOWED .continuity = CONTINUITY_CRASHED, .status = VERDICT_AFFIRMING, .reasons =
#define CRASHED            .continuity = CONTINUITY_CRASHED, .status = VERDICT_WARNING, .reasons =
#define CRASHED_WRONGLY                                                                            \
	.continuity = CONTINUITY_CRASHED, .status = VERDICT_CONTRAINDICATED, .reasons =

#endif
