/* SPDX-License-Identifier: BSD-2-Clause */
/* What a VM booted and whether its disks open, for somebody who never saw a PCR: by the words of
 * core/, as the guest's own pages have them. */
#ifndef COLLECTOR_API_BOOT_VIEW_H
#define COLLECTOR_API_BOOT_VIEW_H

#include "core/evidence/evidence.h"
#include "core/json/value.h"

/* Members "secure_boot", "sentence", "firmware" (as it was measured), "firmware_vendor" and
 * "firmware_version" (as the machine names it), "lists", "certificates", "authorities", "started",
 * "checks", "unproven", "left_out". NULL when memory is short. */
json_t *api_boot_json(const struct evidence *evidence);

/* Members "volumes", "left_out". */
json_t *api_disks_json(const struct evidence *evidence);

/* Members "changes", "left_out": from one boot to another. */
json_t *api_boot_changes_json(const struct evidence *then, const struct evidence *now);

#endif
