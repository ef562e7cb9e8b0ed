/* SPDX-License-Identifier: BSD-2-Clause */
/* What the attestation key signs in a run. */
#ifndef AGENT_COLLECT_QUOTE_H
#define AGENT_COLLECT_QUOTE_H

#include "agent/collect/run.h"

/* Loads the attestation key, and chooses one nonce for all that it signs in this run. */
int collect_load_ak(struct collect_run *run, struct error *err);

/* Certifies the beacon, and advances it where the options say so. Returns COLLECT_NOTHING_THERE
 * where there is none of ours, or no attestation key. */
int collect_read_beacon(struct collect_run *run, struct error *err);

/* Reads the PCRs and, where there is an attestation key, takes the quote over them: values and
 * quote of one moment. A quote that fails says so in its own part. */
int collect_read_pcrs(struct collect_run *run, struct error *err);

#endif
