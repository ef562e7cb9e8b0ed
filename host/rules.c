/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/rules.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/record.h"

#define VERSION(major, minor) ((major)*UINT64_C(1000000) + (minor)*UINT64_C(1000))

static bool is(const char *word, const char *other)
{
	return strcmp(word, other) == 0;
}

struct finding *findings_add(struct findings *findings, const char *check, const char *subject,
	enum verdict_status status, const char *fmt, ...)
{
	struct finding *finding;
	va_list args;

	if (findings->count == FINDINGS_MAX) {
		finding = &findings->items[FINDINGS_MAX - 1];
		*finding = (struct finding){.check = "more", .status = VERDICT_NONE};
		snprintf(finding->sentence, sizeof(finding->sentence),
			"there are more findings than this program keeps; ask for one domain");
		return finding;
	}
	finding = &findings->items[findings->count++];
	*finding = (struct finding){.check = check, .status = status};
	snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
	va_start(args, fmt);
	vsnprintf(finding->sentence, sizeof(finding->sentence), fmt, args);
	va_end(args);
	return finding;
}

__attribute__((format(printf, 2, 3))) static void mend(
	struct finding *finding, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(finding->remedy, sizeof(finding->remedy), fmt, args);
	va_end(args);
}

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

static bool is_nfs(const struct facts_mount *mount)
{
	return is(mount->type, "nfs") || is(mount->type, "nfs4");
}

static void judge_mount(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	const struct facts_mount *mount = &facts->mount;

	if (!*mount->point) {
		findings_add(findings, "mount", "", VERDICT_NONE,
			"no mount holds %s: the mount table could not be read", facts->state_path);
		return;
	}
	if (expect->is_shared && !is_nfs(mount)) {
		mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
			     "%s is not shared: it is on %s (%s), not on NFS", facts->state_path,
			     mount->point, mount->type),
			"mount -t nfs -o vers=3,local_lock=all SERVER:/EXPORT %s",
			facts->state_path);
		return;
	}
	if (mount->stacked > 0)
		mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
			     "%s has %" PRIu32 " more mount%s hidden below the one in use",
			     mount->point, mount->stacked, mount->stacked == 1 ? "" : "s"),
			"findmnt %s; stop its guests, then umount what is too much", mount->point);
	else if (mount->is_read_only)
		mend(findings_add(findings, "mount", "", VERDICT_CONTRAINDICATED,
			     "%s is mounted read-only", mount->point),
			"mount -o remount,rw %s", mount->point);
	else if (is_nfs(mount) && !has_option(mount->options, "local_lock=all"))
		mend(findings_add(findings, "mount", "", VERDICT_WARNING,
			     "%s is NFS without local_lock=all", mount->point),
			"umount %s && mount -t nfs -o vers=3,local_lock=all %s %s", mount->point,
			mount->source, mount->point);
	else
		findings_add(findings, "mount", "", VERDICT_AFFIRMING, "%s on %s (%s)",
			facts->state_path, mount->source, mount->type);
}

