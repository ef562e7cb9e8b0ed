/* SPDX-License-Identifier: BSD-2-Clause */
#include "agent/reporter.h"

#include <stdlib.h>
#include <string.h>

#include "agent/http_client.h"
#include "agent/platform.h"

#define TOKEN_BYTES_MAX 1024

struct reporter {
	const struct options *options;
	struct http_client *client;
};

/* The token is the file's first and only line. */
static int read_token(const char *path, struct buf *to, struct error *err)
{
	if (platform_file_read(path, TOKEN_BYTES_MAX, to, err)) {
		err->code = ERROR_CONFIG;
		return -ERROR_CONFIG;
	}
	while (to->len && strchr("\r\n", to->data[to->len - 1]))
		to->data[--to->len] = 0;
	if (!to->len || strlen((char *)to->data) != to->len ||
		!options_is_printable((char *)to->data) || memchr(to->data, ' ', to->len))
		return error_set(
			err, ERROR_CONFIG, "%s: not a token, one line of printable ASCII", path);
	return 0;
}

int reporter_open(const struct options *options, bool (*is_cancelled)(void *context), void *context,
	struct reporter **ret_reporter, struct error *err)
{
	const struct options_collector *to = &options->collector;
	struct reporter *reporter;
	BUF_SCOPED token = {0};
	int rc = *to->url ? 0
			  : error_set(err, ERROR_CONFIG,
				    "no collector: set --url, or url in section [collector]");

	if (!rc && report_check_url(to->url, err))
		rc = error_wrap(err, "the collector's URL");
	if (!rc && !*to->certificate != !*to->key)
		rc = error_set(err, ERROR_CONFIG, "--cert and --key go together");
	if (!rc && *to->token_file)
		rc = read_token(to->token_file, &token, err);
	if (rc)
		return rc;
	reporter = calloc(1, sizeof(*reporter));
	if (!reporter)
		return error_set(err, ERROR_NO_MEMORY, "no memory for reporting");
	reporter->options = options;
	rc = http_client_open(
		&(struct http_client_options){
			.ca = to->ca,
			.token = token.len ? (char *)token.data : "",
			.certificate = to->certificate,
			.key = to->key,
			.proxy = to->proxy,
			.is_cancelled = is_cancelled,
			.context = context,
		},
		&reporter->client, err);
	if (rc) {
		free(reporter);
		return rc;
	}
	*ret_reporter = reporter;
	return 0;
}

void reporter_close(struct reporter *reporter)
{
	if (!reporter)
		return;
	http_client_close(reporter->client);
	free(reporter);
}

