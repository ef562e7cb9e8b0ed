/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bearer tokens and their roles. Only digests are kept: each token is 256 random bits, so that one
 * round of SHA-256 is enough.
 */
#ifndef COLLECTOR_HTTP_TOKENS_H
#define COLLECTOR_HTTP_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collector/http/http.h"
#include "core/error.h"

#define TOKENS_MAX 256
#define TOKEN_SIZE 65 /* 64 hexadecimal digits, as made here */

struct token {
	enum http_role role;
	char name[64];
	char vm[TEXT_UUID_SIZE]; /* an agent's that is for one VM alone; else empty */
	uint8_t digest[32];
};

struct tokens {
	bool lets_viewers_in; /* anonymous ones, on loopback */
	bool lets_agents_in;  /* anonymous ones: they can only report what a TPM signed */
	size_t count;
	struct token items[TOKENS_MAX];
};

/* The token file `path`, one line, mode 0600; with `makes_it`, made where it is missing. Its
 * credential is called `name`.
 * Errors: CONFIG when others may read it or it holds no token, and the system's. */
int tokens_add_file(struct tokens *tokens, enum http_role role, const char *name, const char *path,
	bool makes_it, struct error *err);

/* The file `path` of lines "ROLE NAME SHA256 [UUID]", the digest of a token in hexadecimal and, of
 * an agent, the VM that it is for. Blank lines and those that begin with # do not count. Only its
 * owner may write it. Errors: CONFIG, with the line. */
int tokens_add_digests(struct tokens *tokens, const char *path, struct error *err);

bool tokens_have(const struct tokens *tokens, enum http_role role);

/* The credential of a token, or NULL. Compares with all of them, in a time that says nothing. */
const struct token *tokens_find(const struct tokens *tokens, const char *token, size_t len);

const char *http_role_name(enum http_role role);

#endif