static void judge_account(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	const struct facts_account *account = &facts->account;

	if (!account->is_known)
		mend(findings_add(findings, "uid", "", VERDICT_CONTRAINDICATED,
			     "there is no account %s:%s, as which libvirt runs swtpm",
			     account->user, account->group),
			"install swtpm's packages, or set swtpm_user in /etc/libvirt/qemu.conf");
	else if (expect->has_uid && account->uid != expect->uid)
		mend(findings_add(findings, "uid", "", VERDICT_CONTRAINDICATED,
			     "%s has uid %" PRIu32 ", not %" PRIu32, account->user, account->uid,
			     expect->uid),
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

	if (is(facts->write, FACT_OK)) {
		findings_add(findings, "write", "", VERDICT_AFFIRMING,
			"uid %" PRIu32 " writes in %s", facts->write_uid, path);
		return;
	}
	finding = findings_add(findings, "write", "", VERDICT_CONTRAINDICATED,
		"uid %" PRIu32 " cannot write in %s: %s", facts->write_uid, path,
		*facts->write ? facts->write : "not tried");
	if (is(facts->write, FACT_TIMEOUT)) {
		snprintf(finding->sentence, sizeof(finding->sentence),
			"%s does not answer: its NFS server is not reachable", path);
		mend(finding, "umount -f -l %s; then mount it again", facts->mount.point);
	} else if (is(facts->write, FACT_MISSING)) {
		mend(finding, "install -d -m 0711 %s, and mount the shared directory there", path);
	} else if (is(facts->write, FACT_READ_ONLY)) {
		mend(finding, "mount -o remount,rw %s", facts->mount.point);
	} else if (is(facts->write, FACT_FULL)) {
		mend(finding, "df -h %s; df -i %s; make room", path, path);
	} else if (is(facts->write, FACT_DENIED)) {
		mend(finding, "ls -ldn %s; the export must not squash uid %" PRIu32, path,
			facts->write_uid);
	} else {
		finding->status = VERDICT_NONE;
		mend(finding, "run this as root");
	}
}

/* libvirt makes this one itself, as root and 0711, and the directories of the domains below it: so
 * where it is not its own the swtpm account need not write there. */
static void judge_directory(const struct facts *facts, struct findings *findings)
{
	const struct facts_file *directory = &facts->directory;

	if (!is(directory->access, FACT_OK))
		mend(findings_add(findings, "directory", "",
			     is(directory->access, FACT_DENIED) ? VERDICT_NONE
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
		if (!is(files[i]->access, FACT_OK) || files[i]->uid == facts->account.uid)
			continue;
		mend(findings_add(findings, "localca", "", VERDICT_CONTRAINDICATED,
			     "swtpm's certificate authority belongs to uid %" PRIu32
			     ", not to %s: no new vTPM can be made",
			     files[i]->uid, facts->account.user),
			"chown -R %s: /var/lib/swtpm-localca", facts->account.user);
		return;
	}
	findings_add(findings, "localca", "", VERDICT_AFFIRMING,
		is(facts->localca.access, FACT_OK) ? "the certificate authority belongs to %s"
						   : "no certificate authority yet; %s makes it",
		facts->account.user);
}

static void judge_versions(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	bool is_fit = facts->has_migration_option && facts->libvirt >= VERSION(8, 10);

	if (!facts->swtpm) {
		mend(findings_add(findings, "versions", "", VERDICT_CONTRAINDICATED,
			     "swtpm is not installed"),
			"apt-get install swtpm swtpm-tools");
		return;
	}
	if (!is_fit && (expect->is_shared || is_nfs(&facts->mount)))
		mend(findings_add(findings, "versions", "", VERDICT_CONTRAINDICATED,
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
		mend(findings_add(findings, "time", "", VERDICT_WARNING,
			     "the clock is not synchronised: a guest's TPM clock jumps by what two "
			     "hosts differ"),
			"timedatectl set-ntp true");
}

void rules_judge_host(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	/* Below a dead mount nothing else can be told: one finding, not five. */
	judge_mount(facts, expect, findings);
	if (!is(facts->write, FACT_TIMEOUT))
		judge_directory(facts, findings);
	judge_account(facts, expect, findings);
	judge_write(facts, findings);
	judge_localca(facts, findings);
	judge_versions(facts, expect, findings);
	judge_clock(facts, findings);
}

static void judge_definition(const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name;

	if (!is(domain->version, "2.0") ||
		(!is(domain->model, "tpm-crb") && !is(domain->model, "tpm-tis")))
		mend(findings_add(findings, "xml", name, VERDICT_CONTRAINDICATED,
			     "the vTPM is %s, version %s: not a TPM 2.0 behind tpm-crb or tpm-tis",
			     domain->model, *domain->version ? domain->version : "not given"),
			"image properties hw_tpm_version=2.0 and hw_tpm_model=tpm-crb, then "
			"rebuild");
	if (!domain->is_state_kept)
		mend(findings_add(findings, "xml", name, VERDICT_WARNING,
			     "persistent_state is not 'yes': undefining the domain deletes its "
			     "vTPM"),
			"virsh edit %s: <backend type='emulator' version='2.0' "
			"persistent_state='yes'>",
			name);
	if (!*domain->secret)
		findings_add(findings, "xml", name, VERDICT_WARNING,
			"the vTPM's state is not encrypted: whoever reads the file has its keys");
	else if (!*domain->secret_usage && !domain->is_active)
		mend(findings_add(findings, "secret", name, VERDICT_WARNING,
			     "libvirt has no secret %s: the domain cannot start by itself",
			     domain->secret),
			"let Nova start it; else virsh secret-define and secret-set-value");
	else if (*domain->secret_usage && !is(domain->secret_usage, "vtpm"))
		findings_add(findings, "secret", name, VERDICT_CONTRAINDICATED,
			"secret %s is for %s, not for a vTPM", domain->secret,
			domain->secret_usage);
}

static bool judge_state(
	const struct facts *facts, const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name, *user = facts->account.user;
	struct finding *finding = NULL;

	if (is(domain->state.access, FACT_MISSING)) {
		finding = findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state is missing: %s/%s/tpm2 is %s", facts->state_path,
			domain->uuid,
			is(domain->directory.access, FACT_OK) ? "empty" : "not there");
		mend(finding,
			"do not start it: libvirt would make a new TPM; findmnt -T %s, then "
			"restore the state",
			facts->state_path);
	} else if (is(domain->state.access, FACT_TIMEOUT)) {
		finding = findings_add(findings, "state", name, VERDICT_NONE,
			"the state directory does not answer");
	} else if (!is(domain->state.access, FACT_OK)) {
		finding = findings_add(findings, "state", name, VERDICT_NONE,
			"the vTPM's state cannot be looked at: %s", domain->state.access);
		mend(finding, "run this as root, where the export squashes root as %s", user);
	} else if (domain->state.size == 0) {
		finding = findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state file is empty: the domain will not start");
		mend(finding, "restore %s/%s/tpm2/tpm2-00.permall", facts->state_path,
			domain->uuid);
	} else if (domain->state.uid != facts->account.uid ||
		   domain->directory.uid != facts->account.uid) {
		finding = findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state belongs to uid %" PRIu32 ", not to %s (%" PRIu32 ")",
			domain->state.uid != facts->account.uid ? domain->state.uid
								: domain->directory.uid,
			user, facts->account.uid);
		mend(finding, "chown -R %s:%s %s/%s/tpm2", user, facts->account.group,
			facts->state_path, domain->uuid);
	}
	return !finding;
}

void rules_judge_domains(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	bool is_found = false;

	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];
		size_t before = findings->count;

		if (expect->domain ? !is(expect->domain, domain->name) &&
					     !is(expect->domain, domain->uuid)
				   : !domain->has_vtpm)
			continue;
		is_found = true;
		if (!domain->has_vtpm) {
			mend(findings_add(findings, "xml", domain->name, VERDICT_CONTRAINDICATED,
				     "the domain has no vTPM"),
				"image properties hw_tpm_version=2.0 and hw_tpm_model=tpm-crb "
				"before "
				"the VM is made");
			continue;
		}
		judge_state(facts, domain, findings);
		if (domain->is_active && !domain->swtpm_pid)
			mend(findings_add(findings, "process", domain->name,
				     VERDICT_CONTRAINDICATED,
				     "the domain runs, but its swtpm does not: the TPM is dead"),
				"secure its state file, then shut the guest down and start it");
		judge_definition(domain, findings);
		if (findings->count == before)
			findings_add(findings, "vtpm", domain->name, VERDICT_AFFIRMING,
				"%s, state of %" PRIu64 " bytes, %s", domain->model,
				domain->state.size,
				domain->is_active ? "its swtpm runs" : "shut off");
	}
	if (expect->domain && !is_found)
		mend(findings_add(findings, "xml", expect->domain, VERDICT_CONTRAINDICATED,
			     "libvirt has no such domain here"),
			"virsh list --all");
}

