/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef LINK_EVIDENCE_FILE_H
#define LINK_EVIDENCE_FILE_H

#include "core/error.h"
#include "core/evidence/evidence.h"

/* Reads an evidence document from any file. Errors: NOT_FOUND, PERMISSION; those of
 * evidence_parse(). */
int evidence_file_read(const char *path, struct evidence **ret_evidence, struct error *err);

/* Replaces the file in one step. Errors: NO_MEMORY; those of platform_file_keep(). */
int evidence_file_write(const char *path, const struct evidence *evidence, struct error *err);

#endif
