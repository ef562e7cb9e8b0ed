/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether the disks open: the page for a person, and the document for scripts. */
#ifndef AGENT_STATUS_UNLOCK_H
#define AGENT_STATUS_UNLOCK_H

#include <stdbool.h>

#include "console/page.h"
#include "core/evidence/evidence.h"
#include "core/json/value.h"
#include "core/measured/boot_difference.h"

/* The status of part `unlock`, which must have been read. */
enum verdict_status status_unlock(const struct evidence *evidence, bool is_before_reboot);

/* `changes` are those of the boot since the baseline's; NULL: there is none to compare with. */
void status_unlock_page(const struct evidence *evidence, const struct boot_difference *changes,
	bool is_before_reboot, struct page *ret_page);

/* The rows of that page alone, behind what the page has already. */
void status_unlock_sections(const struct unlock_facts *facts, const struct boot_difference *changes,
	bool is_before_reboot, struct page *page);

/* A new JSON object, or NULL when memory is short. */
json_t *status_unlock_json(const struct evidence *evidence, const struct boot_difference *changes,
	bool is_before_reboot);

#endif
