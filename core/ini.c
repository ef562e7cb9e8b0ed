/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/ini.h"

#include <ini.h>
#include <stdbool.h>
#include <string.h>

#include "core/buf.h"

#define LINE_MAX_BYTES 190 /* inih cuts longer lines silently */

struct reading {
	const char *at; /* what is left of the text */
	size_t left;
	int line; /* the last one handed out */
	const struct ini_setting *settings;
	size_t count;
	bool is_seen[INI_SETTINGS_MAX];
	ini_apply *apply;
	void *context;
	bool is_refused; /* a setting was, and `err` says why */
	struct error *err;
};

/* inih's reader, as fgets(). check_lines() has seen that each line fits. */
static char *next_line(char *line, int size, void *stream)
{
	struct reading *reading = stream;
	const char *end = memchr(reading->at, '\n', reading->left);
	size_t len = end ? (size_t)(end - reading->at) + 1 : reading->left;

	/* Nothing after a refused setting is looked at. */
	if (!len || len >= (size_t)size || reading->is_refused)
		return NULL;
	memcpy(line, reading->at, len);
	line[len] = 0;
	reading->at += len;
	reading->left -= len;
	reading->line++;
	return line;
}

static int refuse(struct reading *reading, const char *section, const char *name, const char *what)
{
	reading->is_refused = true;
	error_set(reading->err, ERROR_CONFIG, "[%s] %s: %s", section, name, what);
	return 0;
}

/* "[a], [b] and [c]" */
static int refuse_section(struct reading *reading, const char *section, const char *name)
{
	BUF_SCOPED what = {0};
	const struct ini_setting *settings = reading->settings;
	size_t last = reading->count - 1;

	while (last > 0 && strcmp(settings[last].section, settings[last - 1].section) == 0)
		last--;
	buf_append_text(&what, "no such section; there are ");
	for (size_t i = 0; i < reading->count; i++) {
		if (i && strcmp(settings[i].section, settings[i - 1].section) == 0)
			continue;
		buf_printf(&what, "%s[%s]",
			i == 0      ? ""
			: i == last ? " and "
				    : ", ",
			settings[i].section);
	}
	return refuse(reading, section, name, what.failed ? "no such section" : (char *)what.data);
}

/* "a, b, c" */
static int refuse_name(struct reading *reading, const char *section, const char *name)
{
	BUF_SCOPED what = {0};
	const char *between = "no such setting; there are ";

	for (size_t i = 0; i < reading->count; i++) {
		if (strcmp(section, reading->settings[i].section) != 0)
			continue;
		buf_printf(&what, "%s%s", between, reading->settings[i].name);
		between = ", ";
	}
	return what.len ? refuse(reading, section, name,
				  what.failed ? "no such setting" : (char *)what.data)
			: refuse_section(reading, section, name);
}

static bool is_setting(const struct ini_setting *setting, const char *section, const char *name)
{
	return strcmp(section, setting->section) == 0 && strcmp(name, setting->name) == 0;
}

/* inih's handler: 1 to go on, 0 to stop at this line. */
static int set(void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;
	size_t i = 0;

	while (i < reading->count && !is_setting(&reading->settings[i], section, name))
		i++;
	if (i == reading->count)
		return refuse_name(reading, section, name);
	if (reading->is_seen[i])
		return refuse(reading, section, name, "there twice");
	reading->is_seen[i] = true;
	if (!*value)
		return refuse(reading, section, name, "empty");
	if (reading->apply(i, value, reading->context, reading->err) == 0)
		return 1;
	reading->is_refused = true;
	error_wrap(reading->err, "[%s] %s", section, name);
	return 0;
}

/* A blank before a setting makes it the continuation of the value before. */
static bool is_continuation(const char *line, size_t len)
{
	size_t blanks = 0;

	while (blanks < len && strchr(" \t\r\f\v", line[blanks]))
		blanks++;
	return blanks > 0 && blanks < len && line[blanks] != '#' && line[blanks] != ';';
}

/* What inih would get wrong without saying so. */
static int check_lines(const char *text, size_t len, struct error *err)
{
	size_t line = 1;

	if (memchr(text, 0, len))
		return error_set(err, ERROR_CONFIG, "holds a NUL byte");
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t line_len = end ? (size_t)(end - text) : len;

		if (line_len > LINE_MAX_BYTES)
			return error_set(err, ERROR_CONFIG, "line %zu: longer than %d bytes", line,
				LINE_MAX_BYTES);
		if (is_continuation(text, line_len))
			return error_set(err, ERROR_CONFIG, "line %zu: begins with a blank", line);
		line_len += end != NULL;
		text += line_len;
		len -= line_len;
		line++;
	}
	return 0;
}

int ini_read(const char *text, size_t len, const struct ini_setting *settings, size_t count,
	ini_apply *apply, void *context, struct error *err)
{
	struct error refused;
	struct reading reading = {.at = text,
		.left = len,
		.settings = settings,
		.count = count,
		.apply = apply,
		.context = context,
		.err = &refused};
	int line;

	if (count > INI_SETTINGS_MAX)
		return error_set(err, ERROR_INTERNAL, "more than %d settings", INI_SETTINGS_MAX);
	if (!len)
		return 0;
	if (check_lines(text, len, err))
		return -ERROR_CONFIG;
	line = ini_parse_stream(next_line, &reading, set, &reading);
	if (line < 0)
		return error_set(err, ERROR_NO_MEMORY, "no memory to read it");
	/* inih goes on after a line it does not understand: that one may come before. */
	if (reading.is_refused && line == reading.line) {
		error_copy(err, &refused);
		return error_wrap(err, "line %d", line);
	}
	if (line)
		return error_set(err, ERROR_CONFIG,
			"line %d: neither \"[section]\" nor \"name = value\"", line);
	if (reading.left)
		return error_set(err, ERROR_CONFIG, "line %d: too long", reading.line + 1);
	return 0;
}
