/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: facts in, findings out. Pure, so that this host's facts and its peers' go through the
 * same ones, and each has a row in tests/host/test_rules.c.
 */
#ifndef HOST_RULES_H
#define HOST_RULES_H

#include <jansson.h>

#include "core/verdict.h"
#include "host/facts.h"

struct finding {
	const char *check; /* stable: "mount", "uid", "state", … */
	char subject[256]; /* the domain, or the peer; empty: this host */
	enum verdict_status status;
	char sentence[320]; /* may quote foreign strings: escape at the exit */
	char remedy[400];   /* the command that mends it; empty when there is nothing to do */
};

#define FINDINGS_MAX 4096

struct findings {
	size_t count;
	struct finding items[FINDINGS_MAX];
};

/* What is asked of the host beyond what always holds. */
struct rules_expect {
	bool has_uid;
	uint32_t uid;       /* --expect-uid */
	bool is_shared;     /* the state directory must be NFS (--shared, or peers were given) */
	const char *domain; /* only this one; NULL: each that has a vTPM */
};

/* Adds a finding, printf style, and returns it for a remedy; the last place is kept for saying that
 * there are more. */
struct finding *findings_add(struct findings *findings, const char *check, const char *subject,
	enum verdict_status status, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* Judges a host, in the order in which a person would look. */
void rules_judge_host(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Judges each vTPM domain of a host, or the one asked for. */
void rules_judge_domains(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Says for the domain asked for whether a hard reboot, which tempts as a remedy, could lose its
 * vTPM. */
void rules_judge_restart(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Judges what must be alike on both hosts for a vTPM to go from `facts` to `peer`. */
void rules_judge_peer(
	const struct facts *facts, const struct facts *peer, struct findings *findings);

/* The worst of all: what does not hold over what cannot be told, that over a warning. */
enum verdict_status findings_status(const struct findings *findings);

/* A new JSON object, or NULL when memory is short; its form is described in vtpm-host(1). */
json_t *findings_to_json(const struct findings *findings);

#endif
