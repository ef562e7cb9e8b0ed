/* SPDX-License-Identifier: BSD-2-Clause */
/* Which TPMs libvirt had made for a VM, by swtpm's and QEMU's logs. Pure. */
#ifndef HOST_LOGS_MADE_H
#define HOST_LOGS_MADE_H

#include <stddef.h>
#include <stdint.h>

#include "host/findings.h"

/* Which TPMs swtpm_setup made for a VM, by its log. */
struct log_made {
	size_t count;
	int64_t last;  /* seconds since 1970, 0 where its time cannot be read */
	char when[64]; /* the same, as the log says it */
};

void log_made_read(const char *text, const char *uuid, struct log_made *ret_made);

/* When the VM was first started, by QEMU's log: seconds since 1970, or 0 where it does not tell. */
int64_t log_made_first_start(const char *text, const char *uuid);

/* Adds a finding where a TPM was made for a VM that had run with another: libvirt does so, without
 * a word, where it finds no state. */
void log_made_judge(const struct log_made *made, int64_t first_start, const char *domain,
	struct findings *findings);

#endif
