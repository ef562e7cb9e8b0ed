/* SPDX-License-Identifier: BSD-2-Clause */
/* Part `unlock`: the disks that are sealed to a TPM, and whether this one opens them. */
#ifndef AGENT_COLLECT_DISKS_H
#define AGENT_COLLECT_DISKS_H

#include "agent/collect/run.h"

/* Reads the headers of the machine's volumes, or of the one that the options name: before the TPM
 * is asked. */
void collect_find_disks(struct collect_run *run, uint64_t deadline_us);

/* A baseline, and the owner seed in it, is to tell whether one of them opens. */
bool collect_has_unseen(const struct collect_run *run);

/* Asks the TPM whether what is sealed is its own. A step of the collection. */
int collect_ask_disks(struct collect_run *run, struct error *err);

/* Judges each slot, now that the PCRs are known; frees what the others have kept. */
void collect_judge_disks(struct collect_run *run);

#endif
