/* SPDX-License-Identifier: BSD-2-Clause */
/* A LUKS2 volume, by its header. */
#ifndef AGENT_COLLECT_VOLUMES_H
#define AGENT_COLLECT_VOLUMES_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

/* Adds a volume and the slots that its tokens describe; a platform_volume_visit() whose context is
 * the run. Errors: NO_MEMORY. */
int collect_add_volume(
	const char *device, const uint8_t *header, size_t len, void *context, struct error *err);

#endif
