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
	const bool takes = change->revokes || change->forgets;
	size_t count = tokens->count + change->token_count + takes;
	struct memory_token_change *rows;

	if (count == tokens->count)
		return 0;
	rows = realloc(tokens->rows, count * sizeof(*rows));
	if (!rows)
		return error_set(err, ERROR_NO_MEMORY, "no memory for tokens");
	tokens->rows = rows;
	if (takes) {
		rows[tokens->count] = (struct memory_token_change){.revoked = change->revokes};
		if (change->forgets)
			memcpy(rows[tokens->count].forgot, change->vm.uuid, TEXT_UUID_SIZE);
		tokens->count++;
	}
	for (size_t i = 0; i < change->token_count; i++) {
		struct store_token *made = malloc(sizeof(*made));

		if (!made)
			return error_set(err, ERROR_NO_MEMORY, "no memory for a token");
		*made = change->tokens[i];
		rows[tokens->count++] = (struct memory_token_change){.made = made};
	}
	return 0;
}

static void take_away(struct memory_store *memory, const struct memory_token_change *change)
{
	for (size_t i = memory->tokens.count; i--;) {
		const struct store_token *token = memory->tokens.rows[i];

		if (token->id == change->revoked || !strcmp(token->uuid, change->forgot))
			memory_table_remove(&memory->tokens, i);
	}
}

void memory_tokens_hand_over(struct memory_store *memory, struct memory_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++) {
		struct store_token *made = tokens->rows[i].made;

		if (!made) {
			take_away(memory, &tokens->rows[i]);
			continue;
		}
		made->id = ++memory->last_token;
		memory_table_insert(&memory->tokens, &made->id, made);
	}
	tokens->count = 0;
}

void memory_tokens_free(struct memory_tokens *tokens)
{
	for (size_t i = 0; i < tokens->count; i++)
		free(tokens->rows[i].made);
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
