/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/status/page_part.h"

bool status_page_add_part(struct page *page, const char *label, const struct record_part *part)
{
	if (part->state == PART_FAILED)
		page_add_row(page, PAGE_UNKNOWN, label, "%s", part->error.message);
	return part->state == PART_READ;
}
