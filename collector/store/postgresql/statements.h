/* SPDX-License-Identifier: BSD-2-Clause */
/* The texts of the statements. */
#ifndef COLLECTOR_STORE_POSTGRESQL_STATEMENTS_H
#define COLLECTOR_STORE_POSTGRESQL_STATEMENTS_H

#include "collector/store/postgresql/private.h"
#include "core/buf.h"

/* Appends a statement's text. A failure is the buffer's. */
void pg_statement_text(enum pg_statement statement, struct buf *to);

#endif
