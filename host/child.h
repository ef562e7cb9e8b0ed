/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Children with a deadline. Any call on a file below a dead NFS mount, or to a libvirtd that hangs,
 * may never return, and no signal need end it: so a child makes it, and is left behind when the
 * time is up. It holds nothing of the terminal or of a pipe to wait for.
 */
#ifndef HOST_CHILD_H
#define HOST_CHILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/buf.h"
#include "core/error.h"

struct child_user {
	uid_t uid;
	gid_t gid;
};

struct child_how {
	const struct child_user
		*user; /* as this account, with no other groups; NULL: as this one */
	uint32_t timeout_ms;
	bool cleans_up; /* is not killed when late: it removes what it made in its own time */
};

/* A child under way, from child_start() to child_finish(). Zero: none. */
struct child {
	pid_t pid;
	void *shared;
	size_t size;
	struct child_how how;
	uint64_t deadline_us;
	int status;
	bool has_ended;
};

/* Starts a child that runs `function` on a copy of the `size` bytes at `context`. Errors: IO,
 * NO_MEMORY. */
int child_start(void (*function)(void *context), const void *context, size_t size,
	const struct child_how *how, struct child *ret_child, struct error *err);

/* Whether child_finish() would not wait: it has ended, or its time is up. */
bool child_is_due(struct child *child);

/* Waits for the child and replaces `context` by what it made of its copy. Errors, with `context`
 * untouched: TIMEOUT, PERMISSION (cannot become that account), IO. */
int child_finish(struct child *child, void *context, struct error *err);

/* Both at once. */
int child_call(void (*function)(void *context), void *context, size_t size,
	const struct child_how *how, struct error *err);

/* Runs a program, found in PATH, without a shell, and appends its standard output, at most `max`
 * bytes. What it has started ends with it where it is late; it is no job of the terminal's. Errors:
 * NOT_FOUND (no such program), TIMEOUT, TOO_LARGE, IO (it ended with another status than 0, with
 * the last line of its standard error). */
int child_run(const char *const argv[], size_t max, uint32_t timeout_ms, struct buf *to,
	struct error *err);

#endif
