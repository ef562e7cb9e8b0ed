/* SPDX-License-Identifier: BSD-2-Clause */
/* What OpenStack says about a VM, judged. Pure. */
#ifndef HOST_RULES_OPENSTACK_H
#define HOST_RULES_OPENSTACK_H

#include <stdbool.h>

#include "host/facts/openstack.h"
#include "host/rules/rules.h"

/* Judges a VM that libvirt has. What is only not known to this account goes to the findings' note.
 */
void rules_judge_openstack(const struct openstack_server *server, const struct facts *facts,
	const struct facts_domain *domain, const struct rules_expect *expect,
	struct findings *findings);

/* Judges a VM that libvirt has not here; is_state_there: whether this host has its vTPM's state. */
void rules_judge_absent(const struct openstack_server *server, const struct facts *facts,
	bool is_state_there, struct findings *findings);

#endif
