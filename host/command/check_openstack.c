/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/command/check_openstack.h"

#include <stdio.h>
#include <string.h>

#include "host/facts/files.h"
#include "host/facts/openstack.h"
#include "host/rules/openstack.h"

/* The openstack client starts slowly, and asks three services. */
#define OPENSTACK_TIMEOUT_MS 60000
#define FILE_TIMEOUT_MS      5000

/* Of a VM whose definition does not say it, Nova's answer does. */
static void take_over(const struct openstack_server *server, struct facts_domain *domain)
{
	if (domain->has_flavor)
		return;
	domain->has_flavor = server->has_flavor;
	snprintf(domain->server, sizeof(domain->server), "%s", server->name);
	memcpy(domain->secret_security, server->secret_security, sizeof(domain->secret_security));
}

void check_openstack(const struct rules_expect *expect, bool has_failed, struct facts *facts,
	struct facts_domain *domain, struct findings *findings)
{
	struct openstack_server server = {0};
	struct error err;

	if (!openstack_is_configured()) {
		snprintf(findings->note, sizeof(findings->note),
			"flavor, image and key manager not asked: no openstack client is "
			"configured");
		return;
	}
	if (openstack_gather(domain, has_failed, OPENSTACK_TIMEOUT_MS, &server, &err)) {
		finding_mend(
			findings_add(findings, "openstack", domain->name, VERDICT_NONE,
				"the openstack client does not tell about the VM: %s", err.message),
			"openstack server show %s", domain->uuid);
		return;
	}
	rules_judge_openstack(&server, facts, domain, expect, findings);
	take_over(&server, domain);
}

void check_openstack_absent(
	const struct rules_expect *expect, const struct facts *facts, struct findings *findings)
{
	struct openstack_server server = {0};
	char path[512];
	struct error err;

	if (!openstack_is_configured())
		return;
	if (openstack_find(expect->domain, OPENSTACK_TIMEOUT_MS, &server, &err)) {
		snprintf(findings->note, sizeof(findings->note), "%.190s", err.message);
		return;
	}
	openstack_find_migration(OPENSTACK_TIMEOUT_MS, &server);
	snprintf(path, sizeof(path), "%s/%s/tpm2/tpm2-00.permall", facts->state_path, server.uuid);
	rules_judge_absent(&server, facts, gather_is_there(path, FILE_TIMEOUT_MS), findings);
}
