/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The reasons a verdict can have: a stable code each, and what to do about it on the host. A person
 * reads docs/verdicts.md, which has one entry for each.
 */
#ifndef CORE_VERDICT_REASONS_H
#define CORE_VERDICT_REASONS_H

#define REASON(id, name, remedy) REASON_##id,
enum reason_code {
#include "core/verdict/reasons.inc"
	REASON_COUNT,
};
#undef REASON

/* The stable code, "ek-changed". */
const char *reason_name(enum reason_code code);

/* The reason of a name; REASON_COUNT for any other word. */
enum reason_code reason_parse(const char *name);

/* What to do, for the host's operator; empty when there is nothing to do. */
const char *reason_remedy(enum reason_code code);

#endif
