/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Children with a deadline. Any call on a file below a dead NFS mount may never return, and no
 * signal ends it: so a child makes it, and is left behind when the time is up.
 */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/error.h"

struct child_user {
	uid_t uid;
	gid_t gid;
};

/* Runs `function` in a child, on a copy of the `size` bytes at `context`, which are replaced by
 * what it made of them when it ended in time. As another account, with no other groups, when `user`
 * is not NULL. Errors: TIMEOUT, PERMISSION (cannot become that account), IO; `context` is
 * untouched. */
int child_call(void (*function)(void *context), void *context, size_t size,
	const struct child_user *user, uint32_t timeout_ms, struct error *err);

/* Runs a program, found in PATH, without a shell, and appends its standard output, at most `max`
 * bytes; its standard error goes to nowhere. Errors: NOT_FOUND (no such program), TIMEOUT,
 * TOO_LARGE, IO (it ended with another status than 0). */
int child_run(const char *const argv[], size_t max, uint32_t timeout_ms, struct buf *to,
	struct error *err);

#endif
