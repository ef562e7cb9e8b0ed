/* SPDX-License-Identifier: BSD-2-Clause */
/* The operators' part of the service: its routes, its start and its end. */
#include <stdlib.h>

#include "collector/config.h"
#include "collector/operators/api_private.h"
#include "collector/service.h"
#include "collector/store_url.h"
#include "platform/system.h"

#define JSON_TYPE "application/json"

static const struct http_route routes[] = {
	{"GET", "/v1/vms", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_vms},
	{"GET", "/v1/vms/*", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_vm},
	{"GET", "/v1/vms/*/reports", HTTP_ROLE_VIEWER, 0, NULL, API_WAIT_MAX_S + 15,
		api_list_appraisals},
	{"GET", "/v1/vms/*/boot", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_boot},
	{"GET", "/v1/vms/*/claims", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_claims},
	{"GET", "/v1/vms/*/verification", HTTP_ROLE_VIEWER, 0, NULL, 0, api_verify_history},
	{"GET", "/v1/reports/*", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_appraisal},
	{"GET", "/v1/reports/*/evidence", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_evidence},
	{"POST", "/v1/vms/*/announcements", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE, 0,
		api_announce},
	{"POST", "/v1/vms/*/acceptance", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE, 0, api_accept},
	{"GET", "/v1/trust-cas", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_cas},
	{"POST", "/v1/trust-cas", HTTP_ROLE_ADMIN, CHAIN_IMPORT_MAX, NULL, 0, api_add_ca},
	{"GET", "/v1/export", HTTP_ROLE_VIEWER, 0, NULL, 0, api_export},
	{"GET", "/v1/audit", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_audit},
	{"GET", "/v1/audit/export", HTTP_ROLE_VIEWER, 0, NULL, 0, api_export_audit},
	{"GET", "/v1/claims/export", HTTP_ROLE_VIEWER, 0, NULL, 0, api_export_claims},
	{"GET", "/v1/heads", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_heads},
	{"GET", "/v1/verification", HTTP_ROLE_VIEWER, 0, NULL, 0, api_verify_vms},
	{"GET", "/v1/verification/owners", HTTP_ROLE_VIEWER, 0, NULL, 0, api_verify_owners},
	{"GET", "/v1/audit/verification", HTTP_ROLE_VIEWER, 0, NULL, 0, api_verify_audit},
	{"GET", "/v1/tokens", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_tokens},
	{"POST", "/v1/tokens", HTTP_ROLE_ADMIN, API_TOKENS_BODY_MAX, JSON_TYPE, 0, api_make_tokens},
	{"POST", "/v1/tokens/*/revocation", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE, 0,
		api_revoke_token},
	{"POST", "/v1/sessions", HTTP_ROLE_ANYONE, API_BODY_MAX, JSON_TYPE, 0, api_begin_session},
	{"POST", "/v1/sessions/codes", HTTP_ROLE_VIEWER, API_BODY_MAX, NULL, 0, api_make_code},
	{"POST", "/v1/sessions/end", HTTP_ROLE_VIEWER, API_BODY_MAX, NULL, 0, api_end_session},
	{"GET", "/v1/status", HTTP_ROLE_VIEWER, 0, NULL, 0, api_status},
	{"GET", "/metrics", HTTP_ROLE_VIEWER, 0, NULL, 0, api_metrics},
	{0},
};

/* On the writer's thread. */
static void see_commit(const struct store_item *item, void *context)
{
	struct api *api = context;

	if (item->written.id)
		api_wait_wake(api->wait, item->uuid);
}

void operators_stop(void *context)
{
	struct api *api = context;

	api_wait_close(api->wait);
	pthread_mutex_destroy(&api->counts_lock);
	free(api);
}

int operators_start(
	const struct service *service, struct http_module *ret_module, struct error *err)
{
	struct api *api = calloc(1, sizeof(*api));
	int rc;

	if (!api)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the operators' API");
	api->store = service->store;
	api->writer = service->writer;
	api->trust = service->trust;
	api->sessions = service->tokens->sessions;
	api->enrolment = config_enrolment_name(service->config->enrolment);
	api->retention_days = service->config->retention_days;
	api->store_name = store_url_name(service->config->store);
	api->started_ms = platform_wall_clock_ms();
	pthread_mutex_init(&api->counts_lock, NULL);
	rc = api_wait_open(api, &api->wait, err);
	if (!rc && service->writer)
		rc = writer_listen(service->writer, see_commit, api, err);
	if (rc)
		operators_stop(api);
	else
		*ret_module = (struct http_module){routes, api};
	return rc;
}
