/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include "core/continuity.h"
#include "host/gather.h"
#include "host/rules.h"

#define HOST_PEERS_MAX 64

struct host_options {
	const char *command, *domain, *baseline;
	const char *peers[HOST_PEERS_MAX];
	size_t peer_count;
	enum event event;
	uint32_t timeout_s;
	bool is_json, wants_help, wants_version;
	struct gather_places places;
	struct rules_expect expect;
};

/* Reads the command line. Errors: USAGE, one line that names the word. */
int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err);

#endif
