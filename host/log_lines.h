/* SPDX-License-Identifier: BSD-2-Clause */
/* What libvirt's, QEMU's and swtpm's logs say, mapped to causes. Pure. */
#ifndef HOST_LOG_LINES_H
#define HOST_LOG_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host/findings.h"

struct log_text {
	const char *text, *place; /* the file, or the unit of the journal */
	bool is_past;             /* from before the domain was started as it runs now */
};

/* The part of QEMU's log of a domain that is about its last start. */
const char *log_lines_last_start(const char *text);

/* Which TPMs swtpm_setup made for a VM, by its log. */
struct log_made {
	size_t count;
	int64_t last;  /* seconds since 1970, 0 where its time cannot be read */
	char when[64]; /* the same, as the log says it */
};

void log_lines_made(const char *text, const char *uuid, struct log_made *ret_made);

/* When the VM was first started, by QEMU's log: seconds since 1970, or 0 where it does not tell. */
int64_t log_lines_first_start(const char *text, const char *uuid);

/* Adds a finding where a TPM was made for a VM that had run with another: libvirt does so, without
 * a word, where it finds no state. */
void log_lines_judge_made(const struct log_made *made, int64_t first_start, const char *domain,
	struct findings *findings);

/* Adds a finding for each known failure in the text of a log, once, the most telling first; a
 * warning where it is past. */
void log_lines_judge(const struct log_text *log, const char *domain, struct findings *findings);

#endif
