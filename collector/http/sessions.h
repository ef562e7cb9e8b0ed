/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sessions of the web page: a code, which works once, is exchanged for a token that ends by itself.
 * So the address that a person opens holds nothing that is worth keeping, and a browser never sees
 * the token that was configured. In memory alone: they end with the process, and are known to no
 * other instance. Any thread.
 */
#ifndef COLLECTOR_HTTP_SESSIONS_H
#define COLLECTOR_HTTP_SESSIONS_H

#include "collector/http/token.h"

#define SESSIONS_MAX                                                                               \
	256 /* and as many codes; where there are more, the oldest of who has the most goes */
#define SESSIONS_CODE_S    900
#define SESSIONS_SESSION_S 43200

struct sessions;

int sessions_open(struct sessions **ret_sessions, struct error *err);
void sessions_free(struct sessions *sessions);

/* A code for a session with this role, by whose credential it is called. */
int sessions_make_code(struct sessions *sessions, enum http_role role, const char *name,
	char ret_code[TOKEN_SIZE], struct error *err);

/* Takes the code and begins its session. *ret_session: its role and name. Errors: NOT_FOUND where
 * the code is none, was used or has expired. */
int sessions_begin(struct sessions *sessions, const char *code, char ret_token[TOKEN_SIZE],
	struct token *ret_session, struct error *err);

/* The session of the token with this digest; false: there is none. */
bool sessions_find(struct sessions *sessions, const uint8_t digest[TOKEN_DIGEST_SIZE],
	struct token *ret_session);

/* Ends the session of this number. */
void sessions_end(struct sessions *sessions, uint64_t session);

#endif
