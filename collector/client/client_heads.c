/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client_heads.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client_page.h"
#include "core/tcg/tcg.h"

static int malformed(struct error *err)
{
	return error_set(err, ERROR_MALFORMED, "the collector does not say where its chains end");
}

static bool read_hash(const struct json_node *json, const char *name, uint8_t *hash)
{
	const char *hex = client_text(json, name);

	return text_unhex(hex, strlen(hex), hash, CHECKPOINT_HASH_SIZE) == CHECKPOINT_HASH_SIZE;
}

static int add_head(struct client_heads *heads, const struct json_node *json, struct error *err)
{
	struct checkpoint_head head = {.report = (uint64_t)client_number(json, "report")};

	if (!text_uuid(client_text(json, "uuid"), head.uuid) || !read_hash(json, "hash", head.hash))
		return malformed(err);
	checkpoint_print_head(&head, &heads->lines);
	heads->checkpoint.vms++;
	return 0;
}

static size_t add_uuids(struct buf *to, const struct json_node *list)
{
	const struct json_node *each = json_node_first(list);
	char uuid[TEXT_UUID_SIZE];
	size_t count = 0;

	for (; each; each = each->next) {
		const char *text = json_node_text(each);

		if (text && text_uuid(text, uuid)) {
			buf_printf(to, "%s\n", uuid);
			count++;
		}
	}
	return count;
}

/* The first answer says what is looked at; later ones go on with the same. */
static int add_page(struct client_heads *heads, const struct json_node *page, bool is_first,
	char next[TEXT_UUID_SIZE], struct error *err)
{
	const struct json_node *list = json_node_member(page, "heads"), *each;
	int rc = list && list->kind == JSON_NODE_ARRAY ? 0 : malformed(err);

	if (is_first) {
		heads->checkpoint.reports = (uint64_t)client_number(page, "at");
		heads->reports_now = (uint64_t)client_number(page, "reports");
		heads->checkpoint.events = (uint64_t)client_number(page, "event");
		if (!rc && !read_hash(page, "event_hash", heads->checkpoint.event_hash))
			rc = malformed(err);
	}
	for (each = json_node_first(list); !rc && each; each = each->next)
		rc = add_head(heads, each, err);
	heads->expired_count += add_uuids(&heads->expired, json_node_member(page, "expired"));
	add_uuids(&heads->lost, json_node_member(page, "lost"));
	snprintf(next, TEXT_UUID_SIZE, "%s", client_text(page, "next"));
	return rc;
}

static int hash_lines(struct client_heads *heads, struct error *err)
{
	const struct crypto_bytes lines = {
		heads->lines.data ? heads->lines.data : (void *)"", heads->lines.len};
	uint8_t hash[TCG_DIGEST_MAX];
	int rc;

	if (heads->lines.failed || heads->expired.failed || heads->lost.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for the chains' ends");
	rc = crypto_digest(TCG_ALG_SHA256, &lines, 1, hash, err);
	if (!rc)
		memcpy(heads->checkpoint.heads_hash, hash, CHECKPOINT_HASH_SIZE);
	return rc;
}

int client_heads_read(struct client *client, struct client_progress *progress, const uint64_t *at,
	struct client_heads *ret_heads, struct error *err)
{
	struct client_heads heads = {.checkpoint.reports = at ? *at : 0};
	char next[TEXT_UUID_SIZE] = "";
	bool is_first = true;
	int rc;

	do {
		JSON_TREE_SCOPED page = {0};
		char path[128] = "/v1/heads";

		if (at || !is_first)
			snprintf(path, sizeof(path), "/v1/heads?at=%" PRIu64 "&after=%s",
				heads.checkpoint.reports, next);
		client_progress_show(progress, "%" PRIu64 " VMs", heads.checkpoint.vms);
		rc = client_get(client, path, CLIENT_TIMEOUT_S, &page, err);
		if (!rc)
			rc = add_page(&heads, page.root, is_first, next, err);
		is_first = false;
	} while (!rc && *next);
	client_progress_end(progress);
	if (!rc)
		rc = hash_lines(&heads, err);
	if (rc)
		client_heads_free(&heads);
	else
		*ret_heads = heads;
	return rc;
}

void client_heads_free(struct client_heads *heads)
{
	buf_free(&heads->lines);
	buf_free(&heads->expired);
	buf_free(&heads->lost);
}
