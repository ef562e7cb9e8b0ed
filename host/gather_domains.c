/* SPDX-License-Identifier: BSD-2-Clause */
/* The domains as libvirt defines them. */
#include <libvirt/virterror.h>
#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/gather.h"

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

static void read_domain(virConnectPtr libvirt, virDomainPtr from, struct facts_domain *domain)
{
	char *xml = virDomainGetXMLDesc(from, 0);

	snprintf(domain->name, sizeof(domain->name), "%s", virDomainGetName(from));
	virDomainGetUUIDString(from, domain->uuid);
	domain->is_active = virDomainIsActive(from) == 1;
	if (xml)
		read_definition(xml, domain);
	if (*domain->secret)
		read_secret(libvirt, domain);
	free(xml);
}

int gather_domains(virConnectPtr libvirt, struct facts *facts, struct error *err)
{
	virDomainPtr *domains = NULL;
	int count = virConnectListAllDomains(libvirt, &domains, 0);

	if (count < 0)
		return error_set(err, ERROR_IO, "libvirt: %s", virGetLastErrorMessage());
	for (int i = 0; i < count; i++) {
		if (facts->domains.count < FACTS_DOMAINS_MAX)
			read_domain(
				libvirt, domains[i], &facts->domains.items[facts->domains.count++]);
		virDomainFree(domains[i]);
	}
	free(domains);
	return 0;
}
