/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/writer.h"

#include <pthread.h>
#include <stdlib.h>

#include "collector/metrics.h"
#include "platform/system.h"

#define QUEUE_MAX 4096 /* jobs; what does not fit is answered "busy" */
#define GROUP_MAX 256

struct listener {
	writer_listener *listen;
	void *context;
	struct listener *next;
};

struct writer {
	struct store *store;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t arrival;
	struct writer_job *first, **end;
	size_t count;
	bool is_stopping;
	struct listener *listeners; /* the last registered first */
	/* The group under way: the thread's own. */
	struct writer_job *jobs[GROUP_MAX];
	struct store_item items[GROUP_MAX];
};

/* Waits for jobs and takes as many as a group can have; 0: it is over. */
static size_t take_group(struct writer *writer)
{
	size_t count = 0;

	pthread_mutex_lock(&writer->lock);
	while (!writer->first && !writer->is_stopping)
		pthread_cond_wait(&writer->arrival, &writer->lock);
	while (writer->first && count < GROUP_MAX) {
		writer->jobs[count++] = writer->first;
		writer->first = writer->first->next;
	}
	if (!writer->first)
		writer->end = &writer->first;
	writer->count -= count;
	metrics_set_queue(writer->count);
	pthread_mutex_unlock(&writer->lock);
	return count;
}

static int commit(struct writer *writer, size_t first, size_t count, struct error *err)
{
	struct store_batch batch = {.now_ms = store_clock_ms(writer->store),
		.items = writer->items,
		.item_count = count};
	uint64_t start = platform_monotonic_us();
	int rc;

	for (size_t i = 0; i < count; i++)
		writer->items[i] = writer->jobs[first + i]->item;
	rc = store_write(writer->store, &batch, err);
	metrics_observe_commit(platform_monotonic_us() - start);
	for (size_t i = 0; !rc && i < count; i++)
		writer->jobs[first + i]->item = writer->items[i];
	return rc;
}

static void tell(const struct writer *writer, const struct store_item *item)
{
	for (const struct listener *at = writer->listeners; at; at = at->next)
		at->listen(item, at->context);
}

/* One job that cannot be written must not take the others along: a group that fails for what is in
 * it is written job by job. A store that takes nothing at all is not asked that often. */
static void write_group(struct writer *writer, size_t count)
{
	struct error err, own_err;
	int rc = commit(writer, 0, count, &err);
	bool is_one_jobs_fault = rc == -ERROR_INTERNAL || rc == -ERROR_TOO_LARGE ||
				 rc == -ERROR_MALFORMED || rc == -ERROR_CRYPTO;

	for (size_t i = 0; i < count; i++) {
		const struct error *why = &err;
		int own_rc = rc;

		if (is_one_jobs_fault && count > 1) {
			why = &own_err;
			own_rc = commit(writer, i, 1, &own_err);
		}
		if (!own_rc)
			tell(writer, &writer->jobs[i]->item);
		writer->jobs[i]->done(writer->jobs[i], own_rc, why);
	}
}

static void *run(void *context)
{
	struct writer *writer = context;
	size_t count;

	while ((count = take_group(writer)))
		write_group(writer, count);
	return NULL;
}

int writer_start(struct store *store, struct writer **ret_writer, struct error *err)
{
	struct writer *writer = calloc(1, sizeof(*writer));

	if (!writer)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the writer");
	writer->store = store;
	writer->end = &writer->first;
	pthread_mutex_init(&writer->lock, NULL);
	pthread_cond_init(&writer->arrival, NULL);
	if (pthread_create(&writer->thread, NULL, run, writer)) {
		free(writer);
		return error_set(err, ERROR_NO_MEMORY, "no thread for the writer");
	}
	*ret_writer = writer;
	return 0;
}

int writer_listen(struct writer *writer, writer_listener *listen, void *context, struct error *err)
{
	struct listener *listener = malloc(sizeof(*listener));

	if (!listener)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the writer");
	*listener = (struct listener){listen, context, writer->listeners};
	writer->listeners = listener;
	return 0;
}

bool writer_submit(struct writer *writer, struct writer_job *job)
{
	bool fits;

	pthread_mutex_lock(&writer->lock);
	fits = writer->count < QUEUE_MAX;
	if (fits) {
		job->next = NULL;
		*writer->end = job;
		writer->end = &job->next;
		/* It waits only while there is nothing. */
		if (!writer->count++)
			pthread_cond_signal(&writer->arrival);
		metrics_set_queue(writer->count);
	}
	pthread_mutex_unlock(&writer->lock);
	return fits;
}

void writer_stop(struct writer *writer)
{
	if (!writer)
		return;
	pthread_mutex_lock(&writer->lock);
	writer->is_stopping = true;
	pthread_cond_signal(&writer->arrival);
	pthread_mutex_unlock(&writer->lock);
	pthread_join(writer->thread, NULL);
	pthread_cond_destroy(&writer->arrival);
	pthread_mutex_destroy(&writer->lock);
	while (writer->listeners) {
		struct listener *next = writer->listeners->next;

		free(writer->listeners);
		writer->listeners = next;
	}
	free(writer);
}