void rules_judge_restart(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	for (size_t i = 0; expect->domain && i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (!domain->has_vtpm ||
			(!is(expect->domain, domain->name) && !is(expect->domain, domain->uuid)))
			continue;
		if (!domain->is_state_kept && facts->libvirt < VERSION(8, 9))
			mend(findings_add(findings, "restart", domain->name, VERDICT_WARNING,
				     "a hard reboot destroys this vTPM: libvirt before 8.9 and no "
				     "persistent_state (Launchpad 2118888)"),
				"copy %s/%s first", facts->state_path, domain->uuid);
	}
}

void rules_judge_peer(
	const struct facts *facts, const struct facts *peer, struct findings *findings)
{
	const char *name = *peer->host ? peer->host : "peer";
	size_t before = findings->count;

	if (facts->account.uid != peer->account.uid || facts->account.gid != peer->account.gid)
		mend(findings_add(findings, "uid", name, VERDICT_CONTRAINDICATED,
			     "%s is %" PRIu32 ":%" PRIu32 " there and %" PRIu32 ":%" PRIu32 " here",
			     peer->account.user, peer->account.uid, peer->account.gid,
			     facts->account.uid, facts->account.gid),
			"give the account one uid on all hosts, chown its files, restart libvirtd");
	if (!is(facts->mount.source, peer->mount.source) || !is_nfs(&peer->mount))
		mend(findings_add(findings, "mount", name, VERDICT_CONTRAINDICATED,
			     "%s is %s (%s) there and %s (%s) here", facts->state_path,
			     peer->mount.source, peer->mount.type, facts->mount.source,
			     facts->mount.type),
			"mount the same export on all hosts");
	if (peer->libvirt < facts->libvirt || peer->qemu < facts->qemu ||
		peer->swtpm < facts->swtpm || peer->libtpms < facts->libtpms)
		mend(findings_add(findings, "versions", name, VERDICT_WARNING,
			     "libvirt, QEMU, swtpm or libtpms is older there than here"),
			"upgrade the destination first");
	if (findings->count == before)
		findings_add(findings, "peer", name, VERDICT_AFFIRMING,
			"same account, same export, nothing older");
}

