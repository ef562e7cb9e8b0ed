/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs that were silent for so long that nobody expects them any more. */
#ifndef COLLECTOR_FORGET_H
#define COLLECTOR_FORGET_H

#include "collector/store/store.h"
#include "collector/ticker.h"
#include "core/error.h"

/* What keeps all of them: silence that may be the collector's own fault. */
enum forget_brake {
	FORGET_BRAKE_NONE = 0,
	FORGET_BRAKE_LOST,    /* the store is an older copy: what was heard may be lost */
	FORGET_BRAKE_UNHEARD, /* no VM at all is heard */
	FORGET_BRAKE_MANY,    /* more would go at once than end in a fleet's life */
};

/* Forgets VMs that were silent for `days`, one after the other, each with an audit event. What
 * cannot be done now is done the next time. *brake: the one of the last time, which is told once.
 */
void forget_silent(
	struct store *store, uint32_t days, enum forget_brake *brake, struct ticker *ticker);

#endif
