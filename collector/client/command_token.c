/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector token: VMs' own tokens, made in bulk for whoever makes the VMs. */
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/json/text.h"
#include "core/text.h"

#define AT_ONCE 200

/* Of a line all but blanks and a comment; canonical. Empty: there is nothing on it. */
static int read_line(char *line, char ret_uuid[TEXT_UUID_SIZE], struct error *err)
{
	char *save = NULL, *word;

	line[strcspn(line, "#\r\n")] = 0;
	word = strtok_r(line, " \t", &save);
	ret_uuid[0] = 0;
	if (!word)
		return 0;
	return text_uuid(word, ret_uuid) && !strtok_r(NULL, " \t", &save)
		       ? 0
		       : error_set(err, ERROR_USAGE, "not one UUID");
}

/* All are read before any token is made. `uuids` gets them, TEXT_UUID_SIZE bytes each. */
static int read_uuids(FILE *from, struct buf *uuids, struct error *err)
{
	char uuid[TEXT_UUID_SIZE], *line = NULL;
	size_t size = 0, number = 0;
	int rc = 0;

	while (!rc && getline(&line, &size, from) >= 0) {
		number++;
		rc = read_line(line, uuid, err);
		if (rc)
			error_wrap(err, "line %zu", number);
		else if (*uuid)
			buf_append(uuids, uuid, sizeof(uuid));
	}
	free(line);
	if (!rc && ferror(from))
		rc = error_set(err, ERROR_IO, "the UUIDs cannot be read: %s", strerror(errno));
	if (!rc && uuids->failed)
		rc = error_set(err, ERROR_NO_MEMORY, "no memory for UUIDs");
	return rc || uuids->len ? rc : error_set(err, ERROR_USAGE, "there is no UUID in it");
}

static int open_uuids(const char *path, struct buf *uuids, struct error *err)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "re") : stdin;
	int rc = file ? read_uuids(file, uuids, err)
		      : error_set(err, ERROR_IO, "%s", strerror(errno));

	if (file && file != stdin)
		fclose(file);
	if (rc)
		error_wrap(err, "%s", strcmp(path, "-") ? path : "standard input");
	return rc;
}

static int print_lines(
	const struct json_node *list, bool is_json, const char *const names[], struct error *err)
{
	BUF_SCOPED lines = {0};

	for (const struct json_node *token = json_node_first(list); token; token = token->next) {
		json_t *json = is_json ? json_node_to_jansson(token) : NULL;

		if (json)
			json_text_print(&lines, json, false);
		for (size_t i = 0; !is_json && names[i]; i++) {
			const struct json_node *value = json_node_member(token, names[i]);

			if (value && value->kind == JSON_NODE_INTEGER)
				buf_printf(&lines, "%" PRId64, value->integer);
			else
				text_escape(&lines, client_text(token, names[i]), true);
			buf_append_text(&lines, names[i + 1] ? "\t" : "");
		}
		json_decref(json);
		buf_append_text(&lines, "\n");
	}
	return client_put(&lines, err);
}

static int make_some(
	struct client *client, const char *uuids, size_t count, bool is_json, struct error *err)
{
	static const char *const names[] = {"uuid", "token", NULL};
	JSON_TREE_SCOPED answer = {0};
	json_t *list = json_array();
	int rc;

	for (size_t i = 0; i < count; i++)
		json_array_append_new(list, json_string(uuids + i * TEXT_UUID_SIZE));
	rc = client_post(client, "/v1/tokens", json_pack("{s:o}", "uuids", list), &answer, err);
	return rc ? rc : print_lines(json_node_member(answer.root, "tokens"), is_json, names, err);
}

static int make(struct client *client, const struct options *options, struct error *err)
{
	BUF_SCOPED uuids = {0};
	const char *path = options->line.word_count > 1 ? options->line.words[1] : "-";
	int rc = open_uuids(path, &uuids, err);
	size_t count = uuids.len / TEXT_UUID_SIZE;

	for (size_t i = 0; !rc && i < count; i += AT_ONCE)
		rc = make_some(client, (const char *)uuids.data + i * TEXT_UUID_SIZE,
			count - i < AT_ONCE ? count - i : AT_ONCE, options->is_json, err);
	return rc;
}

static int get_page(struct client *client, const char *uuid, int64_t after,
	struct json_tree *ret_page, struct error *err)
{
	char path[128];

	snprintf(path, sizeof(path), "/v1/tokens?limit=%d&after=%" PRId64 "%s%s", AT_ONCE, after,
		*uuid ? "&uuid=" : "", uuid);
	return client_get(client, path, CLIENT_TIMEOUT_S, ret_page, err);
}

static int list(struct client *client, const char *uuid, bool is_json, struct error *err)
{
	static const char *const names[] = {"id", "uuid", "made", "by", NULL};
	int64_t after = 0;
	int rc;

	do {
		JSON_TREE_SCOPED page = {0};

		rc = get_page(client, uuid, after, &page, err);
		if (!rc)
			rc = print_lines(
				json_node_member(page.root, "tokens"), is_json, names, err);
		after = rc ? 0 : client_number(page.root, "next");
	} while (after);
	return rc;
}

static int revoke(struct client *client, int64_t id, struct error *err)
{
	JSON_TREE_SCOPED answer = {0};
	char path[64];

	snprintf(path, sizeof(path), "/v1/tokens/%" PRId64 "/revocation", id);
	return client_post(client, path, json_object(), &answer, err);
}

/* One by its number, or all of a VM. */
static int revoke_all(struct client *client, const struct options *options, struct error *err)
{
	const char *word = options->line.words[1];
	char uuid[TEXT_UUID_SIZE];
	JSON_TREE_SCOPED page = {0};
	const struct json_node *token;
	BUF_SCOPED line = {0};
	size_t count = 0;
	uint64_t id;
	int rc = 0;

	if (text_number(word, 1, INT64_MAX, &id)) {
		rc = revoke(client, (int64_t)id, err);
		count = 1;
	} else if (text_uuid(word, uuid)) {
		rc = get_page(client, uuid, 0, &page, err);
		token = json_node_first(json_node_member(page.root, "tokens"));
		for (; !rc && token; token = token->next, count++)
			rc = revoke(client, client_number(token, "id"), err);
		if (!rc && !count)
			rc = error_set(err, ERROR_NOT_FOUND, "%s has no token", uuid);
	} else {
		rc = error_set(
			err, ERROR_USAGE, "\"%s\" is neither a token's number nor a UUID", word);
	}
	if (rc)
		return rc;
	buf_printf(&line, options->is_json ? "{\"revoked\": %zu}\n" : "%zu revoked\n", count);
	return client_put(&line, err);
}

int command_token(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct command_line *line = &options->line;
	const char *what = line->word_count ? line->words[0] : "";
	bool makes = !strcmp(what, "make"), lists = !strcmp(what, "list"),
	     revokes = !strcmp(what, "revoke") && line->word_count == 2;
	char uuid[TEXT_UUID_SIZE] = "";
	struct options_client whom;
	struct client *client = NULL;
	int rc;

	if (!makes && !lists && !revokes)
		return error_set(err, ERROR_USAGE,
			"token needs \"make [FILE]\", \"list [UUID]\" or \"revoke UUID|ID\"");
	if (lists && line->word_count == 2 && !text_uuid(line->words[1], uuid))
		return error_set(err, ERROR_USAGE, "\"%s\" is no UUID", line->words[1]);
	rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc && makes)
		rc = make(client, options, err);
	else if (!rc && lists)
		rc = list(client, uuid, options->is_json, err);
	else if (!rc)
		rc = revoke_all(client, options, err);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
