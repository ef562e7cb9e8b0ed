/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a command's result goes: into the file `path`; empty: to standard output. */
#ifndef AGENT_OUTPUT_H
#define AGENT_OUTPUT_H

#include "console/page.h"
#include "core/buf.h"
#include "core/error.h"
#include "core/json/value.h"

/* Appends a page as standard output can show it, or plainly where it goes to a file. NULL stands
 * for a page that there was no memory for. */
void output_page(const char *path, const struct page *page, struct buf *to);

/* Appends a JSON document and a newline, indented on a terminal. Takes over the reference; NULL
 * stands for a document that there was no memory for. */
void output_json(const char *path, json_t *json, struct buf *to);

/* Writes the whole result at once. Errors: NO_MEMORY when the buffer failed, IO and PERMISSION. */
int output_write(const char *path, const struct buf *result, struct error *err);

#endif
