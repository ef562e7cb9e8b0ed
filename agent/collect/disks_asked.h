/* SPDX-License-Identifier: BSD-2-Clause */
/* Part `unlock` as root's helper tells it to a service that may read no disk. */
#ifndef AGENT_COLLECT_DISKS_ASKED_H
#define AGENT_COLLECT_DISKS_ASKED_H

#include "agent/collect/run.h"

/* Where this user may not read the disks and somebody is there who may, takes the part from them.
 * They ask the TPM themselves, so it must be closed here. */
void collect_ask_for_disks(struct collect_run *run, uint64_t deadline_us);

#endif
