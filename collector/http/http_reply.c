/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers: from handlers' values to libmicrohttpd's responses, with what every answer carries. */
#include "collector/http/http_private.h"
#include "collector/metrics.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "platform/system.h"

#define POLICY_PAGE                                                                                \
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "                \
	"connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
#define POLICY_DATA "default-src 'none'; frame-ancestors 'none'"

/* To read an answer a client has the deadline, and one more second for each so many bytes. */
#define BYTES_PER_SECOND 65536

_Thread_local struct http_request *http_dispatching;

void http_request_release(struct http_request *request)
{
	if (atomic_fetch_sub(&request->holders, 1) != 1)
		return;
	http_body_free(request);
	buf_free(&request->answer.body);
	free(request);
}

/* As RFC 9110 calls them. */
static const char *title_of(unsigned status)
{
	static const struct {
		unsigned status;
		const char *title;
	} titles[] = {{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"},
		{404, "Not Found"}, {405, "Method Not Allowed"}, {409, "Conflict"},
		{411, "Length Required"}, {413, "Content Too Large"},
		{415, "Unsupported Media Type"}, {422, "Unprocessable Content"},
		{429, "Too Many Requests"}, {503, "Service Unavailable"}};

	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		if (titles[i].status == status)
			return titles[i].title;
	}
	return "Internal Server Error";
}

/* Memory was short: there is none for a text either. */
static void set_internal_error(struct http_response *response)
{
	buf_free(&response->body);
	*response = (struct http_response){
		.status = problem_status(PROBLEM_INTERNAL), .problem = PROBLEM_INTERNAL};
}

static void set_json(
	struct http_response *response, unsigned status, const char *type, json_t *json)
{
	char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;

	response->status = status;
	response->content_type = type;
	if (text)
		buf_append_text(&response->body, text);
	else
		set_internal_error(response);
	free(text);
	json_decref(json);
}

static void set_problem(struct http_response *response, enum problem problem, enum limit limit,
	unsigned retry_after_s, const char *detail)
{
	unsigned status = problem_status(problem);
	BUF_SCOPED clean = {0};

	text_escape(&clean, detail, false);
	response->problem = problem;
	response->limit = limit;
	response->retry_after_s = retry_after_s;
	set_json(response, status, "application/problem+json",
		json_pack("{s:i, s:s, s:s, s:s*, s:s}", "status", (int)status, "title",
			title_of(status), "code", problem_code(problem), "limit",
			limit ? limit_name(limit) : NULL, "detail",
			clean.data ? (char *)clean.data : ""));
}

void http_refuse(struct http_request *request, enum problem problem, unsigned retry_after_s,
	const char *detail)
{
	if (request->is_answered)
		return;
	set_problem(&request->answer, problem, LIMIT_NONE, retry_after_s, detail);
	request->is_answered = true;
}

void http_refuse_limit(
	struct http_request *request, enum limit limit, unsigned retry_after_s, const char *detail)
{
	if (request->is_answered)
		return;
	set_problem(&request->answer, limit_problem(limit), limit, retry_after_s, detail);
	request->is_answered = true;
}

void http_reply(struct http_request *request, struct http_response *response)
{
	struct http_server *server = request->worker->server;
	bool is_dispatching = http_dispatching == request, is_posted = false;

	if (is_dispatching) {
		request->answer = *response;
		request->is_answered = true;
	} else {
		is_posted = http_post(request, response);
		if (!is_posted)
			buf_free(&response->body);
	}
	*response = (struct http_response){0};
	/* What is posted, the worker releases. */
	if (!is_posted)
		http_request_release(request);
	/* Last: the server ends when nobody holds a request any more. */
	atomic_fetch_sub(&server->held, 1);
}

void http_reply_json(struct http_request *request, unsigned status, json_t *json)
{
	struct http_response response = {0};

	set_json(&response, status, "application/json", json);
	http_reply(request, &response);
}

void http_reply_problem(struct http_request *request, enum problem problem, unsigned retry_after_s,
	const char *detail)
{
	struct http_response response = {0};

	set_problem(&response, problem, LIMIT_NONE, retry_after_s, detail);
	http_reply(request, &response);
}

void http_reply_limit(
	struct http_request *request, enum limit limit, unsigned retry_after_s, const char *detail)
{
	struct http_response response = {0};

	set_problem(&response, limit_problem(limit), limit, retry_after_s, detail);
	http_reply(request, &response);
}

static bool client_has(const struct http_request *request)
{
	const char *known = MHD_lookup_connection_value(
		request->mhd, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);

	return request->answer.etag && request->answer.status == MHD_HTTP_OK && known &&
	       strstr(known, request->answer.etag);
}

/* So that clients that were refused together do not come back together. */
static unsigned with_jitter(unsigned seconds)
{
	return seconds + (unsigned)(random() % (long)(seconds + 1));
}

static bool add_headers(struct MHD_Response *mhd, const struct http_request *request)
{
	const struct http_response *answer = &request->answer;
	const char *type = answer->content_type;
	bool is_page = type && strncmp(type, "text/html", 9) == 0;
	char retry[16] = "", disposition[160] = "", name[sizeof(answer->filename)];
	bool ok = true;

	if (answer->retry_after_s)
		snprintf(retry, sizeof(retry), "%u", with_jitter(answer->retry_after_s));
	if (*answer->filename) {
		memcpy(name, answer->filename, sizeof(name));
		for (char *at = name; *at; at++) {
			if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    ".-_",
				    *at))
				*at = '_';
		}
		snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", name);
	}
	const struct {
		const char *name, *value;
	} headers[] = {{"Content-Type", type}, {"X-Content-Type-Options", "nosniff"},
		{"Content-Security-Policy", is_page ? POLICY_PAGE : POLICY_DATA},
		{"Referrer-Policy", "no-referrer"},
		{"Cache-Control", answer->etag ? "no-cache" : "no-store"}, {"ETag", answer->etag},
		{"Retry-After", retry}, {"Content-Disposition", disposition},
		{"Location", answer->location}, {"Allow", request->allow},
		{"WWW-Authenticate", answer->status == MHD_HTTP_UNAUTHORIZED ? "Bearer" : NULL}};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		if (headers[i].value && *headers[i].value)
			ok = MHD_add_response_header(mhd, headers[i].name, headers[i].value) ==
				     MHD_YES &&
			     ok;
	}
	return ok;
}

enum MHD_Result http_send(struct http_request *request)
{
	struct http_response *answer = &request->answer;
	struct MHD_Response *mhd;
	enum MHD_Result result = MHD_NO;

	if (answer->body.failed)
		set_internal_error(answer);
	/* Counted here, where every answer goes out, whether a handler gave it or not. */
	if (answer->problem)
		metrics_count_refusal(answer->problem);
	if (answer->limit)
		metrics_count_limit(answer->limit);
	if (client_has(request)) {
		answer->status = MHD_HTTP_NOT_MODIFIED;
		buf_free(&answer->body);
		answer->body = (struct buf){0};
	}
	request->connection->deadline_ms = platform_monotonic_ms() +
					   request->worker->server->setup.deadline_s * 1000UL +
					   answer->body.len * 1000UL / BYTES_PER_SECOND;
	mhd = MHD_create_response_from_buffer(
		answer->body.len, answer->body.data, MHD_RESPMEM_MUST_FREE);
	if (!mhd)
		return MHD_NO;
	request->answer.body = (struct buf){0};
	if (add_headers(mhd, request))
		result = MHD_queue_response(request->mhd, answer->status, mhd);
	MHD_destroy_response(mhd);
	request->is_queued = true;
	return result;
}
