/* SPDX-License-Identifier: BSD-2-Clause */
/* The configuration file: command line over file over defaults, for the service and for the
 * operators' commands. */
#ifndef COLLECTOR_CONFIG_FILE_H
#define COLLECTOR_CONFIG_FILE_H

#include "collector/config.h"
#include "collector/options.h"
#include "core/error.h"

#define CONFIG_DEFAULT_LISTEN "127.0.0.1:8742"

/* Reads the configuration of the service: what the command line says, then the file, then what
 * follows from the state directory. `ret_config` must stay where it is: it points into itself. The
 * default file may be missing; one that --config names may not. Errors: CONFIG, naming file and
 * line; USAGE. */
int config_read(const struct options *options, struct config *ret_config, struct error *err);

/* Whom operators' commands ask: what the command line says, then what the configuration has for
 * them. With --url of another collector it has nothing: a credential goes to the one that it was
 * given for. A default file that may not be read is the service's alone. Errors: CONFIG, naming
 * file and line. */
int config_read_client(
	const struct options *options, struct options_client *ret_client, struct error *err);

#endif
