/* SPDX-License-Identifier: BSD-2-Clause */
/* A VM's lines as the bytes that a database keeps. */
#ifndef COLLECTOR_STORE_LINES_H
#define COLLECTOR_STORE_LINES_H

#include "collector/store/store_types.h"

/* What store_lines_write() needs at most. */
#define STORE_LINES_BYTES                                                                          \
	(9 + 8 + 16 + 3 * STORE_REASON_SIZE +                                                      \
		STORE_LINES_MAX * (16 + STORE_HASH_SIZE + TEXT_UUID_SIZE + 1))

/* Whether an operator accepted keys of which no report was kept yet: what was seen of the VM before
 * is decided, and the next report has nothing to be compared with. */
bool store_begins_anew(const struct store_vm *vm);

/* Lines as bytes, of which there are none where nothing is known; and back. Errors: MALFORMED. */
size_t store_lines_write(const struct store_lines *lines, uint8_t to[STORE_LINES_BYTES]);
int store_lines_read(
	const struct crypto_bytes *bytes, struct store_lines *ret_lines, struct error *err);

#endif
