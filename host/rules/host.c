/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for a host, whatever runs there. */
#include "host/rules/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/facts/storage.h"
#include "host/rules/private.h"

static void judge_account(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	const struct facts_account *account = &facts->account;

	if (!account->is_known)
		finding_mend(findings_add(findings, "uid", "", VERDICT_CONTRAINDICATED,
				     "there is no account %s:%s, as which libvirt runs swtpm",
				     account->user, account->group),
			"install swtpm's packages, or set swtpm_user in /etc/libvirt/qemu.conf");
	else if (expect->has_uid && account->uid != expect->uid)
		finding_mend(findings_add(findings, "uid", "", VERDICT_CONTRAINDICATED,
				     "%s has uid %" PRIu32 ", not %" PRIu32, account->user,
				     account->uid, expect->uid),
			"usermod -u %" PRIu32 " %s; chown -R %s: /var/lib/swtpm-localca %s/*/tpm2; "
			"systemctl restart libvirtd",
			expect->uid, account->user, account->user, facts->state_path);
	else
		findings_add(findings, "uid", "", VERDICT_AFFIRMING, "%s has uid %" PRIu32,
			account->user, account->uid);
}

static void judge_write(const struct facts *facts, struct findings *findings)
{
	const char *path = *facts->write_path ? facts->write_path : facts->state_path;
	struct finding *finding;

	if (rules_is(facts->write, FACT_OK)) {
		findings_add(findings, "write", "", VERDICT_AFFIRMING,
			"uid %" PRIu32 " writes in %s", facts->write_uid, path);
		return;
	}
	finding = findings_add(findings, "write", "", VERDICT_CONTRAINDICATED,
		"uid %" PRIu32 " cannot write in %s: %s", facts->write_uid, path,
		*facts->write ? facts->write : "not tried");
	if (rules_is(facts->write, FACT_TIMEOUT)) {
		snprintf(finding->sentence, sizeof(finding->sentence),
			"%s does not answer: its NFS server is not reachable", path);
		finding_mend(finding, "umount -f -l %s; then mount it again", facts->mount.point);
	} else if (rules_is(facts->write, FACT_MISSING)) {
		finding_mend(finding, "install -d -m 0711 %s, and mount the shared directory there",
			path);
	} else if (rules_is(facts->write, FACT_READ_ONLY)) {
		finding_mend(finding, "mount -o remount,rw %s", facts->mount.point);
	} else if (rules_is(facts->write, FACT_FULL)) {
		finding_mend(finding, "df -h %s; df -i %s; make room", path, path);
	} else if (rules_is(facts->write, FACT_DENIED)) {
		finding_mend(finding,
			"namei -lo %s: that uid needs x on each directory above; the export must "
			"not squash uid %" PRIu32,
			path, facts->write_uid);
	} else {
		finding->status = VERDICT_NONE;
		finding_mend(finding, "run this as root");
	}
}

/* libvirt makes this one itself, as root and 0711, and the directories of the domains below it: so
 * where it is not its own the swtpm account need not write there. */
static void judge_directory(const struct facts *facts, struct findings *findings)
{
	const struct facts_file *directory = &facts->directory;

	if (!rules_is(directory->access, FACT_OK))
		finding_mend(
			findings_add(findings, "directory", "",
				rules_is(directory->access, FACT_DENIED) ? VERDICT_NONE
									 : VERDICT_CONTRAINDICATED,
				"%s: %s", facts->state_path, directory->access),
			"findmnt -T %s; mount the shared directory there", facts->state_path);
	else
		findings_add(findings, "directory", "", VERDICT_AFFIRMING, "%s is there",
			facts->state_path);
}

static void judge_localca(const struct facts *facts, struct findings *findings)
{
	const struct facts_file *files[] = {&facts->localca, &facts->localca_lock};

	for (size_t i = 0; i < 2; i++) {
		if (!rules_is(files[i]->access, FACT_OK) || files[i]->uid == facts->account.uid)
			continue;
		finding_mend(findings_add(findings, "localca", "", VERDICT_CONTRAINDICATED,
				     "swtpm's certificate authority belongs to uid %" PRIu32
				     ", not to %s: no new vTPM can be made",
				     files[i]->uid, facts->account.user),
			"chown -R %s: /var/lib/swtpm-localca", facts->account.user);
		return;
	}
	findings_add(findings, "localca", "", VERDICT_AFFIRMING,
		rules_is(facts->localca.access, FACT_OK)
			? "the certificate authority belongs to %s"
			: "no certificate authority yet; %s makes it",
		facts->account.user);
}

/* With high availability the VMs' disks and the vTPMs' state must be at hand on any host, for the
 * account of the service that starts the VMs there. */
