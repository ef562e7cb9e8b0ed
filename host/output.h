/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

#include "console/page.h"
#include "core/buf.h"
#include "core/error.h"
#include "core/json/value.h"
#include "core/verdict/verdict.h"

/* Each writes all of it to standard output, or fails: an error must never exit 0. Errors: IO,
 * NO_MEMORY. host_output_json() takes over `json`, which may be NULL where memory was short. */
int host_output_json(json_t *json, struct error *err);
int host_output_page(const struct page *page, struct error *err);
int host_output_text(const struct buf *text, struct error *err);

/* The verdict with the exit status that `status` comes to, which is not its own where nothing was
 * compared. NULL when memory is short. */
json_t *host_output_verdict(const struct verdict *verdict, enum verdict_status status);

/* Whether the page has room for another row, the last of all aside, which host_output_more() takes:
 * to say how many were left out. It adds nothing where none were. */
bool host_output_has_room(const struct page *page);
void host_output_more(struct page *page, size_t left_out);

#endif
