/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a hard reboot would keep a vTPM. It is what everybody tries first, and where it destroys
 * one, nothing brings it back: so this is said before it is advised. */
#include "host/rules/rules.h"

#include "host/rules/private.h"

/* Whether only its owner may start it, by the flavor that it was made with; where that is not
 * known, by what the platform makes, and upstream's Nova before 33 knew no other way. */
static bool is_owners(const struct facts_domain *domain, const struct rules_expect *expect)
{
	bool is_known = domain->has_flavor || !expect->secret_security;

	return *domain->server && *domain->secret &&
	       rules_is_users(is_known ? domain->secret_security : expect->secret_security);
}

static void judge_owner(const struct facts_domain *domain, struct findings *findings)
{
	finding_mend(
		findings_add(findings, "restart", domain->name, VERDICT_WARNING,
			"a hard reboot keeps this vTPM where its owner (%s) does it; an "
			"administrator's undefines the VM, since the key manager refuses him its "
			"secret",
			domain->owner),
		"reboot inside the guest, or let the owner: openstack server reboot --hard %s",
		domain->uuid);
}

static void judge(const struct facts *facts, const struct facts_domain *domain,
	const struct rules_expect *expect, struct findings *findings)
{
	const char *name = domain->name;
	char directory[256];

	facts_domain_directory(facts, domain, directory, sizeof(directory));
	if (!rules_is(domain->state.access, FACT_OK) || domain->state.size == 0)
		finding_mend(
			findings_add(findings, "restart", name, VERDICT_CONTRAINDICATED,
				"do not hard-reboot or start it: without its state libvirt makes a "
				"new TPM, or none starts"),
			"mend \"state\" and \"mount\" first");
	else if (is_owners(domain, expect) &&
		 (domain->is_state_kept || rules_does_nova_keep(facts)))
		judge_owner(domain, findings);
	else if (domain->is_state_kept)
		findings_add(findings, "restart", name, VERDICT_AFFIRMING,
			"a hard reboot keeps this vTPM: its state is there, and persistent_state "
			"is 'yes'");
	else if (rules_does_nova_keep(facts))
		findings_add(findings, "restart", name, VERDICT_AFFIRMING,
			"a hard reboot by this Nova keeps this vTPM");
	else
		finding_mend(
			findings_add(findings, "restart", name, VERDICT_WARNING,
				"a hard reboot may destroy this vTPM: no persistent_state, and %s "
				"(Launchpad 2118888)",
				facts->libvirt < RULES_VERSION(8, 9) ? "libvirt is older than 8.9"
				: facts->nova ? "Nova is older than 31.3.0, 32.2.0 or 33.0.0"
					      : "which Nova starts it is not known here"),
			"cp -a %s /root/ first; reboot inside the guest instead", directory);
}

void rules_judge_restart(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (domain->has_vtpm && rules_is_asked_for(domain, expect))
			judge(facts, domain, expect, findings);
	}
}
