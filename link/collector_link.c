/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/collector_link.h"

#include <stdlib.h>
#include <string.h>

#include "core/log.h"
#include "core/url.h"
#include "link/http_client.h"
#include "link/messages.h"
#include "link/rota.h"
#include "link/token_file.h"
#include "platform/system.h"

struct collector_link {
	const struct text_list *urls;
	struct rota rota;
	struct http_client *client;
	bool (*is_cancelled)(void *context);
	void *context;
	bool is_left[COLLECTOR_LINK_URLS_MAX]; /* which was told; it has not answered since */
};

/* Of a token that cannot be read, the setting that names it is at fault. */
static int read_token(const char *path, struct buf *to, struct error *err)
{
	if (!token_file_read(path, to, err))
		return 0;
	err->code = ERROR_CONFIG;
	return -ERROR_CONFIG;
}

/* Each of them gets the credential, so each is held to the same rules. */
static int check_urls(const struct text_list *urls, struct error *err)
{
	struct url url;

	if (!urls->count)
		return error_set(err, ERROR_CONFIG,
			"no collector: set --url, or url in section [collector]");
	if (urls->count > COLLECTOR_LINK_URLS_MAX)
		return error_set(
			err, ERROR_CONFIG, "more than %d collectors", COLLECTOR_LINK_URLS_MAX);
	for (size_t i = 0; i < urls->count; i++) {
		if (!url_parse_collector(text_list_at(urls, i), &url, err))
			continue;
		return urls->count == 1 ? error_wrap(err, "the collector's URL")
					: error_wrap(err, "the collectors' URL number %zu", i + 1);
	}
	return 0;
}

int collector_link_open(const struct collector_link_options *to,
	bool (*is_cancelled)(void *context), void *context, struct collector_link **ret_link,
	struct error *err)
{
	struct collector_link *link;
	BUF_SCOPED token = {0};
	int rc = check_urls(&to->urls, err);

	if (!rc && !*to->certificate != !*to->key)
		rc = error_set(err, ERROR_CONFIG, "--%s is missing: --cert and --key go together",
			*to->key ? "cert" : "key");
	if (!rc && *to->token_file)
		rc = read_token(to->token_file, &token, err);
	if (rc)
		return rc;
	link = calloc(1, sizeof(*link));
	if (!link)
		return error_set(err, ERROR_NO_MEMORY, "no memory for reporting");
	link->urls = &to->urls;
	link->rota.count = to->urls.count;
	link->is_cancelled = is_cancelled;
	link->context = context;
	rc = http_client_open(
		&(struct http_client_options){
			.ca = to->ca,
			.token = (char *)token.data,
			.certificate = to->certificate,
			.key = to->key,
			.proxy = to->proxy,
			.is_cancelled = is_cancelled,
			.context = context,
		},
		&link->client, err);
	if (rc) {
		free(link);
		return rc;
	}
	*ret_link = link;
	return 0;
}

void collector_link_close(struct collector_link *link)
{
	if (!link)
		return;
	http_client_close(link->client);
	free(link);
}

void collector_link_begin(struct collector_link *link)
{
	rota_begin(&link->rota, platform_monotonic_us());
}

const char *collector_link_url(const struct collector_link *link)
{
	return text_list_at(link->urls, link->rota.at);
}

/* The URL without the slashes it may end with, and the route. */
static void append_url(struct buf *to, const char *base, const char *route)
{
	size_t len = strlen(base);

	while (len && base[len - 1] == '/')
		len--;
	buf_append(to, base, len);
	buf_append_text(to, route);
}

uint64_t collector_link_left_ms(uint64_t deadline_us)
{
	uint64_t now = platform_monotonic_us();

	return deadline_us > now ? (deadline_us - now) / 1000 : 0;
}

static int send(struct collector_link *link, const char *route, const char *content_type,
	const struct buf *body, uint64_t timeout_ms, struct http_answer *ret_answer,
	struct error *err)
{
	BUF_SCOPED url = {0};

