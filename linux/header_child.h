/* SPDX-License-Identifier: BSD-2-Clause */
/* The header of a volume, read by a child: a device may hang in the kernel, where no signal ends
 * it. */
#ifndef LINUX_HEADER_CHILD_H
#define LINUX_HEADER_CHILD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/error.h"

/* The first bytes of a LUKS2 volume, as many as its header takes, or none where it is no such
 * volume. A child that has not come to its end by then, on the monotonic clock, is left behind.
 * Errors: TIMEOUT, NO_MEMORY, IO; those of open() and read(), as os_error_file() tells them. */
int header_child_read(const char *path, uint64_t deadline_us, struct buf *ret_header,
	bool *ret_is_luks1, struct error *err);

#endif
