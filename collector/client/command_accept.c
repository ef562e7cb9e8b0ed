/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector accept and trust-ca: what operators decide. */
#include <stdio.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/ek/chain.h"
#include "core/text.h"
#include "platform/system.h"

static int print_answer(const struct options *options, const json_t *answer, const char *sentence,
	struct error *err)
{
	BUF_SCOPED result = {0};

	if (options->is_json)
		client_print_json(&result, answer);
	else
		buf_printf(&result, "%s\n", sentence);
	return client_put(&result, err);
}

int command_accept(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	char uuid[TEXT_UUID_SIZE], path[160], sentence[160];
	json_t *body = json_object(), *answer = NULL;
	struct client *client = NULL;
	int rc = options_uuid(options, uuid, err);

	if (options->report)
		json_object_set_new(body, "report", json_integer((json_int_t)options->report));
	if (*options->comment)
		json_object_set_new(body, "comment", json_string(options->comment));
	if (!rc)
		rc = client_open(options, &client, err);
	if (rc) {
		json_decref(body);
		return rc;
	}
	snprintf(path, sizeof(path), "/v1/vms/%s/acceptance", uuid);
	rc = client_post(client, path, body, &answer, err);
	if (!rc) {
		snprintf(sentence, sizeof(sentence),
			"report #%" JSON_INTEGER_FORMAT " is now the baseline of %s",
			json_integer_value(json_object_get(answer, "baseline")), uuid);
		rc = print_answer(options, answer, sentence, err);
	}
	json_decref(answer);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}

static int add_ca(struct client *client, const struct options *options, struct error *err)
{
	BUF_SCOPED file = {0};
	json_t *answer = NULL;
	char sentence[64];
	int rc = platform_file_read(options->line.words[1], CHAIN_IMPORT_MAX, &file, err);

	if (rc)
		return rc;
	rc = client_post_bytes(client, "/v1/trust-cas", &file, &answer, err);
	if (rc)
		return error_wrap(err, "%s", options->line.words[1]);
	snprintf(sentence, sizeof(sentence), "%" JSON_INTEGER_FORMAT " added",
		json_integer_value(json_object_get(answer, "added")));
	rc = print_answer(options, answer, sentence, err);
	json_decref(answer);
	return rc;
}

static int list_cas(struct client *client, const struct options *options, struct error *err)
{
	BUF_SCOPED result = {0};
	json_t *answer = NULL;
	const json_t *ca;
	size_t i;
	int rc = client_get(client, "/v1/trust-cas", CLIENT_TIMEOUT_S, &answer, err);

	if (rc)
		return rc;
	if (options->is_json)
		client_print_json(&result, answer);
	json_array_foreach(options->is_json ? NULL : json_object_get(answer, "cas"), i, ca)
	{
		buf_printf(&result, "%.16s  %s  ", client_text(ca, "sha256"),
			client_text(ca, "not_after"));
		text_escape(&result, client_text(ca, "subject"), true);
		buf_append_text(&result, "\n");
	}
	json_decref(answer);
	return client_put(&result, err);
}

int command_trust_ca(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	bool is_add = options->line.word_count == 2 && !strcmp(options->line.words[0], "add");
	bool is_list = options->line.word_count == 1 && !strcmp(options->line.words[0], "list");
	struct client *client = NULL;
	int rc;

	if (!is_add && !is_list)
		return error_set(err, ERROR_USAGE, "trust-ca needs \"add FILE\" or \"list\"");
	rc = client_open(options, &client, err);
	if (!rc)
		rc = is_add ? add_ca(client, options, err) : list_cas(client, options, err);
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
