/* SPDX-License-Identifier: BSD-2-Clause */
/* One request to a webhook's receiver. */
#ifndef COLLECTOR_WEBHOOK_SEND_H
#define COLLECTOR_WEBHOOK_SEND_H

#include <netinet/in.h>
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

/* Sends one CloudEvent, signed for now. Returns 0 when the receiver took it (2xx). Errors: IO. */
int webhook_send(struct webhook_target *target, const struct buf *event, struct error *err);

/* Whether an address is of the public internet: nothing that is this machine, its link or its
 * private network, in whatever form it is written (RFC 6890). */
bool webhook_is_public(const struct sockaddr *address);

#endif
