/* SPDX-License-Identifier: BSD-2-Clause */
/* One request to a webhook's receiver. */
#ifndef COLLECTOR_WEBHOOK_SEND_H
#define COLLECTOR_WEBHOOK_SEND_H

#include <stdatomic.h>
#include <stdbool.h>

#include "core/buf.h"
#include "core/error.h"

struct webhook_target {
	const char *url;
	const char *ca; /* empty: the system's */
	struct buf secret;
	bool allows_private;
	atomic_bool ends; /* a request under way is given up */
};

/* Sends one CloudEvent, signed for now. Returns 0 when the receiver took it (2xx). Errors: IO where
 * it answered otherwise; those of http_client_open() and http_client_send(). */
int webhook_send(struct webhook_target *target, const struct buf *event, struct error *err);

#endif
