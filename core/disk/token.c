/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/token.h"

#include <stdlib.h>
#include <string.h>

#include "core/disk/token_clevis.h"
#include "core/disk/token_systemd.h"
#include "core/text.h"

/* More than 32 key slots and 32 tokens take. A tree takes up to a hundred times its text. */
#define METADATA_MAX (256U << 10)

/* A kind's own reader; it returns 1 for a token that asks no TPM. */
static const struct {
	const char *type;
	int (*read)(const struct json_node *token, struct sealed *ret_sealed, struct error *err);
} kinds[] = {
	{"systemd-tpm2", token_systemd_read},
	{"clevis", token_clevis_read},
};

/* One that is in no key slot opens nothing: cryptsetup leaves it so when the slot is wiped. */
static int read_slots(const struct json_node *token, uint32_t *ret_slots, struct error *err)
{
	const struct json_node *slots = json_node_member(token, "keyslots");

	if (!slots || slots->kind != JSON_NODE_ARRAY)
		return error_set(err, ERROR_MALFORMED, "a token without keyslots");
	if (!slots->first)
		return error_set(err, ERROR_NOT_FOUND, "its key slot was removed from the volume");
	for (const struct json_node *at = slots->first; at; at = at->next) {
		const char *text = json_node_text(at);
		uint64_t number;

		if (text && text_number(text, 0, TCG_PCR_COUNT - 1, &number))
			*ret_slots |= 1U << number;
	}
	return 0;
}

static int read_token(const struct json_node *node, struct disk_token *token, struct error *err)
{
	const char *type = json_node_text(json_node_member(node, "type"));
	uint64_t number = 0;
	int rc = 0;

	if (!text_number(node->name, 0, DISK_TOKENS_MAX - 1, &number))
		return error_set(err, ERROR_MALFORMED, "a token whose number is none");
	*token = (struct disk_token){.number = (uint16_t)number};
	if (!type)
		return error_set(err, ERROR_MALFORMED, "token %u: no type", token->number);
	text_copy_ascii(token->type, sizeof(token->type), type, strlen(type));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(type, kinds[i].type) != 0)
			continue;
		rc = read_slots(node, &token->key_slots, &token->error);
		if (!rc)
			rc = kinds[i].read(node, &token->sealed, &token->error);
		token->is_sealed = rc <= 0;
		token->is_read = !rc;
	}
	return 0;
}

int disk_tokens_read(
	const char *json, size_t len, disk_token_visit *visit, void *context, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	struct disk_token *token;
	const struct json_node *tokens;
	int rc = json_tree_parse(json, len, METADATA_MAX, &tree, err);

	/* jansson's words quote the disk, and would go into evidence. */
	if (rc == -ERROR_MALFORMED)
		return error_set(err, ERROR_MALFORMED, "the metadata is not JSON");
	if (rc)
		return error_wrap(err, "the metadata");
	tokens = json_node_member(tree.root, "tokens");
	if (!tokens)
		return 0;
	if (tokens->kind != JSON_NODE_OBJECT || tokens->len > DISK_TOKENS_MAX)
		return error_set(err, ERROR_MALFORMED, "the metadata: tokens are no object of %d",
			DISK_TOKENS_MAX);
	token = malloc(sizeof(*token));
	if (!token)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a token");
	for (const struct json_node *at = tokens->first; !rc && at; at = at->next) {
		rc = read_token(at, token, err);
		if (!rc)
			rc = visit(token, context, err);
	}
	free(token);
	return rc;
}
