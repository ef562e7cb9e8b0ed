/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/facts/definition.h"

#include <libxml/parser.h>
#include <libxml/xpath.h>
#include <stdio.h>
#include <string.h>

/* The text an XPath expression selects, cut to `size`; empty when there is none. */
static void read_text(xmlXPathContextPtr xpath, const char *expression, char *out, size_t size)
{
	xmlXPathObjectPtr found = xmlXPathEvalExpression((const xmlChar *)expression, xpath);
	xmlChar *text = found ? xmlXPathCastToString(found) : NULL;

	snprintf(out, size, "%s", text ? (char *)text : "");
	xmlFree(text);
	xmlXPathFreeObject(found);
}

/* Nova's metadata, of any version of its name space. */
#define NOVA            "/domain/metadata/*[local-name()='instance']"
#define NOVA_PART(name) "/*[local-name()='" name "']"

/* The version, 34.0.0, as in struct facts. */
static uint64_t read_nova(xmlXPathContextPtr xpath)
{
	char text[32];

	read_text(xpath, "string(" NOVA NOVA_PART("package") "/@version)", text, sizeof(text));
	return facts_version(text);
}

static void read_metadata(xmlXPathContextPtr xpath, struct facts_domain *domain)
{
	char specs[8], user[64], project[64];

	read_text(xpath, "string(" NOVA NOVA_PART("name") ")", domain->server,
		sizeof(domain->server));
	read_text(
		xpath, "string(" NOVA NOVA_PART("owner") NOVA_PART("user") ")", user, sizeof(user));
	read_text(xpath, "string(" NOVA NOVA_PART("owner") NOVA_PART("project") ")", project,
		sizeof(project));
	if (*user)
		snprintf(domain->owner, sizeof(domain->owner), "%.60s of %.60s", user, project);
	read_text(xpath, "string(count(" NOVA NOVA_PART("flavor") NOVA_PART("extraSpecs") "))",
		specs, sizeof(specs));
	domain->has_flavor = strcmp(specs, "1") == 0;
	read_text(xpath,
		"string(" NOVA NOVA_PART("flavor") NOVA_PART("extraSpecs")
			NOVA_PART("extraSpec") "[@name='hw:tpm_secret_security'])",
		domain->secret_security, sizeof(domain->secret_security));
}

static void read_backend(xmlXPathContextPtr xpath, struct facts_domain *domain)
{
	char kept[8], type[16], source[8];

	read_text(xpath, "string(/domain/devices/tpm/backend/@type)", type, sizeof(type));
	read_text(
		xpath, "string(/domain/devices/tpm/@model)", domain->model, sizeof(domain->model));
	read_text(xpath, "string(/domain/devices/tpm/backend/@version)", domain->version,
		sizeof(domain->version));
	read_text(
		xpath, "string(/domain/devices/tpm/backend/@persistent_state)", kept, sizeof(kept));
	read_text(xpath, "string(/domain/devices/tpm/backend/encryption/@secret)", domain->secret,
		sizeof(domain->secret));
	read_text(
		xpath, "string(/domain/devices/tpm/backend/source/@type)", source, sizeof(source));
	read_text(xpath, "string(/domain/devices/tpm/backend/source/@path)", domain->state_source,
		sizeof(domain->state_source));
	read_text(xpath, "string(/domain/devices/tpm/backend/profile/@name)", domain->profile,
		sizeof(domain->profile));
	read_text(xpath, "string(/domain/os/nvram)", domain->nvram, sizeof(domain->nvram));
	domain->has_vtpm = strcmp(type, "emulator") == 0;
	domain->is_state_kept = strcmp(kept, "yes") == 0;
	domain->is_state_file = strcmp(source, "file") == 0;
}

void definition_read(const char *xml, struct facts_domain *domain, uint64_t *ret_nova)
{
	xmlDocPtr document = xmlReadMemory(
		xml, (int)strlen(xml), "domain", NULL, XML_PARSE_NONET | XML_PARSE_NOERROR);
	xmlXPathContextPtr xpath = document ? xmlXPathNewContext(document) : NULL;

	*ret_nova = 0;
	if (xpath) {
		read_backend(xpath, domain);
		read_metadata(xpath, domain);
		*ret_nova = read_nova(xpath);
	}
	xmlXPathFreeContext(xpath);
	xmlFreeDoc(document);
}
