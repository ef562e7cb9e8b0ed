/* SPDX-License-Identifier: BSD-2-Clause */
/* One domain and its vTPM. */
#include "host/rules/rules.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/rules/private.h"

/* swtpm stores its state when the firmware has started the TPM, which may take a while. */
#define WRITE_AFTER_START_S 120

/* Nova defines its domains anew at each hard reboot, and never with persistent_state. */
static void judge_kept(
	const struct facts *facts, const struct facts_domain *domain, struct findings *findings)
{
	static const char says[] =
		"persistent_state is not 'yes': undefining the domain deletes its vTPM";
	struct finding *finding;

	if (*domain->server && rules_does_nova_keep(facts))
		return;
	finding = findings_add(findings, "xml", domain->name, VERDICT_WARNING, "%s", says);
	if (*domain->server)
		finding_mend(finding,
			"upgrade Nova to 31.3.0, 32.2.0 or 33.0.0 and libvirt to 8.9, which keep "
			"it; what virsh edit changes, Nova's next hard reboot undoes");
	else
		finding_mend(finding,
			"virsh edit %s: <backend type='emulator' version='2.0' "
			"persistent_state='yes'>",
			domain->name);
}

static void judge_definition(
	const struct facts *facts, const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name;
	bool is_known = rules_is(domain->model, "tpm-crb") || rules_is(domain->model, "tpm-tis");

	if (!is_known || !rules_is(domain->version, "2.0"))
		finding_mend(
			findings_add(findings, "xml", name, VERDICT_CONTRAINDICATED,
				"the vTPM is %s, version %s: not a TPM 2.0 behind tpm-crb or "
				"tpm-tis",
				domain->model, *domain->version ? domain->version : "not given"),
			"image properties hw_tpm_version=2.0 and hw_tpm_model=tpm-crb, for a VM "
			"that is made anew");
	if (!domain->is_state_kept)
		judge_kept(facts, domain, findings);
	if (domain->is_next_other)
		finding_mend(findings_add(findings, "xml", name, VERDICT_WARNING,
				     "the domain's next start has another vTPM's definition than "
				     "it runs "
				     "with"),
			"compare: virsh dumpxml %s; virsh dumpxml --inactive %s", name, name);
	if (!*domain->secret)
		finding_mend(
			findings_add(findings, "xml", name, VERDICT_WARNING,
				"the vTPM's state is not encrypted: whoever reads the file has its "
				"keys"),
			"only a new vTPM can be encrypted: a VM made with Barbican configured, or "
			"virsh edit with <encryption secret='UUID'/> and no state");
	else if (!*domain->secret_usage && !domain->is_active)
		finding_mend(findings_add(findings, "secret", name, VERDICT_WARNING,
				     "libvirt has no secret %s: the domain cannot start by itself",
				     domain->secret),
			*domain->server && rules_is_users(domain->secret_security)
				? "let its owner start it: openstack server start"
				: "let Nova start it; else virsh secret-define and "
				  "secret-set-value");
	else if (*domain->secret_usage && !rules_is(domain->secret_usage, "vtpm"))
		findings_add(findings, "secret", name, VERDICT_CONTRAINDICATED,
			"secret %s is for %s, not for a vTPM", domain->secret,
			domain->secret_usage);
}

/* One state, two writers: the second swtpm does not start, or, where locks are local to a host,
 * both write. */
static void judge_lock(const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name;

	if (!domain->is_locked || (domain->is_active && domain->lock_pid == domain->swtpm_pid))
		return;
	if (!domain->lock_pid)
		finding_mend(findings_add(findings, "process", name, VERDICT_CONTRAINDICATED,
				     "the vTPM's state is locked from another host, or another "
				     "container of this one"),
			"look there for a swtpm with %s; never run the VM twice", domain->uuid);
	else if (domain->is_active)
		finding_mend(findings_add(findings, "process", name, VERDICT_CONTRAINDICATED,
				     "another process than the domain's swtpm has its state "
				     "locked: %" PRIu32,
				     domain->lock_pid),
			"ps -fp %" PRIu32 "; stop the one that should not run", domain->lock_pid);
	else
		finding_mend(findings_add(findings, "process", name, VERDICT_CONTRAINDICATED,
				     "the domain is shut off, but process %" PRIu32
				     " still has its vTPM's state locked: it cannot start",
				     domain->lock_pid),
			"ps -fp %" PRIu32 "; is the VM being migrated? else end that swtpm",
			domain->lock_pid);
}

