/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of collection: what its steps share. */
#ifndef AGENT_COLLECT_RUN_H
#define AGENT_COLLECT_RUN_H

#include "agent/collect/options.h"
#include "agent/tpm/tpm.h"
#include "core/measured/eventlog.h"
#include "core/signed/binding.h"

/* A step's answer where there is no such thing to read: its part stays absent. */
#define COLLECT_NOTHING_THERE 1

/* One run: the TPM while it is open, and what has been seen of it. */
struct collect_run {
	const struct collect_options *options;
	struct tpm *tpm;
	struct evidence *evidence;
	bool has_log;
	struct eventlog firmware; /* its replay alone, where the evidence's has the system's */
	struct eventlog initrd;   /* and what the system's log has up to the opening of the disks */
	struct eventlog whole;    /* and all of it */
	struct collect_disks *disks;   /* agent/collect/disks.h; NULL: none */
	const struct binding *binding; /* NULL: the quote is bound to a nonce alone */
	struct crypto_bytes secret;    /* what its credential held */
	uint8_t digest[BINDING_QUALIFYING_SIZE];
	struct crypto_bytes qualifying; /* what the next signature is for */
	struct buf *document;           /* what the quote is bound to */
};

/* Marks a part as read or failed by the outcome of reading it. */
void collect_settle(struct record_part *part, int rc, const struct error *err);

/* Closes the run's TPM. Keys that were lost behind the kernel's resource manager stay in the TPM,
 * and nobody gets at them through it: they are flushed by the node past it, where that may be
 * opened. */
void collect_close(struct collect_run *run);

/* Tells the log, when it is verbose, how often each command was sent and how long it took. */
void collect_log_commands(const struct tpm *tpm);

#endif
