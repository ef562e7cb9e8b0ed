/* SPDX-License-Identifier: BSD-2-Clause */
/* Two hosts side by side. */
#include "host/rules/rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/facts/storage.h"
#include "host/rules/private.h"

/* How far apart two clocks look when they are not: the peer's answer was under way, and times are
 * in whole seconds. */
#define OFFSET_MAX_S 3
#define AGE_MAX_S    86400

static void judge_account(const struct facts *facts, const struct facts *peer, const char *name,
	struct findings *findings)
{
	if (facts->account.uid == peer->account.uid && facts->account.gid == peer->account.gid)
		return;
	finding_mend(findings_add(findings, "uid", name, VERDICT_CONTRAINDICATED,
			     "%s is %" PRIu32 ":%" PRIu32 " there and %" PRIu32 ":%" PRIu32 " here",
			     peer->account.user, peer->account.uid, peer->account.gid,
			     facts->account.uid, facts->account.gid),
		"give the account one uid on all hosts, chown its files, restart libvirtd");
}

static const char *kind_of(const struct facts *facts)
{
	return storage_is_state_shared(facts) ? "shared" : "that host's own";
}

/* What is shared must be so on both, and the same: libvirt leaves the state there. What is local on
 * both goes along with the memory. */
static void judge_storage(const struct facts *facts, const struct facts *peer, const char *name,
	const struct rules_expect *expect, struct findings *findings)
{
	const struct facts_mount *here = &facts->mount, *there = &peer->mount;
	bool is_shared = storage_is_state_shared(facts), is_known;
	bool is_same = storage_is_same_export(here, there, &is_known);

	if (is_shared != storage_is_state_shared(peer))
		finding_mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
				     "%s is %s (%s) there and %s (%s) here: a VM that migrates "
				     "leaves its vTPM behind",
				     facts->state_path, kind_of(peer), there->type, kind_of(facts),
				     here->type),
			"mount the same export on both hosts, or have it local on both");
	else if (!is_shared && expect->is_shared)
		finding_mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
				     "%s is not shared there: it is on %s (%s)", facts->state_path,
				     there->point, there->type),
			"mount what all hosts share on %s", facts->state_path);
	else if (is_shared && !is_known)
		finding_mend(findings_add(findings, "mount", name, VERDICT_WARNING,
				     "%s is %s there and %s here (%s): whether that is one file "
				     "system cannot be told",
				     facts->state_path, there->source, here->source, here->type),
			"ls %s on both", facts->state_path);
	else if (is_shared && !is_same)
		finding_mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
				     "%s is %s (%s) there and %s (%s) here", facts->state_path,
				     there->source, there->type, here->source, here->type),
			"mount the same export on all hosts");
}

static void judge_mount(const struct facts *facts, const struct facts *peer, const char *name,
	const struct rules_expect *expect, struct findings *findings)
{
	if (!rules_is(facts->state_path, peer->state_path))
		finding_mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
				     "the state directory is %s there and %s here",
				     peer->state_path, facts->state_path),
			"give each host's with --state-directory, or make them alike");
	else
		judge_storage(facts, peer, name, expect, findings);
	if (*peer->write && !rules_is(peer->write, FACT_OK))
		finding_mend(findings_add(findings, "write", name, VERDICT_CONTRAINDICATED,
				     "swtpm cannot write there: %s", peer->write),
			"vtpm-host preflight, on %s", name);
}

/* On shared storage the destination's swtpm must wait for the source's lock. */
static void judge_shared_versions(const struct facts *facts, const struct facts *peer,
	const char *name, struct findings *findings)
{
	bool is_fit = peer->has_migration_option && peer->libvirt >= RULES_VERSION(8, 10);

	if (is_fit || !storage_is_state_shared(facts))
		return;
	finding_mend(
		findings_add(findings, "versions", name, VERDICT_CONTRAINDICATED,
			"live migration on a shared directory needs swtpm 0.8 and libvirt 8.10 "
			"there, too"),
		"upgrade swtpm and libvirt on %s", name);
}

static void judge_versions(const struct facts *facts, const struct facts *peer, const char *name,
	struct findings *findings)
{
	enum { LIBTPMS = 3 };
	const struct {
		const char *title;
		uint64_t here, there;
	} rows[] = {{"libvirt", facts->libvirt, peer->libvirt}, {"QEMU", facts->qemu, peer->qemu},
		{"swtpm", facts->swtpm, peer->swtpm}, {"libtpms", facts->libtpms, peer->libtpms}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].there >= rows[i].here)
			continue;
		finding_mend(
			findings_add(findings, "versions", name, VERDICT_WARNING,
				"%s is %" PRIu64 ".%" PRIu64 ".%" PRIu64
				" there, older than %" PRIu64 ".%" PRIu64 ".%" PRIu64 " here",
				rows[i].title, rows[i].there / 1000000, rows[i].there / 1000 % 1000,
				rows[i].there % 1000, rows[i].here / 1000000,
				rows[i].here / 1000 % 1000, rows[i].here % 1000),
			rows[i].there < RULES_VERSION(0, 10) &&
					rows[i].here >= RULES_VERSION(0, 10) && i == LIBTPMS
				? "upgrade the destination first: a state that libtpms 0.10 made "
				  "with a profile does not load there, which is no damage"
				: "upgrade the destination first");
	}
}

