/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/http_client.h"

#include <stdio.h>
#include <stdlib.h>

#include "platform/curl_library.h"
#include "version.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define CONNECT_TIMEOUT_MS 10000L

struct http_client {
	struct curl_library curl;
	CURL *easy;
	struct curl_slist *headers;
	struct http_client_options options; /* of it, only is_cancelled and its context are kept */
	bool has_ca;
};

struct receiving {
	struct buf *body;
	size_t max;
};

static size_t receive(char *bytes, size_t size, size_t count, void *context)
{
	struct receiving *receiving = context;
	size_t len = size * count;

	if (len > receiving->max - receiving->body->len)
		return 0;
	buf_append(receiving->body, bytes, len);
	return receiving->body->failed ? 0 : len;
}

static int look_for_cancel(
	void *context, curl_off_t down_total, curl_off_t down, curl_off_t up_total, curl_off_t up)
{
	struct http_client *client = context;

	(void)down_total;
	(void)down;
	(void)up_total;
	(void)up;
	return client->options.is_cancelled &&
	       client->options.is_cancelled(client->options.context);
}

/* Sets a text that may be empty. */
static CURLcode set_text(struct http_client *client, CURLoption option, const char *value)
{
	return value && *value ? client->curl.easy_setopt(client->easy, option, value) : CURLE_OK;
}

static CURLcode configure(struct http_client *client, const struct http_client_options *options)
{
	const struct {
		CURLoption option;
		long value;
	} numbers[] = {
		{CURLOPT_NOSIGNAL, 1},
		{CURLOPT_FOLLOWLOCATION, 0},
		{CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2},
		{CURLOPT_SSL_VERIFYPEER, 1},
		{CURLOPT_SSL_VERIFYHOST, 2},
		/* A private CA often has no list of revocations that could be reached. */
		{CURLOPT_SSL_OPTIONS, CURLSSLOPT_REVOKE_BEST_EFFORT},
		{CURLOPT_CONNECTTIMEOUT_MS, CONNECT_TIMEOUT_MS},
		{CURLOPT_TCP_KEEPALIVE, 1},
		{CURLOPT_QUICK_EXIT, 1},
		{CURLOPT_NOPROGRESS, 0},
	};
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{CURLOPT_PROTOCOLS_STR, "http,https"},
		{CURLOPT_USERAGENT, "vtpm-agent/" VTPM_VERSION}, {CURLOPT_CAINFO, options->ca},
		{CURLOPT_SSLCERT, options->certificate}, {CURLOPT_SSLKEY, options->key},
		{CURLOPT_PROXY, options->proxy},
		/* The pinned CAs are those of the collector, not of a proxy's own TLS. */
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; !rc && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = client->curl.easy_setopt(client->easy, numbers[i].option, numbers[i].value);
	for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = set_text(client, texts[i].option, texts[i].value);
	/* Pinned means: these and no others. libcurl would look into the system's folder too,
	 * unless its TLS library, such as Windows', knows no such folder. */
	if (!rc && client->has_ca)
		rc = client->curl.easy_setopt(client->easy, CURLOPT_CAPATH, NULL);
	if (rc == CURLE_NOT_BUILT_IN)
		rc = CURLE_OK;
	if (!rc)
		rc = client->curl.easy_setopt(client->easy, CURLOPT_HTTPHEADER, client->headers);
	if (!rc)
		rc = client->curl.easy_setopt(
			client->easy, CURLOPT_XFERINFOFUNCTION, look_for_cancel);
	if (!rc)
		rc = client->curl.easy_setopt(client->easy, CURLOPT_XFERINFODATA, client);
	if (!rc)
		rc = client->curl.easy_setopt(client->easy, CURLOPT_WRITEFUNCTION, receive);
	return rc;
}

/* Appends a header; false when memory is short. */
static bool add_header(struct http_client *client, const char *line)
{
	struct curl_slist *list = client->curl.slist_append(client->headers, line);

	if (list)
		client->headers = list;
	return list != NULL;
}

int http_client_open(const struct http_client_options *options, struct http_client **ret_client,
	struct error *err)
{
	struct http_client *client = calloc(1, sizeof(*client));
	BUF_SCOPED authorization = {0};
	int rc;

