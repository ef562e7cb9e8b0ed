/* SPDX-License-Identifier: BSD-2-Clause */
/* A first sight is no failure: the vTPM became the baseline, and its health counts. */
#ifndef COLLECTOR_CLIENT_FIRST_SIGHT_H
#define COLLECTOR_CLIENT_FIRST_SIGHT_H

#include <stdbool.h>

#include "collector/client/client.h"
#include "core/checks/checks.h"
#include "core/json/value.h"

/* What the commands show of a report that began a VM's history. */
struct client_first_sight {
	bool is_one; /* else nothing was read */
	struct checks checks;
};

/* Whether `report` (NULL: none) became the baseline of an accepted VM, with nothing announced that
 * it should have survived, and nothing came since; then what its evidence says of the vTPM's
 * health. Errors: those of client_get_bytes() and evidence_parse(). */
int client_first_sight_read(struct client *client, const struct json_node *vm,
	const struct json_node *report, struct client_first_sight *ret, struct error *err);

#endif
