/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON to structures. */
#include <inttypes.h>
#include <string.h>

#include "core/base64.h"
#include "core/record_private.h"
#include "core/text.h"

static int read_unsigned(const json_t *json, uint64_t max, uint64_t *ret_value, struct error *err)
{
	json_int_t value = json_integer_value(json);

	if (!json_is_integer(json) || value < 0 || (uint64_t)value > max)
		return error_set(err, ERROR_MALFORMED, "not an integer from 0 to %" PRIu64, max);
	*ret_value = (uint64_t)value;
	return 0;
}

static int read_text(const json_t *json, char *ret_text, size_t size, struct error *err)
{
	const char *text = json_string_value(json);
	size_t len = json_string_length(json);

	if (!text)
		return error_set(err, ERROR_MALFORMED, "not a string");
	if (len >= size)
		return error_set(err, ERROR_TOO_LARGE, "longer than %zu bytes", size - 1);
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return error_set(err, ERROR_MALFORMED, "holds a control character");
	}
	memcpy(ret_text, text, len + 1);
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

static int read_bytes(
	const struct field *field, const json_t *json, struct counted *ret_bytes, struct error *err)
{
	const char *text = json_string_value(json);
	size_t digits = json_string_length(json);
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

	if (!text || strlen(text) != 10 || text[0] != '0' || text[1] != 'x' ||
		text_unhex(text + 2, 8, bytes, sizeof(bytes)) != 4)
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

static int read_ids(const struct field *field, const json_t *json, struct record_ids *ret_ids,
	struct error *err)
{
	int rc = 0;

	if (!json_is_array(json))
		return error_set(err, ERROR_MALFORMED, "not an array");
	if (json_array_size(json) > field->size)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu items", field->size);
	while (!rc && ret_ids->count < json_array_size(json)) {
		rc = read_id(field->names, json_string_value(json_array_get(json, ret_ids->count)),
			&ret_ids->items[ret_ids->count], err);
		if (rc)
			error_wrap(err, "item %zu", ret_ids->count);
		else
			ret_ids->count++;
	}
	return rc;
}

/* One number can stand there twice, by its name and as a number. */
static bool is_in_map(const struct record_map *map, uint32_t id)
{
	for (size_t i = 0; i < map->count; i++) {
		if (map->items[i].id == id)
			return true;
	}
	return false;
}

static int read_map(
	const struct field *field, json_t *json, struct record_map *ret_map, struct error *err)
{
	const char *name;
	json_t *member;
	uint64_t value = 0;

	if (!json_is_object(json))
		return error_set(err, ERROR_MALFORMED, "not an object");
	if (json_object_size(json) > field->size)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu members", field->size);
	json_object_foreach(json, name, member)
	{
		struct record_entry *entry = &ret_map->items[ret_map->count];
		int rc = read_id(field->names, name, &entry->id, err);

		if (!rc && is_in_map(ret_map, entry->id))
			rc = error_set(err, ERROR_MALFORMED, "there twice");
		if (!rc)
			rc = read_unsigned(member, UINT32_MAX, &value, err);
		if (rc)
			return error_wrap(err, "%s", name);
		entry->value = (uint32_t)value;
		ret_map->count++;
	}
	return 0;
}

static int read_list(
	const struct field *field, const json_t *json, struct counted *ret_list, struct error *err)
{
	int rc = 0;

	if (!json_is_array(json))
		return error_set(err, ERROR_MALFORMED, "not an array");
	if (json_array_size(json) > field->size)
		return error_set(err, ERROR_TOO_LARGE, "more than %zu items", field->size);
	while (!rc && ret_list->count < json_array_size(json)) {
		rc = record_read(field->record, json_array_get(json, ret_list->count),
			ret_list->items + ret_list->count * field->record->struct_size, err);
		if (rc)
			error_wrap(err, "item %zu", ret_list->count);
		else
			ret_list->count++;
	}
	return rc;
}

static int read_part(const struct field *field, const json_t *json, struct record_part *ret_part,
	struct error *err)
{
	const json_t *error = json_object_get(json, "error");
	const json_t *number = json_object_get(error, "rc");
	const char *code = json_string_value(json_object_get(error, "code"));
	int rc;

	if (!error) {
		rc = record_read(field->record, json, ret_part, err);
		if (!rc)
			ret_part->state = PART_READ;
		return rc;
	}
	ret_part->state = PART_FAILED;
	rc = read_text(json_object_get(error, "message"), ret_part->error.message,
		sizeof(ret_part->error.message), err);
	if (rc)
		return error_wrap(err, "error: message");
	if (!code)
		return error_set(err, ERROR_MALFORMED, "error: code: not a string");
	/* A code that a later minor version added is still an error, of a kind not known here. */
	ret_part->error.code = error_code_parse(code);
	if (ret_part->error.code == ERROR_CODE_COUNT || ret_part->error.code == ERROR_NONE)
		ret_part->error.code = ERROR_UNSUPPORTED;
	rc = number ? read_hex32(json_string_value(number), &ret_part->error.rc, err) : 0;
	return rc ? error_wrap(err, "error: rc") : 0;
}

static int read_field(const struct field *field, json_t *json, void *ret_field, struct error *err)
{
	uint64_t number = 0;
	uint32_t id = 0;
	int rc = 0;

	switch (field->kind) {
	case FIELD_BOOL:
		if (!json_is_boolean(json))
			return error_set(err, ERROR_MALFORMED, "neither true nor false");
		*(bool *)ret_field = json_is_true(json);
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
		if (!json_is_integer(json))
			return error_set(err, ERROR_MALFORMED, "not an integer");
		*(int64_t *)ret_field = json_integer_value(json);
		return 0;
	case FIELD_HEX32:
		return read_hex32(json_string_value(json), ret_field, err);
	case FIELD_TEXT:
		return read_text(json, ret_field, field->size, err);
	case FIELD_HEX:
	case FIELD_BASE64:
		return read_bytes(field, json, ret_field, err);
	case FIELD_NAMED:
		rc = read_id(field->names, json_string_value(json), &id, err);
		if (!rc && id > UINT16_MAX)
			return error_set(err, ERROR_MALFORMED, "over 0xffff");
		*(uint16_t *)ret_field = (uint16_t)id;
		return rc;
	case FIELD_RECORD:
		return record_read(field->record, json, ret_field, err);
	case FIELD_PART:
		return read_part(field, json, ret_field, err);
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

int record_read(const struct record *record, const json_t *json, void *ret, struct error *err)
{
	if (!json_is_object(json))
		return error_set(err, ERROR_MALFORMED, "not an object");
	for (size_t i = 0; i < record->field_count; i++) {
		const struct field *field = &record->fields[i];
		json_t *member = json_object_get(json, field->name);

		if (!member && (field->is_optional || field->kind == FIELD_PART))
			continue;
		if (!member)
			return error_set(err, ERROR_MALFORMED, "%s: missing", field->name);
		if (read_field(field, member, (uint8_t *)ret + field->offset, err))
			return error_wrap(err, "%s", field->name);
	}
	return 0;
}
