/* SPDX-License-Identifier: BSD-2-Clause */
/* One run of collection, between the reading of its parts and what the attestation key signs. */
#ifndef AGENT_COLLECT_PRIVATE_H
#define AGENT_COLLECT_PRIVATE_H

#include "agent/collect.h"
#include "agent/tpm/tpm.h"

/* A step's answer where there is no such thing to read: its part stays absent. */
#define COLLECT_NOTHING_THERE 1

/* One run: the TPM while it is open, and what has been seen of it. */
struct collect_run {
	const struct collect_options *options;
	struct tpm *tpm;
	struct evidence *evidence;
	const struct binding *binding; /* NULL: the quote is bound to a nonce alone */
	struct crypto_bytes secret;    /* what its credential held */
	struct buf *document;          /* what the quote is bound to */
};

/* Marks a part as read or failed by the outcome of reading it. */
void collect_settle(struct record_part *part, int rc, const struct error *err);

/* Loads the attestation key, and chooses one nonce for all that it signs in this run. */
int collect_load_ak(struct collect_run *run, struct error *err);

/* Certifies the beacon, and advances it where the options say so. Returns COLLECT_NOTHING_THERE
 * where there is none of ours, or no attestation key. */
int collect_read_beacon(struct collect_run *run, struct error *err);

/* Reads the PCRs and, where there is an attestation key, takes the quote over them: values and
 * quote of one moment. A quote that fails says so in its own part. */
int collect_read_pcrs(struct collect_run *run, struct error *err);

/* Tells the log, when it is verbose, how often each command was sent and how long it took. */
void collect_log_commands(const struct tpm *tpm);

#endif
