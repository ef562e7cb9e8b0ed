/* SPDX-License-Identifier: BSD-2-Clause */
/* How far a receiver was told. */
#ifndef COLLECTOR_WEBHOOK_CURSOR_H
#define COLLECTOR_WEBHOOK_CURSOR_H

#include "collector/shared_file.h"

/* Numbers of the last report, audit event and claim that are settled: the receiver was told, or
 * does not have to be. */
struct webhook_cursor {
	struct shared_file file;
	uint64_t appraisal, audit, claim;
};

/* What stands in `file`. Where it is missing, telling begins with what comes next; where
 * it is beyond the store's end, since an older copy of the database was put back, with what comes
 * behind that end: the log and the audit log say so.
 * Errors: CONFIG where the file is another one's, and those of the store and of files. */
int webhook_cursor_read(
	const struct shared_file *file, struct webhook_cursor *ret_cursor, struct error *err);

/* One of the cursor's numbers, `place`, is `number` now. A failure to write goes to the log. */
void webhook_cursor_settle(struct webhook_cursor *cursor, uint64_t *place, uint64_t number);

#endif
