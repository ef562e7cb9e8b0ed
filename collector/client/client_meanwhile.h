/* SPDX-License-Identifier: BSD-2-Clause */
/* What others did with a VM while an operator waits for a report of it. */
#ifndef COLLECTOR_CLIENT_MEANWHILE_H
#define COLLECTOR_CLIENT_MEANWHILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/client/client.h"
#include "core/text.h"

/* What he asked, as the audit log has it. */
struct client_question {
	char uuid[TEXT_UUID_SIZE];
	const char *event;
	int64_t after;  /* the audit event that was the newest before */
	char until[32]; /* the announcement's end, as it was answered */
};

/* The number of the newest audit event. Errors: client_get()'s. */
int client_newest_event(struct client *client, int64_t *ret_number, struct error *err);

/* Who announced another event after the question, as text; empty: nobody. Errors: client_get()'s.
 */
int client_find_change(struct client *client, const struct client_question *question,
	char *ret_change, size_t size, struct error *err);

/* Who had the VM forgotten after the question, as text; empty: nobody. Errors: client_get()'s. */
int client_find_end(struct client *client, const struct client_question *question, char *ret_end,
	size_t size, struct error *err);

/* The numbers of the VM's claims, as text; empty: there are none. Errors: client_get()'s. */
int client_name_claims(
	struct client *client, const char *uuid, char *ret_numbers, size_t size, struct error *err);

#endif
