/* SPDX-License-Identifier: BSD-2-Clause */
/* What other threads have answered, on its way to the worker whose request it is. */
#include "collector/http/http_private.h"

#include <unistd.h>

bool http_post(struct http_request *request, struct http_response *response)
{
	struct http_worker *worker = request->worker;
	bool wakes = false, is_late;

	pthread_mutex_lock(&worker->lock);
	is_late = request->is_abandoned;
	if (!is_late) {
		request->answer = *response;
		request->is_posted = true;
		request->next_posted = worker->posted;
		wakes = !worker->posted;
		worker->posted = request;
	}
	pthread_mutex_unlock(&worker->lock);
	if (wakes)
		http_wake(worker);
	return !is_late;
}

bool http_abandon(struct http_request *request)
{
	struct http_worker *worker = request->worker;
	bool is_ours;

	pthread_mutex_lock(&worker->lock);
	is_ours = !request->is_posted;
	request->is_abandoned = is_ours;
	pthread_mutex_unlock(&worker->lock);
	return is_ours;
}

struct http_request *http_take_posted(struct http_worker *worker)
{
	struct http_request *posted;

	pthread_mutex_lock(&worker->lock);
	posted = worker->posted;
	worker->posted = NULL;
	pthread_mutex_unlock(&worker->lock);
	return posted;
}

void http_wake(struct http_worker *worker)
{
	const uint64_t one = 1;

	(void)!write(worker->wake, &one, sizeof(one));
}
