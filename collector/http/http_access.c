/* SPDX-License-Identifier: BSD-2-Clause */
/* Who is asking: by bearer token, by client certificate, or nobody we know. */
#include "collector/http/http_private.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "core/text.h"

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

/* The VM of a certificate stays the only one, whatever token is beside it. False: the token is
 * another VM's. */
static bool narrow(struct http_caller *caller, const struct token *token)
{
	if (*caller->vm && *token->vm && strcmp(caller->vm, token->vm) != 0)
		return false;
	if (*token->vm)
		memcpy(caller->vm, token->vm, sizeof(caller->vm));
	return true;
}

/* A wrong token is a mistake to be told of: its caller is not an anonymous one. */
static void identify_by_token(struct http_request *request, const char *given)
{
	struct http_caller *caller = &request->caller;
	struct token token;
	int found = strncasecmp(given, "Bearer ", 7)
			    ? 0
			    : tokens_find(request->worker->server->setup.tokens, given + 7,
				      strlen(given + 7), &token);

	caller->is_authenticated = found > 0 && narrow(caller, &token);
	if (found < 0)
		http_refuse(request, PROBLEM_STORE_UNAVAILABLE, 5,
			"whose token this is cannot be told now");
	if (!caller->is_authenticated) {
		caller->roles = 0;
		return;
	}
	/* Roles of two credentials would make a caller that nobody set up. */
	caller->roles = roles_of(token.role);
	caller->session = token.session;
	memcpy(caller->name, token.name, sizeof(caller->name));
}

/* Whoever could open the socket: its file says who may. The kernel says as which account he did,
 * for the audit log; that is no second lock. */
static void identify_by_socket(const struct http_socket *socket,
	const struct http_connection *connection, struct http_caller *caller)
{
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (connection->has_address || !socket || socket->role == HTTP_ROLE_ANYONE)
		return;
	caller->roles |= roles_of(socket->role);
	if (!getsockopt(connection->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len))
		snprintf(caller->name, sizeof(caller->name), "socket, uid %u", peer.uid);
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
	if (given)
		identify_by_token(request, given);
	else if (tokens->lets_agents_in && !caller->is_authenticated)
		caller->roles |= roles_of(HTTP_ROLE_AGENT);
	if (!given && !caller->is_authenticated)
		identify_by_socket(request->worker->server->setup.socket, connection, caller);
}
