/* SPDX-License-Identifier: BSD-2-Clause */
#include "collector/client/client.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collector/config_file.h"
#include "core/json/text.h"
#include "platform/system.h"

#define DEFAULT_URL "http://127.0.0.1:8742"
#define TOKEN_MAX   256
#define ANSWER_MAX  ((size_t)16 * 1024 * 1024)
#define CONNECT_S   10L

struct client {
	CURL *curl;
	struct curl_slist *headers;
	char base[512]; /* without a slash at the end */
	char fault[CURL_ERROR_SIZE];
	void (*tick)(void *context);
	void *context;
	struct buf answer;
};

/* --- set-up --- */

/* Whether the address of a URL is this machine: a token may go there in clear. */
static bool is_loopback(const char *url)
{
	static const char *const hosts[] = {"127.0.0.1", "localhost", "[::1]"};
	const char *host = url + strlen("http://");

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t len = strlen(hosts[i]);

		if (!strncmp(host, hosts[i], len) && (!host[len] || strchr(":/", host[len])))
			return true;
	}
	return false;
}

static int set_url(struct client *client, const char *url, struct error *err)
{
	const char *from = url;
	size_t len;

	if (!strncmp(url, "unix:", 5)) {
		curl_easy_setopt(client->curl, CURLOPT_UNIX_SOCKET_PATH, url + 5);
		from = "http://localhost";
	} else if (!strncmp(url, "http://", 7) && !is_loopback(url)) {
		return error_set(err, ERROR_CONFIG,
			"%s: plain HTTP is for this machine only; use https://", url);
	} else if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
		return error_set(
			err, ERROR_CONFIG, "%s: begins with none of https://, http://, unix:", url);
	}
	len = strlen(from);
	while (len && from[len - 1] == '/')
		len--;
	if (len >= sizeof(client->base))
		return error_set(err, ERROR_CONFIG, "the collector's URL is too long");
	memcpy(client->base, from, len);
	return 0;
}

/* The token's one line as a header. */
static int set_token(struct client *client, const char *path, struct error *err)
{
	BUF_SCOPED text = {0};
	char header[TOKEN_MAX + 32];
	size_t len;
	int rc = platform_file_read(path, TOKEN_MAX, &text, err);

	if (rc)
		return rc;
	len = text.data ? strcspn((char *)text.data, "\r\n") : 0;
	for (size_t i = 0; i < len; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~')
			len = 0;
	}
	if (!len)
		return error_set(err, ERROR_CONFIG, "%s: holds no token", path);
	snprintf(header, sizeof(header), "Authorization: Bearer %.*s", (int)len, text.data);
	client->headers = curl_slist_append(client->headers, header);
	return client->headers ? 0 : error_set(err, ERROR_NO_MEMORY, "no memory for a request");
}

/* Of another machine's collector the token is somebody else's to give; of this machine's, it is
 * used where this account may read it. */
static int set_credentials(struct client *client, const struct options *options, struct error *err)
{
	char state[1024], path[1100];
	struct error why;
	int rc;

	if (*options->token_file)
		return set_token(client, options->token_file, err);
	if (*options->url && !*options->state)
		return 0;
	rc = options_state_path(options, state, sizeof(state), &why);
	snprintf(path, sizeof(path), "%s/admin-token", state);
	if (!rc)
		rc = set_token(client, path, &why);
	if (rc != -ERROR_CONFIG)
		return 0;
	*err = why;
	return rc;
}

static void set_tls(CURL *curl, const struct options *options)
{
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	/* Pinned means: these and no others. libcurl would look into the system's folder, too. */
	if (*options->ca) {
		curl_easy_setopt(curl, CURLOPT_CAINFO, options->ca);
		curl_easy_setopt(curl, CURLOPT_CAPATH, NULL);
	}
	if (*options->cert)
		curl_easy_setopt(curl, CURLOPT_SSLCERT, options->cert);
	if (*options->key)
		curl_easy_setopt(curl, CURLOPT_SSLKEY, options->key);
}

static size_t take_answer(char *bytes, size_t size, size_t count, void *context)
{
	struct client *client = context;

	if (client->answer.len + size * count > ANSWER_MAX)
		return 0;
	buf_append(&client->answer, bytes, size * count);
	return client->answer.failed ? 0 : size * count;
}

static int take_progress(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct client *client = context;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (client->tick)
		client->tick(client->context);
	return 0;
}

