/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector result-key: the keys by which attestation results are signed. */
#include <jansson.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"

/* One a line, the one that signs first. */
static int list(struct client *client, bool is_json, struct error *err)
{
	JSON_TREE_SCOPED answer = {0};
	BUF_SCOPED result = {0};
	const struct json_node *key;
	int rc = client_get(client, "/v1/jwks", CLIENT_TIMEOUT_S, &answer, err);

	if (rc)
		return rc;
	if (is_json)
		client_print_answer(&result, &answer);
	key = json_node_first(json_node_member(answer.root, "keys"));
	for (; key && !is_json; key = key->next) {
		text_escape(&result, client_text(key, "kid"), true);
		buf_append_text(&result, "\n");
	}
	return client_put(&result, err);
}

/* `revokes`: what earlier keys signed is to be believed no more. */
static int rotate(struct client *client, bool revokes, bool is_json, struct error *err)
{
	JSON_TREE_SCOPED answer = {0};
	BUF_SCOPED result = {0};
	int rc = client_post(client, "/v1/jwks/rotation",
		json_pack("{s:b}", "compromised", revokes), &answer, err);

	if (rc)
		return rc;
	if (is_json) {
		client_print_answer(&result, &answer);
		return client_put(&result, err);
	}
	text_escape(&result, client_text(answer.root, "kid"), true);
	buf_append_text(&result, " signs from now on; earlier keys are published ");
	buf_append_text(&result, revokes ? "no more" : "until ");
	if (!revokes)
		text_escape(&result, client_text(answer.root, "others_until"), true);
	buf_append_text(&result, "\n");
	return client_put(&result, err);
}

int command_result_key(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	const struct command_line *line = &options->line;
	const char *what = line->word_count == 1 ? line->words[0] : "";
	const bool lists = !strcmp(what, "list"), rotates = !strcmp(what, "rotate"),
		   revokes = !strcmp(what, "revoke");
	struct options_client whom;
	struct client *client = NULL;
	int rc;

	if (!lists && !rotates && !revokes)
		return error_set(
			err, ERROR_USAGE, "result-key needs \"list\", \"rotate\" or \"revoke\"");
	rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc && lists)
		rc = list(client, options->is_json, err);
	else if (!rc)
		rc = rotate(client, revokes, options->is_json, err);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
