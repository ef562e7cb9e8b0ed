/* SPDX-License-Identifier: BSD-2-Clause */
/* One entry of the journal with fields of its own, by the protocol that systemd documents for
 * programs without its library (https://systemd.io/JOURNAL_NATIVE_PROTOCOL). */
#ifndef HOST_WATCH_JOURNAL_H
#define HOST_WATCH_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>

struct journal_field {
	const char *name, *value; /* the value is escaped; no line break gets into the entry */
};

/* False where there is no journal. */
bool journal_send(const struct journal_field *fields, size_t count);

#endif
