/* SPDX-License-Identifier: BSD-2-Clause */
/* All guests that the watcher knows, with what is under way for each. */
#ifndef HOST_WATCH_GUESTS_H
#define HOST_WATCH_GUESTS_H

#include <stddef.h>

#include "host/child.h"
#include "host/confirm/confirm.h"
#include "host/watch/record.h"

#define WATCH_GUESTS_MAX 4096

struct watch_guest {
	struct watch_record record;
	bool is_found;         /* running, since the connection to libvirt began */
	bool is_defined;       /* likewise */
	uint64_t due_us;       /* of the next attempt, on the monotonic clock */
	uint64_t deadline_us;  /* after it there is none */
	uint32_t event_number; /* counts what happened, */
	uint32_t asked_number; /* and what had happened when the guest was asked */
	struct confirm *confirm;
	bool is_untold;       /* a command is to be run for its verdict, */
	struct child command; /* or runs */
};

struct watch_guests {
	const char *state; /* directory */
	size_t count;
	struct watch_guest **items;
};

/* Reads what was kept. Errors: those of record_file_read_all(); NO_MEMORY. */
int guests_load(const char *state, struct watch_guests *ret_guests, struct error *err);
void guests_free(struct watch_guests *guests);

/* NULL: not known. */
struct watch_guest *guests_find(const struct watch_guests *guests, const char *uuid);

/* A new one, in the place of the oldest that does not run where there are too many. NULL: there is
 * no memory, or there are too many; it is told of. */
struct watch_guest *guests_add(struct watch_guests *guests, const char *uuid);

/* Forgets those of which libvirt has had no domain for 30 days, and their baselines. */
void guests_forget_gone(struct watch_guests *guests, uint64_t now_s);

/* Keeps it on disk; a failure is told of. */
void guests_keep(const struct watch_guests *guests, const struct watch_guest *guest);

#endif
