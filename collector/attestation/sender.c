/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/attestation/sender.h"

#include <stdio.h>
#include <string.h>

static bool is_host(const struct http_caller *caller)
{
	return caller->is_authenticated && caller->roles & 1U << HTTP_ROLE_HOST;
}

struct store_sender sender_of(const struct http_caller *caller)
{
	struct store_sender sender = {0};

	if (caller->is_authenticated) {
		snprintf(
			sender.role, sizeof(sender.role), "%s", is_host(caller) ? "host" : "agent");
		snprintf(sender.name, sizeof(sender.name), "%s", caller->name);
	}
	/* Never empty: what comes through a socket of this machine has no number. */
	snprintf(sender.address, sizeof(sender.address), "%s",
		*caller->address ? caller->address : "local");
	return sender;
}

bool sender_may(const struct http_caller *caller, const char *uuid)
{
	return !*caller->vm || !strcmp(caller->vm, uuid);
}

bool sender_is_bound(const struct http_caller *caller, const char *uuid)
{
	return caller->is_authenticated && !strcmp(caller->vm, uuid);
}

bool sender_speaks_for(const struct http_caller *caller, const char *uuid)
{
	return is_host(caller) || sender_is_bound(caller, uuid);
}
