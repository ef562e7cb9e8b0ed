/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: INI, sections [tpm], [run] and [collector], the names of the command
 * line's options.
 */
#include <ini.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/options.h"
#include "agent/platform.h"
#include "core/text.h"

#define CONFIG_BYTES_MAX 65536
#define CONFIG_LINE_MAX  190 /* inih cuts longer lines silently */

enum setting {
	SETTING_TCTI,
	SETTING_TIMEOUT,
	SETTING_MODEL,
	SETTING_STATE,
	SETTING_INTERVAL,
	SETTING_URL,
	SETTING_CA,
	SETTING_TOKEN_FILE,
	SETTING_CERT,
	SETTING_KEY,
	SETTING_PROXY,
	SETTING_UUID,
	SETTING_COUNT
};

static const struct {
	const char *section, *name;
} settings[SETTING_COUNT] = {[SETTING_TCTI] = {"tpm", "tcti"},
	[SETTING_TIMEOUT] = {"tpm", "timeout"},
	[SETTING_MODEL] = {"tpm", "expect-model"},
	[SETTING_STATE] = {"run", "state"},
	[SETTING_INTERVAL] = {"run", "interval"},
	[SETTING_URL] = {"collector", "url"},
	[SETTING_CA] = {"collector", "ca"},
	[SETTING_TOKEN_FILE] = {"collector", "token-file"},
	[SETTING_CERT] = {"collector", "cert"},
	[SETTING_KEY] = {"collector", "key"},
	[SETTING_PROXY] = {"collector", "proxy"},
	[SETTING_UUID] = {"collector", "uuid"}};

/* Each section's settings in words, for whoever misspells one. */
static const struct {
	const char *name, *refusal;
} sections[] = {{"tpm", "no such setting; there are tcti, timeout, expect-model"},
	{"run", "no such setting; there are state, interval"},
	{"collector", "no such setting; there are url, ca, token-file, cert, key, proxy, uuid"}};

#define SECTION_COUNT (sizeof(sections) / sizeof(sections[0]))

struct reading {
	const char *at; /* what is left of the text */
	size_t left;
	int line; /* the last one handed out */
	bool is_seen[SETTING_COUNT];
	struct options *options;
	struct error *err; /* code ERROR_NONE until a setting is refused */
};

/* inih's reader, as fgets(). check_lines() has seen that each line fits. */
static char *next_line(char *line, int size, void *stream)
{
	struct reading *reading = stream;
	const char *end = memchr(reading->at, '\n', reading->left);
	size_t len = end ? (size_t)(end - reading->at) + 1 : reading->left;

	/* Nothing after a refused setting is looked at. */
	if (!len || len >= (size_t)size || reading->err->code)
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
	error_set(reading->err, ERROR_CONFIG, "[%s] %s: %s", section, name, what);
	return 0;
}

static int set_text(char *to, size_t size, const char *value)
{
	/* What the command line set stays. */
	if (!*to)
		snprintf(to, size, "%s", value);
	return 1;
}

static int set_seconds(struct reading *reading, enum setting setting, const char *value,
	uint32_t min, uint32_t max, uint32_t *to)
{
	uint32_t seconds;
	char what[64];

	if (!options_read_seconds(value, min, max, &seconds)) {
		snprintf(what, sizeof(what), "not a number of seconds from %" PRIu32 " to %" PRIu32,
			min, max);
		return refuse(reading, settings[setting].section, settings[setting].name, what);
	}
	if (!*to)
		*to = seconds;
	return 1;
}

