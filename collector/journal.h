/* SPDX-License-Identifier: BSD-2-Clause */
/* The journal's native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL): priority and message as
 * fields, over its datagram socket. */
#ifndef COLLECTOR_JOURNAL_H
#define COLLECTOR_JOURNAL_H

#include <stdbool.h>

#include "core/log.h"

/* Whether standard error is the journal (systemd.exec(5), $JOURNAL_STREAM) and it listens. */
bool journal_open(void);

/* Writes one entry; false where it does not fit or the journal is gone. Any thread. */
bool journal_write(enum log_level level, const char *message);

#endif
