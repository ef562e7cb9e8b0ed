/* SPDX-License-Identifier: BSD-2-Clause */
/* The thread that finds VMs of which nothing was heard for too long: an audit event for each, and
 * the VM's record says so until its next report. */
#ifndef COLLECTOR_SILENCE_H
#define COLLECTOR_SILENCE_H

#include "collector/store/store.h"

struct silence;

/* `tell` is called, on the thread, behind each audit event. Errors: NO_MEMORY. */
int silence_start(struct store *store, void (*tell)(void *context), void *context,
	struct silence **ret_silence, struct error *err);
void silence_stop(struct silence *silence);

#endif
