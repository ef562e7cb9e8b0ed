/* SPDX-License-Identifier: BSD-2-Clause */
/* What the audit log says of a token: enough to tell afterwards which are right. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/store/store.h"
#include "collector/store/store_private.h"

static void print_digest(const struct store_token *token, char out[2 * STORE_HASH_SIZE + 1])
{
	text_hex(token->digest, STORE_HASH_SIZE, out, 2 * STORE_HASH_SIZE + 1);
}

void store_token_print_made(const struct store_token *token, struct store_audit *audit)
{
	char hex[2 * STORE_HASH_SIZE + 1];

	print_digest(token, hex);
	memcpy(audit->uuid, token->uuid, sizeof(audit->uuid));
	snprintf(audit->detail, sizeof(audit->detail),
		STORE_TOKEN_MADE ", " STORE_TOKEN_DIGEST "%s", hex);
}

void store_token_print_revoked(const struct store_token *token, struct store_audit *audit)
{
	char hex[2 * STORE_HASH_SIZE + 1];

	print_digest(token, hex);
	snprintf(audit->detail, sizeof(audit->detail),
		"%" PRIu64 " revoked, " STORE_TOKEN_DIGEST "%s", token->id, hex);
}
