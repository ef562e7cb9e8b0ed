/* SPDX-License-Identifier: BSD-2-Clause */
/* Is it proven? The quotes of both, and what they sign. */
#include "tests/unit/continuity_rows_private.h"

#include "tests/unit/sample.h"
#include "tests/unit/unit.h"

static void no_quote(struct evidence *e)
{
	SAMPLE_FAIL(&e->quote, ERROR_TPM_RC, "no quote today");
}

static void break_quote(struct evidence *e)
{
	e->quote.attest.data[60] ^= 1;
}

static void break_beacon(struct evidence *e)
{
	e->beacon.value++;
}

static void no_quote_and_other_eks(struct evidence *e)
{
	no_quote(e);
	row_other_eks(e);
}

static const struct continuity_row rows[] = {
	{"no quote", .alter_now = no_quote, UNVERIFIED{REASON_NO_QUOTE, REASON_EK_ONLY}},
	{"no quote, no baseline", .has_no_baseline = true, .alter_now = no_quote,
		UNVERIFIED{REASON_NO_QUOTE}},
	{"no quote, EK of another kind", .now = row_ek_of_another_kind, .alter_now = no_quote,
		UNVERIFIED{REASON_NO_QUOTE}},
	{"no quote, other EKs", .alter_now = no_quote_and_other_eks,
		REPLACED{REASON_EK_CHANGED, REASON_NO_QUOTE}},
	{"quote altered", .alter_now = break_quote, UNVERIFIED{REASON_BAD_QUOTE}},
	{"beacon altered", .now = row_beacon_8, .alter_now = break_beacon,
		UNVERIFIED{REASON_BAD_QUOTE}},
	{"baseline altered", .alter_then = break_quote, UNVERIFIED{REASON_BAD_BASELINE}},
	{"baseline without quote", .alter_then = no_quote, UNVERIFIED{REASON_BAD_BASELINE}},
	{"baseline's beacon altered", .then = row_beacon_7, .alter_then = break_beacon,
		UNVERIFIED{REASON_BAD_BASELINE}},
};

const struct continuity_table continuity_rows_proof = {rows, COUNT(rows)};