static void judge_availability(const struct facts *facts, struct findings *findings)
{
	const struct facts_account *ha = &facts->ha;
	const struct facts_file *files[] = {&facts->directory, &facts->vm_directory};
	const struct facts_mount *mounts[] = {&facts->mount, &facts->vm_mount};
	const char *const paths[] = {facts->state_path, facts->vm_path};
	size_t before = findings->count;

	if (*ha->user && !ha->is_known)
		finding_mend(findings_add(findings, "ha", "", VERDICT_CONTRAINDICATED,
				     "there is no account %s:%s on this host", ha->user, ha->group),
			"install the HA service here, or give --ha-user and --ha-group as they "
			"are");
	for (size_t i = 0; i < 2; i++) {
		if (!*paths[i] || (i == 0 && !*ha->user))
			continue;
		if (i == 0 ? !storage_is_state_shared(facts) : !storage_is_shared(mounts[i]))
			finding_mend(findings_add(findings, "ha", "", VERDICT_CONTRAINDICATED,
					     "%s is not on shared storage: it is on %s (%s)",
					     paths[i], mounts[i]->point, mounts[i]->type),
				"mount the shared export on %s on every host", paths[i]);
		if (!rules_is(files[i]->access, FACT_OK))
			findings_add(findings, "ha", "", VERDICT_CONTRAINDICATED, "%s: %s",
				paths[i], files[i]->access);
		else if (ha->is_known && (files[i]->uid != ha->uid || files[i]->gid != ha->gid))
			finding_mend(findings_add(findings, "ha", "", VERDICT_CONTRAINDICATED,
					     "%s belongs to %" PRIu32 ":%" PRIu32 ", not to %s:%s",
					     paths[i], files[i]->uid, files[i]->gid, ha->user,
					     ha->group),
				"chown %s:%s %s", ha->user, ha->group, paths[i]);
	}
	if (findings->count == before && (*ha->user || *facts->vm_path))
		findings_add(findings, "ha", "", VERDICT_AFFIRMING,
			"shared storage, as high availability needs it");
}

static void judge_nova(const struct facts *facts, struct findings *findings)
{
	if (facts->nova && facts->nova < RULES_VERSION(33, 0))
		finding_mend(
			findings_add(findings, "nova", "", VERDICT_WARNING,
				"Nova %" PRIu64 ".%" PRIu64
				" does not live-migrate VMs with a vTPM (upstream: from 33.0.0)",
				facts->nova / 1000000, facts->nova / 1000 % 1000),
			"shut the VM down, migrate it cold, start it; or upgrade Nova");
	else if (facts->nova)
		findings_add(findings, "nova", "", VERDICT_AFFIRMING,
			"Nova %" PRIu64 ".%" PRIu64
			" live-migrates VMs with a vTPM (upstream: with "
			"hw:tpm_secret_security=host); it refuses to evacuate, rebuild, shelve and "
			"rescue them",
			facts->nova / 1000000, facts->nova / 1000 % 1000);
}

static void judge_versions(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	bool is_fit = facts->has_migration_option && facts->libvirt >= RULES_VERSION(8, 10);

	if (!facts->swtpm) {
		finding_mend(findings_add(findings, "versions", "", VERDICT_CONTRAINDICATED,
				     "swtpm is not installed"),
			"apt-get install swtpm swtpm-tools");
		return;
	}
	if (!is_fit && (expect->is_shared || storage_is_state_shared(facts)))
		finding_mend(
			findings_add(findings, "versions", "", VERDICT_CONTRAINDICATED,
				"live migration on a shared directory needs swtpm 0.8 and libvirt "
				"8.10"),
			"upgrade swtpm and libvirt on both hosts");
	else
		findings_add(findings, "versions", "", VERDICT_AFFIRMING,
			"libvirt %" PRIu64 ".%" PRIu64 ", QEMU %" PRIu64 ".%" PRIu64
			", swtpm %" PRIu64 ".%" PRIu64 "%s",
			facts->libvirt / 1000000, facts->libvirt / 1000 % 1000,
			facts->qemu / 1000000, facts->qemu / 1000 % 1000, facts->swtpm / 1000000,
			facts->swtpm / 1000 % 1000,
			is_fit ? "" : "; too old for shared storage, which is not in use");
}

static void judge_clock(const struct facts *facts, struct findings *findings)
{
	if (facts->is_clock_synchronised && facts->clock_error_us < 1000000)
		findings_add(findings, "time", "", VERDICT_AFFIRMING,
			"the clock is synchronised, to within %" PRIu64 " ms",
			facts->clock_error_us / 1000);
	else
		finding_mend(findings_add(findings, "time", "", VERDICT_WARNING,
				     "the clock is not synchronised: a guest's TPM clock jumps by "
				     "what two "
				     "hosts differ"),
			"timedatectl set-ntp true");
}

void rules_judge_storage(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	/* Below a dead mount nothing else can be told: one finding, not five. */
	rules_judge_mounts(facts, expect, findings);
	if (!rules_is(facts->write, FACT_TIMEOUT))
		judge_directory(facts, findings);
	judge_account(facts, expect, findings);
	judge_write(facts, findings);
}

void rules_judge_host(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	judge_localca(facts, findings);
	judge_availability(facts, findings);
	judge_versions(facts, expect, findings);
	judge_nova(facts, findings);
	judge_clock(facts, findings);
}
