/* SPDX-License-Identifier: BSD-2-Clause */
/* What nova-compute's log says of one VM. Pure. */
#ifndef HOST_LOGS_NOVA_H
#define HOST_LOGS_NOVA_H

#include "host/facts/facts.h"
#include "host/findings.h"

/* Adds a finding of the last error of the domain's, if it is of after its swtpm's start. `place`:
 * the file. */
void log_nova_judge(const char *text, const char *place, const struct facts_domain *domain,
	struct findings *findings);

#endif
