/* SPDX-License-Identifier: BSD-2-Clause */
/* GET /healthz: the process runs. GET /readyz: it can take reports. */
#include "collector/housekeeping.h"

#include <jansson.h>

#include "collector/room.h"
#include "collector/service.h"

static void answer_health(struct http_request *request, void *context)
{
	(void)context;
	http_reply_json(request, 200, json_pack("{s:s}", "status", "ok"));
}

static void answer_ready(struct http_request *request, void *context)
{
	const struct service *service = context;
	uint64_t lost = store_lost_number(service->store);

	if (housekeeping_can_write(service->housekeeping) && room_is_short(service->room))
		http_reply_limit(request, LIMIT_STORE_SIZE, 5,
			"the store is nearly full: a report of the largest size may not be kept");
	else if (housekeeping_can_write(service->housekeeping) && lost)
		http_reply_json(request, 200,
			json_pack("{s:s, s:I}", "status", "behind-agents", "lost_report",
				(json_int_t)lost));
	else if (housekeeping_can_write(service->housekeeping))
		http_reply_json(request, 200, json_pack("{s:s}", "status", "ok"));
	else
		http_reply_problem(request, PROBLEM_STORE_UNAVAILABLE, 5,
			"the store cannot be written; see the log");
}

static const struct http_route routes[] = {
	{.method = "GET",
		.path = "/healthz",
		.role = HTTP_ROLE_ANYONE,
		.handle = answer_health,
		.query = HTTP_ANY_QUERY},
	{.method = "GET",
		.path = "/readyz",
		.role = HTTP_ROLE_ANYONE,
		.handle = answer_ready,
		.query = HTTP_ANY_QUERY},
	{0},
};

int health_start(const struct service *service, struct http_module *ret_module, struct error *err)
{
	(void)err;
	*ret_module = (struct http_module){.routes = routes, .context = (void *)service};
	return 0;
}

void health_stop(void *context)
{
	(void)context;
}
