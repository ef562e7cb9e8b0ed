/* SPDX-License-Identifier: BSD-2-Clause */
/* What the rules share. */
#ifndef HOST_RULES_PRIVATE_H
#define HOST_RULES_PRIVATE_H

#include <stdbool.h>
#include <string.h>

#include "host/rules/rules.h"

#define RULES_VERSION(major, minor) ((major)*UINT64_C(1000000) + (minor)*UINT64_C(1000))

static inline bool rules_is(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

/* Whether this host's Nova keeps a vTPM's state when it defines its domain anew. */
bool rules_does_nova_keep(const struct facts *facts);

/* Whether a flavor's hw:tpm_secret_security lets only the VM's owner start it. */
bool rules_is_users(const char *security);

/* Judges hw:tpm_secret_security of the VM's own flavor; empty: not there. */
void rules_judge_security(const char *security, const char *name, const struct rules_expect *expect,
	struct findings *findings);

/* Judges the mounts of the state directory, and those below it. */
void rules_judge_mounts(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Whether a domain is the one asked for. */
static inline bool rules_is_asked_for(
	const struct facts_domain *domain, const struct rules_expect *expect)
{
	return expect->domain && facts_domain_is(domain, expect->domain);
}

#endif
