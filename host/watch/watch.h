/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's events followed, and each guest's vTPM confirmed after them. */
#ifndef HOST_WATCH_WATCH_H
#define HOST_WATCH_WATCH_H

#include "core/status.h"
#include "host/watch/how.h"

/* Until a signal ends it; or, where only once was asked for, until nothing is owed: `ret_status` is
 * then the worst that it told. Errors: IO (no libvirt, where only once), TIMEOUT (another watcher
 * has the state directory); those of the state directory. */
int watch_run(const struct watch_how *how, enum verdict_status *ret_status, struct error *err);

#endif
