/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a hard reboot would keep a vTPM. It is what everybody tries first, and where it destroys
 * one, nothing brings it back: so this is said before it is advised. */
#include "host/rules.h"

#include <inttypes.h>

#include "host/rules_private.h"

/* Nova undefines a domain to define it anew; whether it tells libvirt to keep the TPM's state then
 * (VIR_DOMAIN_UNDEFINE_KEEP_TPM, libvirt 8.9): Launchpad 2118888. */
static bool does_nova_keep(uint64_t nova)
{
	return nova >= RULES_VERSION(33, 0) ||
	       (nova >= RULES_VERSION(32, 2) && nova < RULES_VERSION(33, 0)) ||
	       (nova >= RULES_VERSION(31, 3) && nova < RULES_VERSION(32, 0));
}

static void judge(
	const struct facts *facts, const struct facts_domain *domain, struct findings *findings)
{
	const char *name = domain->name;

	if (!rules_is(domain->state.access, FACT_OK) || domain->state.size == 0)
		finding_mend(
			findings_add(findings, "restart", name, VERDICT_CONTRAINDICATED,
				"do not hard-reboot or start it: without its state libvirt makes a "
				"new TPM, or none starts"),
			"mend \"state\" and \"mount\" first");
	else if (domain->is_state_kept)
		findings_add(findings, "restart", name, VERDICT_AFFIRMING,
			"a hard reboot keeps this vTPM: its state is there, and persistent_state "
			"is 'yes'");
	else if (facts->libvirt >= RULES_VERSION(8, 9) && does_nova_keep(facts->nova))
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
			"cp -a %s/%s /root/ first; reboot inside the guest instead",
			facts->state_path, domain->uuid);
}

void rules_judge_restart(
	const struct facts *facts, const struct rules_expect *expect, struct findings *findings)
{
	for (size_t i = 0; i < facts->domains.count; i++) {
		const struct facts_domain *domain = &facts->domains.items[i];

		if (domain->has_vtpm && rules_is_asked_for(domain, expect))
			judge(facts, domain, findings);
	}
}
