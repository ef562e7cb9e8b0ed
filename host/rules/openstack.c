/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/rules/openstack.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "host/rules/private.h"

/* Names of one host may differ in their domain. */
static bool is_same_host(const char *one, const char *other)
{
	size_t len = strcspn(one, ".");

	return len == strcspn(other, ".") && strncasecmp(one, other, len) == 0;
}

static void judge_flavor(const struct openstack_server *server, const char *name,
	const struct rules_expect *expect, struct findings *findings)
{
	if (server->has_flavor)
		rules_judge_security(server->secret_security, name, expect, findings);
	else
		finding_mend(findings_add(findings, "flavor", name, VERDICT_NONE,
				     "the openstack client does not show the VM's own flavor"),
			"openstack --os-compute-api-version 2.47 server show must work for this "
			"account");
}

static void judge_image(
	const struct openstack_server *server, const char *name, struct findings *findings)
{
	bool is_asked_by_flavor = *server->flavor_version || *server->flavor_model;
	bool is_right = rules_is(server->image_version, "2.0") &&
			(rules_is(server->image_model, "tpm-crb") ||
				rules_is(server->image_model, "tpm-tis"));

	if (!server->has_image || is_asked_by_flavor)
		return;
	if (is_right)
		findings_add(findings, "image", name, VERDICT_AFFIRMING,
			"the image asks for a TPM 2.0 behind %s", server->image_model);
	else
		finding_mend(
			findings_add(findings, "image", name, VERDICT_WARNING,
				"neither flavor nor image asks for this vTPM any more: Nova would "
				"make no other VM like it"),
			"openstack image set --property hw_tpm_version=2.0 --property "
			"hw_tpm_model=tpm-crb %s",
			server->image);
}

/* A running VM needs its secret at its next start; a VM that is shut off needs it now. */
static void judge_secret(const struct openstack_server *server, const struct facts_domain *domain,
	struct findings *findings)
{
	const char *name = domain->name;
	struct finding *finding;

	if (!*domain->secret)
		return;
	if (server->secret == OPENSTACK_SECRET_THERE) {
		findings_add(findings, "secret", name, VERDICT_AFFIRMING,
			"the key manager has the vTPM's secret");
	} else if (server->secret == OPENSTACK_SECRET_MISSING) {
		finding = findings_add(findings, "secret", name, VERDICT_CONTRAINDICATED,
			"the key manager does not have secret %s: no host can start this vTPM",
			domain->secret);
		finding_mend(finding,
			"do not stop the VM; restore the key manager's data, then openstack secret "
			"get %s",
			domain->secret);
	} else if (domain->is_active) {
		snprintf(findings->note, sizeof(findings->note), "secret %s not judged: %.120s",
			domain->secret, server->secret_error);
	} else {
		finding = findings_add(findings, "secret", name, VERDICT_NONE,
			"the key manager does not tell this account of secret %s: %s",
			domain->secret, server->secret_error);
		finding_mend(finding,
			"openstack secret get %s, as the VM's owner (flavor \"user\") or Nova's "
			"service account",
			domain->secret);
	}
}

/* What Nova says of its last failure. `is_absent`: libvirt does not have the VM. */
static void judge_status(const struct openstack_server *server, const char *name, bool is_absent,
	struct findings *findings)
{
	bool is_refused =
		strstr(server->fault, "Key manager error") && strstr(server->fault, "Forbidden");
	struct finding *finding;

	if (!rules_is(server->status, "ERROR"))
		return;
	finding = findings_add(findings, "nova", name, VERDICT_CONTRAINDICATED,
		"Nova has the VM in ERROR%s%.200s", *server->fault ? ": " : "", server->fault);
	if (is_refused)
		finding_mend(finding,
			"the VM's owner, and no administrator: openstack server reboot --hard %s; "
			"the secret of a vTPM with \"user\" is given to nobody else",
			server->uuid);
	else if (is_absent)
		finding_mend(finding,
			"nova-compute.log of that host; when its cause is mended, its owner: "
			"openstack server reboot --hard %s",
			server->uuid);
	else
		finding_mend(finding, "nova-compute.log of %s; see \"restart\" before any reboot",
			*server->host ? server->host : "its host");
}

static void judge_migration(
	const struct openstack_server *server, const char *name, struct findings *findings)
{
	const struct openstack_migration *last = &server->migration;
	bool has_failed = rules_is(last->status, "error") || rules_is(last->status, "failed");

	if (!*last->status)
		return;
	findings_add(findings, "migration", name, has_failed ? VERDICT_WARNING : VERDICT_AFFIRMING,
		"Nova's last %s of it, from %s to %s, %s: %s",
		*last->type ? last->type : "migration", *last->from ? last->from : "?",
		*last->to ? last->to : "no host", last->when, last->status);
	if (has_failed)
		finding_mend(&findings->items[findings->count - 1],
			"nova-compute.log of %s and %s at that time",
			*last->from ? last->from : "the source",
			*last->to ? last->to : "the scheduler's log");
}

void rules_judge_openstack(const struct openstack_server *server, const struct facts *facts,
	const struct facts_domain *domain, const struct rules_expect *expect,
	struct findings *findings)
{
	judge_status(server, domain->name, false, findings);
	if (*server->host && !is_same_host(server->host, facts->host))
		finding_mend(findings_add(findings, "nova", domain->name, VERDICT_WARNING,
				     "Nova has the VM (%s) on %s, not here", server->status,
				     server->host),
			"run this there; if the domain runs here too, stop one at once");
	/* The definition has the same, and needs no client. */
	if (!domain->has_flavor)
		judge_flavor(server, domain->name, expect, findings);
	judge_image(server, domain->name, findings);
	judge_secret(server, domain, findings);
	judge_migration(server, domain->name, findings);
}

void rules_judge_absent(const struct openstack_server *server, const struct facts *facts,
	bool is_state_there, struct findings *findings)
{
	const char *name = server->name;
	bool is_here = !*server->host || is_same_host(server->host, facts->host);

	judge_status(server, name, true, findings);
	if (!is_here)
		finding_mend(findings_add(findings, "nova", name, VERDICT_WARNING,
				     "Nova has the VM (%s) on %s, not here", server->status,
				     server->host),
			"run this there");
	else if (!rules_is(server->status, "ERROR"))
		finding_mend(
			findings_add(findings, "nova", name, VERDICT_CONTRAINDICATED,
				"Nova has the VM (%s) here, and libvirt does not", server->status),
			"its owner: openstack server reboot --hard %s, which defines it anew",
			server->uuid);
	if (is_state_there)
		findings_add(findings, "state", name, VERDICT_AFFIRMING,
			"its vTPM's state is still there: %s/%s/tpm2", facts->state_path,
			server->uuid);
	else if (is_here)
		finding_mend(findings_add(findings, "state", name, VERDICT_CONTRAINDICATED,
				     "its vTPM's state is not there: %s/%s/tpm2", facts->state_path,
				     server->uuid),
			"restore it before anybody starts the VM: libvirt would make a new TPM; "
			"findmnt -T %s",
			facts->state_path);
	judge_migration(server, name, findings);
}