	append_url(&url, collector_link_url(link), route);
	if (url.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a URL");
	if (http_client_send(link->client,
		    &(struct http_client_request){
			    .url = (char *)url.data,
			    .body = body,
			    .content_type = content_type,
			    .max = MESSAGE_ANSWER_MAX,
			    .timeout_ms = timeout_ms,
		    },
		    ret_answer, err))
		return error_wrap(err, "%s", collector_link_url(link));
	return 0;
}

static int refuse(const struct collector_link *link, struct http_answer *answer, struct error *err)
{
	message_refuse(answer->status, answer->body.data, answer->body.len, err);
	buf_free(&answer->body);
	return error_wrap(err, "%s", collector_link_url(link));
}

/* To one collector. ret_leaves: it failed, and another one may do better. */
static int post(struct collector_link *link, const char *route, const struct buf *request,
	unsigned status, uint64_t timeout_ms, struct buf *ret_body, uint32_t *ret_retry_after_s,
	bool *ret_leaves, struct error *err)
{
	struct http_answer answer = {0};
	int rc = send(link, route, "application/json", request, timeout_ms, &answer, err);

	*ret_retry_after_s = rc ? 0 : answer.retry_after_s;
	*ret_leaves = rc ? rota_leaves_failed(err->code) : rota_leaves_status(answer.status);
	if (rc)
		return rc;
	if (answer.status == status) {
		*ret_body = answer.body;
		return 0;
	}
	return refuse(link, &answer, err);
}

static bool is_given_up(const struct collector_link *link)
{
	return link->is_cancelled && link->is_cancelled(link->context);
}

static void leave(struct collector_link *link, const struct error *err)
{
	bool *is_left = &link->is_left[link->rota.at];

	rota_advance(&link->rota, platform_monotonic_us());
	if (!*is_left)
		log_write(LOG_LEVEL_WARNING, "%s; going on with %s", err->message,
			collector_link_url(link));
	*is_left = true;
}

int collector_link_post(struct collector_link *link, const char *route, const struct buf *request,
	unsigned status, uint64_t deadline_us, struct buf *ret_body, uint32_t *ret_retry_after_s,
	struct error *err)
{
	enum error_code passing = ERROR_NONE;
	uint32_t longest_s = 0;
	int rc;

	for (;;) {
		const uint64_t left_ms = collector_link_left_ms(deadline_us);
		bool leaves;

		rc = post(link, route, request, status, rota_share_ms(&link->rota, left_ms),
			ret_body, ret_retry_after_s, &leaves, err);
		if (!leaves)
			link->is_left[link->rota.at] = false;
		if (!leaves || is_given_up(link))
			return rc;
		longest_s = *ret_retry_after_s > longest_s ? *ret_retry_after_s : longest_s;
		if (err->code != ERROR_CRYPTO)
			passing = err->code;
		if (rota_remaining(&link->rota) == 1)
			break;
		leave(link, err);
		if (!collector_link_left_ms(deadline_us))
			return rc;
	}
	rota_reset(&link->rota);
	*ret_retry_after_s = longest_s;
	if (link->rota.count == 1)
		return rc;
	if (passing)
		err->code = passing;
	return error_wrap(err, "none of %zu collectors takes it, the last", link->rota.count);
}

int collector_link_upload(struct collector_link *link, const char *route, const struct buf *bytes,
	uint64_t deadline_us, unsigned *ret_status, struct error *err)
{
	struct http_answer answer = {0};
	int rc = send(link, route, "application/octet-stream", bytes,
		collector_link_left_ms(deadline_us), &answer, err);

	*ret_status = rc ? 0 : answer.status;
	if (rc)
		return rc;
	if (answer.status / 100 != 2)
		return refuse(link, &answer, err);
	buf_free(&answer.body);
	return 0;
}
