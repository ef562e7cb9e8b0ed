/* SPDX-License-Identifier: BSD-2-Clause */
/* What Nova does with VMs that have a vTPM. Upstream's: nova/virt/libvirt/driver.py and guest.py,
 * and nova/compute/api.py of 33.0.0 and 34.0.0. */
#include "host/rules/rules.h"

#include <inttypes.h>

#include "host/rules/private.h"

/* It undefines a domain to define it anew; whether it tells libvirt to keep the TPM's state then
 * (VIR_DOMAIN_UNDEFINE_KEEP_TPM, libvirt 8.9): Launchpad 2118888. It never writes
 * persistent_state. */
bool rules_does_nova_keep(const struct facts *facts)
{
	uint64_t nova = facts->nova;

	if (facts->libvirt < RULES_VERSION(8, 9))
		return false;
	return nova >= RULES_VERSION(33, 0) ||
	       (nova >= RULES_VERSION(32, 2) && nova < RULES_VERSION(33, 0)) ||
	       (nova >= RULES_VERSION(31, 3) && nova < RULES_VERSION(32, 0));
}

bool rules_is_users(const char *security)
{
	return !*security || rules_is(security, "user");
}

/* Upstream alone: what Nova does, whatever somebody wanted. */
static void judge_upstream(const char *security, const char *name, struct findings *findings)
{
	if (rules_is(security, "host"))
		findings_add(findings, "flavor", name, VERDICT_AFFIRMING,
			"hw:tpm_secret_security=host in the VM's own flavor: Nova live-migrates it "
			"from 33.0.0 on");
	else if (rules_is(security, "deployment"))
		finding_mend(findings_add(findings, "flavor", name, VERDICT_WARNING,
				     "hw:tpm_secret_security=deployment in the VM's own flavor: "
				     "upstream "
				     "Nova does not live-migrate it (products may: --profile)"),
			"migrate it cold (openstack server migrate); upstream Nova refuses to "
			"resize it to another value");
	else
		finding_mend(findings_add(findings, "flavor", name, VERDICT_WARNING,
				     "the VM's own flavor has %s, which means \"user\": no live "
				     "migration",
				     *security ? "hw:tpm_secret_security=user"
					       : "no hw:tpm_secret_security"),
			"its owner migrates it cold, or resizes it to a flavor with "
			"hw:tpm_secret_security=host (from Nova 33.0.0); a change of its flavor is "
			"for VMs made later");
}

void rules_judge_security(const char *security, const char *name, const struct rules_expect *expect,
	struct findings *findings)
{
	const char *wanted = expect->secret_security;

	if (!wanted || (rules_is(wanted, "host") && rules_is(security, "host")))
		judge_upstream(security, name, findings);
	else if (rules_is(security, wanted))
		findings_add(findings, "flavor", name, VERDICT_AFFIRMING,
			"hw:tpm_secret_security=%s in the VM's own flavor, as asked for; upstream "
			"Nova live-migrates \"host\" alone (from 33.0.0)",
			wanted);
	else
		finding_mend(
			findings_add(findings, "flavor", name, VERDICT_CONTRAINDICATED,
				"the VM's own flavor has %s%s, not %s",
				*security ? "hw:tpm_secret_security=" : "no hw:tpm_secret_security",
				security, wanted),
			"a change of its flavor is for VMs made later; migrate this one cold. "
			"Upstream Nova resizes between \"user\" and \"host\" alone; your product "
			"may "
			"do more. --secret-security %s where that value is right here",
			*security ? security : "user");
}
