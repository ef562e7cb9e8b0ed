/* SPDX-License-Identifier: BSD-2-Clause */
/* The operators' side of docs/protocol.md: requests to a collector, this machine's or another's. */
#ifndef COLLECTOR_CLIENT_H
#define COLLECTOR_CLIENT_H

#include <stddef.h>

#include "collector/options.h"
#include "core/buf.h"
#include "core/error.h"
#include "core/json/tree.h"
#include "core/json/value.h"

#define CLIENT_TIMEOUT_S 30

struct client;

/* Reads credentials; connects with the first request. `state` is where this machine's collector
 * keeps its own, as options_state_path() takes it. Errors: CONFIG, PERMISSION. */
int client_open(const struct options_client *whom, const char *state, struct client **ret_client,
	struct error *err);
void client_close(struct client *client);

/* The collector's URL, without a slash at its end. */
const char *client_base(const struct client *client);

/* Is called about once a second while a request is under way. */
void client_watch(struct client *client, void (*tick)(void *context), void *context);

/* GET of a path with its query. Errors: IO (not reached, or the collector cannot now), NOT_FOUND,
 * PERMISSION, MALFORMED (no answer of a collector), TOO_LARGE, UNSUPPORTED (any other refusal),
 * each with what the collector says. */
int client_get(struct client *client, const char *path, unsigned timeout_s,
	struct json_tree *ret_answer, struct error *err);

/* What the last request was refused with, a code of docs/protocol.md; empty: it was not, or who
 * refused it did not say. */
const char *client_refusal(const struct client *client);

/* The same, for the answer's bytes. */
int client_get_bytes(struct client *client, const char *path, struct buf *to, struct error *err);

/* POST of JSON, or of any bytes. Takes over `json`. */
int client_post(struct client *client, const char *path, json_t *json, struct json_tree *ret_answer,
	struct error *err);
int client_post_bytes(struct client *client, const char *path, const struct buf *body,
	struct json_tree *ret_answer, struct error *err);

/* Appends a query's parameter to a path, unless `value` is empty. */
void client_add_parameter(struct buf *to, const char *name, const char *value);

#endif
