/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_LOGS_GATHER_H
#define HOST_LOGS_GATHER_H

#include "host/facts/facts.h"
#include "host/findings.h"

/* Looks for known failures at the end of a domain's logs, and in the journal of this boot: the
 * kernel's and libvirt's. A log that is not there says nothing. */
void gather_logs(const struct facts_domain *domain, uint32_t timeout_ms, struct findings *findings);

#endif
