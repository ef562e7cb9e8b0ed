/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/gather_libvirt.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/child.h"

/* libvirt is slower with many domains than a file system with one file. */
#define PATIENCE 2

/* The text an XPath expression selects, cut to `size`; empty when there is none. */
static void read_text(xmlXPathContextPtr xpath, const char *expression, char *out, size_t size)
{
	xmlXPathObjectPtr found = xmlXPathEvalExpression((const xmlChar *)expression, xpath);
	xmlChar *text = found ? xmlXPathCastToString(found) : NULL;

	snprintf(out, size, "%s", text ? (char *)text : "");
	xmlFree(text);
	xmlXPathFreeObject(found);
}

static void read_definition(const char *xml, struct facts_domain *domain)
{
	xmlDocPtr document = xmlReadMemory(
		xml, (int)strlen(xml), "domain", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	xmlXPathContextPtr xpath = document ? xmlXPathNewContext(document) : NULL;
	char kept[8], type[16];

	if (xpath) {
		read_text(xpath, "string(/domain/devices/tpm/backend/@type)", type, sizeof(type));
		read_text(xpath, "string(/domain/devices/tpm/@model)", domain->model,
			sizeof(domain->model));
		read_text(xpath, "string(/domain/devices/tpm/backend/@version)", domain->version,
			sizeof(domain->version));
		read_text(xpath, "string(/domain/devices/tpm/backend/@persistent_state)", kept,
			sizeof(kept));
		read_text(xpath, "string(/domain/devices/tpm/backend/encryption/@secret)",
			domain->secret, sizeof(domain->secret));
		domain->has_vtpm = strcmp(type, "emulator") == 0;
		domain->is_state_kept = strcmp(kept, "yes") == 0;
	}
	xmlXPathFreeContext(xpath);
	xmlFreeDoc(document);
}

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
	       strcmp(one->secret, other->secret) == 0;
}

static void read_domain(virConnectPtr libvirt, virDomainPtr from, struct facts_domain *domain)
{
	struct facts_domain next = {0};
	char *xml = virDomainGetXMLDesc(from, 0), *inactive = NULL;

	snprintf(domain->name, sizeof(domain->name), "%s", virDomainGetName(from));
	virDomainGetUUIDString(from, domain->uuid);
	domain->is_active = virDomainIsActive(from) == 1;
	if (xml)
		read_definition(xml, domain);
	/* A domain without a definition to start from again is made anew by whoever made it. */
	if (domain->is_active && virDomainIsPersistent(from) == 1)
		inactive = virDomainGetXMLDesc(from, VIR_DOMAIN_XML_INACTIVE);
	if (inactive) {
		read_definition(inactive, &next);
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
			read_domain(
				libvirt, domains[i], &facts->domains.items[facts->domains.count++]);
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
