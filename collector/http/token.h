/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bearer token: 256 random bits, written as 64 hexadecimal digits. Only its digest is kept, for
 * which one round of SHA-256 is enough.
 */
#ifndef COLLECTOR_HTTP_TOKEN_H
#define COLLECTOR_HTTP_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "collector/http/http.h"
#include "core/error.h"

#define TOKEN_SIZE        65
#define TOKEN_DIGEST_SIZE 32

/* What is known of who shows it. */
struct token {
	enum http_role role;
	char name[64];
	char vm[TEXT_UUID_SIZE]; /* an agent's that is for one VM alone; else empty */
	uint64_t session;        /* of the web page; 0: it is none's */
	uint8_t digest[TOKEN_DIGEST_SIZE];
};

int token_make(char ret_token[TOKEN_SIZE], struct error *err);

int token_digest(
	const char *token, size_t len, uint8_t ret_digest[TOKEN_DIGEST_SIZE], struct error *err);

/* In a time that says nothing about the digests. */
bool token_is_same(const uint8_t left[TOKEN_DIGEST_SIZE], const uint8_t right[TOKEN_DIGEST_SIZE]);

#endif
