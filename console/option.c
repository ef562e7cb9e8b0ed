/* SPDX-License-Identifier: BSD-2-Clause */
#include "console/option.h"

#include <string.h>

#include "core/buf.h"
#include "core/text.h"
#include "core/verdict/verdict.h"

static int refuse(struct error *err, const char *what)
{
	return error_set(err, ERROR_MALFORMED, "%s", what);
}

/* "x" is none of a, b, c; "x" is neither a nor b */
static int refuse_word(const char *value, const char *const *words, struct error *err)
{
	BUF_SCOPED list = {0};
	bool are_two = words[0] && words[1] && !words[2];

	buf_append_text(&list, are_two ? "neither " : "none of ");
	for (size_t i = 0; words[i]; i++)
		buf_printf(&list, "%s%s", !i ? "" : are_two ? " nor " : ", ", words[i]);
	return error_set(err, ERROR_MALFORMED, "\"%s\" is %s", value,
		list.failed ? "not a word it may be" : (char *)list.data);
}

/* Which of the words it is; their number where it is none. */
static size_t find_word(const char *value, const char *const *words)
{
	size_t i = 0;

	while (words[i] && strcmp(value, words[i]) != 0)
		i++;
	return i;
}

static int read_word(
	const struct option_row *row, const char *value, void *member, struct error *err)
{
	unsigned found = (unsigned)find_word(value, row->words);

	if (!row->words[found])
		return refuse_word(value, row->words, err);
	memcpy(member, &found, sizeof(found));
	return 0;
}

static int read_event(const char *value, void *member, struct error *err)
{
	enum event event = event_parse(value);
	const char *names[EVENT_COUNT + 1] = {0};

	if (event == EVENT_COUNT) {
		for (unsigned i = 0; i < EVENT_COUNT; i++)
			names[i] = event_name((enum event)i);
		return refuse_word(value, names, err);
	}
	memcpy(member, &event, sizeof(event));
	return 0;
}

static int read_uuid(const char *value, char *ret_uuid, struct error *err)
{
	char uuid[TEXT_UUID_SIZE];

	if (!text_uuid(value, uuid))
		return error_set(err, ERROR_MALFORMED, "\"%s\" is no UUID", value);
	if (text_uuid_is_placeholder(uuid))
		return error_set(err, ERROR_MALFORMED,
			"\"%s\" is a placeholder, which many machines have", value);
	memcpy(ret_uuid, uuid, sizeof(uuid));
	return 0;
}

static int read_switch(const char *value, bool *member, struct error *err)
{
	static const char *const words[] = {"no", "yes", NULL};
	size_t found = find_word(value, words);

	if (!words[found])
		return refuse_word(value, words, err);
	*member = found == 1;
	return 0;
}

static int read_text(const struct option_row *row, const char *value, enum option_source source,
	void *member, struct error *err)
{
	const char *fault = row->judge ? row->judge(value) : NULL;
	size_t len = strlen(value);

	if (!len)
		return refuse(err, "empty");
	if (row->kind == OPTION_PATH && source == OPTION_IN_FILE && *value != '/')
		fault = "not an absolute path";
	if (fault)
		return refuse(err, fault);
	if (row->words && !row->words[find_word(value, row->words)])
		return refuse_word(value, row->words, err);
	if (row->kind == OPTION_TEXT) {
		memcpy(member, &value, sizeof(value));
		return 0;
	}
	if (len >= row->size)
		return error_set(err, ERROR_MALFORMED, "longer than %zu bytes", row->size - 1);
	memcpy(member, value, len + 1);
	return 0;
}

static int read_number(
	const struct option_row *row, const char *value, void *member, struct error *err)
{
	uint64_t number;
	uint32_t narrow;

	if (!text_number(value, row->min, row->max, &number))
		return error_set(err, ERROR_MALFORMED, "\"%s\" is not a number%s from %llu to %llu",
			value, row->kind == OPTION_SECONDS ? " of seconds" : "",
			(unsigned long long)row->min, (unsigned long long)row->max);
	if (row->kind == OPTION_MEBIBYTES)
		number <<= 20;
	narrow = (uint32_t)number;
	if (row->size == sizeof(narrow))
		memcpy(member, &narrow, sizeof(narrow));
	else
		memcpy(member, &number, sizeof(number));
	return 0;
}

/* On Windows as well, with a drive's letter or a share. */
static bool is_absolute(const char *path)
{
	const char *colon = strchr(path, ':');

	return *path == '/' || *path == '\\' || (colon == path + 1 && strchr("/\\", colon[1]));
}

static int add_text(const struct option_row *row, struct text_list *list, const char *text,
	size_t len, struct error *err)
{
	const char *wrong;

	if (list->count == row->max)
		return error_set(
			err, ERROR_MALFORMED, "more than %llu", (unsigned long long)row->max);
	if (!text_list_add(list, text, len))
		return error_set(err, ERROR_MALFORMED, "longer than %zu bytes together",
			sizeof(list->texts) - 1);
	wrong = row->judge ? row->judge(text_list_at(list, list->count - 1)) : NULL;
	return wrong ? refuse(err, wrong) : 0;
}

static int read_list(const struct option_row *row, const char *value, enum option_source source,
	struct text_list *list, struct error *err)
{
	int rc = 0;

	if (!*value)
		return refuse(err, "empty");
	if (source == OPTION_ON_LINE)
		return add_text(row, list, value, strlen(value), err);
	while (!rc && *(value += strspn(value, " \t"))) {
		size_t len = strcspn(value, " \t");

		if (row->is_path && !is_absolute(value))
			return refuse(err, "not an absolute path");
		rc = add_text(row, list, value, len, err);
		value += len;
	}
	return rc;
}

int option_read(const struct option_row *row, const char *value, enum option_source source,
	void *options, struct error *err)
{
	void *member = (char *)options + row->offset;

	if (!value)
		value = row->implied ? row->implied : "";
	switch (row->kind) {
	case OPTION_SET:
		*(bool *)member = true;
		return 0;
	case OPTION_SWITCH:
		return read_switch(value, member, err);
	case OPTION_TEXT:
	case OPTION_STRING:
	case OPTION_PATH:
		return read_text(row, value, source, member, err);
	case OPTION_UUID:
		return read_uuid(value, member, err);
	case OPTION_NUMBER:
	case OPTION_SECONDS:
	case OPTION_MEBIBYTES:
		return read_number(row, value, member, err);
	case OPTION_WORD:
		return read_word(row, value, member, err);
	case OPTION_EVENT:
		return read_event(value, member, err);
	case OPTION_LIST:
		return read_list(row, value, source, member, err);
	case OPTION_READ:
		return row->read(value, options, err);
	}
	return error_set(err, ERROR_INTERNAL, "a row without a kind");
}