/* libtpms 0.10 gives a state a profile, with which 0.9 does not read it; "null" is what 0.9 had. */
static void judge_profiles(const struct facts *facts, const struct facts *peer, const char *name,
	const struct rules_expect *expect, struct findings *findings)
{
	if (!peer->libtpms || peer->libtpms >= RULES_VERSION(0, 10))
		return;
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];
		bool is_meant = !expect->domain || rules_is_asked_for(domain, expect);
		bool is_new = *domain->profile && !rules_is(domain->profile, "null");

		if (!domain->has_vtpm || !is_meant || !is_new)
			continue;
		finding_mend(findings_add(findings, "versions", name, VERDICT_CONTRAINDICATED,
				     "%s has a vTPM of profile %s, whose state libtpms %" PRIu64
				     ".%" PRIu64 " there does not read: it needs 0.10",
				     domain->name, domain->profile, peer->libtpms / 1000000,
				     peer->libtpms / 1000 % 1000),
			"upgrade libtpms on %s first; the state is good, and stays so here", name);
	}
}

/* A vTPM's clock goes on by the destination's wall clock (libtpms, ClockAdjustPostResume). */
static void judge_clock(
	const struct facts *peer, uint64_t received, const char *name, struct findings *findings)
{
	static const char ntp[] = "timedatectl set-ntp true, on both hosts";

	if (!peer->is_clock_synchronised)
		finding_mend(findings_add(findings, "time", name, VERDICT_WARNING,
				     "its clock is not synchronised: a guest's TPM clock jumps by "
				     "what two "
				     "hosts differ"),
			"%s", ntp);
	if (!received || !peer->iat)
		return;
	if (peer->iat > received + OFFSET_MAX_S)
		finding_mend(
			findings_add(findings, "time", name, VERDICT_WARNING,
				"its clock is %" PRIu64 " s ahead: a guest's TPM clock will jump",
				peer->iat - received),
			"%s", ntp);
	else if (received > peer->iat + AGE_MAX_S)
		finding_mend(findings_add(findings, "time", name, VERDICT_WARNING,
				     "its facts are more than a day old"),
			"take them anew: ssh %s vtpm-host facts", name);
	else if (received > peer->iat + OFFSET_MAX_S)
		finding_mend(findings_add(findings, "time", name, VERDICT_WARNING,
				     "its clock is %" PRIu64
				     " s behind, if its facts were not copied since",
				     received - peer->iat),
			"take them anew: ssh %s vtpm-host facts | vtpm-host preflight --peer -",
			name);
}

/* With local_lock=all neither swtpm sees the other's lock. */
static void judge_doubles(const struct facts *facts, const struct facts *peer, const char *name,
	struct findings *findings)
{
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *here = &facts->domains.items[i];

		for (size_t j = 0; here->swtpm_pid && j < peer->domains.count; j++) {
			const struct facts_domain *there = &peer->domains.items[j];

			if (!there->swtpm_pid || !rules_is(here->uuid, there->uuid))
				continue;
			finding_mend(
				findings_add(findings, "process", name, VERDICT_CONTRAINDICATED,
					"%s runs there and here: two swtpms write one state, which "
					"is lost",
					here->name),
				"stop the one that should not run at once; then confirm the other");
		}
	}
}

void rules_judge_peer(const struct facts *facts, const struct facts *peer, uint64_t received,
	const struct rules_expect *expect, struct findings *findings)
{
	const char *name = *peer->host ? peer->host : "peer";
	size_t before = findings->count;

	judge_doubles(facts, peer, name, findings);
	judge_account(facts, peer, name, findings);
	judge_mount(facts, peer, name, expect, findings);
	judge_shared_versions(facts, peer, name, findings);
	judge_profiles(facts, peer, name, expect, findings);
	judge_versions(facts, peer, name, findings);
	judge_clock(peer, received, name, findings);
	if (findings->count == before)
		findings_add(findings, "peer", name, VERDICT_AFFIRMING,
			"same account, %s, nothing older, clocks alike",
			storage_is_state_shared(facts)
				? "same export"
				: "state local on both (a live migration carries it, an evacuation "
				  "loses it)");
}