enum verdict_status findings_status(const struct findings *findings)
{
	static const int weights[] = {[VERDICT_AFFIRMING] = 1,
		[VERDICT_WARNING] = 2,
		[VERDICT_NONE] = 3,
		[VERDICT_CONTRAINDICATED] = 4};
	enum verdict_status worst = findings->count ? VERDICT_AFFIRMING : VERDICT_NONE;

	for (size_t i = 0; i < findings->count; i++) {
		if (weights[findings->items[i].status] > weights[worst])
			worst = findings->items[i].status;
	}
	return worst;
}

json_t *findings_to_json(const struct findings *findings)
{
	json_t *list = json_array(), *json;

	for (size_t i = 0; list && i < findings->count; i++) {
		const struct finding *finding = &findings->items[i];

		json = json_pack("{s:s, s:o, s:s, s:o, s:o}", "check", finding->check, "subject",
			record_write_text(finding->subject), "status",
			verdict_status_name(finding->status), "sentence",
			record_write_text(finding->sentence), "remedy",
			record_write_text(finding->remedy));
		if (!json || json_array_append_new(list, json)) {
			json_decref(list);
			return NULL;
		}
	}
	return json_pack("{s:s, s:s, s:o}", "format", "vtpm-host-findings/1", "status",
		verdict_status_name(findings_status(findings)), "findings", list);
}
