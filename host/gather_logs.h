/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_GATHER_LOGS_H
#define HOST_GATHER_LOGS_H

#include "host/rules.h"

/* Looks for known failures at the end of a domain's logs. A log that is not there says nothing. */
void gather_logs(const char *domain, uint32_t timeout_ms, struct findings *findings);

#endif
