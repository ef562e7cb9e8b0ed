/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration, by the rows of options.c that name a section. */
#include "agent/options.h"

#include <string.h>

#include "console/settings_files.h"
#include "core/buf.h"
#include "core/log.h"
#include "platform/guest.h"
#include "platform/system.h"

#define GIVEN_BYTES_MAX 65536

int options_parse_config(const char *text, size_t len, struct options *options, struct error *err)
{
	struct options file = {0};
	uint64_t set;
	int rc = settings_read(&options_program, text, len, &file, &set, err);

	if (!rc)
		settings_copy(&options_program, set & ~options->line.named, &file, options);
	return rc;
}

/* What is there already: by the machine's own files, and by the command line. */
struct said {
	struct options *options;
	uint64_t rows;
};

static bool is_in(const struct option_row *row, const char *section, const char *setting)
{
	if (!row->section || strcmp(row->section, section) != 0)
		return false;
	return !setting || strcmp(row->setting, setting) == 0;
}

static uint64_t rows_of(const char *section, const char *setting)
{
	uint64_t rows = 0;

	for (size_t i = 0; i < options_program.option_count; i++) {
		if (is_in(&options_program.options[i], section, setting))
			rows |= UINT64_C(1) << i;
	}
	return rows;
}

/* Takes of a text that the host gave what stands in `rows` and is not said yet. One that is wrong
 * must not stop what does not need it. */
static void take_given(
	const struct said *said, uint64_t rows, const char *name, const struct buf *text)
{
	struct options given = {0};
	struct error err;
	uint64_t set;

	if (settings_read(&options_program, text->data ? (char *)text->data : "", text->len, &given,
		    &set, &err))
		log_write(LOG_LEVEL_WARNING, "%s, which is not used: %s", name, err.message);
	else if (set & ~rows)
		log_write(
			LOG_LEVEL_WARNING, "%s, which is not used: it says more than it may", name);
	else
		settings_copy(&options_program, set & ~said->rows, &given, said->options);
}

static void take_credential_settings(const struct said *said)
{
	static const char name[] = "vtpm-agent.conf";
	BUF_SCOPED text = {0};
	struct error err;
	char path[1024];

	if (!platform_credential_path(name, path, sizeof(path)))
		return;
	if (platform_file_read(path, GIVEN_BYTES_MAX, &text, &err))
		log_write(LOG_LEVEL_WARNING, "credential %s: cannot be read", name);
	else
		take_given(said, rows_of("collector", NULL), "credential vtpm-agent.conf", &text);
}

static void take_oem_settings(const struct said *said)
{
	const uint64_t rows = rows_of("collector", "url") | rows_of("collector", "proxy");
	BUF_SCOPED settings = {0};
	struct error ignored;

	if (platform_oem_strings_read("vtpm-agent.", &settings, &ignored) || settings.failed)
		return;
	for (size_t at = 0; at < settings.len; at += strlen((char *)settings.data + at) + 1) {
		BUF_SCOPED text = {0};

		buf_printf(&text, "[collector]\n%s\n", (char *)settings.data + at);
		if (!text.failed)
			take_given(said, rows, "SMBIOS OEM string", &text);
	}
}

static void take_credential(const char *name, char *member, size_t size)
{
	char path[1024];

	if (!*member && platform_credential_path(name, path, sizeof(path)) && strlen(path) < size)
		memcpy(member, path, strlen(path) + 1);
}

/* What the host gives must not redirect an image that knows its collector: where its address
 * stands in the machine's own files, no way to it and no CA comes from elsewhere. */
static void take_from_host(const struct said *said)
{
	struct collector_link_options *collector = &said->options->collector;

	if (!*collector->certificate)
		take_credential(
			"vtpm-agent.token", collector->token_file, sizeof(collector->token_file));
	if (collector->urls.count)
		return;
	take_credential_settings(said);
	if (!collector->urls.count)
		take_oem_settings(said);
	take_credential("vtpm-agent.ca", collector->ca, sizeof(collector->ca));
}

int options_read_config(struct options *options, struct error *err)
{
	const bool is_named = *options->config;
	struct said said = {options, options->line.named};
	struct options file = {0};
	uint64_t set;
	bool is_found;

	if (settings_read_files(&options_program,
		    is_named ? options->config : platform_config_path(), is_named, &file, &set,
		    &is_found, err)) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	settings_copy(&options_program, set & ~options->line.named, &file, options);
	said.rows |= set;
	take_from_host(&said);
	return 0;
}
