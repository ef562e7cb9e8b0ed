/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt's, QEMU's, swtpm's and the kernel's logs say, mapped to causes. Pure. */
#ifndef HOST_LOGS_LINES_H
#define HOST_LOGS_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "host/facts/facts.h"
#include "host/findings.h"

struct log_text {
	const char *text, *place; /* the file, or the unit of the journal */
	bool is_past;             /* from before the domain was started as it runs now */
};

/* The part of QEMU's log of a domain that is about its last start. */
const char *log_lines_last_start(const char *text);

/* Adds a finding for the last cause that each of a domain's logs names, each cause once; a warning
 * where it is past. Lines that only follow from a cause count where no log of that time names one,
 * and then the most telling alone. At most eight logs. */
void log_lines_judge(const struct log_text logs[], size_t count, const struct facts_domain *domain,
	struct findings *findings);

#endif
