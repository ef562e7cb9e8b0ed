/* SPDX-License-Identifier: BSD-2-Clause */
/* What the settings name, read: certificates and credentials. */
#ifndef COLLECTOR_SETUP_H
#define COLLECTOR_SETUP_H

#include "collector/config.h"
#include "collector/http/http_server.h"
#include "collector/http/tokens.h"
#include "collector/store/store.h"
#include "core/buf.h"

struct setup {
	struct buf certificate, key, client_ca;
	struct tokens tokens;
	bool made_admin, made_viewer; /* their tokens, now */
	struct http_socket socket;
	struct http_setup http; /* points into this and the configuration */
};

/* `ret_setup` must stay where it is. The administrator's and the viewer's token are made where they
 * are named and missing.
 * Errors: CONFIG, and the system's. */
int setup_read(const struct config *config, struct setup *ret_setup, struct error *err);

/* From now on VMs' own tokens count, which the store has. */
void setup_find_tokens(struct setup *setup, struct store *store);

void setup_free(struct setup *setup);

/* Tells a person what is served, where, to whom, and what to do next. */
void setup_announce(
	const struct config *config, const struct setup *setup, const struct http_server *server);

#endif
