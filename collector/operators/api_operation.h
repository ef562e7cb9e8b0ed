/* SPDX-License-Identifier: BSD-2-Clause */
/* Something that an operator does: one of the writer's jobs, audited in the same transaction, and
 * answered when it is on stable storage. */
#ifndef COLLECTOR_API_OPERATION_H
#define COLLECTOR_API_OPERATION_H

#include "collector/operators/api_private.h"

enum outcome { OUTCOME_DONE = 0, OUTCOME_UNKNOWN, OUTCOME_GONE, OUTCOME_UNNAMED, OUTCOME_NEWER };

/* Keys that a report or a claim proves. */
struct api_keys {
	struct store_link link; /* the report; number 0: it is a claim, and the next report of these
				 * keys becomes the baseline */
	uint64_t claim;         /* its number; 0: it is a report */
	bool has_ek;            /* else its next report proves one */
	uint8_t ek[STORE_HASH_SIZE];
	struct evidence_name ak_name;
	char reason[STORE_REASON_SIZE]; /* the claim's */
};

struct operation {
	struct writer_job job; /* first: api_operation_submit() casts */
	struct http_request *request;
	struct store_audit audit;
	enum outcome outcome; /* answered by the judge */
	enum event event;     /* announcement */
	uint64_t until_ms;
	uint32_t awaited_s; /* so long a report is waited for; 0: it is not */
	uint64_t asked_ms; /* by the store's clock, since when somebody waits for it; 0: nobody does
			    */
	struct api_keys keys;       /* acceptance */
	bool is_named;              /* the operator said which report or claim */
	struct store_token *tokens; /* owned */
	size_t token_count;
	uint64_t revokes;
	struct store_result_key *result_key; /* owned */
	uint64_t others_until_ms;
	uint64_t report;   /* removal: the newest that the operator knows of; 0: he names none */
	char comment[200]; /* removal */
	/* Completes the answer by what was written; NULL: it says all. */
	void (*complete)(struct operation *operation);
	unsigned status; /* of the answer */
	json_t *answer;
};

/* NULL: no memory. */
struct operation *api_operation_new(
	struct http_request *request, const char *action, const char *uuid);
void api_operation_free(struct operation *operation);

/* Takes over `operation` and `answer`, and answers the request. */
void api_operation_submit(
	struct api *api, struct operation *operation, unsigned status, json_t *answer);

#endif