static int apply(struct reading *reading, enum setting setting, const char *value)
{
	const char *section = settings[setting].section, *name = settings[setting].name;
	struct options *options = reading->options;
	struct options_collector *to = &options->collector;

	if (!*value)
		return refuse(reading, section, name, "empty");
	switch (setting) {
	case SETTING_TCTI:
		if (!options_is_printable(value))
			return refuse(reading, section, name, "not printable ASCII");
		return set_text(options->tcti, sizeof(options->tcti), value);
	case SETTING_MODEL:
		if (!options_is_model(value))
			return refuse(reading, section, name, "neither tpm-crb nor tpm-tis");
		return set_text(options->model, sizeof(options->model), value);
	case SETTING_STATE:
		return set_text(options->state, sizeof(options->state), value);
	case SETTING_INTERVAL:
		return set_seconds(reading, setting, value, 10, 86400, &options->interval_s);
	case SETTING_URL:
		return set_text(to->url, sizeof(to->url), value);
	case SETTING_CA:
		return set_text(to->ca, sizeof(to->ca), value);
	case SETTING_TOKEN_FILE:
		return set_text(to->token_file, sizeof(to->token_file), value);
	case SETTING_CERT:
		return set_text(to->certificate, sizeof(to->certificate), value);
	case SETTING_KEY:
		return set_text(to->key, sizeof(to->key), value);
	case SETTING_PROXY:
		return set_text(to->proxy, sizeof(to->proxy), value);
	case SETTING_UUID:
		if (!*to->uuid && !text_uuid(value, to->uuid))
			return refuse(reading, section, name, "no UUID");
		return 1;
	default:
		return set_seconds(reading, setting, value, 1, 3600, &options->timeout_s);
	}
}

/* inih's handler: 1 to go on, 0 to stop at this line. */
static int set(void *context, const char *section, const char *name, const char *value)
{
	struct reading *reading = context;
	unsigned setting = 0;
	size_t i = 0;

	while (i < SECTION_COUNT && strcmp(section, sections[i].name) != 0)
		i++;
	if (i == SECTION_COUNT)
		return refuse(reading, section, name,
			"no such section; there are [tpm], [run] and [collector]");
	while (setting < SETTING_COUNT && (strcmp(section, settings[setting].section) != 0 ||
						  strcmp(name, settings[setting].name) != 0))
		setting++;
	if (setting == SETTING_COUNT)
		return refuse(reading, section, name, sections[i].refusal);
	if (reading->is_seen[setting])
		return refuse(reading, section, name, "there twice");
	reading->is_seen[setting] = true;
	return apply(reading, (enum setting)setting, value);
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

		if (line_len > CONFIG_LINE_MAX)
			return error_set(err, ERROR_CONFIG, "line %zu: longer than %d bytes", line,
				CONFIG_LINE_MAX);
		if (is_continuation(text, line_len))
			return error_set(err, ERROR_CONFIG, "line %zu: begins with a blank", line);
		line_len += end != NULL;
		text += line_len;
		len -= line_len;
		line++;
	}
	return 0;
}

int options_parse_config(const char *text, size_t len, struct options *options, struct error *err)
{
	struct options result = *options;
	struct error refused = {0};
	struct reading reading = {.at = text, .left = len, .options = &result, .err = &refused};
	int line;

	if (check_lines(text, len, err))
		return -ERROR_CONFIG;
	line = ini_parse_stream(next_line, &reading, set, &reading);
	if (line < 0)
		return error_set(err, ERROR_NO_MEMORY, "no memory to read it");
	/* inih goes on after a line it does not understand: that one may come before. */
	if (refused.code && line == reading.line) {
		*err = refused;
		return error_wrap(err, "line %d", line);
	}
	if (line)
		return error_set(err, ERROR_CONFIG,
			"line %d: neither \"[section]\" nor \"name = value\"", line);
	if (reading.left)
		return error_set(err, ERROR_CONFIG, "line %d: too long", reading.line + 1);
	*options = result;
	return 0;
}

int options_read_config(struct options *options, struct error *err)
{
	const char *path = *options->config ? options->config : platform_config_path();
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, CONFIG_BYTES_MAX, &text, err);

	if (rc && (rc != -ERROR_NOT_FOUND || *options->config)) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	*err = (struct error){0};
	if (text.len && options_parse_config((char *)text.data, text.len, options, err))
		return error_wrap(err, "%s", path);
	if (!options->timeout_s)
		options->timeout_s = OPTIONS_DEFAULT_TIMEOUT_S;
	if (!options->interval_s)
		options->interval_s = OPTIONS_DEFAULT_INTERVAL_S;
	return 0;
}
