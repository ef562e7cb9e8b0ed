/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON to structures. */
#include <inttypes.h>
#include <string.h>

#include "core/base64.h"
#include "core/evidence/record_private.h"
#include "core/text.h"

static int read_unsigned(
	const struct json_node *json, uint64_t max, uint64_t *ret_value, struct error *err)
{
	if (json->kind != JSON_NODE_INTEGER || json->integer < 0 || (uint64_t)json->integer > max)
		return error_set(err, ERROR_MALFORMED, "not an integer from 0 to %" PRIu64, max);
	*ret_value = (uint64_t)json->integer;
	return 0;
}

static int read_text(const struct json_node *json, bool is_lenient, char *ret_text, size_t size,
	struct error *err)
{
	const char *text = json_node_text(json);
	size_t len = text ? json->len : 0;

	if (!text)
		return error_set(err, ERROR_MALFORMED, "not a string");
	if (len >= size && !is_lenient)
		return error_set(err, ERROR_TOO_LARGE, "longer than %zu bytes", size - 1);
	if (len >= size)
		len = size - 1;
	for (size_t i = 0; i < len && !is_lenient; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return error_set(err, ERROR_MALFORMED, "holds a control character");
	}
	memcpy(ret_text, text, len);
	ret_text[len] = 0;
	return 0;
}

/* What `len` characters of base64 stand for, if they are that. */
static size_t base64_size(const char *text, size_t len)
{
	size_t padding = 0;

	while (padding < 2 && padding < len && text[len - 1 - padding] == '=')
		padding++;
	return len / 4 * 3 - (len < 4 ? 0 : padding);
}

static int read_bytes(const struct field *field, const struct json_node *json,
	struct counted *ret_bytes, struct error *err)
{
	const char *text = json_node_text(json);
	size_t digits = text ? json->len : 0;
	bool is_hex = field->kind == FIELD_HEX;
	long len;

	if (!text)
		return error_set(err, ERROR_MALFORMED, "not a string");
	if ((is_hex ? digits / 2 : base64_size(text, digits)) > field->size)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu bytes", field->size);
	len = is_hex ? text_unhex(text, digits, ret_bytes->items, field->size)
		     : base64_decode(text, digits, ret_bytes->items, field->size);
	if (len < 0)
		return error_set(err, ERROR_MALFORMED, "not %s", is_hex ? "hexadecimal" : "base64");
	ret_bytes->count = (size_t)len;
	return 0;
}

static int read_hex32(const char *text, uint32_t *ret_value, struct error *err)
{
	uint8_t bytes[4];
	bool is_prefixed = text && strlen(text) == 10 && strncmp(text, "0x", 2) == 0;

	if (!is_prefixed || text_unhex(text + 2, 8, bytes, sizeof(bytes)) != 4)
		return error_set(err, ERROR_MALFORMED, "not \"0x\" and 8 hexadecimal digits");
	*ret_value = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
		     bytes[3];
	return 0;
}

static int read_id(
	const struct record_names *names, const char *text, uint32_t *ret_id, struct error *err)
{
	uint32_t id;

	if (!text)
		return error_set(err, ERROR_MALFORMED, "not a string");
	id = names->parse(text, UINT32_MAX);
	if (id == UINT32_MAX)
		return read_hex32(text, ret_id, err);
	*ret_id = id;
	return 0;
}

static int read_word(const struct record_words *words, const struct json_node *json,
	uint32_t *ret_word, struct error *err)
{
	const char *text = json_node_text(json);
	uint32_t word = 0;

	if (!text)
		return error_set(err, ERROR_MALFORMED, "not a string");
	while (word < words->count && strcmp(words->words[word], text) != 0)
		word++;
	if (word == words->count)
		word = words->unknown;
	if (word == RECORD_REFUSED)
		return error_set(err, ERROR_UNSUPPORTED, "a word not known here");
	*ret_word = word;
	return 0;
}

static int check_array(const struct json_node *json, size_t max, struct error *err)
{
	if (json->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED, "not an array");
	if (json->len > max)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu items", max);
	return 0;
}

static int read_ids(const struct field *field, const struct json_node *json,
	struct record_ids *ret_ids, struct error *err)
{
	int rc = check_array(json, field->size, err);

	if (rc)
		return rc;
	for (const struct json_node *item = json->first; item; item = item->next) {
		rc = read_id(
			field->names, json_node_text(item), &ret_ids->items[ret_ids->count], err);
		if (rc)
			return error_wrap(err, "item %zu", ret_ids->count);
		ret_ids->count++;
	}
	return 0;
}

/* One number could be there twice: by its name and as digits. */
static bool is_in_map(const struct record_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->items[i].id == id)
			return true;
	}
	return false;
}

static int read_map(const struct field *field, const struct json_node *json,
	struct record_map *ret_map, struct error *err)
{
	uint64_t value = 0;

	if (json->kind != JSON_NODE_OBJECT)
		return error_set(err, ERROR_MALFORMED, "not an object");
	if (json->len > field->size)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu members", field->size);
	for (const struct json_node *member = json->first; member; member = member->next) {
		struct record_entry *entry = &ret_map->items[ret_map->count];
		int rc = read_id(field->names, member->name, &entry->id, err);

		if (!rc && is_in_map(ret_map, entry->id))
			rc = error_set(err, ERROR_MALFORMED, "there twice");
		if (!rc)
			rc = read_unsigned(member, UINT32_MAX, &value, err);
		if (rc)
			return error_wrap(err, "%s", member->name);
		entry->value = (uint32_t)value;
		ret_map->count++;
	}
	return 0;
}

