/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_first_sight.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client_page.h"
#include "core/evidence/evidence.h"
#include "core/verdict/verdict.h"

static bool is_one(const struct json_node *vm, const struct json_node *report)
{
	const int64_t number = client_number(report, "id");

	return number && number == client_number(vm, "baseline") &&
	       number == client_number(vm, "head") &&
	       !strcmp(client_text(vm, "enrolment"), "accepted") &&
	       !strcmp(client_text(report, "continuity"), continuity_name(CONTINUITY_FIRST_SEEN)) &&
	       client_status(client_text(report, "status")) == VERDICT_NONE &&
	       !strcmp(client_text(report, "event"), event_name(EVENT_NONE));
}

int client_first_sight_read(struct client *client, const struct json_node *vm,
	const struct json_node *report, struct client_first_sight *ret, struct error *err)
{
	EVIDENCE_SCOPED *evidence = NULL;
	BUF_SCOPED document = {0};
	char path[64];
	int rc;

	*ret = (struct client_first_sight){.is_one = is_one(vm, report)};
	if (!ret->is_one)
		return 0;
	snprintf(path, sizeof(path), "/v1/reports/%" PRId64 "/evidence",
		client_number(report, "id"));
	rc = client_get_bytes(client, path, &document, err);
	if (!rc)
		rc = evidence_parse(document.data, document.len, &evidence, err);
	if (!rc)
		checks_run(evidence, &(struct checks_options){0}, &ret->checks);
	return rc;
}
