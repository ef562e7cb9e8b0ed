/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's baseline on its way from one host to another: a line of JSON, in which the document
 * stands to the byte. Its quote shows that a TPM signed what it says, and that nobody changed that
 * since; not whose TPM it was. Who imports it trusts who exported it, as one who copies the file.
 */
#ifndef HOST_CONFIRM_BASELINE_TRANSFER_H
#define HOST_CONFIRM_BASELINE_TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/error.h"
#include "core/text.h"
#include "core/verdict/verdict.h"

#define BASELINE_LINE_MAX ((size_t)1024 * 1024)

/* Appends the line of the VM's baseline in this directory, and of what has not ended for it.
 * Errors: those of platform_file_read(), evidence_parse() and verdict_file_read(). */
int baseline_export(const char *directory, const char *uuid, struct buf *to, struct error *err);

struct baseline_import {
	char uuid[TEXT_UUID_SIZE]; /* empty where the line does not say it */
	bool is_compared;          /* there was one here already */
	struct verdict verdict;    /* of the newer one beside the older one */
	enum verdict_status status;
};

/* Takes such a line into the directory. Where the VM has a baseline there, the newer one of the two
 * is judged beside the older one: it becomes the baseline where that may follow, else the older one
 * is, and what is contraindicated is remembered until it ends. Errors: MALFORMED, UNSUPPORTED (no
 * verified quote, or of another VM); those of the directory's files. ret_import: `uuid` also then.
 */
int baseline_import(const char *directory, const void *line, size_t len, enum event event,
	struct baseline_import *ret_import, struct error *err);

#endif