bool reporter_may_retry(const struct error *err)
{
	return err->code == ERROR_IO || err->code == ERROR_NOT_FOUND || err->code == ERROR_TIMEOUT;
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

static uint64_t left_ms(uint64_t deadline_us)
{
	uint64_t now = platform_monotonic_us();

	return deadline_us > now ? (deadline_us - now) / 1000 : 0;
}

/* One request; ret_body holds the answer's, when it is `status`. */
static int post(struct reporter *reporter, const char *route, const struct buf *request,
	unsigned status, uint64_t deadline_us, struct buf *ret_body, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const char *base = reporter->options->collector.url;
	struct http_answer answer = {0};
	BUF_SCOPED url = {0};
	int rc;

	append_url(&url, base, route);
	if (url.failed)
		return error_set(err, ERROR_NO_MEMORY, "no memory for a URL");
	rc = http_client_post(reporter->client, (char *)url.data, request, REPORT_ANSWER_MAX,
		left_ms(deadline_us), &answer, err);
	if (rc)
		return error_wrap(err, "%s", base);
	if (answer.status == status) {
		*ret_body = answer.body;
		return 0;
	}
	*ret_retry_after_s = answer.retry_after_s;
	report_refuse(answer.status, answer.body.data, answer.body.len, err);
	buf_free(&answer.body);
	return error_wrap(err, "%s", base);
}

static int finish(struct reporter *reporter, const struct buf *request, uint64_t deadline_us,
	struct report_answer *ret_answer, uint32_t *ret_retry_after_s, struct error *err)
{
	BUF_SCOPED body = {0};
	int rc = post(
		reporter, "/v1/reports", request, 200, deadline_us, &body, ret_retry_after_s, err);

	return rc ? rc : report_read_answer(body.data, body.len, ret_answer, err);
}

static int send_signed(struct reporter *reporter, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct report_answer *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const struct options *options = reporter->options;
	const uint64_t timeout_ms = (uint64_t)options->timeout_s * 1000;
	BUF_SCOPED question = {0}, answer = {0}, document = {0}, request = {0};
	struct collect_options how = {.tcti = *options->tcti ? options->tcti : NULL};
	struct report_challenge challenge;
	int rc = report_ask(evidence, event, &question, err);

	if (!rc)
		rc = post(reporter, "/v1/challenges", &question, 201, deadline_us, &answer,
			ret_retry_after_s, err);
	if (!rc)
		rc = report_read_challenge(answer.data, answer.len, &challenge, err);
	if (rc)
		return rc;
	how.timeout_ms =
		(uint32_t)(left_ms(deadline_us) < timeout_ms ? left_ms(deadline_us) : timeout_ms);
	rc = collect_bound(&how, &challenge.binding, evidence, &document, err);
	if (!rc)
		rc = report_sign(&challenge, &document, evidence, &request, err);
	return rc ? rc
		  : finish(reporter, &request, deadline_us, ret_answer, ret_retry_after_s, err);
}

static int send_distress(struct reporter *reporter, const struct evidence *evidence,
	enum event event, uint64_t deadline_us, struct report_answer *ret_answer,
	uint32_t *ret_retry_after_s, struct error *err)
{
	BUF_SCOPED request = {0};
	int rc = report_distress(evidence, event, &request, err);

	return rc ? rc
		  : finish(reporter, &request, deadline_us, ret_answer, ret_retry_after_s, err);
}

/* That this agent may not use the TPM is no fault of the TPM's: nothing to alarm anybody with. */
static bool is_ours(const struct error *err)
{
	return err->code == ERROR_PERMISSION || err->code == ERROR_DEVICE_BUSY ||
	       err->code == ERROR_TPM_BLOCKED || err->code == ERROR_TPM_AUTH ||
	       err->code == ERROR_NO_MEMORY;
}

/* Why the TPM cannot sign, or NULL. */
static const struct error *find_fault(const struct evidence *evidence)
{
	static const struct error owner = {.code = ERROR_UNSUPPORTED,
		.message = "the attestation key is of the owner hierarchy, since the endorsement "
			   "hierarchy is disabled or has an authorization: no collector can bind a "
			   "report to an endorsement key; compare with a baseline instead"};
	static const struct error no_ek = {.code = ERROR_UNSUPPORTED,
		.message = "this TPM shows no endorsement key that a report could be bound to"};

	if (evidence->session.part.state == PART_FAILED)
		return &evidence->session.part.error;
	if (evidence->ak.part.state != PART_READ)
		return &evidence->ak.part.error;
	if (strcmp(evidence->ak.hierarchy, EVIDENCE_ENDORSEMENT) != 0)
		return &owner;
	return evidence->eks.keys.count ? NULL : &no_ek;
}

int reporter_send(struct reporter *reporter, struct evidence *evidence, enum event event,
	uint64_t deadline_us, struct report_answer *ret_answer, uint32_t *ret_retry_after_s,
	struct error *err)
{
	const struct error *fault = find_fault(evidence);
	int rc = 0;

	*ret_retry_after_s = 0;
	if (!fault) {
		rc = send_signed(
			reporter, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);
		/* The TPM may have gone away in between. */
		if (!rc || evidence->session.part.state != PART_FAILED)
			return rc;
		fault = &evidence->session.part.error;
	}
	if (is_ours(fault) || fault->code == ERROR_UNSUPPORTED) {
		*err = *fault;
		return -(int)err->code;
	}
	*err = (struct error){0};
	return send_distress(
		reporter, evidence, event, deadline_us, ret_answer, ret_retry_after_s, err);
}
