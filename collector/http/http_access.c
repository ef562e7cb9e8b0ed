/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking: by bearer token, by client certificate, or nobody we know. */
#include "collector/http/http_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "core/url.h"

#define BIT(role) (1U << (role))

/* Roles are not ranks: an administrator may look, a host carries what agents report, and no other
 * may do what another role is for. */
static uint32_t roles_of(enum http_role role)
{
	if (role == HTTP_ROLE_ADMIN)
		return BIT(HTTP_ROLE_ADMIN) | BIT(HTTP_ROLE_VIEWER);
	return role == HTTP_ROLE_HOST ? BIT(HTTP_ROLE_HOST) | BIT(HTTP_ROLE_AGENT) : BIT(role);
}

bool http_may(const struct http_caller *caller, enum http_role role)
{
	return role == HTTP_ROLE_ANYONE || (caller->roles & BIT(role)) != 0;
}

/* A foreign web page can make a browser on this machine ask us, by a name of its own that resolves
 * to loopback. And the callers of a proxy on this machine are not on this machine. */
static bool is_asked_locally(struct MHD_Connection *mhd)
{
	static const char *const proxies[] = {"Forwarded", "X-Forwarded-For", "Via"};
	const char *host = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Host");

	for (size_t i = 0; i < sizeof(proxies) / sizeof(proxies[0]); i++) {
		if (MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, proxies[i]))
			return false;
	}
	return host && url_is_loopback(host, strlen(host));
}

void http_identify(struct http_request *request)
{
	const struct tokens *tokens = request->worker->server->setup.tokens;
	struct http_connection *connection = request->connection;
	struct http_caller *caller = &request->caller;
	const char *given =
		MHD_lookup_connection_value(request->mhd, MHD_HEADER_KIND, "Authorization");

	memcpy(caller->address, connection->address, sizeof(caller->address));
	if (connection->peer == HTTP_PEER_UNKNOWN)
		connection->peer = http_tls_peer(
			request->mhd, connection->peer_name, sizeof(connection->peer_name));
	if (connection->peer == HTTP_PEER_BAD)
		return;
	if (connection->peer == HTTP_PEER_GOOD) {
		caller->is_authenticated = true;
		caller->roles |= roles_of(HTTP_ROLE_AGENT);
		memcpy(caller->name, connection->peer_name, sizeof(caller->name));
		/* A certificate of this name is the VM's own. */
		text_uuid(caller->name, caller->vm);
	}
	if (given) {
		const struct token *token = NULL;

		if (strncasecmp(given, "Bearer ", 7) == 0)
			token = tokens_find(tokens, given + 7, strlen(given + 7));
		/* A wrong token is a mistake to be told of: its caller is not an anonymous one. */
		caller->is_authenticated = token != NULL;
		caller->roles = token ? caller->roles | roles_of(token->role) : 0;
		memset(caller->vm, 0, sizeof(caller->vm));
		if (token) {
			memcpy(caller->name, token->name, sizeof(caller->name));
			memcpy(caller->vm, token->vm, sizeof(caller->vm));
		}
	}
	if (given || caller->is_authenticated)
		return;
	if (tokens->lets_agents_in)
		caller->roles |= roles_of(HTTP_ROLE_AGENT);
	if (tokens->lets_viewers_in && is_asked_locally(request->mhd))
		caller->roles |= roles_of(HTTP_ROLE_VIEWER);
}
