/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that wait until their VM has a new report: answered by one thread, which the writer's
 * wakes. It also looks for itself from time to time, since another process may write to the store.
 */
#include <stdlib.h>
#include <string.h>

#include "collector/operators/api_private.h"
#include "collector/ticker.h"
#include "platform/system.h"

#define SHARE_MAX 256 /* of administrators, and of all others together */
#define LOOK_MS   1000

struct waiter {
	struct http_request *request;
	char uuid[TEXT_UUID_SIZE];
	uint64_t newer;
	uint64_t deadline_ms;
	bool is_admin; /* whose share it has a place of */
	bool is_woken;
};

struct api_wait {
	struct api *api;
	struct ticker *ticker;
	pthread_mutex_t lock;
	bool ends;
	size_t shares[2]; /* how many places are taken, by is_admin */
	size_t count;     /* both */
	struct waiter waiters[2 * SHARE_MAX];
};

static void reply(struct api_wait *wait, const struct waiter *waiter)
{
	json_t *json = NULL;
	struct error err;
	size_t count;

	if (api_timeline(wait->api, waiter->uuid, 0, waiter->newer, API_PAGE_DEFAULT, &json, &count,
		    &err))
		api_reply_error(waiter->request, &err);
	else
		http_reply_json(waiter->request, 200, json);
}

static bool may_be_answered(struct api_wait *wait, const struct waiter *waiter, uint64_t now)
{
	struct store_vm vm;
	struct error ignored;

	return now >= waiter->deadline_ms || http_client_left(waiter->request) ||
	       store_read_vm(wait->api->store, waiter->uuid, &vm, &ignored) ||
	       vm.head.id > waiter->newer;
}

/* Only this thread removes waiters, and new ones come behind the others: a waiter stays in its
 * place while the lock is given up to ask the store. */
static void look(struct api_wait *wait, bool at_all)
{
	uint64_t now = platform_monotonic_ms();

	for (size_t i = 0; i < wait->count;) {
		struct waiter waiter = wait->waiters[i];
		bool is_answered = wait->ends;

		if (!at_all && !waiter.is_woken && now < waiter.deadline_ms && !wait->ends) {
			i++;
			continue;
		}
		wait->waiters[i].is_woken = false;
		pthread_mutex_unlock(&wait->lock);
		is_answered = is_answered || may_be_answered(wait, &waiter, now);
		if (is_answered)
			reply(wait, &waiter);
		pthread_mutex_lock(&wait->lock);
		if (is_answered) {
			wait->shares[waiter.is_admin]--;
			wait->waiters[i] = wait->waiters[--wait->count];
		} else {
			i++;
		}
	}
}

static void look_around(struct ticker *ticker, bool is_due, void *context)
{
	struct api_wait *wait = context;

	(void)ticker;
	pthread_mutex_lock(&wait->lock);
	look(wait, is_due);
	pthread_mutex_unlock(&wait->lock);
}

int api_wait_open(struct api *api, struct api_wait **ret_wait, struct error *err)
{
	struct api_wait *wait = calloc(1, sizeof(*wait));
	int rc;

	if (!wait)
		return error_set(err, ERROR_NO_MEMORY, "no memory for waiting requests");
	wait->api = api;
	pthread_mutex_init(&wait->lock, NULL);
	rc = ticker_start(&wait->ticker, "waiting requests", LOOK_MS, look_around, wait, err);
	if (rc) {
		pthread_mutex_destroy(&wait->lock);
		free(wait);
		return rc;
	}
	*ret_wait = wait;
	return 0;
}

void api_wait_close(struct api_wait *wait)
{
	if (!wait)
		return;
	ticker_stop(wait->ticker);
	pthread_mutex_lock(&wait->lock);
	wait->ends = true;
	look(wait, true);
	pthread_mutex_unlock(&wait->lock);
	pthread_mutex_destroy(&wait->lock);
	free(wait);
}

void api_wait_wake(struct api_wait *wait, const char *uuid)
{
	bool is_woken = false;

	pthread_mutex_lock(&wait->lock);
	for (size_t i = 0; i < wait->count; i++) {
		if (!strcmp(wait->waiters[i].uuid, uuid)) {
			wait->waiters[i].is_woken = true;
			is_woken = true;
		}
	}
	pthread_mutex_unlock(&wait->lock);
	if (is_woken)
		ticker_wake(wait->ticker);
}

bool api_wait_add(struct api_wait *wait, struct http_request *request, const char *uuid,
	uint64_t newer, uint64_t seconds)
{
	struct waiter waiter = {.request = request,
		.newer = newer,
		.deadline_ms = platform_monotonic_ms() + seconds * 1000,
		.is_admin = http_caller(request)->roles & 1U << HTTP_ROLE_ADMIN,
		.is_woken = true}; /* a report may have come since the handler looked */
	bool is_taken;

	memcpy(waiter.uuid, uuid, sizeof(waiter.uuid));
	pthread_mutex_lock(&wait->lock);
	is_taken = wait->shares[waiter.is_admin] < SHARE_MAX && !wait->ends;
	if (is_taken) {
		wait->shares[waiter.is_admin]++;
		wait->waiters[wait->count++] = waiter;
	}
	pthread_mutex_unlock(&wait->lock);
	if (is_taken)
		ticker_wake(wait->ticker);
	return is_taken;
}
