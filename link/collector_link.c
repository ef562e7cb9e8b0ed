/* SPDX-License-Identifier: BSD-2-Clause */
#include "link/collector_link.h"

#include <stdlib.h>
#include <string.h>

#include "core/url.h"
#include "link/http_client.h"
#include "link/messages.h"
#include "link/token_file.h"
#include "platform/system.h"

struct collector_link {
	const char *url;
	struct http_client *client;
};

/* Of a token that cannot be read, the setting that names it is at fault. */
static int read_token(const char *path, struct buf *to, struct error *err)
{
	if (!token_file_read(path, to, err))
		return 0;
	err->code = ERROR_CONFIG;
	return -ERROR_CONFIG;
}

int collector_link_open(const struct collector_link_options *to,
	bool (*is_cancelled)(void *context), void *context, struct collector_link **ret_link,
	struct error *err)
{
	struct collector_link *link;
	BUF_SCOPED token = {0};
	struct url url;
	int rc = *to->url ? 0
			  : error_set(err, ERROR_CONFIG,
				    "no collector: set --url, or url in section [collector]");

	if (!rc && url_parse_collector(to->url, &url, err))
		rc = error_wrap(err, "the collector's URL");
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
	link->url = to->url;
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
	const struct buf *body, uint64_t deadline_us, struct http_answer *ret_answer,
	struct error *err)
{
	BUF_SCOPED url = {0};

	append_url(&url, link->url, route);
	if (url.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a URL");
	if (http_client_send(link->client,
		    &(struct http_client_request){
			    .url = (char *)url.data,
			    .body = body,
			    .content_type = content_type,
			    .max = MESSAGE_ANSWER_MAX,
			    .timeout_ms = collector_link_left_ms(deadline_us),
		    },
		    ret_answer, err))
		return error_wrap(err, "%s", link->url);
	return 0;
}

static int refuse(const struct collector_link *link, struct http_answer *answer, struct error *err)
{
	message_refuse(answer->status, answer->body.data, answer->body.len, err);
	buf_free(&answer->body);
	return error_wrap(err, "%s", link->url);
}

int collector_link_post(struct collector_link *link, const char *route, const struct buf *request,
	unsigned status, uint64_t deadline_us, struct buf *ret_body, uint32_t *ret_retry_after_s,
	struct error *err)
{
	struct http_answer answer = {0};
	int rc = send(link, route, "application/json", request, deadline_us, &answer, err);

	if (rc)
		return rc;
	if (answer.status == status) {
		*ret_body = answer.body;
		return 0;
	}
	*ret_retry_after_s = answer.retry_after_s;
	return refuse(link, &answer, err);
}

int collector_link_upload(struct collector_link *link, const char *route, const struct buf *bytes,
	uint64_t deadline_us, unsigned *ret_status, struct error *err)
{
	struct http_answer answer = {0};
	int rc = send(link, route, "application/octet-stream", bytes, deadline_us, &answer, err);

	*ret_status = rc ? 0 : answer.status;
	if (rc)
		return rc;
	if (answer.status / 100 != 2)
		return refuse(link, &answer, err);
	buf_free(&answer.body);
	return 0;
}
