/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/json/text.h"
#include "core/url.h"
#include "link/http_client.h"
#include "link/token_file.h"
#include "platform/system.h"

#define DEFAULT_URL "http://127.0.0.1:8742"
#define ANSWER_MAX  ((size_t)16 * 1024 * 1024)

struct client {
	struct http_client *http;
	char base[512]; /* without a slash at the end */
	char name[512]; /* what was asked for: the base, or unix:PATH */
	bool is_socket;
	void (*tick)(void *context);
	void *context;
	struct buf answer;
	char refusal[48];
	char no_token[256]; /* why none is shown; empty: one is, or a certificate */
};

/* --- set-up --- */

/* Reads the collector's URL, and the UNIX socket that stands in its place. */
static int set_url(struct client *client, const char *text, struct http_client_options *http,
	struct error *err)
{
	struct url url = {0};
	const char *name = text;
	size_t len;

	if (!strncmp(text, "unix:", 5)) {
		client->is_socket = true;
		http->unix_socket = text + 5;
		text = "http://localhost";
	} else if (strncmp(text, "http://", 7) != 0 && strncmp(text, "https://", 8) != 0) {
		return error_set(err, ERROR_CONFIG,
			"%s: begins with none of https://, http://, unix:", text);
	}
	if (url_parse_collector(text, &url, err))
		return error_wrap(err, "%s", text);
	http->is_direct = url.is_loopback;
	len = strlen(text);
	while (len && text[len - 1] == '/')
		len--;
	if (len >= sizeof(client->base) || strlen(name) >= sizeof(client->name))
		return error_set(err, ERROR_CONFIG, "the collector's URL is too long");
	memcpy(client->base, text, len);
	if (client->is_socket)
		memcpy(client->name, name, strlen(name));
	else
		memcpy(client->name, text, len);
	return 0;
}

/* Of another machine's collector the token is somebody else's to give; of this machine's, it is
 * used where this account may read it. */
static int read_token(struct client *client, const struct options_client *whom,
	const char *given_state, struct buf *token, struct error *err)
{
	char state[1024], path[1100];
	struct error why;
	int rc;

	if (*whom->token_file)
		return token_file_read(whom->token_file, token, err);
	if (*whom->cert)
		return 0;
	if (*whom->url && !*given_state) {
		snprintf(client->no_token, sizeof(client->no_token),
			"none is given: --token-file FILE, or --state DIR of a collector on this "
			"machine");
		return 0;
	}
	rc = options_state_path(given_state, state, sizeof(state), &why);
	snprintf(path, sizeof(path), "%s/admin-token", state);
	if (!rc)
		rc = token_file_read(path, token, &why);
	if (!rc)
		return 0;
	if (rc == -ERROR_CONFIG)
		return error_copy(err, &why);
	snprintf(client->no_token, sizeof(client->no_token),
		"%.160s; run this as the collector's account, or give --token-file FILE",
		why.message);
	return 0;
}

/* Nobody ends a request, but somebody may watch it. */
static bool report_progress(void *context)
{
	struct client *client = context;

	if (client->tick)
		client->tick(client->context);
	return false;
}

static int set_up(struct client *client, const struct options_client *whom, const char *state,
	struct error *err)
{
	struct http_client_options http = {.ca = whom->ca,
		.certificate = whom->cert,
		.key = whom->key,
		.is_cancelled = report_progress,
		.context = client};
	BUF_SCOPED token = {0};
	int rc = set_url(client, *whom->url ? whom->url : DEFAULT_URL, &http, err);

	if (!rc)
		rc = read_token(client, whom, state, &token, err);
	if (rc)
		return rc;
	http.token = (char *)token.data;
	return http_client_open(&http, &client->http, err);
}

int client_open(const struct options_client *whom, const char *state, struct client **ret_client,
	struct error *err)
{
	struct client *client = calloc(1, sizeof(*client));
	int rc;

	if (!client)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	rc = set_up(client, whom, state, err);
	if (rc)
		client_close(client);
	else
		*ret_client = client;
	return rc;
}

void client_close(struct client *client)
{
	if (!client)
		return;
	http_client_close(client->http);
	buf_free(&client->answer);
	free(client);
}

const char *client_base(const struct client *client)
{
	return client->base;
}

void client_watch(struct client *client, void (*tick)(void *context), void *context)
{
	client->tick = tick;
	client->context = context;
}

/* --- requests --- */

static enum error_code code_of(unsigned status)
{
	if (status == 401 || status == 403)
		return ERROR_PERMISSION;
	if (status == 404)
		return ERROR_NOT_FOUND;
	return status == 429 || status >= 500 ? ERROR_IO : ERROR_UNSUPPORTED;
}

