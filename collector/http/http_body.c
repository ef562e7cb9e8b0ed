/* SPDX-License-Identifier: BSD-2-Clause */
/* Bodies in flight: bounded in bytes, of all and of each address, as far as they have come. What is
 * only announced costs nothing, and takes nothing from others. */
#include "collector/http/http_private.h"

#define SHARE 4 /* one address gets this part of all */

/* Charges the request with what its buffer holds now. LIMIT_NONE: it fits. */
static enum limit charge(struct http_request *request)
{
	struct http_server *server = request->worker->server;
	struct http_address *address = request->connection->counted;
	const size_t limit = server->setup.bodies, more = request->body.cap - request->body_counted;

	request->body_counted += more;
	if (atomic_fetch_add(&server->bodies, more) + more > limit)
		request->body_limit = LIMIT_BODIES;
	if (address && atomic_fetch_add(&address->bodies, more) + more > limit / SHARE)
		request->body_limit = LIMIT_BODIES_PER_ADDRESS;
	return request->body_limit;
}

enum limit http_body_append(struct http_request *request, const void *bytes, size_t len)
{
	enum limit limit;

	/* What follows of a body that did not fit is read, so that its sender hears why. */
	if (request->body_limit)
		return request->body_limit;
	buf_append(&request->body, bytes, len);
	if (request->body.failed)
		return LIMIT_NONE;
	limit = charge(request);
	if (limit) {
		http_body_leave(request);
		http_body_free(request);
	}
	return limit;
}

void http_body_leave(struct http_request *request)
{
	struct http_address *address = request->connection->counted;

	if (address)
		atomic_fetch_sub(&address->bodies, request->body_counted);
}

void http_body_free(struct http_request *request)
{
	atomic_fetch_sub(&request->worker->server->bodies, request->body_counted);
	request->body_counted = 0;
	buf_free(&request->body);
}
