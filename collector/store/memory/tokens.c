/* SPDX-License-Identifier: BSD-2-Clause */
/* VMs' tokens in memory. */
#include <stdlib.h>
#include <string.h>

#include "collector/store/memory/private.h"

int memory_tokens_reserve(
	struct memory_store *memory, const struct memory_tokens *tokens, struct error *err)
{
	return memory_table_reserve(&memory->tokens, tokens->count, err);
}

int memory_tokens_stage(
	struct memory_tokens *tokens, const struct store_change *change, struct error *err)
{
	size_t count = tokens->count + change->token_count;
	struct store_token **rows;

	if (change->revokes)
		tokens->revoked = change->revokes;
	if (!change->token_count)
		return 0;
	rows = realloc(tokens->rows, count * sizeof(void *));
	if (!rows)
		return error_set(err, ERROR_NO_MEMORY, "no memory for tokens");
	tokens->rows = rows;
	for (size_t i = 0; i < change->token_count; i++) {
		rows[tokens->count] = malloc(sizeof(**rows));
		if (!rows[tokens->count])
			return error_set(err, ERROR_NO_MEMORY, "no memory for a token");
		*rows[tokens->count++] = change->tokens[i];
	}
	return 0;
}

void memory_tokens_hand_over(struct memory_store *memory, struct memory_tokens *tokens)
{
	bool is_found;
	size_t place = memory_table_place(&memory->tokens, &tokens->revoked, &is_found);

	if (tokens->revoked && is_found)
		memory_table_remove(&memory->tokens, place);
	for (size_t i = 0; i < tokens->count; i++) {
		tokens->rows[i]->id = ++memory->last_token;
		memory_table_insert(&memory->tokens, &tokens->rows[i]->id, tokens->rows[i]);
	}
	tokens->count = 0;
}

void memory_tokens_free(struct memory_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++)
		free(tokens->rows[i]);
	free(tokens->rows);
}

int memory_find_token(struct store *store, const uint8_t digest[STORE_HASH_SIZE],
	struct store_token *ret_token, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	const struct store_token *found = NULL;

	for (size_t i = 0; i < memory->tokens.count; i++) {
		const struct store_token *token = memory->tokens.rows[i];

		if (!memcmp(token->digest, digest, STORE_HASH_SIZE))
			found = token;
	}
	if (found)
		*ret_token = *found;
	return memory_leave(memory, found ? 0 : error_set(err, ERROR_NOT_FOUND, "no such token"));
}

int memory_list_tokens(struct store *store, const char *uuid, uint64_t after, size_t limit,
	store_token_visit *visit, void *context, struct error *err)
{
	struct memory_store *memory = memory_enter(store);
	bool goes_on = true;

	(void)err;
	for (size_t i = 0; goes_on && limit && i < memory->tokens.count; i++) {
		const struct store_token *token = memory->tokens.rows[i];
		bool is_asked = token->id > after && (!*uuid || !strcmp(token->uuid, uuid));

		if (is_asked) {
			goes_on = visit(token, context);
			limit--;
		}
	}
	return memory_leave(memory, 0);
}
