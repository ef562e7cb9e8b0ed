/* SPDX-License-Identifier: BSD-2-Clause */
/* vtpm-collector page: an address that a person opens in a browser. */
#include <jansson.h>
#include <string.h>

#include "collector/client/client.h"
#include "collector/client/client_page.h"
#include "collector/commands.h"
#include "collector/config_file.h"
#include "core/json/text.h"

static void print_page(
	const struct client *client, const struct json_tree *answer, bool is_json, struct buf *to)
{
	const char *code = client_text(answer->root, "code");
	json_t *json;

	if (!is_json) {
		buf_printf(to, "%s/#code=%s\n", client_base(client), code);
		return;
	}
	json = json_pack("{s:o, s:I}", "url",
		json_sprintf("%s/#code=%s", client_base(client), code), "expires_in",
		(json_int_t)client_number(answer->root, "expires_in"));
	client_print_json(to, json);
	json_decref(json);
}

int command_page(const struct options *options, enum exit_code *ret_code, struct error *err)
{
	struct options_client whom;
	JSON_TREE_SCOPED answer = {0};
	struct client *client = NULL;
	BUF_SCOPED result = {0};
	int rc = config_read_client(options, &whom, err);

	if (!rc && !strncmp(whom.url, "unix:", 5))
		rc = error_set(err, ERROR_USAGE,
			"a browser cannot open a UNIX socket; give the page's address: "
			"--url http://127.0.0.1:8742");
	if (!rc)
		rc = client_open(&whom, options->state, &client, err);
	if (!rc)
		rc = client_post(client, "/v1/sessions/codes", json_object(), &answer, err);
	if (!rc) {
		print_page(client, &answer, options->is_json, &result);
		rc = client_put(&result, err);
	}
	client_close(client);
	if (!rc)
		*ret_code = EXIT_CODE_HEALTHY;
	return rc;
}
