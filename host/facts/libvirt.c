/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/libvirt.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/child.h"
#include "host/facts/definition.h"

/* libvirt is slower with many domains than a file system with one file. */
#define PATIENCE 2

/* Whether libvirt has the secret, and what for; its value is never asked for. */
static void read_secret(virConnectPtr libvirt, struct facts_domain *domain)
{
	static const char *const usages[] = {"none", "volume", "ceph", "iscsi", "tls", "vtpm"};
	virSecretPtr secret = virSecretLookupByUUIDString(libvirt, domain->secret);
	int usage = secret ? virSecretGetUsageType(secret) : -1;

	if (usage >= 0 && (size_t)usage < sizeof(usages) / sizeof(usages[0]))
		snprintf(domain->secret_usage, sizeof(domain->secret_usage), "%s", usages[usage]);
	if (secret)
		virSecretFree(secret);
}

static bool is_alike(const struct facts_domain *one, const struct facts_domain *other)
{
	return one->has_vtpm == other->has_vtpm && one->is_state_kept == other->is_state_kept &&
	       strcmp(one->model, other->model) == 0 && strcmp(one->version, other->version) == 0 &&
	       strcmp(one->secret, other->secret) == 0 &&
	       strcmp(one->state_source, other->state_source) == 0;
}

/* ret_nova: raised to the version of the Nova that defined it. */
static void read_domain(
	virConnectPtr libvirt, virDomainPtr from, struct facts_domain *domain, uint64_t *ret_nova)
{
	struct facts_domain next = {0};
	uint64_t nova = 0, ignored;
	int state = 0;
	char *xml = virDomainGetXMLDesc(from, 0), *inactive = NULL;

	snprintf(domain->name, sizeof(domain->name), "%s", virDomainGetName(from));
	virDomainGetUUIDString(from, domain->uuid);
	domain->is_active = virDomainIsActive(from) == 1;
	if (xml)
		definition_read(xml, domain, &nova);
	if (nova > *ret_nova)
		*ret_nova = nova;
	domain->is_paused =
		virDomainGetState(from, &state, NULL, 0) == 0 && state == VIR_DOMAIN_PAUSED;
	/* A domain without a definition to start from again is made anew by whoever made it. */
	if (domain->is_active && virDomainIsPersistent(from) == 1)
		inactive = virDomainGetXMLDesc(from, VIR_DOMAIN_XML_INACTIVE);
	if (inactive) {
		definition_read(inactive, &next, &ignored);
		domain->is_next_other = !is_alike(domain, &next);
	}
	if (*domain->secret)
		read_secret(libvirt, domain);
	free(inactive);
	free(xml);
}

static int read_domains(virConnectPtr libvirt, struct facts *facts, struct error *err)
{
	virDomainPtr *domains = NULL;
	int rc = 0, count = virConnectListAllDomains(libvirt, &domains, 0);

	if (count < 0)
		return error_set(err, ERROR_IO, "libvirt: %s", virGetLastErrorMessage());
	if (count > FACTS_DOMAINS_MAX)
		rc = error_set(err, ERROR_TOO_LARGE,
			"more than %d domains are defined on this host", FACTS_DOMAINS_MAX);
	for (int i = 0; i < count; i++) {
		if (facts->domains.count < FACTS_DOMAINS_MAX)
			read_domain(libvirt, domains[i],
				&facts->domains.items[facts->domains.count++], &facts->nova);
		virDomainFree(domains[i]);
	}
	free(domains);
	return rc;
}

struct question {
	const char *uri;
	struct facts facts;
	int rc; /* whether the child failed; `error` says why */
	struct error error;
};

static void ignore_libvirt(void *context, virErrorPtr error)
{
	(void)context;
	(void)error;
}

static void ask_libvirt(void *context)
{
	struct question *question = context;
	unsigned long version = 0;
	virConnectPtr libvirt;

	virSetErrorFunc(NULL, ignore_libvirt);
	libvirt = virConnectOpenReadOnly(question->uri);
	if (!libvirt) {
		question->rc = error_set(&question->error, ERROR_IO,
			"libvirt at %s: %s; is libvirtd running?", question->uri,
			virGetLastErrorMessage());
		return;
	}
	if (virConnectGetLibVersion(libvirt, &version) == 0)
		question->facts.libvirt = version;
	if (virConnectGetVersion(libvirt, &version) == 0)
		question->facts.qemu = version;
	question->rc = read_domains(libvirt, &question->facts, &question->error);
	virConnectClose(libvirt);
}

int gather_libvirt(const struct gather_places *places, struct facts *facts, struct error *err)
{
	static struct question question; /* too large for a stack */
	const struct child_how how = {.timeout_ms = places->timeout_ms * PATIENCE};

	question = (struct question){.uri = places->uri, .facts = *facts};
	if (child_call(ask_libvirt, &question, sizeof(question), &how, err))
		return error_wrap(err, "libvirt at %s", places->uri);
	if (question.rc)
		return error_copy(err, &question.error);
	*facts = question.facts;
	return 0;
}