	if (!client)
		return error_set(err, ERROR_NO_MEMORY, "no memory for HTTP");
	rc = curl_library_load(&client->curl, err);
	if (rc) {
		free(client);
		return rc;
	}
	client->options.is_cancelled = options->is_cancelled;
	client->options.context = options->context;
	client->has_ca = *options->ca != 0;
	buf_printf(&authorization, "Authorization: Bearer %s", options->token);
	if (client->curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		client->easy = client->curl.easy_init();
	/* No "Expect: 100-continue": it costs a round trip, or a second where it is ignored. */
	if (!client->easy || authorization.failed ||
		!add_header(client, "Content-Type: application/json") ||
		!add_header(client, "Expect:") ||
		(*options->token && !add_header(client, (char *)authorization.data))) {
		http_client_close(client);
		return error_set(err, ERROR_NO_MEMORY, "no memory for HTTP");
	}
	if (configure(client, options) != CURLE_OK) {
		http_client_close(client);
		return error_set(err, ERROR_UNSUPPORTED, "this libcurl is too old: 7.87 is needed");
	}
	*ret_client = client;
	return 0;
}

void http_client_close(struct http_client *client)
{
	if (!client)
		return;
	if (client->easy)
		client->curl.easy_cleanup(client->easy);
	client->curl.slist_free_all(client->headers);
	free(client);
}

/* libcurl's code in our terms, with the remedy; libcurl's own words follow it. */
static const struct {
	CURLcode curl;
	enum error_code code;
	const char *what;
} failures[] = {
	{CURLE_COULDNT_RESOLVE_HOST, ERROR_NOT_FOUND, "host not found: check --url and the DNS"},
	{CURLE_COULDNT_RESOLVE_PROXY, ERROR_NOT_FOUND, "proxy not found: check --proxy"},
	{CURLE_COULDNT_CONNECT, ERROR_IO,
		"no connection: does the collector run, and does a firewall let this through?"},
	{CURLE_OPERATION_TIMEDOUT, ERROR_TIMEOUT, "no answer in time"},
	{CURLE_PEER_FAILED_VERIFICATION, ERROR_CRYPTO,
		"the server's certificate is not accepted: check --ca, the host name in --url, and "
		"this machine's clock"},
	{CURLE_SSL_CACERT_BADFILE, ERROR_CONFIG,
		"--ca: not a readable PEM file of CA certificates"},
	{CURLE_SSL_CERTPROBLEM, ERROR_CONFIG,
		"--cert, --key: not a readable pair of certificate and key"},
	{CURLE_SSL_CONNECT_ERROR, ERROR_CRYPTO,
		"no TLS 1.2 or later with this server: is this its TLS port, does it want a client "
		"certificate?"},
	{CURLE_OUT_OF_MEMORY, ERROR_NO_MEMORY, "no memory for HTTP"},
	{CURLE_ABORTED_BY_CALLBACK, ERROR_TIMEOUT, "given up: this program is to end"},
};

static int fail(struct http_client *client, CURLcode rc, const char *words,
	const struct receiving *receiving, struct error *err)
{
	size_t i = 0;

	if (rc == CURLE_WRITE_ERROR && !receiving->body->failed)
		return error_set(err, ERROR_TOO_LARGE,
			"an answer of more than %zu bytes: is this URL a vtpm-collector's?",
			receiving->max);
	while (i < sizeof(failures) / sizeof(failures[0]) && failures[i].curl != rc)
		i++;
	if (i == sizeof(failures) / sizeof(failures[0]))
		return error_set(
			err, ERROR_IO, "%s", *words ? words : client->curl.easy_strerror(rc));
	return error_set(err, failures[i].code, "%s (%s)", failures[i].what,
		*words ? words : client->curl.easy_strerror(rc));
}

int http_client_post(struct http_client *client, const char *url, const struct buf *body,
	size_t max, uint64_t timeout_ms, struct http_answer *ret_answer, struct error *err)
{
	struct http_answer answer = {0};
	struct receiving receiving = {&answer.body, max};
	char words[CURL_ERROR_SIZE] = "";
	curl_off_t retry_after = 0;
	long status = 0;
	CURLcode rc;

#define SET(option, value)                                                                         \
	(rc = rc ? rc : client->curl.easy_setopt(client->easy, CURLOPT_##option, value))
	rc = CURLE_OK;
	SET(URL, url);
	/* Plain http is loopback: never by way of somebody else. NULL: as the environment says. */
	SET(NOPROXY, url[4] == ':' ? "*" : (const char *)NULL);
	SET(POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
	SET(POSTFIELDS, (const char *)body->data);
	SET(WRITEDATA, &receiving);
	SET(ERRORBUFFER, words);
	SET(TIMEOUT_MS, (long)(timeout_ms ? timeout_ms : 1));
#undef SET
	if (!rc)
		rc = client->curl.easy_perform(client->easy);
	client->curl.easy_setopt(client->easy, CURLOPT_ERRORBUFFER, NULL);
	if (rc) {
		fail(client, rc, words, &receiving, err);
		buf_free(&answer.body);
		return -(int)err->code;
	}
	client->curl.easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	client->curl.easy_getinfo(client->easy, CURLINFO_RETRY_AFTER, &retry_after);
	answer.status = (unsigned)status;
	answer.retry_after_s = (uint32_t)(retry_after < 86400 ? retry_after : 86400);
	*ret_answer = answer;
	return 0;
}
