/* SPDX-License-Identifier: BSD-2-Clause */
/* The operators' part of the service. */
#include "collector/config.h"
#include "collector/operators/api.h"
#include "collector/service.h"

/* On the writer's thread. */
static void see_appraisal(const struct store_item *item, void *context)
{
	api_committed(context, item->uuid);
}

int operators_start(
	const struct service *service, struct http_module *ret_module, struct error *err)
{
	struct api_settings settings = {.store = service->store,
		.writer = service->writer,
		.trust = service->trust,
		.webhook = service->webhook,
		.enrolment = config_enrolment_name(service->config->enrolment),
		.store_name = "sqlite"};
	struct api *api = NULL;
	int rc = api_open(&settings, &api, err);

	if (rc)
		return rc;
	if (service->writer)
		writer_listen(service->writer, see_appraisal, api);
	*ret_module = api_module(api);
	return 0;
}

void operators_stop(void *context)
{
	api_close(context);
}
