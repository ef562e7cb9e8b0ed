/* SPDX-License-Identifier: BSD-2-Clause */
/* A small document that all collectors of one store share: a file in the state directory where the
 * store is this collector's alone, else in the store. */
#ifndef COLLECTOR_SHARED_FILE_H
#define COLLECTOR_SHARED_FILE_H

#include "collector/store/store.h"
#include "core/buf.h"

/* All borrowed. */
struct shared_file {
	struct store *store; /* NULL: one that is this collector's alone */
	const char *state;   /* directory */
	const char *name;
};

#define SHARED_FILE_TEXT_SIZE 1100

/* What an error calls it: its path, or the store's document. */
void shared_file_show(const struct shared_file *file, char ret_text[SHARED_FILE_TEXT_SIZE]);

/* Errors: NOT_FOUND where nobody has written it yet; TOO_LARGE over `max`; those of the file or the
 * store. */
int shared_file_read(const struct shared_file *file, size_t max, struct buf *to, struct error *err);

/* On stable storage when it returns 0: the old content or the new one, never half of it. */
int shared_file_replace(
	const struct shared_file *file, const void *bytes, size_t len, struct error *err);

#endif
