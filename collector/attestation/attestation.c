/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of the service that serves agents: its routes, its start and its end. */
#include "collector/attestation/private.h"

#include <openssl/crypto.h>
#include <stdlib.h>

#include "collector/config.h"
#include "collector/service.h"
#include "core/signed/binding.h"
#include "platform/system.h"

#define ALLOWLIST_MAX ((size_t)64 * 1024 * 1024)

static const struct http_route routes[] = {
	{.method = "POST",
		.path = "/v1/challenges",
		.role = HTTP_ROLE_AGENT,
		.body_max = PROTOCOL_CHALLENGE_BYTES_MAX,
		.content_type = "application/json",
		.handle = challenge_answer},
	{.method = "POST",
		.path = "/v1/reports",
		.role = HTTP_ROLE_AGENT,
		.body_max = PROTOCOL_REPORT_BYTES_MAX,
		.content_type = "application/json",
		.handle = appraisal_answer},
	{.method = "POST",
		.path = "/v1/event-logs",
		.role = HTTP_ROLE_AGENT,
		.body_max = STORE_LOG_MAX,
		.content_type = "application/octet-stream",
		.handle = log_answer,
		.query = "ticket"},
	{0},
};

static int read_policy(
	struct attestation *attestation, const struct config *config, struct error *err)
{
	static const enum enrol_policy policies[CONFIG_ENROLMENT_COUNT] = {
		[CONFIG_ENROLMENT_APPROVE] = ENROL_APPROVE,
		[CONFIG_ENROLMENT_FIRST_USE] = ENROL_FIRST_USE,
		[CONFIG_ENROLMENT_ALLOWLIST] = ENROL_ALLOWLIST,
		[CONFIG_ENROLMENT_EK_CERTIFICATE] = ENROL_EK_CERTIFICATE};
	BUF_SCOPED allowlist = {0};
	int rc = *config->allowlist
			 ? platform_file_read(config->allowlist, ALLOWLIST_MAX, &allowlist, err)
			 : 0;

	if (rc)
		return rc;
	rc = enrol_new(policies[config->enrolment], (const char *)allowlist.data,
		&attestation->enrol, err);
	return rc ? error_wrap(err, "%s", config->allowlist) : 0;
}

static int make_seal(struct attestation *attestation, struct error *err)
{
	uint8_t key[STORE_KEY_SIZE];
	int rc = platform_random(key, sizeof(key), err);

	if (!rc)
		rc = store_share_key(attestation->store, key, err);
	if (!rc)
		rc = seal_new(key, &attestation->seal, err);
	OPENSSL_cleanse(key, sizeof(key));
	return rc;
}

/* Behind a balancer an address does not say who is asking. Where connections are not limited by
 * address, enrolments are not either. */
static int start_rate(
	struct attestation *attestation, const struct config *config, struct error *err)
{
	uint8_t key[RATE_KEY_SIZE];
	int rc = platform_random(key, sizeof(key), err);

	rate_start(&attestation->enrolments, config->enrolment_rate,
		config->connections_per_address ? key : NULL, platform_monotonic_ms());
	rate_start(&attestation->vouched, config->enrolment_rate,
		config->connections_per_address ? key : NULL, platform_monotonic_ms());
	return rc;
}

void attestation_stop(void *context)
{
	struct attestation *attestation = context;

	seal_free(attestation->seal);
	rate_end(&attestation->enrolments);
	rate_end(&attestation->vouched);
	enrol_free(attestation->enrol);
	free(attestation);
}

int attestation_start(
	const struct service *service, struct http_module *ret_module, struct error *err)
{
	struct attestation *attestation = calloc(1, sizeof(*attestation));
	int rc;

	if (!attestation)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the service");
	attestation->store = service->store;
	attestation->writer = service->writer;
	attestation->trust = service->trust;
	attestation->alone_ms = UINT64_C(1000) * service->config->alone_s;
	attestation->budget = (struct budget){.reports = service->config->reports_per_hour,
		.bytes = service->config->bytes_per_hour,
		.pending = service->config->pending,
		.pending_bytes = service->config->pending_bytes,
		.room = service->room};
	rc = start_rate(attestation, service->config, err);
	if (!rc)
		rc = read_policy(attestation, service->config, err);
	if (!rc)
		rc = make_seal(attestation, err);
	if (rc) {
		attestation_stop(attestation);
		return rc;
	}
	*ret_module = (struct http_module){.routes = routes, .context = attestation};
	return 0;
}
