/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/evidence/evidence.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/evidence/fields.h"

struct evidence *evidence_new(void)
{
	return calloc(1, sizeof(struct evidence));
}

void evidence_free(struct evidence *evidence)
{
	free(evidence);
}

void evidence_clean(struct evidence **evidence)
{
	evidence_free(*evidence);
}

json_t *evidence_to_json(const struct evidence *evidence)
{
	json_t *fields = record_write(&evidence_record, evidence), *document;
	char version[24];

	if (!fields)
		return NULL;
	/* The version comes first: a reader of the text sees what it has before anything else. */
	snprintf(version, sizeof(version), "%d.%" PRIu32, EVIDENCE_MAJOR, evidence->minor);
	document = json_pack("{s:s, s:s}", "format", "vtpm-evidence", "version", version);
	if (document && json_object_update(document, fields)) {
		json_decref(document);
		document = NULL;
	}
	json_decref(fields);
	return document;
}

static int read_version(const struct json_node *json, uint32_t *ret_minor, struct error *err)
{
	const char *format = json_node_text(json_node_member(json, "format"));
	const char *version = json_node_text(json_node_member(json, "version"));
	const char *at = version;
	uint32_t major = 0, minor = 0;

	if (!format || strcmp(format, "vtpm-evidence") != 0)
		return error_set(err, ERROR_MALFORMED, "format: not \"vtpm-evidence\"");
	if (!at || !text_decimal(&at, &major) || *at++ != '.' || !text_decimal(&at, &minor) || *at)
		return error_set(err, ERROR_MALFORMED, "version: not \"MAJOR.MINOR\"");
	if (major != EVIDENCE_MAJOR)
		return error_set(err, ERROR_UNSUPPORTED, "version: %s; this program reads %d.x",
			version, EVIDENCE_MAJOR);
	*ret_minor = minor;
	return 0;
}

int evidence_read(const struct json_node *json, struct evidence **ret_evidence, struct error *err)
{
	struct evidence *evidence = evidence_new();
	int rc;

	if (!evidence)
		return error_set(err, ERROR_NO_MEMORY, "no memory for evidence");
	rc = read_version(json, &evidence->minor, err);
	if (!rc)
		rc = record_read(&evidence_record, json, evidence, err);
	if (rc) {
		evidence_free(evidence);
		return error_wrap(err, "evidence");
	}
	*ret_evidence = evidence;
	return 0;
}

int evidence_parse(const void *bytes, size_t len, struct evidence **ret_evidence, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	int rc = json_tree_parse(bytes, len, EVIDENCE_MAX_BYTES, &tree, err);

	if (!rc)
		return evidence_read(tree.root, ret_evidence, err);
	error_wrap(err, "evidence");
	return rc;
}

int evidence_parse_unlock(
	const void *bytes, size_t len, struct evidence_unlock *ret_unlock, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	struct evidence_unlock unlock = {0};
	const char *format;
	int rc = json_tree_parse(bytes, len, EVIDENCE_MAX_BYTES, &tree, err);

	if (rc)
		return rc;
	format = json_node_text(json_node_member(tree.root, "format"));
	if (!format || strcmp(format, "vtpm-unlock") != 0)
		return error_set(err, ERROR_MALFORMED, "format: not \"vtpm-unlock\"");
	rc = record_read(&unlock_record, tree.root, &unlock, err);
	if (!rc)
		*ret_unlock = unlock;
	return rc;
}

bool evidence_property(const struct evidence *evidence, uint32_t property, uint32_t *ret_value)
{
	/* In failure mode a TPM answers for some, but libtpms then in the wrong byte order. */
	if (evidence->properties.part.state != PART_READ)
		return false;
	for (size_t i = 0; i < evidence->properties.values.count; i++) {
		if (evidence->properties.values.items[i].id == property) {
			*ret_value = evidence->properties.values.items[i].value;
			return true;
		}
	}
	return false;
}

void evidence_visit_parts(const struct evidence *evidence,
	bool (*visit)(const char *name, const struct record_part *part, void *context),
	void *context)
{
	for (size_t i = 0; i < evidence_record.field_count; i++) {
		const struct field *field = &evidence_record.fields[i];
		const void *part = (const uint8_t *)evidence + field->offset;

		if (field->kind == FIELD_PART && !visit(field->name, part, context))
			return;
	}
}

bool evidence_are_read(const struct record_part *then, const struct record_part *now)
{
	return then->state == PART_READ && now->state == PART_READ;
}

struct failed_search {
	enum error_code code;
	const struct record_part *found;
};

static bool find_failed(const char *name, const struct record_part *part, void *context)
{
	struct failed_search *search = context;

	(void)name;
	if (part->state != PART_FAILED || part->error.code != search->code)
		return true;
	search->found = part;
	return false;
}

const struct record_part *evidence_find_failed(
	const struct evidence *evidence, enum error_code code)
{
	struct failed_search search = {.code = code};

	evidence_visit_parts(evidence, find_failed, &search);
	return search.found;
}

const struct ek_template *evidence_ek_template(const struct evidence_key *ek)
{
	enum ek_range range = EK_RANGE_ANY;

	/* objectAttributes is the third field of a TPMT_PUBLIC: Part 2 sections 12.2.4 and 8.3. */
	if (ek->public_area.len >= 8)
		range = ek->public_area.data[7] & 1U << 6 ? EK_RANGE_HIGH : EK_RANGE_LOW;
	return ek_template_of_key(ek->type, ek->bits, ek->curve, range);
}