/* What the collector says about a refusal. */
static int explain(struct client *client, unsigned status, struct error *err)
{
	JSON_TREE_SCOPED problem = {0};
	struct error ignored;
	const char *detail, *code;

	json_tree_parse(client->answer.data, client->answer.len, ANSWER_MAX, &problem, &ignored);
	detail = json_node_text(json_node_member(problem.root, "detail"));
	code = json_node_text(json_node_member(problem.root, "code"));
	snprintf(client->refusal, sizeof(client->refusal), "%s", code ? code : "");
	if (status == 401 && *client->no_token && client->is_socket && detail)
		return error_set(err, ERROR_PERMISSION, "%s asks for a credential (%s): %s",
			client->name, detail, client->no_token);
	if (status == 401 && *client->no_token)
		return error_set(err, ERROR_PERMISSION, "%s asks for a credential: %s",
			client->name, client->no_token);
	if (status == 401 || status == 403)
		return error_set(err, ERROR_PERMISSION,
			"%s: %s; give a credential that may: --token-file FILE", client->name,
			detail ? detail : "not permitted");
	if (detail)
		return error_set(err, code_of(status), "%s", detail);
	return error_set(err, code_of(status), "%s answers with status %u", client->name, status);
}

/* Sends a request to `path`; the answer is in client->answer. Of what kept it from being sent, only
 * what another try may mend is IO. */
static int perform(struct client *client, const char *path, const struct http_client_request *how,
	unsigned timeout_s, struct error *err)
{
	struct http_client_request request = *how;
	struct http_answer answer = {0};
	char url[1024];
	int rc;

	if (snprintf(url, sizeof(url), "%s%s", client->base, path) >= (int)sizeof(url))
		return error_set(err, ERROR_TOO_LARGE, "the request is too long");
	buf_free(&client->answer);
	*client->refusal = 0;
	request.url = url;
	request.max = ANSWER_MAX;
	request.timeout_ms = (uint64_t)timeout_s * 1000;
	rc = http_client_send(client->http, &request, &answer, err);
	if (rc == -ERROR_NOT_FOUND || rc == -ERROR_TIMEOUT)
		err->code = ERROR_IO;
	if (rc)
		return error_wrap(err, "%s", client->name);
	client->answer = answer.body;
	return answer.status >= 200 && answer.status < 300 ? 0
							   : explain(client, answer.status, err);
}

static int take_answer(struct client *client, struct json_tree *ret_answer, struct error *err)
{
	int rc = json_tree_parse(
		client->answer.data, client->answer.len, ANSWER_MAX, ret_answer, err);

	return rc ? error_wrap(err, "%s answers", client->name) : 0;
}

int client_get(struct client *client, const char *path, unsigned timeout_s,
	struct json_tree *ret_answer, struct error *err)
{
	const struct http_client_request request = {0};
	int rc = perform(client, path, &request, timeout_s, err);

	return rc ? rc : take_answer(client, ret_answer, err);
}

const char *client_refusal(const struct client *client)
{
	return client->refusal;
}

int client_get_bytes(struct client *client, const char *path, struct buf *to, struct error *err)
{
	const struct http_client_request request = {0};
	int rc = perform(client, path, &request, CLIENT_TIMEOUT_S, err);

	if (!rc)
		buf_append(to, client->answer.data, client->answer.len);
	return rc;
}

static int post(struct client *client, const char *path, const char *content_type,
	const struct buf *body, struct json_tree *ret_answer, struct error *err)
{
	const struct http_client_request request = {.body = body, .content_type = content_type};
	int rc = perform(client, path, &request, CLIENT_TIMEOUT_S, err);

	return rc ? rc : take_answer(client, ret_answer, err);
}

int client_post(struct client *client, const char *path, json_t *json, struct json_tree *ret_answer,
	struct error *err)
{
	BUF_SCOPED text = {0};

	if (json)
		json_text_print(&text, json, false);
	if (!json || text.failed) {
		json_decref(json);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	}
	json_decref(json);
	return post(client, path, "application/json", &text, ret_answer, err);
}

int client_post_bytes(struct client *client, const char *path, const struct buf *body,
	struct json_tree *ret_answer, struct error *err)
{
	return post(client, path, "application/octet-stream", body, ret_answer, err);
}

void client_add_parameter(struct buf *to, const char *name, const char *value)
{
	bool is_first = !to->len || !memchr(to->data, '?', to->len);

	if (!*value)
		return;
	buf_printf(to, "%c%s=", is_first ? '?' : '&', name);
	url_append_escaped(to, value);
}
