/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector accept and trust-ca: what operators decide. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "collector/ek/chain.h"
#include "core/text.h"
#include "platform/system.h"

static int print_answer(
	bool is_json, const struct json_tree *answer, const char *sentence, struct error *err)
{
	BUF_SCOPED result = {0};

	if (is_json)
		client_print_answer(&result, answer);
	else
		buf_printf(&result, "%s\n", sentence);
	return client_put(&result, err);
}

static void describe_acceptance(
	const struct json_tree *answer, const char *uuid, uint64_t claim, struct buf *to)
{
	const struct json_node *dropped =
		json_node_first(json_node_member(answer->root, "dropped"));
	int64_t baseline = client_number(answer->root, "baseline");

	if (baseline)
		buf_printf(to, "report #%" PRId64 " is now the baseline of %s", baseline, uuid);
	else
		buf_printf(to,
			"the keys of claim %" PRIu64
			" are now those of %s; their next report becomes its baseline",
			claim, uuid);
	if (dropped)
		buf_append_text(to, dropped->next ? "; dropped: claims " : "; dropped: claim ");
	for (; dropped; dropped = dropped->next)
		buf_printf(
			to, "%" PRId64 "%s", json_node_integer(dropped), dropped->next ? ", " : "");
}

int command_accept(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	char uuid[TEXT_UUID_SIZE], path[160];
	json_t *body = json_object();
	JSON_TREE_SCOPED answer = {0};
	struct client *client = NULL;
	int rc = options_uuid(&options->line, uuid, err);

	if (options->report)
		json_object_set_new(body, "report", json_integer((json_int_t)options->report));
	if (options->claim)
		json_object_set_new(body, "claim", json_integer((json_int_t)options->claim));
	if (*options->comment)
		json_object_set_new(body, "comment", json_string(options->comment));
	if (!rc)
		rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (rc) {
		json_decref(body);
		return rc;
	}
	snprintf(path, sizeof(path), "/v1/vms/%s/acceptance", uuid);
	rc = client_post(client, path, body, &answer, err);
	if (!rc) {
		BUF_SCOPED sentence = {0};

		describe_acceptance(&answer, uuid, options->claim, &sentence);
		rc = sentence.failed
			     ? error_set(err, ERROR_NO_MEMORY, "no memory for the answer")
			     : print_answer(options->is_json, &answer, (char *)sentence.data, err);
	}
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}

static int add_ca(struct client *client, const char *path, bool is_json, struct error *err)
{
	BUF_SCOPED file = {0};
	JSON_TREE_SCOPED answer = {0};
	char sentence[64];
	int rc = platform_file_read(path, CHAIN_IMPORT_MAX, &file, err);

	if (rc)
		return rc;
	rc = client_post_bytes(client, "/v1/trust-cas", &file, &answer, err);
	if (rc)
		return error_wrap(err, "%s", path);
	snprintf(sentence, sizeof(sentence), "%" PRId64 " added",
		client_number(answer.root, "added"));
	return print_answer(is_json, &answer, sentence, err);
}

static int list_cas(struct client *client, bool is_json, struct error *err)
{
	BUF_SCOPED result = {0};
	JSON_TREE_SCOPED answer = {0};
	const struct json_node *ca;
	int rc = client_get(client, "/v1/trust-cas", CLIENT_TIMEOUT_S, &answer, err);

	if (rc)
		return rc;
	if (is_json) {
		client_print_answer(&result, &answer);
		return client_put(&result, err);
	}
	ca = json_node_first(json_node_member(answer.root, "cas"));
	for (; ca; ca = ca->next) {
		buf_printf(&result, "%.16s  %s  ", client_text(ca, "sha256"),
			client_text(ca, "not_after"));
		text_escape(&result, client_text(ca, "subject"), true);
		buf_append_text(&result, "\n");
	}
	return client_put(&result, err);
}

int command_trust_ca(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	bool is_add = options->line.word_count == 2 && !strcmp(options->line.words[0], "add");
	bool is_list = options->line.word_count == 1 && !strcmp(options->line.words[0], "list");
	struct client *client = NULL;
	int rc;

	if (!is_add && !is_list)
		return error_set(err, ERROR_USAGE, "trust-ca needs \"add FILE\" or \"list\"");
	rc = config_read_client(options, &whom, err);
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = is_add ? add_ca(client, options->line.words[1], options->is_json, err)
			    : list_cas(client, options->is_json, err);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
