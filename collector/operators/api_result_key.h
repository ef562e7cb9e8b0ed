/* SPDX-License-Identifier: BSD-2-Clause */
/* The keys by which attestation results are signed. */
#ifndef COLLECTOR_API_RESULT_KEY_H
#define COLLECTOR_API_RESULT_KEY_H

#include "collector/operators/api_private.h"

/* How audit events tell of a key: its name, and until when (ms) those before it are published. */
#define API_RESULT_KEY_ACTION "result-key"
#define API_RESULT_KEY_MADE   "made %s; those before until %" PRIu64

/* The key that signs; made where there is none. Errors: the store's, CRYPTO. */
int api_result_key(struct api *api, struct store_result_key *ret_key, struct error *err);

/* Adds to what a step found: keys that are not those that the audit log says were made, or that are
 * published for longer. */
int api_verify_result_keys(
	struct api *api, struct store_verification *verification, struct error *err);

#endif
