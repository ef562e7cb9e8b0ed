/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/openstack.h"

#include <stdio.h>
#include <strings.h>

#include "host/rules_private.h"

/* Names of one host may differ in their domain. */
static bool is_same_host(const char *one, const char *other)
{
	size_t len = strcspn(one, ".");

	return len == strcspn(other, ".") && strncasecmp(one, other, len) == 0;
}

static void judge_flavor(const struct openstack_server *server, const char *name,
	const char *wanted, struct findings *findings)
{
	struct finding *finding;

	if (!server->has_flavor) {
		finding = findings_add(findings, "flavor", name, VERDICT_NONE,
			"the openstack client does not show the VM's own flavor");
		finding_mend(finding, "openstack --os-compute-api-version 2.47 server show must "
				      "work for this account");
	} else if (!*server->secret_security) {
		finding = findings_add(findings, "flavor", name, VERDICT_CONTRAINDICATED,
			"the VM's own flavor has no hw:tpm_secret_security, which means \"user\": "
			"no live migration");
		finding_mend(finding,
			"openstack flavor set --property hw:tpm_secret_security=%s FLAVOR is for "
			"VMs made later; resize this one to such a flavor, or migrate it cold",
			wanted);
	} else if (!rules_is(server->secret_security, wanted)) {
		finding = findings_add(findings, "flavor", name, VERDICT_CONTRAINDICATED,
			"the VM's own flavor has hw:tpm_secret_security=%s, not %s",
			server->secret_security, wanted);
		finding_mend(finding,
			"resize it to a flavor with %s, or say --secret-security %s where your "
			"OpenStack takes that",
			wanted, server->secret_security);
	} else if (!rules_is(wanted, "host")) {
		findings_add(findings, "flavor", name, VERDICT_AFFIRMING,
			"hw:tpm_secret_security=%s in the VM's own flavor, as asked for; upstream "
			"Nova live-migrates \"host\" alone (from 33.0.0)",
			wanted);
	} else {
		findings_add(findings, "flavor", name, VERDICT_AFFIRMING,
			"hw:tpm_secret_security=host in the VM's own flavor");
	}
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
				"neither flavor nor image asks for this vTPM any more: a rebuild "
				"would be without"),
			"openstack image set --property hw_tpm_version=2.0 --property "
			"hw_tpm_model=tpm-crb %s",
			server->image);
}

static void judge_secret(const struct openstack_server *server, const struct facts_domain *domain,
	struct findings *findings)
{
	bool is_users = !*server->secret_security || rules_is(server->secret_security, "user");

	if (!server->has_secrets || !*domain->secret)
		return;
	if (server->is_secret_listed)
		findings_add(findings, "secret", domain->name, VERDICT_AFFIRMING,
			"the key manager has the vTPM's secret");
	else if (is_users)
		finding_mend(findings_add(findings, "secret", domain->name, VERDICT_NONE,
				     "the key manager does not show this account secret %s, which "
				     "may be "
				     "the VM owner's",
				     domain->secret),
			"openstack secret list, as the VM's owner");
	else
		finding_mend(findings_add(findings, "secret", domain->name, VERDICT_CONTRAINDICATED,
				     "the key manager does not have secret %s: no host can start "
				     "this vTPM",
				     domain->secret),
			"openstack secret list, as Nova's service account; restore the key "
			"manager's data");
}

void rules_judge_openstack(const struct openstack_server *server, const struct facts *facts,
	const struct facts_domain *domain, const struct rules_expect *expect,
	struct findings *findings)
{
	if (*server->host && !is_same_host(server->host, facts->host))
		finding_mend(findings_add(findings, "nova", domain->name, VERDICT_WARNING,
				     "Nova has the VM (%s) on %s, not here", server->status,
				     server->host),
			"run this there; if the domain runs here too, stop one at once");
	judge_flavor(server, domain->name, expect->secret_security, findings);
	judge_image(server, domain->name, findings);
	judge_secret(server, domain, findings);
}
