/* SPDX-License-Identifier: BSD-2-Clause */
/* An encrypted volume: of LUKS2 by its header, of BitLocker by what is told of it. */
#ifndef AGENT_COLLECT_VOLUMES_H
#define AGENT_COLLECT_VOLUMES_H

#include "platform/guest.h"

/* Adds a volume and its slots; a platform_volume_visit() whose context is the run. Errors:
 * NO_MEMORY. */
int collect_add_volume(const struct platform_volume *volume, void *context, struct error *err);

#endif
