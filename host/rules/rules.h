/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: facts in, findings out. Pure, so that this host's facts and its peers' go through the
 * same ones, and each has a row in tests/host/test_rules.c.
 */
#ifndef HOST_RULES_RULES_H
#define HOST_RULES_RULES_H

#include "host/facts/facts.h"
#include "host/findings.h"

/* What is asked of the host beyond what always holds. */
struct rules_expect {
	bool has_uid;
	uint32_t uid;                /* --expect-uid */
	bool is_shared;              /* the state directory must be on shared storage (--shared) */
	const char *nfs_options[2];  /* what an NFS mount must have; NULL: anything */
	const char *domain;          /* only this one; NULL: each that has a vTPM */
	const char *secret_security; /* what the flavor must say; NULL: what upstream Nova takes */
};

/* Judges where the vTPMs' state is kept: what is wrong there is the cause of what is wrong with a
 * domain. */
void rules_judge_storage(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Judges the rest of a host. */
void rules_judge_host(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Judges each vTPM domain of a host, or the one asked for. */
void rules_judge_domains(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Says for the domain asked for whether a hard reboot, which tempts as a remedy, keeps its vTPM. */
void rules_judge_restart(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings);

/* Judges what must be alike on both hosts for a vTPM to go from `facts` to `peer`; `received` is
 * this host's time when the peer's facts came, 0 when that is not known. */
void rules_judge_peer(const struct facts *facts, const struct facts *peer, uint64_t received,
	const struct rules_expect *expect, struct findings *findings);

#endif
