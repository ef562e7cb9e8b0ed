/* SPDX-License-Identifier: BSD-2-Clause */
/* Structures to JSON. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/base64.h"
#include "core/evidence/record_private.h"
#include "core/json/text.h"
#include "core/text.h"

static json_t *write_hex(const uint8_t *bytes, size_t len)
{
	size_t size = 2 * len + 1;
	char *hex = malloc(size);
	json_t *json = NULL;

	if (hex) {
		text_hex(bytes, len, hex, size);
		json = json_string(hex);
	}
	free(hex);
	return json;
}

static json_t *write_base64(const uint8_t *bytes, size_t len)
{
	BUF_SCOPED text = {0};

	base64_encode(&text, bytes, len);
	return text.failed ? NULL : json_stringn(text.data ? (char *)text.data : "", text.len);
}

/* The name of an id, or its number in `number`. */
static const char *id_text(const struct record_names *names, uint32_t id, char number[11])
{
	const char *name = names->name(id);

	if (!name)
		snprintf(number, 11, "0x%08" PRIx32, id);
	return name ? name : number;
}

static json_t *write_word(const struct record_words *words, uint32_t word)
{
	return json_string(word < words->count ? words->words[word] : "unknown");
}

static json_t *write_ids(const struct field *field, const struct record_ids *ids)
{
	json_t *array = json_array();
	char number[11];

	for (size_t i = 0; array && i < ids->count; i++) {
		const char *text = id_text(field->names, ids->items[i], number);

		if (json_array_append_new(array, json_string(text))) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static json_t *write_map(const struct field *field, const struct record_map *map)
{
	json_t *object = json_object();
	char number[11];

	for (size_t i = 0; object && i < map->count; i++) {
		const char *text = id_text(field->names, map->items[i].id, number);

		if (json_object_set_new(object, text, json_integer(map->items[i].value))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}

static json_t *write_list(const struct field *field, const struct counted *list)
{
	json_t *array = json_array();

	for (size_t i = 0; array && i < list->count; i++) {
		const uint8_t *item = list->items + i * field->record->struct_size;

		if (json_array_append_new(array, record_write(field->record, item))) {
			json_decref(array);
			array = NULL;
		}
	}
	return array;
}

static json_t *write_error(const struct error *err)
{
	json_t *error = json_pack("{s:s, s:o}", "code", error_code_name(err->code), "message",
		json_text_string(err->message));

	if (error && err->rc) {
		char rc[11];

		snprintf(rc, sizeof(rc), "0x%08" PRIx32, err->rc);
		if (json_object_set_new(error, "rc", json_string(rc))) {
			json_decref(error);
			error = NULL;
		}
	}
	return error;
}

static json_t *write_part(const struct field *field, const struct record_part *part)
{
	json_t *error;

	if (part->state == PART_READ)
		return record_write(field->record, part);
	error = write_error(&part->error);
	return error ? json_pack("{s:o}", "error", error) : NULL;
}

static json_t *write_field(const struct field *field, const void *from)
{
	const struct counted *counted = from;
	uint64_t number64;
	char number[11];

	switch (field->kind) {
	case FIELD_BOOL:
		return json_boolean(*(const bool *)from);
	case FIELD_U16:
		return json_integer(*(const uint16_t *)from);
	case FIELD_U32:
		return json_integer(*(const uint32_t *)from);
	case FIELD_U64:
		number64 = *(const uint64_t *)from;
		return json_integer(number64 < INT64_MAX ? (json_int_t)number64 : INT64_MAX);
	case FIELD_I64:
		return json_integer(*(const int64_t *)from);
	case FIELD_HEX32:
		snprintf(number, sizeof(number), "0x%08" PRIx32, *(const uint32_t *)from);
		return json_string(number);
	case FIELD_TEXT:
		return json_text_string(from);
	case FIELD_HEX:
		return write_hex(counted->items, counted->count);
	case FIELD_BASE64:
		return write_base64(counted->items, counted->count);
	case FIELD_NAMED:
		return json_string(id_text(field->names, *(const uint16_t *)from, number));
	case FIELD_WORD:
		return write_word(field->words, *(const uint32_t *)from);
	case FIELD_RECORD:
		return record_write(field->record, from);
	case FIELD_PART:
		return write_part(field, from);
	case FIELD_ERROR:
		return write_error(from);
	case FIELD_LIST:
		return write_list(field, from);
	case FIELD_IDS:
		return write_ids(field, from);
	case FIELD_MAP:
		return write_map(field, from);
	case FIELD_CUSTOM:
		return field->custom->write(from);
	}
	return NULL;
}

static bool is_empty(const struct field *field, const void *from)
{
	switch (field->kind) {
	case FIELD_BOOL:
		return !*(const bool *)from;
	case FIELD_U16:
	case FIELD_NAMED:
		return !*(const uint16_t *)from;
	case FIELD_U32:
	case FIELD_HEX32:
		return !*(const uint32_t *)from;
	case FIELD_U64:
		return !*(const uint64_t *)from;
	case FIELD_I64:
		return !*(const int64_t *)from;
	case FIELD_TEXT:
		return !*(const char *)from;
	case FIELD_HEX:
	case FIELD_BASE64:
	case FIELD_LIST:
	case FIELD_IDS:
	case FIELD_MAP:
		return !((const struct counted *)from)->count;
	case FIELD_ERROR:
		return ((const struct error *)from)->code == ERROR_NONE;
	case FIELD_PART:
		return ((const struct record_part *)from)->state == PART_ABSENT;
	case FIELD_RECORD:
	case FIELD_WORD:
		return false;
	case FIELD_CUSTOM:
		return field->custom->is_empty(from);
	}
	return false;
}

json_t *record_write(const struct record *record, const void *from)
{
	json_t *object = json_object();

	for (size_t i = 0; object && i < record->field_count; i++) {
		const struct field *field = &record->fields[i];
		const uint8_t *at = (const uint8_t *)from + field->offset;

		if ((field->is_optional || field->kind == FIELD_PART) && is_empty(field, at))
			continue;
		if (json_object_set_new(object, field->name, write_field(field, at))) {
			json_decref(object);
			object = NULL;
		}
	}
	return object;
}