int client_open(const struct options *given, struct client **ret_client, struct error *err)
{
	struct client *client = calloc(1, sizeof(*client));
	struct options options = *given;
	int rc;

	if (client)
		client->curl = curl_easy_init();
	if (!client || !client->curl) {
		client_close(client);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	}
	rc = config_read_client(&options, err);
	if (!rc)
		rc = set_url(client, *options.url ? options.url : DEFAULT_URL, err);
	if (!rc)
		rc = set_credentials(client, &options, err);
	if (!rc)
		set_tls(client->curl, &options);
	curl_easy_setopt(client->curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(client->curl, CURLOPT_NOPROXY, "localhost,127.0.0.1,::1");
	curl_easy_setopt(client->curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(client->curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(client->curl, CURLOPT_ERRORBUFFER, client->fault);
	curl_easy_setopt(client->curl, CURLOPT_WRITEFUNCTION, take_answer);
	curl_easy_setopt(client->curl, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(client->curl, CURLOPT_XFERINFOFUNCTION, take_progress);
	curl_easy_setopt(client->curl, CURLOPT_XFERINFODATA, client);
	curl_easy_setopt(client->curl, CURLOPT_NOPROGRESS, 0L);
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
	curl_slist_free_all(client->headers);
	curl_easy_cleanup(client->curl);
	buf_free(&client->answer);
	free(client);
}

void client_watch(struct client *client, void (*tick)(void *context), void *context)
{
	client->tick = tick;
	client->context = context;
}

/* --- requests --- */

static enum error_code code_of(long status)
{
	if (status == 401 || status == 403)
		return ERROR_PERMISSION;
	if (status == 404)
		return ERROR_NOT_FOUND;
	return status == 429 || status >= 500 ? ERROR_IO : ERROR_UNSUPPORTED;
}

/* What the collector says about a refusal. */
static int explain(struct client *client, long status, struct error *err)
{
	json_t *problem = NULL;
	struct error ignored;
	const char *detail;

	json_text_parse(client->answer.data, client->answer.len, ANSWER_MAX, &problem, &ignored);
	detail = json_string_value(json_object_get(problem, "detail"));
	if (status == 401 || status == 403)
		error_set(err, ERROR_PERMISSION,
			"%s: %s; give a credential that may: --token-file FILE", client->base,
			detail ? detail : "not permitted");
	else if (detail)
		error_set(err, code_of(status), "%s", detail);
	else
		error_set(err, code_of(status), "%s answers with status %ld", client->base, status);
	json_decref(problem);
	return -(int)err->code;
}

/* Why there is no answer. Only what another try may mend is IO. */
static int explain_failure(const struct client *client, CURLcode code, struct error *err)
{
	const char *fault = *client->fault ? client->fault : curl_easy_strerror(code);

	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_set(err, ERROR_CRYPTO,
			"%s: its certificate is not accepted: check --ca and the name in --url: %s",
			client->base, fault);
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(err, ERROR_CONFIG, "--ca: %s", fault);
	case CURLE_SSL_CERTPROBLEM:
		return error_set(err, ERROR_CONFIG, "--cert, --key: %s", fault);
	default:
		return error_set(err, ERROR_IO, "%s: %s", client->base, fault);
	}
}

/* Sends what is set up; the answer is in client->answer. */
static int perform(struct client *client, const char *path, unsigned timeout_s, struct error *err)
{
	char url[1024];
	CURLcode code;
	long status = 0;

	if (snprintf(url, sizeof(url), "%s%s", client->base, path) >= (int)sizeof(url))
		return error_set(err, ERROR_TOO_LARGE, "the request is too long");
	buf_free(&client->answer);
	*client->fault = 0;
	curl_easy_setopt(client->curl, CURLOPT_URL, url);
	curl_easy_setopt(client->curl, CURLOPT_TIMEOUT, (long)timeout_s);
	curl_easy_setopt(client->curl, CURLOPT_HTTPHEADER, client->headers);
	code = curl_easy_perform(client->curl);
	if (code)
		return explain_failure(client, code, err);
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300 ? 0 : explain(client, status, err);
}

static int take_json(struct client *client, json_t **ret_json, struct error *err)
{
	int rc =
		json_text_parse(client->answer.data, client->answer.len, ANSWER_MAX, ret_json, err);

	return rc ? error_wrap(err, "%s answers", client->base) : 0;
}

int client_get(struct client *client, const char *path, unsigned timeout_s, json_t **ret_json,
	struct error *err)
{
	int rc;

	curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
	rc = perform(client, path, timeout_s, err);
	return rc ? rc : take_json(client, ret_json, err);
}

int client_get_bytes(struct client *client, const char *path, struct buf *to, struct error *err)
{
	int rc;

	curl_easy_setopt(client->curl, CURLOPT_HTTPGET, 1L);
	rc = perform(client, path, CLIENT_TIMEOUT_S, err);
	if (!rc)
		buf_append(to, client->answer.data, client->answer.len);
	return rc;
}

static int post(struct client *client, const char *path, const char *content_type,
	const struct crypto_bytes *body, json_t **ret_json, struct error *err)
{
	struct curl_slist *usual = client->headers, *headers = NULL;
	int rc = 0;

	/* A copy: headers that are lent to libcurl stay as they are. */
	for (struct curl_slist *at = usual; at; at = at->next)
		headers = curl_slist_append(headers, at->data);
	client->headers = curl_slist_append(headers, content_type);
	curl_easy_setopt(client->curl, CURLOPT_POST, 1L);
	curl_easy_setopt(client->curl, CURLOPT_POSTFIELDS, body->len ? body->bytes : "");
	curl_easy_setopt(client->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	rc = perform(client, path, CLIENT_TIMEOUT_S, err);
	curl_slist_free_all(client->headers);
	client->headers = usual;
	return rc ? rc : take_json(client, ret_json, err);
}

int client_post(
	struct client *client, const char *path, json_t *json, json_t **ret_json, struct error *err)
{
	BUF_SCOPED text = {0};
	struct crypto_bytes body;

	if (json)
		json_text_print(&text, json, false);
	if (!json || text.failed) {
		json_decref(json);
		return error_set(err, ERROR_NO_MEMORY, "no memory for a request");
	}
	json_decref(json);
	body = (struct crypto_bytes){text.data, text.len};
	return post(client, path, "Content-Type: application/json", &body, ret_json, err);
}

int client_post_bytes(struct client *client, const char *path, const struct crypto_bytes *body,
	json_t **ret_json, struct error *err)
{
	return post(client, path, "Content-Type: application/octet-stream", body, ret_json, err);
}

void client_add_parameter(
	struct client *client, struct buf *to, const char *name, const char *value)
{
	bool is_first = !to->len || !memchr(to->data, '?', to->len);
	char *escaped;

	if (!*value)
		return;
	escaped = curl_easy_escape(client->curl, value, 0);
	if (escaped)
		buf_printf(to, "%c%s=%s", is_first ? '?' : '&', name, escaped);
	else
		to->failed = true;
	curl_free(escaped);
}
