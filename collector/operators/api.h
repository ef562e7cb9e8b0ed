/* SPDX-License-Identifier: BSD-2-Clause */
/* What operators ask and do over HTTP: docs/protocol.md, "Operators' requests". */
#ifndef COLLECTOR_API_H
#define COLLECTOR_API_H

#include "collector/http/http.h"
#include "collector/store/store.h"
#include "collector/trust.h"
#include "collector/writer.h"

/* All borrowed, until api_close(). */
struct api_settings {
	struct store *store;
	struct writer *writer;
	struct trust *trust;
	const char *enrolment;  /* the policy's name */
	const char *store_name; /* "sqlite" */
};

struct api;

/* Errors: NO_MEMORY. */
int api_open(const struct api_settings *settings, struct api **ret_api, struct error *err);

/* Answers who still waits for a report, and ends. The writer runs on until later. */
void api_close(struct api *api);

struct http_module api_module(struct api *api);

/* A report of this VM was committed: answers who waits for one. Any thread; never waits itself.
 * What another process wrote to the store is seen within a second without this.
 */
void api_committed(struct api *api, const char *uuid);

#endif
