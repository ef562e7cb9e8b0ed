/* SPDX-License-Identifier: BSD-2-Clause */
/* The bearer tokens that are known: those of the configuration, and the sessions of the web page.
 */
#ifndef COLLECTOR_HTTP_TOKENS_H
#define COLLECTOR_HTTP_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/http/http.h"
#include "collector/http/sessions.h"
#include "collector/http/token.h"
#include "core/error.h"

#define TOKENS_MAX 256

struct tokens {
	bool lets_agents_in;       /* anonymous ones: they can only report what a TPM signed */
	struct sessions *sessions; /* borrowed; NULL: none */
	/* Finds what is kept elsewhere: 1, found; 0, none; negative: that cannot be told. NULL:
	 * nothing is. */
	int (*look_up)(
		void *context, const uint8_t digest[TOKEN_DIGEST_SIZE], struct token *ret_token);
	void *look_up_context;
	size_t count;
	struct token items[TOKENS_MAX];
};

/* The token file `path`, one line, mode 0600; made where it is missing if `ret_made` is
 * not NULL, which says whether it was. Its credential is called `name`.
 * Errors: CONFIG when others may read it or it holds no token, and the system's. */
int tokens_add_file(struct tokens *tokens, enum http_role role, const char *name, const char *path,
	bool *ret_made, struct error *err);

/* The file `path` of lines "ROLE NAME SHA256 [UUID]", the digest of a token in hexadecimal and, of
 * an agent, the VM that it is for. Blank lines and those that begin with # do not count. Only its
 * owner may write it. Errors: CONFIG, with the line. */
int tokens_add_digests(struct tokens *tokens, const char *path, struct error *err);

bool tokens_have(const struct tokens *tokens, enum http_role role);

/* The credential of a token: 1, found; 0, it is none's; negative: that cannot be told now. Compares
 * with all that are configured, in a time that says nothing. */
int tokens_find(
	const struct tokens *tokens, const char *token, size_t len, struct token *ret_token);

const char *http_role_name(enum http_role role);

#endif
