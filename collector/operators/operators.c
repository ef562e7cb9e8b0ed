/* SPDX-License-Identifier: BSD-2-Clause */
/* The operators' part of the service. */
#include "collector/config.h"
#include "collector/operators/api.h"
#include "collector/service.h"

/* On the writer's thread. */
static void see_commit(const struct store_item *item, void *context)
{
	if (item->written.id)
		api_committed(context, item->uuid);
}

int operators_start(
	const struct service *service, struct http_module *ret_module, struct error *err)
{
	struct api_settings settings = {.store = service->store,
		.writer = service->writer,
		.trust = service->trust,
		.enrolment = config_enrolment_name(service->config->enrolment),
		.store_name = "sqlite"};
	struct api *api = NULL;
	int rc = api_open(&settings, &api, err);

	if (!rc && service->writer)
		rc = writer_listen(service->writer, see_commit, api, err);
	if (rc)
		api_close(api);
	else
		*ret_module = api_module(api);
	return rc;
}

void operators_stop(void *context)
{
	api_close(context);
}
