/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of the operators' routes, and what their handlers share. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/operators/api_private.h"
#include "core/json/text.h"
#include "platform/system.h"

#define BODY_MAX      4096
#define COUNTS_AGE_MS 1000
#define JSON_TYPE     "application/json"

static const struct http_route routes[] = {
	{"GET", "/v1/vms", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_vms},
	{"GET", "/v1/vms/*", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_vm},
	{"GET", "/v1/vms/*/reports", HTTP_ROLE_VIEWER, 0, NULL, API_WAIT_MAX_S + 15,
		api_list_appraisals},
	{"GET", "/v1/vms/*/verification", HTTP_ROLE_VIEWER, 0, NULL, 0, api_verify_history},
	{"GET", "/v1/reports/*", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_appraisal},
	{"GET", "/v1/reports/*/evidence", HTTP_ROLE_VIEWER, 0, NULL, 0, api_read_evidence},
	{"POST", "/v1/vms/*/announcements", HTTP_ROLE_ADMIN, BODY_MAX, JSON_TYPE, 0, api_announce},
	{"POST", "/v1/vms/*/acceptance", HTTP_ROLE_ADMIN, BODY_MAX, JSON_TYPE, 0, api_accept},
	{"GET", "/v1/trust-cas", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_cas},
	{"POST", "/v1/trust-cas", HTTP_ROLE_ADMIN, CHAIN_IMPORT_MAX, NULL, 0, api_add_ca},
	{"GET", "/v1/export", HTTP_ROLE_VIEWER, 0, NULL, 0, api_export},
	{"GET", "/v1/audit", HTTP_ROLE_VIEWER, 0, NULL, 0, api_list_audit},
	{"GET", "/v1/audit/export", HTTP_ROLE_VIEWER, 0, NULL, 0, api_export_audit},
	{"GET", "/v1/audit/verification", HTTP_ROLE_VIEWER, 0, NULL, 0, api_verify_audit},
	{"GET", "/v1/status", HTTP_ROLE_VIEWER, 0, NULL, 0, api_status},
	{"GET", "/metrics", HTTP_ROLE_VIEWER, 0, NULL, 0, api_metrics},
	{0},
};

int api_open(const struct api_settings *settings, struct api **ret_api, struct error *err)
{
	struct api *api = calloc(1, sizeof(*api));
	int rc;

	if (!api)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the operators' API");
	api->settings = *settings;
	api->started_ms = platform_wall_clock_ms();
	pthread_mutex_init(&api->counts_lock, NULL);
	rc = api_wait_open(api, &api->wait, err);
	if (rc)
		api_close(api);
	else
		*ret_api = api;
	return rc;
}

void api_close(struct api *api)
{
	if (!api)
		return;
	api_wait_close(api->wait);
	pthread_mutex_destroy(&api->counts_lock);
	free(api);
}

struct http_module api_module(struct api *api)
{
	return (struct http_module){routes, api};
}

void api_committed(struct api *api, const char *uuid)
{
	api_wait_wake(api->wait, uuid);
}

void api_reply_error(struct http_request *request, const struct error *err)
{
	if (err->code == ERROR_NOT_FOUND)
		http_reply_problem(request, PROBLEM_NOT_FOUND, 0, err->message);
	else
		http_reply_problem(request, PROBLEM_STORE_UNAVAILABLE, 5, err->message);
}

void api_reply_malformed(struct http_request *request, const char *fmt, ...)
{
	char detail[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(detail, sizeof(detail), fmt, args);
	va_end(args);
	http_reply_problem(request, PROBLEM_MALFORMED, 0, detail);
}

bool api_read_uuid(struct http_request *request, char ret_uuid[TEXT_UUID_SIZE])
{
	if (text_uuid(http_path_part(request, 0), ret_uuid))
		return true;
	api_reply_malformed(request, "\"%s\" is no UUID", http_path_part(request, 0));
	return false;
}

static bool read_number(const char *text, uint64_t *ret_value)
{
	uint64_t value = 0;

	if (!*text || strlen(text) > 18)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		value = value * 10 + (uint64_t)(*text - '0');
	}
	*ret_value = value;
	return true;
}

bool api_read_id(struct http_request *request, uint64_t *ret_id)
{
	if (read_number(http_path_part(request, 0), ret_id))
		return true;
	api_reply_malformed(request, "\"%s\" is no report's number", http_path_part(request, 0));
	return false;
}

bool api_query_number(struct http_request *request, const char *name, uint64_t min, uint64_t max,
	uint64_t *ret_value)
{
	const char *text = http_query(request, name);
	uint64_t value;

	if (!text)
		return true;
	if (read_number(text, &value) && value >= min && value <= max) {
		*ret_value = value;
		return true;
	}
	api_reply_malformed(request, "%s: not a number from %llu to %llu", name,
		(unsigned long long)min, (unsigned long long)max);
	return false;
}

bool api_read_body(struct http_request *request, json_t **ret_json)
{
	struct crypto_bytes body = http_body(request);
	struct error err;

	if (!body.len) {
		*ret_json = json_object();
		return true;
	}
	if (!json_text_parse(body.bytes, body.len, BODY_MAX, ret_json, &err))
		return true;
	api_reply_malformed(request, "%s", err.message);
	return false;
}

int api_counts(struct api *api, struct store_counts *ret_counts, struct error *err)
{
	uint64_t now = platform_wall_clock_ms();
	int rc = 0;

	pthread_mutex_lock(&api->counts_lock);
	/* A clock that was set back makes them old, too. */
	if (now - api->counted_ms >= COUNTS_AGE_MS) {
		rc = store_count_vms(api->settings.store, &api->counts, err);
		if (!rc)
			api->counted_ms = now;
	}
	if (!rc)
		*ret_counts = api->counts;
	pthread_mutex_unlock(&api->counts_lock);
	return rc;
}
