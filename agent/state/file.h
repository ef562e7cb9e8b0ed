/* SPDX-License-Identifier: BSD-2-Clause */
/* The files of the state directory, by name. */
#ifndef AGENT_STATE_FILE_H
#define AGENT_STATE_FILE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/json/tree.h"

#define STATE_PATH_MAX 1200

#define STATE_BASELINE          "baseline.json"
#define STATE_OLD_BASELINE      "baseline.json.old"
#define STATE_VERDICT           "verdict.json"
#define STATE_RECEIPT           "receipt"
#define STATE_DELIVERY          "delivery.json"
#define STATE_SERVICE           "service.json"
#define STATE_CANDIDATE         "candidate.json"
#define STATE_CANDIDATE_NUMBERS "candidate-numbers.json"

/* Errors: TOO_LARGE. */
int state_path(
	const char *directory, const char *name, char ret_path[STATE_PATH_MAX], struct error *err);

/* Reads a file that state_file_write() kept, of at most `max` bytes; the caller frees the tree.
 * Errors: those of platform_file_read() and json_tree_parse(). */
int state_file_read(const char *directory, const char *name, size_t max, struct json_tree *ret_tree,
	struct error *err);

/* A member's number; 0 where there is none that is greater. */
uint64_t state_file_number(const struct json_node *root, const char *name);

/* Keeps `json`, which it takes; NULL is a shortage of memory. Errors: NO_MEMORY; those of
 * platform_file_keep(). */
int state_file_write(const char *directory, const char *name, json_t *json, struct error *err);

/* Removes those of these files that are there. Errors: those of platform_file_remove(), but for
 * NOT_FOUND. */
int state_file_remove(const char *directory, const char *const *names, size_t count,
	unsigned *ret_count, struct error *err);

#endif
