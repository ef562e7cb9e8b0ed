/* SPDX-License-Identifier: BSD-2-Clause */
/* The collector's command line. */
#ifndef COLLECTOR_OPTIONS_H
#define COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/http/http_server.h"
#include "console/command_line.h"
#include "core/error.h"
#include "core/text.h"
#include "core/verdict/judge.h"

#define OPTIONS_DEFAULT_TIMEOUT_S 600

/* The commands, in the order of --help. */
enum command {
	COMMAND_SERVE,
	COMMAND_CONFIRM,
	COMMAND_LIST,
	COMMAND_SHOW,
	COMMAND_ACCEPT,
	COMMAND_TRUST_CA,
	COMMAND_EXPORT,
	COMMAND_VERIFY,
	COMMAND_COUNT
};

/* Strings are borrowed from the command line; empty where not given. */
struct options {
	struct command_line line;
	const char *config; /* --config; empty: the default file, if there is one */
	const char *state;  /* --state; empty: options_state_path() */
	const char *listen[HTTP_LISTEN_MAX]; /* serve */
	size_t listen_count;
	bool wants_routes;                              /* serve: print the routes and end */
	const char *url, *token_file, *ca, *cert, *key; /* of the collector that is asked */
	bool is_json;
	enum event event;            /* confirm */
	uint32_t timeout_s;          /* confirm; 1 to 86400 */
	const char *status, *search; /* list */
	uint64_t report;             /* accept; 0: the newest signed one */
	const char *comment;         /* accept */
	bool wants_audit;            /* export */
	uint64_t after;              /* export */
};

/* Commands and options, for command_line_check() and --help. */
extern const struct command_line_program options_program;

/* Reads the command line. Errors: USAGE, one line that names the word and the way out. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);

/* The VM that the command is about, in canonical form. Errors: USAGE. */
int options_uuid(const struct options *options, char ret_uuid[TEXT_UUID_SIZE], struct error *err);

/* Where state is kept: --state, else systemd's StateDirectory=, else for root
 * /var/lib/vtpm-collector, else $XDG_STATE_HOME/vtpm-collector. Errors: USAGE when there is no home
 * for it, or it is too long. */
int options_state_path(
	const struct options *options, char *ret_path, size_t size, struct error *err);

#endif
