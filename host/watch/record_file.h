/* SPDX-License-Identifier: BSD-2-Clause */
/* One file for each guest in the state directory, each written in one step: what is owed survives
 * whatever ends the watcher. */
#ifndef HOST_WATCH_RECORD_FILE_H
#define HOST_WATCH_RECORD_FILE_H

#include "host/watch/record.h"

#define WATCH_RECORDS   "guests"    /* below the state directory */
#define WATCH_BASELINES "baselines" /* likewise; as `confirm --save` fills one */

/* Errors: those of platform_file_replace(); NO_MEMORY, TOO_LARGE. */
int record_file_write(const char *state, const struct watch_record *record, struct error *err);

/* Forgets it. Errors: those of platform_file_remove(); TOO_LARGE. */
int record_file_remove(const char *state, const struct watch_record *record, struct error *err);

/* Reads all. A file that cannot be read is told of and left where it is. Where `each` fails, that
 * ends it. Errors: IO, PERMISSION; that of `each`. No directory: there is none. */
int record_file_read_all(const char *state,
	int (*each)(const struct watch_record *record, void *context, struct error *err),
	void *context, struct error *err);

#endif
