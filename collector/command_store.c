/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector init and backup: what is done to a store itself, beside whoever serves from it. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collector/commands.h"
#include "collector/config_file.h"
#include "collector/store_url.h"
#include "core/buf.h"
#include "platform/system.h"

#define FILE_MAX ((size_t)64 * 1024 * 1024)

int command_init(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct config config;
	const char *role = options->line.word_count ? options->line.words[0] : "";
	int rc = config_read(options, &config, err);

	if (!rc)
		rc = store_url_init(config.store, role, err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}

/* What belongs to the store and stands beside it. */
static int copy_file(const char *state, const char *directory, const char *name, struct error *err)
{
	char from[1200], to[1200];
	BUF_SCOPED content = {0};
	int rc;

	snprintf(from, sizeof(from), "%s/%s", state, name);
	snprintf(to, sizeof(to), "%s/%s", directory, name);
	rc = platform_file_read(from, FILE_MAX, &content, err);
	if (rc == -ERROR_NOT_FOUND)
		return 0;
	return rc ? rc : platform_file_replace(to, content.data, content.len, err);
}

int command_backup(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const char *directory = options->line.word_count ? options->line.words[0] : "";
	struct config config;
	int rc;

	if (!*directory)
		return error_set(err, ERROR_USAGE, "backup needs a directory");
	umask(077);
	rc = config_read(options, &config, err);
	if (!rc && store_url_kind(config.store) != STORE_KIND_SQLITE)
		rc = error_set(
			err, ERROR_USAGE, "PostgreSQL has its own: pg_dump or pg_basebackup");
	if (!rc)
		rc = platform_directory_make(directory, err);
	if (!rc)
		rc = store_url_backup(config.store, directory, err);
	if (!rc)
		rc = copy_file(config.state, directory, "trust-cas.pem", err);
	if (!rc)
		rc = copy_file(config.state, directory, "webhook-cursor", err);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
