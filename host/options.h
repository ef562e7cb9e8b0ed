/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include "console/command_line.h"
#include "core/continuity.h"
#include "core/text.h"
#include "host/gather.h"
#include "host/rules.h"

#define HOST_PEERS_MAX 64

/* The commands, in the order of --help. */
enum host_command { HOST_PREFLIGHT, HOST_DIAGNOSE, HOST_FACTS, HOST_CONFIRM, HOST_COMMAND_COUNT };

struct host_options {
	struct command_line line;
	const char *domain, *baseline; /* NULL: not given */
	const char *peers[HOST_PEERS_MAX];
	size_t peer_count;
	enum event event;
	uint32_t timeout_s;
	bool is_json, is_all;
	struct gather_places places;
	struct rules_expect expect;
};

/* Commands and options, for command_line_check() and --help. */
extern const struct command_line_program host_program;

/* Reads the command line. Errors: USAGE, one line that names the word. */
int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err);

#endif
