/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt's, QEMU's and swtpm's logs say, mapped to causes. Pure. */
#ifndef HOST_LOG_LINES_H
#define HOST_LOG_LINES_H

#include <stdbool.h>

#include "host/findings.h"

struct log_text {
	const char *text, *place; /* the file, or the unit of the journal */
	bool is_past;             /* from before the domain was started as it runs now */
};

/* The part of QEMU's log of a domain that is about its last start. */
const char *log_lines_last_start(const char *text);

/* Adds a finding for each known failure in the text of a log, once, the most telling first; a
 * warning where it is past. */
void log_lines_judge(const struct log_text *log, const char *domain, struct findings *findings);

#endif
