/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Webhooks: what changes is told to an operator's URL as CloudEvents 1.0, docs/webhooks.md. At
 * least once and in order: how far the receiver has been told is kept, and what it did not
 * take is sent again, for as long as it needs.
 */
#ifndef COLLECTOR_WEBHOOK_H
#define COLLECTOR_WEBHOOK_H

#include "collector/shared_file.h"
#include "collector/store/store.h"

/* All borrowed for the call. */
struct webhook_settings {
	struct store *store;
	const char *url;    /* https:// */
	const char *secret; /* file: what the signature is made with, at least 16 bytes */
	const char *ca; /* PEM file the receiver's certificate must lead to; empty: the system's */
	struct shared_file cursor; /* how far the receiver has been told; may be missing. It lives
				    * as long as the webhook */
	bool allows_private;       /* receivers at private, link-local and loopback addresses */
};

struct webhook;

/* Begins with what is committed from now on where there is no cursor yet.
 * Errors: CONFIG, and those of the files and the store. */
int webhook_start(
	const struct webhook_settings *settings, struct webhook **ret_webhook, struct error *err);

/* There may be something to tell. Any thread; never waits. */
void webhook_wake(struct webhook *webhook);

/* Ends within a second, whatever the receiver does. */
void webhook_stop(struct webhook *webhook);

#endif
