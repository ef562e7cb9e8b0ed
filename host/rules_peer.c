/* SPDX-License-Identifier: BSD-2-Clause */
/* Two hosts side by side. */
#include "host/rules.h"

#include <inttypes.h>
#include <stdio.h>

#include "host/rules_private.h"

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

static void judge_mount(const struct facts *facts, const struct facts *peer, const char *name,
	struct findings *findings)
{
	if (!rules_is(facts->state_path, peer->state_path))
		finding_mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
				     "the state directory is %s there and %s here",
				     peer->state_path, facts->state_path),
			"give each host's with --state-directory, or make them alike");
	else if (!rules_is(facts->mount.source, peer->mount.source) || !rules_is_nfs(&peer->mount))
		finding_mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
				     "%s is %s (%s) there and %s (%s) here", facts->state_path,
				     peer->mount.source, peer->mount.type, facts->mount.source,
				     facts->mount.type),
			"mount the same export on all hosts");
	if (*peer->write && !rules_is(peer->write, FACT_OK))
		finding_mend(findings_add(findings, "write", name, VERDICT_CONTRAINDICATED,
				     "swtpm cannot write there: %s", peer->write),
			"vtpm-host preflight, on %s", name);
}

static void judge_versions(const struct facts *facts, const struct facts *peer, const char *name,
	struct findings *findings)
{
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
			"upgrade the destination first");
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
	struct findings *findings)
{
	const char *name = *peer->host ? peer->host : "peer";
	size_t before = findings->count;

	judge_doubles(facts, peer, name, findings);
	judge_account(facts, peer, name, findings);
	judge_mount(facts, peer, name, findings);
	judge_versions(facts, peer, name, findings);
	judge_clock(peer, received, name, findings);
	if (findings->count == before)
		findings_add(findings, "peer", name, VERDICT_AFFIRMING,
			"same account, same export, nothing older, clocks alike");
}
