/* SPDX-License-Identifier: BSD-2-Clause */
/* How a browser signs in: a code that works once, for a token that ends by itself. */
#include <jansson.h>
#include <string.h>

#include "collector/operators/api_private.h"

static enum http_role role_of(const struct http_caller *caller)
{
	return caller->roles & 1U << HTTP_ROLE_ADMIN ? HTTP_ROLE_ADMIN : HTTP_ROLE_VIEWER;
}

void api_make_code(struct http_request *request, void *context)
{
	struct api *api = context;
	const struct http_caller *caller = http_caller(request);
	char code[TOKEN_SIZE];
	struct error err;

	/* Else who once had a session could go on for ever. */
	if (caller->session)
		http_reply_problem(request, PROBLEM_FORBIDDEN, 0,
			"a session makes no other one: ask with a token");
	else if (sessions_make_code(api->sessions, role_of(caller), caller->name, code, &err))
		api_reply_error(request, &err);
	else
		http_reply_json(request, 201,
			json_pack("{s:s, s:i}", "code", code, "expires_in", SESSIONS_CODE_S));
}

void api_begin_session(struct http_request *request, void *context)
{
	struct api *api = context;
	JSON_TREE_SCOPED body = {0};
	char token[TOKEN_SIZE];
	struct token session;
	const char *code;
	struct error err;

	if (!api_read_body(request, &body))
		return;
	code = json_node_text(json_node_member(body.root, "code"));
	if (!code)
		api_reply_malformed(request, "code: missing");
	else if (!sessions_begin(api->sessions, code, token, &session, &err))
		http_reply_json(request, 201,
			json_pack("{s:s, s:s, s:i}", "token", token, "role",
				http_role_name(session.role), "expires_in", SESSIONS_SESSION_S));
	else if (err.code == ERROR_NOT_FOUND)
		http_reply_problem(request, PROBLEM_UNAUTHORIZED, 0,
			"this code was used before, or has expired");
	else
		api_reply_error(request, &err);
}

void api_end_session(struct http_request *request, void *context)
{
	struct api *api = context;
	uint64_t session = http_caller(request)->session;

	if (session)
		sessions_end(api->sessions, session);
	http_reply_json(request, 200, json_pack("{s:b}", "ended", session != 0));
}
