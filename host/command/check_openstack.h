/* SPDX-License-Identifier: BSD-2-Clause */
/* OpenStack asked about one VM, where its client is configured, and judged. */
#ifndef HOST_COMMAND_CHECK_OPENSTACK_H
#define HOST_COMMAND_CHECK_OPENSTACK_H

#include <stdbool.h>

#include "host/facts/facts.h"
#include "host/findings.h"
#include "host/rules/rules.h"

/* Of a VM that libvirt has; its domain then has what the definition did not say. `has_failed`: its
 * migrations, too. */
void check_openstack(const struct rules_expect *expect, bool has_failed, struct facts *facts,
	struct facts_domain *domain, struct findings *findings);

/* Of a VM that libvirt has not here: what Nova says of it. */
void check_openstack_absent(
	const struct rules_expect *expect, const struct facts *facts, struct findings *findings);

#endif