static int read_list(const struct field *field, const struct json_node *json,
	struct counted *ret_list, struct error *err)
{
	int rc = check_array(json, field->is_lenient ? SIZE_MAX : field->size, err);

	if (rc)
		return rc;
	for (const struct json_node *item = json->first; item; item = item->next) {
		if (ret_list->count == field->size)
			break;
		rc = record_read(field->record, item,
			ret_list->items + ret_list->count * field->record->struct_size, err);
		if (rc)
			return error_wrap(err, "item %zu", ret_list->count);
		ret_list->count++;
	}
	return 0;
}

static int read_error(const struct json_node *json, struct error *ret_error, struct error *err)
{
	const struct json_node *number = json_node_member(json, "rc");
	const char *code = json_node_text(json_node_member(json, "code"));
	int rc = read_text(json_node_member(json, "message"), false, ret_error->message,
		sizeof(ret_error->message), err);

	if (rc)
		return error_wrap(err, "message");
	if (!code)
		return error_set(err, ERROR_MALFORMED, "code: not a string");
	/* A code that a later minor version added is still an error, of a kind not known here. */
	ret_error->code = error_code_parse(code);
	if (ret_error->code == ERROR_CODE_COUNT || ret_error->code == ERROR_NONE)
		ret_error->code = ERROR_UNSUPPORTED;
	rc = number ? read_hex32(json_node_text(number), &ret_error->rc, err) : 0;
	return rc ? error_wrap(err, "rc") : 0;
}

static int read_part(const struct field *field, const struct json_node *json,
	struct record_part *ret_part, struct error *err)
{
	const struct json_node *error = json_node_member(json, "error");
	int rc;

	if (!error) {
		rc = record_read(field->record, json, ret_part, err);
		if (!rc)
			ret_part->state = PART_READ;
		return rc;
	}
	ret_part->state = PART_FAILED;
	rc = read_error(error, &ret_part->error, err);
	return rc ? error_wrap(err, "error") : 0;
}

static int read_field(
	const struct field *field, const struct json_node *json, void *ret_field, struct error *err)
{
	uint64_t number = 0;
	uint32_t id = 0;
	int rc = 0;

	switch (field->kind) {
	case FIELD_BOOL:
		if (json->kind != JSON_NODE_BOOL)
			return error_set(err, ERROR_MALFORMED, "neither true nor false");
		*(bool *)ret_field = json->is_true;
		return 0;
	case FIELD_U16:
		rc = read_unsigned(json, UINT16_MAX, &number, err);
		*(uint16_t *)ret_field = (uint16_t)number;
		return rc;
	case FIELD_U32:
		rc = read_unsigned(json, UINT32_MAX, &number, err);
		*(uint32_t *)ret_field = (uint32_t)number;
		return rc;
	case FIELD_U64:
		return read_unsigned(json, INT64_MAX, ret_field, err);
	case FIELD_I64:
		if (json->kind != JSON_NODE_INTEGER)
			return error_set(err, ERROR_MALFORMED, "not an integer");
		*(int64_t *)ret_field = json->integer;
		return 0;
	case FIELD_HEX32:
		return read_hex32(json_node_text(json), ret_field, err);
	case FIELD_TEXT:
		return read_text(json, field->is_lenient, ret_field, field->size, err);
	case FIELD_HEX:
	case FIELD_BASE64:
		return read_bytes(field, json, ret_field, err);
	case FIELD_NAMED:
		rc = read_id(field->names, json_node_text(json), &id, err);
		if (!rc && id > UINT16_MAX)
			return error_set(err, ERROR_MALFORMED, "over 0xffff");
		*(uint16_t *)ret_field = (uint16_t)id;
		return rc;
	case FIELD_WORD:
		return read_word(field->words, json, ret_field, err);
	case FIELD_RECORD:
		return record_read(field->record, json, ret_field, err);
	case FIELD_PART:
		return read_part(field, json, ret_field, err);
	case FIELD_ERROR:
		return read_error(json, ret_field, err);
	case FIELD_LIST:
		return read_list(field, json, ret_field, err);
	case FIELD_IDS:
		return read_ids(field, json, ret_field, err);
	case FIELD_MAP:
		return read_map(field, json, ret_field, err);
	case FIELD_CUSTOM:
		return field->custom->read(json, ret_field, err);
	}
	return error_set(err, ERROR_INTERNAL, "no such kind of field");
}

int record_read(
	const struct record *record, const struct json_node *json, void *ret, struct error *err)
{
	const struct json_node *at = NULL;

	if (json->kind != JSON_NODE_OBJECT)
		return error_set(err, ERROR_MALFORMED, "not an object");
	for (size_t i = 0; i < record->field_count; i++) {
		const struct field *field = &record->fields[i];
		const struct json_node *member = json_node_member_from(json, at, field->name);

		if (!member && (field->is_optional || field->kind == FIELD_PART))
			continue;
		if (!member)
			return error_set(err, ERROR_MALFORMED, "%s: missing", field->name);
		if (read_field(field, member, (uint8_t *)ret + field->offset, err))
			return error_wrap(err, "%s", field->name);
		at = member->next;
	}
	return 0;
}
