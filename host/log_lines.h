/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt's, QEMU's and swtpm's logs say, mapped to causes. Pure. */
#ifndef HOST_LOG_LINES_H
#define HOST_LOG_LINES_H

#include "host/rules.h"

/* Adds a finding for each known failure in the text of a log, once, the most telling first. */
void log_lines_judge(
	const char *text, const char *domain, const char *path, struct findings *findings);

#endif