static void judge_process(const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name;
	bool is_known = rules_is(domain->state.access, FACT_OK);

	if (!domain->is_active)
		return;
	if (!domain->swtpm_pid)
		finding_mend(findings_add(findings, "process", name, VERDICT_CONTRAINDICATED,
				     "the domain runs, but its swtpm does not: the TPM is dead"),
			"see \"restart\" before you stop it: shut the guest down, then start "
			"it");
	else if (is_known && domain->state.mtime + WRITE_AFTER_START_S < domain->swtpm_started)
		finding_mend(
			findings_add(findings, "process", name, VERDICT_WARNING,
				"the state file is older than the running swtpm, which writes when "
				"it starts: it may have another file open"),
			"findmnt -T /proc/%" PRIu32 "/root; was the directory mounted over since?",
			domain->swtpm_pid);
}

/* What Secure Boot trusts is measured into PCR 7: without its variables a guest's disks stay shut.
 */
static void judge_nvram(const struct facts_domain *domain, struct findings *findings)
{
	bool is_gone = *domain->nvram && rules_is(domain->nvram_file.access, FACT_MISSING);

	if (!is_gone || !rules_is(domain->state.access, FACT_OK))
		return;
	finding_mend(findings_add(findings, "state", domain->name, VERDICT_WARNING,
			     "the vTPM's state is there, but the VM's UEFI variables are not: %s",
			     domain->nvram),
		"restore them before it starts: libvirt would make new ones, PCR 7 would differ, "
		"and what is sealed to it stays shut");
}

static void judge_state(
	const struct facts *facts, const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name, *user = facts->account.user;
	uint32_t account = facts->account.uid;
	/* A file's directory may be anybody's. */
	bool is_foreign = domain->state.uid != account ||
			  (!domain->is_state_file && domain->directory.uid != account);
	char directory[256], path[256];
	struct finding *finding;

	facts_domain_directory(facts, domain, directory, sizeof(directory));
	if (rules_is(domain->state.access, FACT_MISSING)) {
		finding = findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state is missing: %s is %s", directory,
			rules_is(domain->directory.access, FACT_OK) ? "empty" : "not there");
		finding_mend(finding,
			"do not start it, unless it never ran: libvirt would make a new TPM; "
			"findmnt -T %s, then restore the state",
			directory);
	} else if (rules_is(domain->state.access, FACT_TIMEOUT)) {
		findings_add(findings, "state", name, VERDICT_NONE,
			"the state directory does not answer");
	} else if (!rules_is(domain->state.access, FACT_OK)) {
		finding = findings_add(findings, "state", name, VERDICT_NONE,
			"the vTPM's state cannot be looked at: %s", domain->state.access);
		finding_mend(
			finding, "run this as root, where the export squashes root as %s", user);
	} else if (domain->state.size == 0) {
		finding = findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state file is empty: the domain will not start");
		facts_domain_state(facts, domain, path, sizeof(path));
		finding_mend(finding, "restore %s", path);
	} else if (is_foreign) {
		finding = findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
			"the vTPM's state belongs to uid %" PRIu32 ", not to %s (%" PRIu32 ")",
			domain->state.uid != facts->account.uid ? domain->state.uid
								: domain->directory.uid,
			user, facts->account.uid);
		finding_mend(finding, "chown -R %s:%s %s", user, facts->account.group,
			domain->is_state_file ? domain->state_source : directory);
	}
}

/* By the definition, which has the flavor that the VM was made with. What is right there is no
 * fault of the domain's: `before` counts it. */
static void judge_flavor(const struct facts_domain *domain, const struct rules_expect *expect,
	struct findings *findings, size_t *before)
{
	rules_judge_security(domain->secret_security, domain->name, expect, findings);
	if (findings->items[findings->count - 1].status == VERDICT_AFFIRMING)
		++*before;
}

void rules_judge_domains(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	bool is_found = false;

	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];
		size_t before = findings->count;

		if (expect->domain ? !rules_is_asked_for(domain, expect) : !domain->has_vtpm)
			continue;
		is_found = true;
		if (!domain->has_vtpm) {
			finding_mend(findings_add(findings, "xml", domain->name,
					     VERDICT_CONTRAINDICATED, "the domain has no vTPM"),
				"image properties hw_tpm_version=2.0 and hw_tpm_model=tpm-crb "
				"before "
				"the VM is made");
			continue;
		}
		judge_state(facts, domain, findings);
		judge_nvram(domain, findings);
		judge_lock(domain, findings);
		judge_process(domain, findings);
		judge_definition(facts, domain, findings);
		if (*domain->server && domain->has_flavor)
			judge_flavor(domain, expect, findings, &before);
		if (findings->count == before)
			findings_add(findings, "vtpm", domain->name, VERDICT_AFFIRMING,
				"%s, state of %" PRIu64 " bytes, %s", domain->model,
				domain->state.size,
				domain->is_active ? "its swtpm runs" : "shut off");
	}
	if (expect->domain && !is_found)
		finding_mend(findings_add(findings, "xml", expect->domain, VERDICT_CONTRAINDICATED,
				     "libvirt has no such domain here"),
			"virsh list --all");
}
