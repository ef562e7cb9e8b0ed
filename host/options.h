/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HOST_OPTIONS_H
#define HOST_OPTIONS_H

#include "agent/options.h"
#include "core/continuity.h"
#include "host/confirm.h"
#include "host/gather.h"
#include "host/rules.h"

#define HOST_PEERS_MAX    64
#define HOST_PARALLEL_MAX 64

/* Of confirm. */
struct host_confirm_options {
	const char *baseline, *save; /* a file or a directory; a directory; or NULL */
	const char *program;
	enum event event;
	uint32_t timeout_s, parallel;
	struct options_collector collector; /* url empty: none */
};

struct host_options {
	const char *command, *domain;
	const char *peers[HOST_PEERS_MAX];
	size_t peer_count;
	bool is_all, is_json, wants_help, wants_version;
	struct host_confirm_options confirm;
	struct gather_places places;
	struct rules_expect expect;
};

/* Reads the command line. Errors: USAGE, one line that names the word. */
int host_options_parse(int argc, char **argv, struct host_options *ret, struct error *err);

/* What confirm asks of one domain. */
struct confirm_request options_confirm_request(
	const struct host_options *options, const char *domain);

#endif
