/* SPDX-License-Identifier: BSD-2-Clause */
/* The operators' part of the service: its routes, its start and its end. */
#include <stdlib.h>

#include "collector/config.h"
#include "collector/operators/api_private.h"
#include "collector/service.h"
#include "collector/store_url.h"
#include "platform/system.h"

#define JSON_TYPE "application/json"

#define READ(at, parameters, answer)                                                               \
	{                                                                                          \
		.method = "GET", .path = (at), .role = HTTP_ROLE_VIEWER, .query = (parameters),    \
		.handle = (answer)                                                                 \
	}
#define CHANGE(at, who, bytes, type, answer)                                                       \
	{                                                                                          \
		.method = "POST", .path = (at), .role = (who), .body_max = (bytes),                \
		.content_type = (type), .handle = (answer)                                         \
	}

static const struct http_route routes[] = {
	READ("/v1/vms", "status,search,disks,silent,after,limit", api_list_vms),
	READ("/v1/vms/*", NULL, api_read_vm),
	{.method = "GET",
		.path = "/v1/vms/*/reports",
		.role = HTTP_ROLE_VIEWER,
		.query = "from,newer,wait,limit",
		.deadline_s = API_WAIT_MAX_S + 15,
		.handle = api_list_appraisals},
	READ("/v1/vms/*/boot", "report,before", api_read_boot),
	READ("/v1/vms/*/claims", NULL, api_list_claims),
	READ("/v1/vms/*/verification", "after", api_verify_history),
	READ("/v1/vms/*/attestation-result", "nonce", api_read_result),
	/* Public halves: who is shown a result need not know this collector otherwise. */
	{.method = "GET",
		.path = "/v1/jwks",
		.role = HTTP_ROLE_ANYONE,
		.handle = api_list_result_keys},
	CHANGE("/v1/jwks/rotation", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE,
		api_rotate_result_key),
	READ("/v1/reports/*", NULL, api_read_appraisal),
	READ("/v1/reports/*/evidence", NULL, api_read_evidence),
	READ("/v1/reports/*/event-log", NULL, api_read_event_log),
	CHANGE("/v1/vms/*/announcements", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE, api_announce),
	CHANGE("/v1/vms/*/acceptance", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE, api_accept),
	READ("/v1/vms/*/export", "from", api_export_vm),
	CHANGE("/v1/vms/*/removal", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE, api_forget),
	READ("/v1/trust-cas", NULL, api_list_cas),
	CHANGE("/v1/trust-cas", HTTP_ROLE_ADMIN, CHAIN_IMPORT_MAX, NULL, api_add_ca),
	READ("/v1/export", "after", api_export),
	READ("/v1/audit", "after,limit", api_list_audit),
	READ("/v1/audit/export", "after", api_export_audit),
	READ("/v1/claims/export", "after", api_export_claims),
	READ("/v1/heads", "at,after", api_list_heads),
	READ("/v1/verification", "after", api_verify_vms),
	READ("/v1/verification/owners", "after", api_verify_owners),
	READ("/v1/verification/event-logs", "after", api_verify_logs),
	READ("/v1/audit/verification", "after", api_verify_audit),
	READ("/v1/tokens", "uuid,after,limit", api_list_tokens),
	CHANGE("/v1/tokens", HTTP_ROLE_ADMIN, API_TOKENS_BODY_MAX, JSON_TYPE, api_make_tokens),
	CHANGE("/v1/tokens/*/revocation", HTTP_ROLE_ADMIN, API_BODY_MAX, JSON_TYPE,
		api_revoke_token),
	CHANGE("/v1/sessions", HTTP_ROLE_ANYONE, API_BODY_MAX, JSON_TYPE, api_begin_session),
	CHANGE("/v1/sessions/codes", HTTP_ROLE_VIEWER, API_BODY_MAX, NULL, api_make_code),
	CHANGE("/v1/sessions/end", HTTP_ROLE_VIEWER, API_BODY_MAX, NULL, api_end_session),
	READ("/v1/status", NULL, api_status),
	READ("/v1", NULL, api_describe),
	READ("/v1/schemas/*", NULL, api_read_schema),
	READ("/metrics", HTTP_ANY_QUERY, api_metrics),
	{0},
};

/* On the writer's thread. */
static void see_commit(const struct store_item *item, void *context)
{
	struct api *api = context;

	if (item->written.id || item->forgotten.reports)
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
