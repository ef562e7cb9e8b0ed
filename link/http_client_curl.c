/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"
#include "platform/curl_library.h"
#include "version.h"

#undef curl_easy_setopt
#undef curl_easy_getinfo

#define CONNECT_TIMEOUT_MS 10000L

static const struct http_client_words usual_words = {.server = "collector",
	.url = "--url",
	.ca = "--ca",
	.certificate = "--cert, --key",
	.proxy = "--proxy"};

struct http_client {
	struct curl_library curl;
	CURL *easy;
	struct curl_slist *headers; /* of every request */
	const struct http_client_words *words;
	bool is_direct;
	bool is_socket; /* a UNIX socket in the place of the URL's host */
	bool (*is_cancelled)(void *context);
	void *context;
};

/* Sets an option, unless one before it failed. */
#define SET(option, value)                                                                         \
	(rc = rc ? rc : client->curl.easy_setopt(client->easy, CURLOPT_##option, value))

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
	return client->is_cancelled && client->is_cancelled(client->context);
}

static bool is_set(const char *text)
{
	return text && *text;
}

/* Sets a text that may be empty. */
static CURLcode set_text(struct http_client *client, CURLoption option, const char *value)
{
	return is_set(value) ? client->curl.easy_setopt(client->easy, option, value) : CURLE_OK;
}

static CURLcode set_numbers(struct http_client *client)
{
	static const struct {
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
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; !rc && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		rc = client->curl.easy_setopt(client->easy, numbers[i].option, numbers[i].value);
	return rc;
}

static CURLcode set_texts(struct http_client *client, const struct http_client_options *options)
{
	const struct {
		CURLoption option;
		const char *value;
	} texts[] = {
		{CURLOPT_PROTOCOLS_STR, "http,https"},
		{CURLOPT_USERAGENT, "vtpm-agent/" VTPM_VERSION}, {CURLOPT_CAINFO, options->ca},
		{CURLOPT_SSLCERT, options->certificate}, {CURLOPT_SSLKEY, options->key},
		{CURLOPT_PROXY, options->proxy}, {CURLOPT_UNIX_SOCKET_PATH, options->unix_socket},
		/* The pinned CAs are those of the server, not of a proxy's own TLS. */
	};
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
		rc = set_text(client, texts[i].option, texts[i].value);
	/* Pinned means: these and no others. libcurl would look into the system's folder too,
	 * unless its TLS library, such as Windows', knows no such folder. NULL means that folder
	 * again in 8.22; nothing can be in a file. */
	if (!rc && is_set(options->ca))
		rc = client->curl.easy_setopt(client->easy, CURLOPT_CAPATH, options->ca);
	return rc == CURLE_NOT_BUILT_IN ? CURLE_OK : rc;
}

/* Refuses what is not of the public internet: the address that is connected to, not one that was
 * looked up before. A name that changes its address in between gains nothing. */
static curl_socket_t open_public(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	const uint8_t *bytes = (const uint8_t *)&address->addr;

	(void)context;
	(void)purpose;
	for (size_t i = 0; i < CURL_LIBRARY_FAMILIES; i++) {
		const struct curl_library_family *each = &curl_library_families[i];

		if (each->family != address->family)
			continue;
		if (address_is_public(bytes + each->at, each->len))
			return curl_library_open_socket(address);
	}
	return CURL_SOCKET_BAD;
}

static CURLcode configure(struct http_client *client, const struct http_client_options *options)
{
	CURLcode rc = set_numbers(client);

	rc = rc ? rc : set_texts(client, options);
	SET(XFERINFOFUNCTION, look_for_cancel);
	SET(XFERINFODATA, client);
	SET(WRITEFUNCTION, receive);
	if (options->is_public_only)
		SET(OPENSOCKETFUNCTION, open_public);
	return rc;
}

/* Appends a header to a list; false when memory is short. */
static bool add_header(struct http_client *client, struct curl_slist **list, const char *line)
{
	struct curl_slist *longer = client->curl.slist_append(*list, line);

	if (longer)
		*list = longer;
	return longer != NULL;
}

int http_client_open(const struct http_client_options *options, struct http_client **ret_client,
	struct error *err)
{
	struct http_client *client = calloc(1, sizeof(*client));
	BUF_SCOPED authorization = {0};
	bool is_ready;
	int rc;

	if (!client)
		return error_set(err, ERROR_NO_MEMORY, "no memory for HTTP");
	rc = curl_library_load(&client->curl, err);
	if (rc) {
		free(client);
		return rc;
	}
	client->words = options->words ? options->words : &usual_words;
	client->is_direct = options->is_direct || options->is_public_only;
	client->is_socket = is_set(options->unix_socket);
	client->is_cancelled = options->is_cancelled;
	client->context = options->context;
	if (is_set(options->token))
		buf_printf(&authorization, "Authorization: Bearer %s", options->token);
	if (client->curl.global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		client->easy = client->curl.easy_init();
	/* No "Expect: 100-continue": it costs a round trip, or a second where it is ignored. */
	is_ready = client->easy && !authorization.failed &&
		   add_header(client, &client->headers, "Expect:");
	if (authorization.len)
		is_ready = is_ready &&
			   add_header(client, &client->headers, (char *)authorization.data);
	if (!is_ready) {
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

/* libcurl's own words name the host and the port of a URL that only stands there. */
static int fail_socket(const struct http_client *client, struct error *err)
{
	long number = 0;

	client->curl.easy_getinfo(client->easy, CURLINFO_OS_ERRNO, &number);
	return error_set(err, ERROR_IO,
		"no connection%s%s: does the %s run and listen on this socket, and may this "
		"account open it?",
		number ? ": " : "", number ? strerror((int)number) : "", client->words->server);
}

/* libcurl's code in our terms, with the remedy; libcurl's own words follow it. */
static int fail(const struct http_client *client, CURLcode rc, const char *why, size_t max,
	struct error *err)
{
	const struct http_client_words *words = client->words;

	why = *why ? why : client->curl.easy_strerror(rc);
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return error_set(err, ERROR_NOT_FOUND, "host not found: check %s and the DNS (%s)",
			words->url, why);
	case CURLE_COULDNT_RESOLVE_PROXY:
		return error_set(
			err, ERROR_NOT_FOUND, "proxy not found: check %s (%s)", words->proxy, why);
	case CURLE_COULDNT_CONNECT:
		if (client->is_socket)
			return fail_socket(client, err);
		return error_set(err, ERROR_IO,
			"no connection: does the %s run, and does a firewall let this through? "
			"(%s)",
			words->server, why);
	case CURLE_OPERATION_TIMEDOUT:
		return error_set(err, ERROR_TIMEOUT, "no answer in time (%s)", why);
	case CURLE_PEER_FAILED_VERIFICATION:
		return error_set(err, ERROR_CRYPTO,
			"the server's certificate is not accepted: check %s, the host name in %s, "
			"and this machine's clock (%s)",
			words->ca, words->url, why);
	case CURLE_SSL_CACERT_BADFILE:
		return error_set(err, ERROR_CONFIG,
			"%s: not a readable PEM file of CA certificates (%s)", words->ca, why);
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_BAD_FUNCTION_ARGUMENT: /* since 8.16: a key that is not the certificate's */
		return error_set(err, ERROR_CONFIG,
			"%s: not a readable pair of certificate and key (%s)", words->certificate,
			why);
	case CURLE_SSL_CONNECT_ERROR:
		return error_set(err, ERROR_CRYPTO,
			"no TLS 1.2 or later with this server: is this its TLS port, does it want "
			"a client certificate? (%s)",
			why);
	case CURLE_WRITE_ERROR:
		return error_set(err, ERROR_TOO_LARGE,
			"an answer of more than %zu bytes: is this the URL of a %s?", max,
			words->server);
	case CURLE_OUT_OF_MEMORY:
		return error_set(err, ERROR_NO_MEMORY, "no memory for HTTP (%s)", why);
	case CURLE_ABORTED_BY_CALLBACK:
		return error_set(err, ERROR_TIMEOUT, "given up: this program is to end (%s)", why);
	default:
		return error_set(err, ERROR_IO, "%s", why);
	}
}

/* The headers of this request: the client's, and those that the request brings. */
static bool add_headers(struct http_client *client, const struct http_client_request *request,
	struct curl_slist **list)
{
	BUF_SCOPED type = {0};

	for (const struct curl_slist *at = client->headers; at; at = at->next) {
		if (!add_header(client, list, at->data))
			return false;
	}
	if (request->header && !add_header(client, list, request->header))
		return false;
	if (!request->body)
		return true;
	buf_printf(&type, "Content-Type: %s", request->content_type);
	return !type.failed && add_header(client, list, (char *)type.data);
}

static CURLcode perform(struct http_client *client, const struct http_client_request *request,
	struct curl_slist *headers, struct receiving *receiving, char *why)
{
	const struct buf *body = request->body;
	/* Plain http is loopback: never by way of somebody else. NULL: as the environment says. */
	bool is_direct = client->is_direct || request->url[4] == ':';
	CURLcode rc = CURLE_OK;

	SET(URL, request->url);
	SET(NOPROXY, is_direct ? "*" : (const char *)NULL);
	SET(HTTPHEADER, headers);
	if (body) {
		SET(POST, 1L);
		SET(POSTFIELDSIZE_LARGE, (curl_off_t)body->len);
		SET(POSTFIELDS, body->len ? (const char *)body->data : "");
	} else {
		SET(HTTPGET, 1L);
	}
	SET(WRITEDATA, receiving);
	SET(ERRORBUFFER, why);
	SET(TIMEOUT_MS, (long)(request->timeout_ms ? request->timeout_ms : 1));
	if (!rc)
		rc = client->curl.easy_perform(client->easy);
	client->curl.easy_setopt(client->easy, CURLOPT_ERRORBUFFER, NULL);
	client->curl.easy_setopt(client->easy, CURLOPT_HTTPHEADER, NULL);
	return rc;
}

int http_client_send(struct http_client *client, const struct http_client_request *request,
	struct http_answer *ret_answer, struct error *err)
{
	struct http_answer answer = {0};
	struct receiving receiving = {&answer.body, request->max};
	char why[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURLcode rc = CURLE_OUT_OF_MEMORY;
	curl_off_t retry_after = 0;
	long status = 0;

	if (add_headers(client, request, &headers))
		rc = perform(client, request, headers, &receiving, why);
	client->curl.slist_free_all(headers);
	if (rc) {
		if (answer.body.failed)
			rc = CURLE_OUT_OF_MEMORY;
		buf_free(&answer.body);
		return fail(client, rc, why, request->max, err);
	}
	client->curl.easy_getinfo(client->easy, CURLINFO_RESPONSE_CODE, &status);
	client->curl.easy_getinfo(client->easy, CURLINFO_RETRY_AFTER, &retry_after);
	answer.status = (unsigned)status;
	answer.retry_after_s = (uint32_t)(retry_after < 86400 ? retry_after : 86400);
	*ret_answer = answer;
	return 0;
}
