/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file, by the rows of options.c that name a section. */
#include "agent/options.h"
#include "console/settings.h"
#include "core/buf.h"
#include "platform/system.h"

#define CONFIG_BYTES_MAX 65536

int options_parse_config(const char *text, size_t len, struct options *options, struct error *err)
{
	struct options file = {0};
	uint64_t set;
	int rc = settings_read(&options_program, text, len, &file, &set, err);

	if (!rc)
		settings_copy(&options_program, set & ~options->line.named, &file, options);
	return rc;
}

int options_read_config(struct options *options, struct error *err)
{
	const char *path = *options->config ? options->config : platform_config_path();
	BUF_SCOPED text = {0};
	int rc = platform_file_read(path, CONFIG_BYTES_MAX, &text, err);

	if (rc == -ERROR_NOT_FOUND && !*options->config)
		return 0;
	if (rc) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	rc = options_parse_config(text.data ? (char *)text.data : "", text.len, options, err);
	return rc ? error_wrap(err, "%s", path) : 0;
}
