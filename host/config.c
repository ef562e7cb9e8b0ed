/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file, by the rows of options.c that name a section. */
#include "host/config.h"

#include "console/settings_files.h"

static int read_files(struct host_options *options, struct error *err)
{
	const bool is_named = *options->config;
	struct host_options file = {0};
	uint64_t set;
	bool is_found;

	if (settings_read_files(&host_program, is_named ? options->config : HOST_CONFIG_PATH,
		    is_named, &file, &set, &is_found, err)) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	settings_copy(&host_program, set & ~options->line.named, &file, options);
	return 0;
}

int config_read(
	const struct host_options *options, struct host_options *ret_options, struct error *err)
{
	struct host_options all = *options;
	int rc = read_files(&all, err);

	if (rc)
		return rc;
	*ret_options = all;
	ret_options->places.uri = ret_options->uri;
	return 0;
}
