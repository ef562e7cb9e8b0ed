/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the service share, and what each part is to collector/serve.c. */
#ifndef COLLECTOR_SERVICE_H
#define COLLECTOR_SERVICE_H

#include "collector/http/http.h"
#include "collector/http/tokens.h"
#include "collector/store/store.h"
#include "collector/trust.h"
#include "collector/writer.h"
#include "core/error.h"

struct config;
struct housekeeping;
struct room;

struct service {
	const struct config *config;
	const struct tokens *tokens;
	struct store *store;
	struct writer *writer;
	struct housekeeping *housekeeping;
	struct room *room;
	struct trust *trust; /* CAs of EK certificates */
	const char *state;   /* the state directory */
};

/* Starts a part: its routes and their context, to which serve.c adds nothing. A part without routes
 * of its own returns none. */
typedef int service_start(
	const struct service *service, struct http_module *ret_module, struct error *err);

/* Ends it, when no handler runs any more and the writer has ended. */
typedef void service_stop(void *context);

service_start health_start;
service_stop health_stop;
service_start attestation_start;
service_stop attestation_stop;
service_start operators_start;
service_stop operators_stop;

service_start web_start;
service_stop web_stop;

#endif
