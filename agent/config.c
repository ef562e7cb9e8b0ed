/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: INI, sections [tpm], [run] and [collector], the names of the command
 * line's options.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/options.h"
#include "core/ini.h"
#include "core/text.h"
#include "platform/system.h"

#define CONFIG_BYTES_MAX 65536

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

static const struct ini_setting settings[SETTING_COUNT] = {[SETTING_TCTI] = {"tpm", "tcti"},
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

static int set_text(char *to, size_t size, const char *value)
{
	/* What the command line set stays. */
	if (!*to)
		snprintf(to, size, "%s", value);
	return 0;
}

static int set_seconds(
	const char *value, uint32_t min, uint32_t max, uint32_t *to, struct error *err)
{
	uint64_t seconds;

	if (!text_number(value, min, max, &seconds))
		return error_set(err, ERROR_CONFIG,
			"not a number of seconds from %" PRIu32 " to %" PRIu32, min, max);
	if (!*to)
		*to = (uint32_t)seconds;
	return 0;
}

static int apply(size_t setting, const char *value, void *context, struct error *err)
{
	struct options *options = context;
	struct collector_link_options *to = &options->collector;

	switch ((enum setting)setting) {
	case SETTING_TCTI:
		if (!options_is_printable(value))
			return error_set(err, ERROR_CONFIG, "not printable ASCII");
		return set_text(options->tcti, sizeof(options->tcti), value);
	case SETTING_MODEL:
		if (!options_is_model(value))
			return error_set(err, ERROR_CONFIG, "neither tpm-crb nor tpm-tis");
		return set_text(options->model, sizeof(options->model), value);
	case SETTING_STATE:
		return set_text(options->state, sizeof(options->state), value);
	case SETTING_INTERVAL:
		return set_seconds(value, 10, 86400, &options->interval_s, err);
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
		if (!*options->uuid && !text_uuid(value, options->uuid))
			return error_set(err, ERROR_CONFIG, "no UUID");
		return 0;
	default:
		return set_seconds(value, 1, 3600, &options->timeout_s, err);
	}
}

int options_parse_config(const char *text, size_t len, struct options *options, struct error *err)
{
	struct options result = *options;
	int rc = ini_read(text, len, settings, SETTING_COUNT, apply, &result, err);

	if (!rc)
		*options = result;
	return rc;
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
