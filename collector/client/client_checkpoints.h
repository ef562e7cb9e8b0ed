/* SPDX-License-Identifier: BSD-2-Clause */
/* A file of checkpoints, from the oldest to the newest, held against the collector. */
#ifndef COLLECTOR_CLIENT_CHECKPOINTS_H
#define COLLECTOR_CLIENT_CHECKPOINTS_H

#include <jansson.h>

#include "collector/client/client.h"
#include "collector/client/client_against.h"

/* What came of each, for JSON: {"time", "is_there", "expired", "stamped"}. */
struct client_checkpoints {
	json_t *checked;
	uint64_t unknown; /* of which something cannot be told */
	uint64_t faults;
};

/* Reads options->against, looks at each signature (options->signed_by) and time stamp
 * (options->tsa_ca), and asks about each; prints a line for each that is there, unless
 * options->is_json. Errors: those of reading a file, MALFORMED, CONFIG (no key, no CA). */
int client_checkpoints_check(const struct options *options, const struct client_against *against,
	struct client_checkpoints *ret, struct error *err);

#endif
