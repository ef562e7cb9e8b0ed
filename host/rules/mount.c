/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the vTPMs' state is mounted: all of them, and one that has a mount of its own. */
#include "host/rules/rules.h"

#include <inttypes.h>
#include <string.h>

#include "host/facts/storage.h"
#include "host/rules/private.h"

/* Whether a mount's comma-separated options have this one. */
static bool has_option(const char *options, const char *option)
{
	size_t len = strlen(option);

	for (const char *at = options; (at = strstr(at, option)) != NULL; at += len) {
		if ((at == options || at[-1] == ',') && (at[len] == ',' || !at[len]))
			return true;
	}
	return false;
}

/* Whether what is written there is in memory alone; `upper` is what an overlay writes to. */
static bool is_volatile(const char *type, const char *upper)
{
	const char *writes_to = rules_is(type, "overlay") ? upper : type;

	return rules_is(writes_to, "tmpfs") || rules_is(writes_to, "ramfs") ||
	       rules_is(writes_to, "devtmpfs");
}

/* True where the state does not outlive the host. */
static bool judge_lasting(const struct facts *facts, struct findings *findings)
{
	const struct facts_mount *mount = &facts->mount;

	if (!is_volatile(mount->type, mount->upper))
		return false;
	finding_mend(
		findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
			"%s is in memory: on %s (%s%s%s), which is lost when this host restarts",
			facts->state_path, mount->point, mount->type, *mount->upper ? " on " : "",
			mount->upper),
		"findmnt -T %s; guests that were started since have their state there alone: shut "
		"them down, copy it, then umount %s",
		facts->state_path, mount->point);
	return true;
}

/* Whether an NFS mount lacks what the platform asks for. */
static bool lacks_options(const struct facts_mount *mount, const struct rules_expect *expect)
{
	for (size_t i = 0; i < 2; i++) {
		if (expect->nfs_options[i] && !has_option(mount->options, expect->nfs_options[i]))
			return true;
	}
	return false;
}

/* Where nothing is wrong: what that place is good for. */
static void affirm(const struct facts *facts, struct findings *findings)
{
	const struct facts_mount *mount = &facts->mount;

	if (storage_is_state_shared(facts))
		findings_add(findings, "mount", "", VERDICT_AFFIRMING, "%s on %s (%s), shared",
			facts->state_path, mount->source, mount->type);
	else
		findings_add(findings, "mount", "", VERDICT_AFFIRMING,
			"%s is this host's own (%s on %s): a live migration carries the state "
			"along; with this host it is lost, so keep copies where VMs are evacuated",
			facts->state_path, mount->type, mount->point);
}

static void judge_use(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	const struct facts_mount *mount = &facts->mount;

	if (mount->stacked > 0)
		finding_mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
				     "%s has %" PRIu32 " more mount%s hidden below the one in use",
				     mount->point, mount->stacked, mount->stacked == 1 ? "" : "s"),
			"findmnt %s; stop its guests, then umount what is too much", mount->point);
	else if (mount->is_read_only)
		finding_mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
				     "%s is mounted read-only", mount->point),
			"mount -o remount,rw %s", mount->point);
	else if (storage_is_nfs(mount) && lacks_options(mount, expect))
		finding_mend(findings_add(findings, "mount", "", VERDICT_WARNING,
				     "%s is NFS without %s,%s", mount->point,
				     expect->nfs_options[0], expect->nfs_options[1]),
			"umount %s && mount -t nfs -o %s,%s %s %s", mount->point,
			expect->nfs_options[0], expect->nfs_options[1], mount->source,
			mount->point);
	else if (rules_is(mount->type, "overlay"))
		finding_mend(findings_add(findings, "mount", "", VERDICT_WARNING,
				     "%s is on an overlay on %s: it lasts as long as that one's "
				     "upper directory",
				     facts->state_path, mount->point),
			"findmnt -T %s; use a file system of its own", facts->state_path);
	else
		affirm(facts, findings);
}

static void judge_directory(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	const struct facts_mount *mount = &facts->mount;

	if (!*mount->point)
		findings_add(findings, "mount", "", VERDICT_NONE,
			"no mount holds %s: the mount table could not be read", facts->state_path);
	else if (*mount->hidden)
		finding_mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
				     "the mount on %s is covered by a later one on %s",
				     mount->hidden, mount->point),
			"findmnt; stop its guests, then umount %s", mount->point);
	else if (judge_lasting(facts, findings))
		return;
	else if (expect->is_shared && !storage_is_state_shared(facts))
		finding_mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
				     "%s is not shared: it is on %s (%s)", facts->state_path,
				     mount->point, mount->type),
			"mount what all hosts share on %s%s", facts->state_path,
			expect->nfs_options[0] ? ": -t nfs -o vers=3,local_lock=all" : "");
	else
		judge_use(facts, expect, findings);
}

/* What is mounted below the state directory is of one domain. */
static void judge_own_mount(const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name, *point = domain->mount_point;
	struct finding *finding;

	if (*domain->mount_hidden)
		finding = findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
			"the mount with the vTPM's state on %s is covered by a later one on %s",
			domain->mount_hidden, point);
	else if (is_volatile(domain->mount_type, domain->mount_upper))
		finding = findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state is in memory: on %s (%s%s%s), which is lost when this "
			"host restarts",
			point, domain->mount_type, *domain->mount_upper ? " on " : "",
			domain->mount_upper);
	else if (rules_is(domain->mount_type, "overlay"))
		finding = findings_add(findings, "mount", name, VERDICT_WARNING,
			"the vTPM's state is on an overlay on %s: it lasts as long as that one's "
			"upper directory",
			point);
	else
		return;
	finding_mend(finding,
		"findmnt; shut the guest down, keep a copy of its state there, then umount %s",
		point);
}

void rules_judge_mounts(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	judge_directory(facts, expect, findings);
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (domain->has_vtpm && (!expect->domain || rules_is_asked_for(domain, expect)))
			judge_own_mount(domain, findings);
	}
}
