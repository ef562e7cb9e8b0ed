/* SPDX-License-Identifier: BSD-2-Clause */
/* The collector's command line. */
#ifndef COLLECTOR_OPTIONS_H
#define COLLECTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/http/http_server.h"
#include "core/error.h"
#include "core/text.h"

#define OPTIONS_WORDS_MAX         3
#define OPTIONS_DEFAULT_TIMEOUT_S 600

/* Strings are borrowed from the command line; empty where not given. */
struct options {
	const char *command; /* NULL: none given */
	const char *words[OPTIONS_WORDS_MAX];
	size_t word_count;
	uint32_t named; /* which of the options that not all commands take were given */
	bool wants_help, wants_version, is_verbose;
	const char *config; /* --config; empty: the default file, if there is one */
	const char *state;  /* --state; empty: options_state_path() */
	const char *listen[HTTP_LISTEN_MAX]; /* serve */
	size_t listen_count;
	bool wants_routes;                              /* serve: print the routes and end */
	const char *url, *token_file, *ca, *cert, *key; /* of the collector that is asked */
	bool is_json;
	const char *event;           /* confirm */
	uint32_t timeout_s;          /* confirm; 1 to 86400 */
	const char *status, *search; /* list */
	uint64_t report;             /* accept; 0: the newest signed one */
	const char *comment;         /* accept */
	bool wants_audit;            /* export */
	uint64_t after;              /* export */
};

/* Reads the command line. Errors: USAGE, one line that names the word and the way out. */
int options_parse(int argc, char **argv, struct options *ret_options, struct error *err);

/* Refuses options that this command would ignore. Errors: USAGE, naming the first of them. */
int options_check_command(const struct options *options, const char *command, struct error *err);

/* The VM that the command is about, in canonical form. Errors: USAGE. */
int options_uuid(const struct options *options, char ret_uuid[TEXT_UUID_SIZE], struct error *err);

/* Where state is kept: --state, else systemd's StateDirectory=, else for root
 * /var/lib/vtpm-collector, else $XDG_STATE_HOME/vtpm-collector. Errors: USAGE when there is no home
 * for it, or it is too long. */
int options_state_path(
	const struct options *options, char *ret_path, size_t size, struct error *err);

#endif
