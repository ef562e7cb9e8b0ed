/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one thread that writes: takes jobs from any thread, commits them in groups, and tells each
 * one's submitter when it is on stable storage. What arrives while a commit is under way makes the
 * next group.
 */
#ifndef COLLECTOR_WRITER_H
#define COLLECTOR_WRITER_H

#include <stdbool.h>

#include "collector/store/store.h"
#include "core/error.h"

/* Lives, with all it points to, until `done` is called; `done` may free it. */
struct writer_job {
	struct store_item item;
	/* Called on the writer's thread: rc 0, committed and item.spend, item.written are set; else
	 * nothing was written and `err` says why. Must be quick. */
	void (*done)(struct writer_job *job, int rc, const struct error *err);
	struct writer_job *next; /* the writer's own */
};

struct writer;

/* Errors: NO_MEMORY. */
int writer_start(struct store *store, struct writer **ret_writer, struct error *err);

/* Has `listen` called, beside those registered before, on the writer's thread, for each item that
 * was committed and before its `done`. It must be quick. To be registered before the first job.
 * Errors: NO_MEMORY. */
typedef void writer_listener(const struct store_item *item, void *context);
int writer_listen(struct writer *writer, writer_listener *listen, void *context, struct error *err);

/* Takes the job, or returns false when the queue is full: `done` is not called then. */
bool writer_submit(struct writer *writer, struct writer_job *job);

/* Commits what is queued, calls every `done`, and ends. No submit may be under way. */
void writer_stop(struct writer *writer);

#endif
