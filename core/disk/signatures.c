/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/disk/signatures.h"

#include <string.h>

#include "core/json/tree.h"
#include "core/text.h"

static bool is_hex_of(const struct json_node *text, const uint8_t *bytes, size_t len)
{
	uint8_t read[TCG_DIGEST_MAX];

	return text && text->kind == JSON_NODE_STRING && text->len == 2 * len &&
	       text_unhex(text->text, text->len, read, sizeof(read)) == (long)len &&
	       memcmp(read, bytes, len) == 0;
}

int signatures_allow(const char *json, size_t len, const struct signer *signer, uint16_t bank,
	const struct policy *policy, bool *ret_has, struct error *err)
{
	JSON_TREE_SCOPED tree = {0};
	const char *name = tcg_alg_name(bank);
	const struct json_node *signatures;
	bool has = false;
	int rc = json_tree_parse(json, len, SIGNATURES_MAX, &tree, err);

	if (rc)
		return error_wrap(err, "tpm2-pcr-signature.json");
	signatures = name ? json_node_member(tree.root, name) : NULL;
	for (const struct json_node *at = json_node_first(signatures); at; at = at->next)
		has = has || (is_hex_of(json_node_member(at, "pkfp"), signer->fingerprint,
				      SIGNER_PRINT_SIZE) &&
				     is_hex_of(json_node_member(at, "pol"), policy->digest,
					     tcg_digest_size(policy->alg)));
	*ret_has = has;
	return 0;
}
