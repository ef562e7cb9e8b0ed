/* SPDX-License-Identifier: BSD-2-Clause */
/* What the status page's sections share. */
#ifndef AGENT_STATUS_PAGE_PART_H
#define AGENT_STATUS_PAGE_PART_H

#include <stdbool.h>

#include "console/page.h"
#include "core/evidence/record.h"

/* Says whether a part was read; one that was asked for and failed gets a row that says why. */
bool status_page_add_part(struct page *page, const char *label, const struct record_part *part);

#endif
