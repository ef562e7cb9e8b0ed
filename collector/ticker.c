/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/ticker.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "platform/system.h"

struct ticker {
	unsigned every_ms;
	ticker_work *work;
	void *context;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool is_woken, is_ending; /* under the lock */
};

/* With the lock held: waits for a change until then, for ever where that is 0; false: that time has
 * come. */
static bool wait_changed(struct ticker *ticker, uint64_t until_ms)
{
	struct timespec until = {(time_t)(until_ms / 1000), (long)(until_ms % 1000) * 1000000};

	if (until_ms)
		return pthread_cond_timedwait(&ticker->changed, &ticker->lock, &until) != ETIMEDOUT;
	pthread_cond_wait(&ticker->changed, &ticker->lock);
	return true;
}

/* Waits until it is woken or has to end; false when it is time to work anyway. */
static bool wait_woken(struct ticker *ticker, uint64_t due_ms)
{
	bool is_woken = true;

	pthread_mutex_lock(&ticker->lock);
	while (is_woken && !ticker->is_woken && !ticker->is_ending)
		is_woken = wait_changed(ticker, due_ms);
	ticker->is_woken = false;
	pthread_mutex_unlock(&ticker->lock);
	return is_woken;
}

static void *run(void *context)
{
	struct ticker *ticker = context;
	bool is_due = ticker->every_ms != 0;
	uint64_t due_ms = 0;

	if (!is_due)
		wait_woken(ticker, 0);
	while (!ticker_is_ending(ticker)) {
		ticker->work(ticker, is_due, ticker->context);
		if (is_due)
			due_ms = platform_monotonic_ms() + ticker->every_ms;
		is_due = !wait_woken(ticker, due_ms);
	}
	return NULL;
}

static void ticker_free(struct ticker *ticker)
{
	pthread_cond_destroy(&ticker->changed);
	pthread_mutex_destroy(&ticker->lock);
	free(ticker);
}

int ticker_start(struct ticker **ret_ticker, const char *name, unsigned every_ms, ticker_work *work,
	void *context, struct error *err)
{
	struct ticker *ticker = calloc(1, sizeof(*ticker));
	pthread_condattr_t attributes;

	if (!ticker)
		return error_set(err, ERROR_NO_MEMORY, "no memory for %s", name);
	ticker->every_ms = every_ms;
	ticker->work = work;
	ticker->context = context;
	pthread_mutex_init(&ticker->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC); /* platform_monotonic_ms()'s */
	pthread_cond_init(&ticker->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	if (pthread_create(&ticker->thread, NULL, run, ticker)) {
		ticker_free(ticker);
		return error_set(err, ERROR_NO_MEMORY, "no thread for %s", name);
	}
	*ret_ticker = ticker;
	return 0;
}

void ticker_wake(struct ticker *ticker)
{
	pthread_mutex_lock(&ticker->lock);
	ticker->is_woken = true;
	pthread_cond_signal(&ticker->changed);
	pthread_mutex_unlock(&ticker->lock);
}

bool ticker_is_ending(struct ticker *ticker)
{
	bool is_ending;

	pthread_mutex_lock(&ticker->lock);
	is_ending = ticker->is_ending;
	pthread_mutex_unlock(&ticker->lock);
	return is_ending;
}

bool ticker_rest(struct ticker *ticker, unsigned ms)
{
	uint64_t until_ms = platform_monotonic_ms() + ms;
	bool is_ending;

	pthread_mutex_lock(&ticker->lock);
	while (!ticker->is_ending && wait_changed(ticker, until_ms))
		;
	is_ending = ticker->is_ending;
	pthread_mutex_unlock(&ticker->lock);
	return !is_ending;
}

void ticker_stop(struct ticker *ticker)
{
	if (!ticker)
		return;
	pthread_mutex_lock(&ticker->lock);
	ticker->is_ending = true;
	pthread_cond_signal(&ticker->changed);
	pthread_mutex_unlock(&ticker->lock);
	pthread_join(ticker->thread, NULL);
	ticker_free(ticker);
}
