/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rules share. */
#ifndef HOST_RULES_PRIVATE_H
#define HOST_RULES_PRIVATE_H

#include <stdbool.h>
#include <string.h>

#include "host/rules.h"

#define RULES_VERSION(major, minor) ((major)*UINT64_C(1000000) + (minor)*UINT64_C(1000))

static inline bool rules_is(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

bool rules_is_nfs(const struct facts_mount *mount);

/* Judges the mounts of the state directory, and those below it. */
void rules_judge_mounts(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Whether a domain is the one asked for, by name or UUID. */
static inline bool rules_is_asked_for(
	const struct facts_domain *domain, const struct rules_expect *expect)
{
	return expect->domain &&
	       (rules_is(expect->domain, domain->name) || rules_is(expect->domain, domain->uuid));
}

#endif
